import fc from 'fast-check'
import { parsePrompt } from 'legacy-completions/transcript'
import { expect, it } from 'vitest'

const LINES = ['', ' ', '\n', '\n\n', '\n\n ', '\r\n\r\n', '\\n\\n']
const BEFORE = ['', '\t', '**', '# ', '> ', '_', '[', '(', '<b>', '“', 'n', '. ', '\u200B', 'é ']
const WORDS = ['Human', 'human', 'HUMAN', 'Assistant', 'assistant', 'System', 'H', 'A']
const AFTER = ['', '', '', '', ' ', '**', ']', ')', '</b>', '_', '\u00A0']
const COLONS = [':', ':', ':', '\uFF1A']

const label = fc
  .tuple(...[LINES, BEFORE, WORDS, AFTER, COLONS].map(parts => fc.constantFrom(...parts)))
  .map(parts => parts.join(''))
const start = fc.constantFrom('so', 'so', 'so', '', ' so', '  so', '\nso', '为', '“', '\u3000', '\u200B')
const end = fc.constantFrom('', '', '', '"', " '", ' ‘', '="""', '<tag>', '上', '\u00A0')
const text = fc
  .tuple(
    start,
    fc.array(fc.oneof(label, fc.constantFrom(' word', ' ', '\n', ' and so on')), { maxLength: 1 }),
    end,
  )
  .map(parts => parts.flat().join(''))
const turns = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 })

/** Two turns of one role, so that a prompt with them needs every pass over its turns. */
const JOINED = '\n\nHuman: a\n\nHuman: b\n\nAssistant:'
/** A colon behind a tab, which only the scanner can read: it reads the rest of the prompt as well. */
const UNCLEAR = 'x\t:'

function chat(system: string, spoken: readonly (readonly [string, string])[]): string {
  const body = spoken.map(([said, answer]) => `\n\nHuman: ${said}\n\nAssistant: ${answer}`)
  return `${system}${body.join('')}\n\nHuman: go\n\nAssistant: end`
}

it('reports for a plain prompt what it reports for the same turns in another prompt', () => {
  let plain = 0
  fc.assert(
    fc.property(fc.oneof(fc.constant(''), text), turns, (system, spoken) => {
      const prompt = chat(system, spoken)
      const given = parsePrompt(prompt)
      const expected = parsePrompt(prompt + JOINED)
      expect(given.turns).toEqual(expected.turns.slice(0, -3))
      expect(given.diagnostics).toEqual(
        expected.diagnostics.filter(({ span }) => span !== undefined && span.start < prompt.length),
      )
      expect(given.system).toBe(expected.system)
      expect(given.prefill).toBe(given.turns.at(-1)?.text)
      if (given.diagnostics.length === 0) plain++
    }),
    { numRuns: 20_000, seed: 2026 },
  )
  // Otherwise the test would show nothing.
  expect(plain).toBeGreaterThan(500)
})

it('reads turns and labels as the scanner does', () => {
  let plain = 0
  fc.assert(
    fc.property(text, turns, (system, spoken) => {
      // The scanner takes over at the first colon, inside the system text of both prompts.
      const prompt = chat(`xyz${system}`, spoken)
      const given = parsePrompt(prompt)
      const expected = parsePrompt(UNCLEAR + prompt.slice(UNCLEAR.length))
      expect({ ...given, source: '', system: '' }).toEqual({ ...expected, source: '', system: '' })
      if (given.diagnostics.length === 0) plain++
    }),
    { numRuns: 20_000, seed: 2027 },
  )
  expect(plain).toBeGreaterThan(500)
})
