import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const topic = 'the sea'

const stream = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Tell me a joke about ${topic}.${AI_PROMPT}`,
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.completion)

let text = ''
for await (const { completion } of await client.completions.create({
  model: 'claude-instant-1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Tell me another.${AI_PROMPT}`,
  stream: true,
})) {
  // all of it
  text += completion
}
console.log(text.trim())
