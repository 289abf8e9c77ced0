import Anthropic from '@anthropic-ai/sdk'
import { AI_PROMPT as ASSISTANT, HUMAN_PROMPT as HUMAN, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN} Why is the sky blue?${ASSISTANT}`,
})
console.log(reply.completion.trim())
