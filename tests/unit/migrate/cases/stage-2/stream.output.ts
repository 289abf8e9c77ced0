import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const topic = 'the sea'

const stream = await client.messages.create({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: `Tell me a joke about ${topic}.` }],
  stream: true,
})
for await (const chunk of stream) {
  if (chunk.type !== 'content_block_delta' || chunk.delta.type !== 'text_delta') continue
  process.stdout.write(chunk.delta.text)
}

let text = ''
for await (const event of await client.messages.create({
  model: 'claude-haiku-4-5-20251001',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Tell me another.' }],
  stream: true,
})) {
  if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
  // all of it
  text += event.delta.text
}
console.log(text.trim())
