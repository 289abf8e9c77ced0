import Anthropic from '@anthropic-ai/sdk'

// One space more than the SDK's.
const HUMAN_PROMPT = '\n\nHuman:  '
const client = new Anthropic({ maxRetries: 0 })

async function ask(index: number, words: string[], isPolite: boolean): Promise<string> {
  const reply = await client.messages.create({
    model: 'claude-opus-4-8',
    max_tokens: 300,
    messages: [{ role: 'user', content: ' ' +
      `Question ${index + 1} of ${words.length}:\t${isPolite ? `please, ${words[0]}` : words[0]?.trim()} \u00e9\\n\`\${x}\` ` +
      (index + 1) }],
  })
  return reply.content.map(block => (block.type === 'text' ? block.text : '')).join('').trim()
}

console.log(await ask(1, ['why'], true), await ask(2, ['  why '], false))
