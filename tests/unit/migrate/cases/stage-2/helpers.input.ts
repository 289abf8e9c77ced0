import Anthropic from '@anthropic-ai/sdk'

class Bot {
  private readonly client = new Anthropic({ maxRetries: 0 })
  private readonly template = '\n\nHuman: Translate TEXT into Latin.\n\nAssistant:'

  private prompt(question: string): string {
    if (question.length > 10) return `\n\nHuman: Long: ${question}\n\nAssistant:`
    return `\n\nHuman: ${question}\n\nAssistant:`
  }

  async ask(question: string): Promise<string> {
    const reply = await this.client.completions.create({
      model: 'claude-2.1',
      max_tokens_to_sample: 10,
      prompt: this.prompt(question),
    })
    return reply.completion.trim()
  }

  async translate(text: string, limit: number): Promise<string> {
    const reply = await this.client.completions.create({
      model: 'claude-2.1',
      max_tokens_to_sample: limit,
      prompt: this.template.replace('TEXT', text),
    })
    return reply.completion.trim()
  }
}

const bot = new Bot()
console.log(await bot.ask('Why?'), await bot.ask('Why is the sky blue?'), await bot.translate('sky', 90_000))
