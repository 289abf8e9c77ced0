import Anthropic, { AI_PROMPT } from '@anthropic-ai/sdk'

// One space more than the SDK's.
const HUMAN_PROMPT = '\n\nHuman:  '
const client = new Anthropic({ maxRetries: 0 })

async function ask(index: number, words: string[], isPolite: boolean): Promise<string> {
  const reply = await client.completions.create({
    model: 'claude-2.1',
    max_tokens_to_sample: 300,
    prompt:
      HUMAN_PROMPT +
      `Question ${index + 1} of ${words.length}:\t${isPolite ? `please, ${words[0]}` : words[0]?.trim()} \u00e9\\n\`\${x}\` ` +
      (index + 1) +
      AI_PROMPT,
  })
  return reply.completion.trim()
}

console.log(await ask(1, ['why'], true), await ask(2, ['  why '], false))
