import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

function build(question: string): string {
  return question
}

const buildLong = (question: string) => ['Long: ', question].join('')

async function ask(question: string, isPolite: boolean): Promise<string> {
  let prompt = ''
  if (isPolite) prompt = `Please: ${question}`
  else prompt = build(question)
  const params = { model: 'claude-opus-4-8', max_tokens: 10, messages: [{ role: 'user' as const, content: prompt }] }
  const reply = await client.messages.create(params)
  return completionText(reply).trim()
}

async function two(question: string): Promise<string[]> {
  const base = { model: 'claude-opus-4-8', max_tokens: 10 }
  let reply = await client.messages.create({ ...base, messages: [{ role: 'user', content: buildLong(question) }] })
  const first = completionText(reply).trim()
  reply = await client.messages.create({ ...base, messages: [{ role: 'user', content: question }] })
  return [first, completionText(reply).trim()]
}

console.log(await ask('Why?', true), await ask('Why?', false), await two('Who?'))

function completionText(message: Anthropic.Message): string {
  return message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
}
