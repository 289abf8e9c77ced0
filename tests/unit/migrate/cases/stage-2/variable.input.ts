import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

export async function translated(text: string, language: string): Promise<string> {
  const prompt = `${HUMAN_PROMPT} Write this in ${language}:

${text}${AI_PROMPT}`

  const reply = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt,
  })
  return reply.completion.trim()
}

let question = 'Why?'
const asked = `${HUMAN_PROMPT} ${question}${AI_PROMPT}`
question = 'Why not?'
const left = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 9, prompt: asked })
console.log(left.completion.trim(), await translated(question, 'Latin'))
