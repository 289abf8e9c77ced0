import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })
const MODELS = { fast: 'claude-instant-1.2', good: 'claude-2' } as const

async function caught(question: string): Promise<string> {
  const reply = await client.completions
    .create({
      model: MODELS.good,
      max_tokens_to_sample: 10,
      prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
    })
    .catch(error => {
      console.error(error)
    })
  return reply ? reply.completion.trim() : ''
}

async function typed(question: string): Promise<string> {
  const parameters: Anthropic.CompletionCreateParamsNonStreaming = {
    model: 'claude-2',
    max_tokens_to_sample: 10,
    prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
  }
  const reply = await client.completions.create(parameters)
  return reply && reply.completion.trim()
}

const chained = (question: string): Promise<string> =>
  client.completions
    .create({ model: 'claude-2', max_tokens_to_sample: 10, prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}` })
    .then(function (reply) {
      return reply.completion.trim()
    })

async function loose(question: string): Promise<string> {
  const parameters = {
    model: 'claude-2',
    max_tokens_to_sample: 10,
    prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
  } as any
  const reply = await client.completions.create(parameters)
  return reply.completion.trim()
}

async function listed(parts: string[]): Promise<string> {
  let prompt = `${HUMAN_PROMPT} Sum up:`
  for (const part of parts) prompt += `\n- ${part}`
  prompt += AI_PROMPT
  const { completion } = await client.completions.create({ model: 'claude-2', max_tokens_to_sample: 10, prompt })
  return completion.trim()
}

async function* pieces(question: string): AsyncGenerator<string> {
  const stream = await client.completions.create({
    model: 'claude-2',
    max_tokens_to_sample: 10,
    prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
    stream: true,
  })
  for await (const chunk of stream) {
    const text = chunk.completion
    if (text) yield JSON.stringify({ text: text.trim() })
  }
}

console.log(await caught('Why?'), await typed('Who?'), await chained('Where?'), await loose('How?'))
console.log(await listed(['a', 'b']))
for await (const piece of pieces('When?')) console.log(piece)

class Editor {
  readonly #client = new Anthropic({ maxRetries: 0 })

  private prompt(text: string): string {
    return `${HUMAN_PROMPT} Edit this: ${text}${AI_PROMPT}`
  }

  async edit(text: string): Promise<string> {
    const { completion: edited } = await this.#client.completions.create({
      model: 'claude-2',
      max_tokens_to_sample: 100_000,
      prompt: this.prompt(text),
    })
    return edited.trim()
  }

  async model(text: string): Promise<Anthropic.Completion> {
    return this.#client.completions.create({
      model: 'claude-2',
      max_tokens_to_sample: 10,
      prompt: this.prompt(text),
    })
  }
}

console.log(await new Editor().edit('This'), (await new Editor().model('That')).model)
