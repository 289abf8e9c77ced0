import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const off = await client.completions.create({
  model: 'claude-sonnet-5',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
})
const always = await client.completions.create({
  model: 'claude-opus-5-5',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  metadata: { user_id: 'u1' },
})
console.log(off.completion.trim(), always.completion.trim())
