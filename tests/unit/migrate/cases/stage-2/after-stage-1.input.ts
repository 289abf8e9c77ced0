import Anthropic from '@anthropic-ai/sdk'
import { AI_PROMPT, HUMAN_PROMPT, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))

const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
})
const message = await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Hi' }],
})
console.log(reply.completion.trim(), message.stop_reason)
