import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

export async function ask(prompt: string, history: string, model: string) {
  const whole = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 300, prompt })
  const turns = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${history}${HUMAN_PROMPT} And now?${AI_PROMPT}`,
  })
  const unknown = await client.completions.create({
    model,
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  })
  const blank = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
    stop_sequences: ['\n\n'],
  })
  if (turns.completion === '') {
    return client.completions.create({
      model: 'claude-2.1',
      max_tokens_to_sample: 300,
      prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
    })
  }
  console.log(whole.completion, unknown.completion, blank.completion)
  const odd = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  })
  console.log(odd.id)
  return odd
}
