import Anthropic from '@anthropic-ai/sdk'
import { type Completion, withCompletions } from 'legacy-completions/sdk'

const client = withCompletions(new Anthropic({ maxRetries: 0 }))
const MODELS = { fast: 'claude-instant-1.2', good: 'claude-opus-4-8' } as const

async function caught(question: string): Promise<string> {
  const reply = await client.messages
    .create({
      model: MODELS.good,
      max_tokens: 10,
      messages: [{ role: 'user', content: question }],
    })
    .catch(error => {
      console.error(error)
    })
  return reply ? completionText(reply).trim() : ''
}

async function typed(question: string): Promise<string> {
  const parameters: Anthropic.MessageCreateParamsNonStreaming = {
    model: 'claude-opus-4-8',
    max_tokens: 10,
    messages: [{ role: 'user' as const, content: question }],
  }
  const reply = await client.messages.create(parameters)
  return reply && completionText(reply).trim()
}

const chained = (question: string): Promise<string> =>
  client.messages
    .create({ model: 'claude-opus-4-8', max_tokens: 10, messages: [{ role: 'user', content: `${question}` }] })
    .then(function (reply) {
      return completionText(reply).trim()
    })

async function loose(question: string): Promise<string> {
  const parameters = {
    model: 'claude-opus-4-8',
    max_tokens: 10,
    messages: [{ role: 'user' as const, content: question }],
  } as any
  const reply = await client.messages.create(parameters)
  return completionText(reply).trim()
}

async function listed(parts: string[]): Promise<string> {
  let prompt = 'Sum up:'
  for (const part of parts) prompt += `\n- ${part}`
  const completion = completionText((await client.messages.create({ model: 'claude-opus-4-8', max_tokens: 10, messages: [{ role: 'user', content: prompt }] })))
  return completion.trim()
}

async function* pieces(question: string): AsyncGenerator<string> {
  const stream = await client.messages.create({
    model: 'claude-opus-4-8',
    max_tokens: 10,
    messages: [{ role: 'user', content: question }],
    stream: true,
  })
  for await (const chunk of stream) {
    if (chunk.type !== 'content_block_delta' || chunk.delta.type !== 'text_delta') continue
    const text = chunk.delta.text
    if (text) yield JSON.stringify({ text: text.trim() })
  }
}

console.log(await caught('Why?'), await typed('Who?'), await chained('Where?'), await loose('How?'))
console.log(await listed(['a', 'b']))
for await (const piece of pieces('When?')) console.log(piece)

class Editor {
  readonly #client = withCompletions(new Anthropic({ maxRetries: 0 }))

  private prompt(text: string): string {
    return `Edit this: ${text}`
  }

  async edit(text: string): Promise<string> {
    const edited = completionText((await this.#client.messages.stream({
      model: 'claude-opus-4-8',
      max_tokens: 100_000,
      messages: [{ role: 'user', content: this.prompt(text) }],
    }).finalMessage()))
    return edited.trim()
  }

  async model(text: string): Promise<Completion> {
    // TODO(legacy-completions: reply-elsewhere): the reply goes where it cannot be followed: return this.#client.completions.create({ model:… (line 90), https://legacy-completions.github.io/migrate#reply-elsewhere
    return this.#client.completions.create({
      model: 'claude-2',
      max_tokens_to_sample: 10,
      prompt: ('\n\nHuman: ' + this.prompt(text) + '\n\nAssistant:'),
    })
  }
}

console.log(await new Editor().edit('This'), (await new Editor().model('That')).model)

function completionText(message: Anthropic.Message): string {
  return message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
}
