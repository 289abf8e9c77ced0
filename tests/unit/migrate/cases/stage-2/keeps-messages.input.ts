import Anthropic from 'legacy-completions'

const client = new Anthropic({ maxRetries: 0 })
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: '\n\nHuman: Why is the sky blue?\n\nAssistant:',
})
console.log(reply?.completion)
