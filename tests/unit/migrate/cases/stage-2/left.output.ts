import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'

const client = new Anthropic({ maxRetries: 0 })

export async function ask(prompt: string, history: string, model: string) {
  // TODO(prompt-unknown): the prompt is not written here; only the program knows its turns
  const whole = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 300, prompt })
  // TODO(prompt-of-turns): a value of the prompt seems to hold whole turns; write them as messages: history
  const turns = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${history}${HUMAN_PROMPT} And now?${AI_PROMPT}`,
  })
  // TODO(argument-unknown): what is sent depends on a value that only the program knows; write it out: model
  const unknown = await client.completions.create({
    model,
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  })
  // TODO(stop-whitespace): the Messages API refuses stop sequences of whitespace; cut the text at them
  const blank = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
    stop_sequences: ['\n\n'],
  })
  if (turns.completion === '') {
    // TODO(reply-elsewhere): the reply goes where it cannot be followed
    return client.completions.create({
      model: 'claude-2.1',
      max_tokens_to_sample: 300,
      prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
    })
  }
  console.log(whole.completion, unknown.completion, blank.completion)
  // TODO(reply-field): a message has no such field: id
  const odd = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  })
  console.log(odd.id)
  return odd
}
