import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

function build(question: string): string {
  return `${HUMAN_PROMPT} ${question}${AI_PROMPT}`
}

const buildLong = (question: string) => [HUMAN_PROMPT, ' Long: ', question, AI_PROMPT].join('')

async function ask(question: string, isPolite: boolean): Promise<string> {
  let prompt = ''
  if (isPolite) prompt = `${HUMAN_PROMPT} Please: ${question}${AI_PROMPT}`
  else prompt = build(question)
  const params = { model: 'claude-2', max_tokens_to_sample: 10, prompt }
  const reply = await client.completions.create(params)
  return reply.completion.trim()
}

async function two(question: string): Promise<string[]> {
  const base = { model: 'claude-2.1', max_tokens_to_sample: 10 }
  let reply = await client.completions.create({ ...base, prompt: buildLong(question) })
  const first = reply.completion.trim()
  reply = await client.completions.create({ ...base, prompt: `\n\nHuman: ${question}\n\nAssistant:` })
  return [first, reply.completion.trim()]
}

console.log(await ask('Why?', true), await ask('Why?', false), await two('Who?'))
