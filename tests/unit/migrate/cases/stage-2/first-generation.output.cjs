const { Anthropic } = require('@anthropic-ai/sdk')

const client = new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY, baseURL: process.env.ANTHROPIC_BASE_URL })

client
  .messages.create({
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    stop_sequences: ['\n\nHuman:'],
    max_tokens: 200,
    model: 'claude-haiku-4-5-20251001',
  })
  .then(sample => console.log(sample.content.map(block => (block.type === 'text' ? block.text : '')).join('').trim()))
