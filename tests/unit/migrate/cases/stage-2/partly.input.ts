import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

export async function raw(prompt: string): Promise<string> {
  const { completion } = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt,
  })
  return completion
}

const { completion } = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
})
console.log(completion.trim(), await raw(`${HUMAN_PROMPT} Hi${AI_PROMPT}`))
