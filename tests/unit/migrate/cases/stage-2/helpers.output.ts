import Anthropic from '@anthropic-ai/sdk'

class Bot {
  private readonly client = new Anthropic({ maxRetries: 0 })
  private readonly template = 'Translate TEXT into Latin.'

  private prompt(question: string): string {
    if (question.length > 10) return `Long: ${question}`
    return question
  }

  async ask(question: string): Promise<string> {
    const reply = await this.client.messages.create({
      model: 'claude-opus-4-8',
      max_tokens: 10,
      messages: [{ role: 'user', content: this.prompt(question) }],
    })
    return completionText(reply).trim()
  }

  async translate(text: string, limit: number): Promise<string> {
    const reply = await this.client.messages.stream({
      model: 'claude-opus-4-8',
      max_tokens: Math.min(limit, 128000),
      messages: [{ role: 'user', content: this.template.replace('TEXT', text) }],
    }).finalMessage()
    return completionText(reply).trim()
  }
}

const bot = new Bot()
console.log(await bot.ask('Why?'), await bot.ask('Why is the sky blue?'), await bot.translate('sky', 90_000))

function completionText(message: Anthropic.Message): string {
  return message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
}
