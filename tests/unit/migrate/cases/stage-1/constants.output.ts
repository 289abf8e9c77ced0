import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'

const client = new Anthropic({ maxRetries: 0 })

const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Why is the sky blue?${AI_PROMPT}`,
})
console.log(reply.completion)
