import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const draft = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Write a line.${AI_PROMPT}`,
})
const better = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Write this better: "${draft.completion.trim()}"${AI_PROMPT}`,
})
console.log(better.completion.trim())
