import Anthropic from '@anthropic-ai/sdk'
import { AI_PROMPT, HUMAN_PROMPT, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))

export async function raw(prompt: string): Promise<string> {
  // TODO(prompt-unknown): the prompt is not written here; only the program knows its turns
  const { completion } = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt,
  })
  return completion
}

const completion = (await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Hi' }],
})).content.map(block => (block.type === 'text' ? block.text : '')).join('')
console.log(completion.trim(), await raw(`${HUMAN_PROMPT} Hi${AI_PROMPT}`))
