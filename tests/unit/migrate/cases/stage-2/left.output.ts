import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'

const client = new Anthropic({ maxRetries: 0 })

export async function ask(prompt: string, history: string, model: string) {
  // TODO(legacy-completions: prompt-unknown): the turns of this prompt are known only at run time; convert it by hand: prompt (line 7), https://legacy-completions.github.io/migrate#prompt-unknown
  const whole = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 300, prompt })
  // TODO(legacy-completions: prompt-before-turns): a value comes before the first turn; it may be a system text, or whole turns: history (line 12), https://legacy-completions.github.io/migrate#prompt-before-turns
  const turns = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${history}${HUMAN_PROMPT} And now?${AI_PROMPT}`,
  })
  // TODO(legacy-completions: argument-unknown): this argument is known only at run time, and the request depends on it; write its value here: model (line 16), https://legacy-completions.github.io/migrate#argument-unknown
  const unknown = await client.completions.create({
    model,
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  })
  // TODO(legacy-completions: stop-whitespace): the Messages API rejects stop sequences of whitespace; cut the text at them: ['\n\n'] (line 25), https://legacy-completions.github.io/migrate#stop-whitespace
  const blank = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
    stop_sequences: ['\n\n'],
  })
  if (turns.completion === '') {
    // TODO(legacy-completions: reply-elsewhere): the reply goes where it cannot be followed: return client.completions.create({ model: 'clau… (line 29), https://legacy-completions.github.io/migrate#reply-elsewhere
    return client.completions.create({
      model: 'claude-2.1',
      max_tokens_to_sample: 300,
      prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
    })
  }
  console.log(whole.completion, unknown.completion, blank.completion)
  // TODO(legacy-completions: reply-elsewhere): the reply goes where it cannot be followed: return odd (line 43), https://legacy-completions.github.io/migrate#reply-elsewhere
  const odd = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`,
  })
  console.log(odd.id)
  return odd
}
