import type { Completion } from '@anthropic-ai/sdk/resources/completions'
import Anthropic, { HUMAN_PROMPT as HUMAN, AI_PROMPT as ASSISTANT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

export function textOf(reply: Completion): string {
  return reply.completion.trim()
}

const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN} Why is the sky blue?${ASSISTANT}`,
})
const message = await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Why?' }],
})
console.log(textOf(reply), message.stop_reason)
