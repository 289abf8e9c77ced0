import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ maxRetries: 0 })

export async function summary(text: string, words: number): Promise<string> {
  const completion = (await client.messages.create({
    model: 'claude-opus-4-8', // the best of 2023
    max_tokens: 300,
    system: `You are an editor.
Write plainly.`,
    messages: [
      { role: 'user', content: `Here is a text:

<text>${text}</text>

Sum it up in ${words} words, and say "done" \`at the end\`.` },
      { role: 'assistant', content: 'Gladly.' },
      { role: 'user', content: 'Go on.' },
    ],
    stop_sequences: ['\n\nHuman:', '</done>'],
  })).content.map(block => (block.type === 'text' ? block.text : '')).join('')
  return completion
}

console.log(await summary('Blue light scatters more.', 5))
