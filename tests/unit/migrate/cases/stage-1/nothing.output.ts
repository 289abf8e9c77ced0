import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const message = await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Human: hi' }],
})
console.log(message.content)
