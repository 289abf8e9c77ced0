import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

export async function translated(text: string, language: string): Promise<string> {
  const prompt = `Write this in ${language}:

${text}`

  const reply = await client.messages.create({
    model: 'claude-opus-4-8',
    max_tokens: 300,
    messages: [{ role: 'user', content: prompt }],
  })
  return completionText(reply).trim()
}

let question = 'Why?'
const asked = question
question = 'Why not?'
const left = await client.messages.create({ model: 'claude-opus-4-8', max_tokens: 9, messages: [{ role: 'user', content: asked }] })
console.log(completionText(left).trim(), await translated(question, 'Latin'))

function completionText(message: Anthropic.Message): string {
  return message.content.map(block => (block.type === 'text' ? block.text : '')).join('')
}
