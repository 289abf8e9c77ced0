import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

const kept = await client.completions.create({
  model: 'claude-instant-1.2',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Name a colour as JSON.${AI_PROMPT} {"colour":`,
})
console.log(kept.completion)

const left = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Name a colour as JSON.${AI_PROMPT} {"colour":`,
})
console.log(left.completion)
