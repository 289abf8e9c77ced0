import * as anthropic from 'legacy-completions'

const client = new anthropic.Anthropic({ maxRetries: 0 })
const { completion } = await client.completions.create({
  model: 'claude-instant-1',
  max_tokens_to_sample: 300,
  prompt: anthropic.HUMAN_PROMPT + ' Hi' + anthropic.AI_PROMPT,
})
console.log(completion)
