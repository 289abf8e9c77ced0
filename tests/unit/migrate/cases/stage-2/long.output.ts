import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const reply = await client.messages.stream(
  {
    model: 'claude-opus-4-8',
    max_tokens: 100_000,
    messages: [{ role: 'user', content: 'Write a novel.' }],
  },
  { timeout: 5000 },
).finalMessage()
if (reply.stop_reason === 'max_tokens' || reply.stop_reason === 'model_context_window_exceeded') console.log('cut off')
else if (reply.stop_reason !== 'end_turn') console.log('refused')
console.log(reply.content.map(block => (block.type === 'text' ? block.text : '')).join('').trimStart(), reply.model)
