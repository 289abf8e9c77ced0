import Anthropic from '@anthropic-ai/sdk'
import { AI_PROMPT, HUMAN_PROMPT, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))

export async function raw(prompt: string): Promise<string> {
  // TODO(legacy-completions: prompt-unknown): the turns of this prompt are known only at run time; convert it by hand: prompt (line 11), https://legacy-completions.github.io/migrate#prompt-unknown
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
