import fc from 'fast-check'

/** Pieces of text that a reader of prompts could stumble over. */
export const FRAGMENTS: readonly string[] = [
  '\n\nHuman:',
  '\n\nAssistant:',
  '\n\nHuman: ',
  '\n\nAssistant: ',
  '\nHuman:',
  '\nAssistant:',
  'Human:',
  'Assistant:',
  'Human',
  'Assistant',
  'Hum',
  'an:',
  'human:',
  'SuperHuman:',
  'System:',
  'H:',
  'A:',
  '\\n\\nHuman:',
  '\\n',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  ' ',
  '\t',
  ':',
  '"',
  '<tag>',
  '\0',
  '\u00a0',
  '\u2028',
  '\ud83d',
  '\ude00',
  '😀',
  'undefined',
  'text',
  '.',
]

/** Arbitrary text made mostly of such pieces. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...FRAGMENTS) },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
    ),
    { maxLength: 20 },
  )
  .map(pieces => pieces.join(''))

/** What opens a turn, as the rules say it and not as the parser does it. */
const TURN = /\n\nAssistant:|\n\nHuman:|^\n?Human:/g

/** The text before the first turn, and each turn with its label: the rules, by a plain regular expression. */
export function splitTurns(prompt: string): { system: string; turns: { role: string; text: string }[] } {
  const marks = [...prompt.matchAll(TURN)]
  return {
    system: prompt.slice(0, marks[0]?.index ?? prompt.length),
    turns: marks.map((mark, index) => ({
      role: mark[0].endsWith('Human:') ? 'user' : 'assistant',
      text: prompt.slice(mark.index + mark[0].length, marks[index + 1]?.index).replace(/^ /, ''),
    })),
  }
}

/** The same runs every time; a failure names the smallest text that shows it. */
export function checkAll<T>(property: fc.IProperty<T>, numRuns = 1000): void {
  fc.assert(property, { seed: 20_261_123, numRuns })
}
