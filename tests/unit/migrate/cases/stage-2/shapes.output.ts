import Anthropic from '@anthropic-ai/sdk'

const HUMAN = '\n\nHuman:'
const ASSISTANT = '\n\nAssistant:'

class Bot {
  readonly #client = new Anthropic({ maxRetries: 0 })

  async direct(questions: string[]): Promise<string> {
    return completionText(
      await this.#client.messages.create({
        model: 'claude-opus-4-8',
        max_tokens: 5,
        messages: [{ role: 'user', content: `${questions[0]}` }],
      })
    )
  }

  async later(question: string, temperature = 0.2): Promise<string> {
    let reply
    reply = await this.#client.messages.create(
      { model: 'claude-opus-4-8', max_tokens: 5, messages: [{ role: 'user', content: question }] },
      { signal: AbortSignal.timeout(5000) },
    )
    if (!completionText(reply)) return 'nothing'
    return `${completionText(reply)}` + completionText(reply)
  }

  async *pieces(question: string): AsyncGenerator<string> {
    const stream = await this.#client.messages.create({
      model: 'claude-opus-4-8',
      max_tokens: 5,
      messages: [{ role: 'user', content: question }],
      stream: true,
    })
    for await (const chunk of stream) { if (chunk.type !== 'content_block_delta' || chunk.delta.type !== 'text_delta') continue; yield chunk.delta.text }
  }

  async then(question: string): Promise<string | void> {
    return this.#client.messages
      .create({ messages: [{ role: 'user', content: question }], max_tokens: 5, model: 'claude-opus-4-8' })
      .then(reply => ((reply.stop_reason == 'max_tokens' || reply.stop_reason == 'model_context_window_exceeded') ? `${completionText(reply).trim()}…` : completionText(reply).trim()))
  }
}

const bot = new Bot()
const question = 'Why is the sky blue?'
let text = ''
for await (const piece of bot.pieces(question)) text += piece
console.log(text, await bot.direct([question]), await bot.later(question))
await Bot.prototype.then.call(bot, question).then(console.log)

function completionText(message: Anthropic.Message): string {
  return message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
}
