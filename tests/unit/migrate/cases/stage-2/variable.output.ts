import Anthropic from '@anthropic-ai/sdk'
import { AI_PROMPT, HUMAN_PROMPT, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))

export async function translated(text: string, language: string): Promise<string> {
  const reply = await client.messages.create({
    model: 'claude-opus-4-8',
    max_tokens: 300,
    messages: [{ role: 'user', content: `Write this in ${language}:

${text}` }],
  })
  return reply.content.map(block => (block.type === 'text' ? block.text : '')).join('').trim()
}

let question = 'Why?'
const asked = `${HUMAN_PROMPT} ${question}${AI_PROMPT}`
question = 'Why not?'
// TODO(prompt-unknown): the prompt is not written here; only the program knows its turns
const left = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 9, prompt: asked })
console.log(left.completion.trim(), await translated(question, 'Latin'))
