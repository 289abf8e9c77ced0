import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'

const client = new Anthropic({ maxRetries: 0 })

export async function summary(text: string, words: number): Promise<string> {
  const { completion } = await client.completions.create({
    model: 'claude-2.1', // the best of 2023
    temperature: 0, // be strict
    max_tokens_to_sample: 300,
    prompt: `You are an editor.
Write plainly.${HUMAN_PROMPT} Here is a text:

<text>${text}</text>

Sum it up in ${words} words, and say "done" \`at the end\`.${AI_PROMPT} Gladly.${HUMAN_PROMPT} Go on.${AI_PROMPT}`,
    stop_sequences: [HUMAN_PROMPT, '</done>'],
  })
  return completion
}

console.log(await summary('Blue light scatters more.', 5))
