import Anthropic, { AI_PROMPT, APIError, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

async function old(question: string): Promise<Anthropic.Completion> {
  return client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
  })
}

async function fresh(question: string): Promise<Anthropic.Message> {
  return client.messages.create({
    model: 'claude-opus-4-8',
    max_tokens: 300,
    messages: [{ role: 'user', content: question }],
  })
}

try {
  console.log((await old('Why is the sky blue?')).completion)
  console.log((await fresh('Why is the sky blue?')).content)
} catch (error) {
  if (error instanceof APIError) console.error(error.status)
}
