import Anthropic from '@anthropic-ai/sdk'

const HUMAN = '\n\nHuman:'
const ASSISTANT = '\n\nAssistant:'

class Bot {
  readonly #client = new Anthropic({ maxRetries: 0 })

  async direct(questions: string[]): Promise<string> {
    return (
      await this.#client.completions.create({
        model: 'claude-2',
        max_tokens_to_sample: 5,
        prompt: `${HUMAN} ${questions[0]}${ASSISTANT}`,
      })
    ).completion
  }

  async later(question: string, temperature = 0.2): Promise<string> {
    let reply
    reply = await this.#client.completions.create(
      { model: 'claude-2', temperature, max_tokens_to_sample: 5, prompt: HUMAN + ' ' + question + ASSISTANT },
      { signal: AbortSignal.timeout(5000) },
    )
    if (!reply.completion) return 'nothing'
    return `${reply.completion}` + reply['completion']
  }

  async *pieces(question: string): AsyncGenerator<string> {
    const stream = await this.#client.completions.create({
      model: 'claude-2',
      max_tokens_to_sample: 5,
      prompt: `${HUMAN} ${question}${ASSISTANT}`,
      stream: true,
    })
    for await (const chunk of stream) { yield chunk.completion }
  }

  async then(question: string): Promise<string | void> {
    return this.#client.completions
      .create({ prompt: `${HUMAN} ${question}${ASSISTANT}`, max_tokens_to_sample: 5, model: 'claude-2' })
      .then(reply => (reply.stop_reason == 'max_tokens' ? `${reply.completion.trim()}…` : reply.completion.trim()))
  }
}

const bot = new Bot()
const question = 'Why is the sky blue?'
let text = ''
for await (const piece of bot.pieces(question)) text += piece
console.log(text, await bot.direct([question]), await bot.later(question))
await Bot.prototype.then.call(bot, question).then(console.log)
