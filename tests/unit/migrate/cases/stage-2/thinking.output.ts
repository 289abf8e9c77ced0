import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const off = await client.messages.create({
  model: 'claude-sonnet-5',
  max_tokens: 300,
  thinking: { type: 'disabled' },
  messages: [{ role: 'user', content: 'Hi' }],
})
const always = await client.messages.create({
  model: 'claude-opus-5-5',
  max_tokens: 4396,
  output_config: { effort: 'low' },
  messages: [{ role: 'user', content: 'Hi' }],
  metadata: { user_id: 'u1' },
})
console.log(completionText(off).trim(), completionText(always).trim())

function completionText(message: Anthropic.Message): string {
  return message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
}
