import { repairPrompt } from 'legacy-completions/repair'
import { lineIndex, parsePrompt } from 'legacy-completions/transcript'
import { translateRequest } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

/** Prompts that are mostly diagnostics, or mostly turns, of about 40 characters for each count. */
const SHAPES: Readonly<Record<string, (count: number) => string>> = {
  'a quoted chat': count => `\n\nHuman: ${'\nHuman: hi you\nAssistant: yes'.repeat(count)}\n\nAssistant:`,
  'a quoted chat without an end': count => `\n\nHuman: ${'\nHuman: hi you\nAssistant: yes'.repeat(count)}`,
  'labels after single newlines': count => 'Human: hello\nAssistant: hello\n'.repeat(count),
  'labels in quotes': count => `\n\nHuman: ${'\nHuman: "'.repeat(count * 4)}\n\nAssistant:`,
  'labels that resemble markers': count =>
    `\n\nHuman: ${'\n\nHUMAN: x\n\nassistant : y'.repeat(count)}\n\nAssistant:`,
  'full-width colons': count => `\n\nHuman: ${'人：human：'.repeat(count * 4)}\n\nAssistant:`,
  'turns of one role': count => `\n\nHuman: a${'\n\nAssistant: b'.repeat(count * 3)}`,
  'escaped markers': count => '\\n\\nHuman: hello\\n\\nAssistant: hello'.repeat(count),
  'halves of characters': count => `\n\nHuman: ${'\ud83d'.repeat(count * 40)}\n\nAssistant:`,
  'a literal that never ends': count => `"${'\\n\\nHuman: "x'.repeat(count * 3)}`,
  'whitespace at the end': count => `\n\nHuman: a\n\nAssistant: b${' \n'.repeat(count * 20)}`,
}

/** Milliseconds of CPU to read, repair and translate a prompt, with the position of every diagnostic. */
function work(prompt: string): number {
  const start = process.cpuUsage()
  const positionOf = lineIndex(prompt)
  for (const { span } of [...parsePrompt(prompt).diagnostics, ...repairPrompt(prompt).diagnostics]) {
    if (span !== undefined) positionOf(span.start)
  }
  try {
    translateRequest({ model: 'claude-haiku-4-5', max_tokens_to_sample: 9, prompt })
  } catch {
    // A rejection takes its time as well.
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

const quickest = (prompt: string): number => Math.min(work(prompt), work(prompt), work(prompt))

describe('parsing time grows at most linearly with the prompt', () => {
  it.each(Object.entries(SHAPES))(
    '%s',
    (_, shape) => {
      const [short, long] = [quickest(shape(500)), quickest(shape(8000))]
      // A quadratic step takes 256 times as long.
      expect(long).toBeLessThan(60 * Math.max(short, 1))
    },
    60_000,
  )
})
