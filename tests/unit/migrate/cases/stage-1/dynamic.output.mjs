const { default: Anthropic, HUMAN_PROMPT, AI_PROMPT } = await import('legacy-completions')

const client = new Anthropic({ maxRetries: 0 })
const stream = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Tell me a joke.${AI_PROMPT}`,
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.completion)
