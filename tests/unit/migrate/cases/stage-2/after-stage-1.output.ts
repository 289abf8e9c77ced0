import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

const reply = await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Hi' }],
})
const message = await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Hi' }],
})
console.log(reply.content.map(block => (block.type === 'text' ? block.text : '')).join('').trim(), message.stop_reason)
