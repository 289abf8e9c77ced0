import fc from 'fast-check'
import { parsePrompt } from 'legacy-completions/transcript'
import { expect, it } from 'vitest'

const LINES = ['', ' ', '\n', '\n\n', '\n\n ', '\r\n\r\n', '\\n\\n']
const BEFORE = ['', '\t', '**', '# ', '> ', '_', '[', '(', '<b>', '“', 'n', '. ', '\u200B', 'é ']
const WORDS = ['Human', 'human', 'HUMAN', 'Assistant', 'assistant', 'System', 'H', 'A']
const AFTER = ['', '', '', '', ' ', '**', ']', ')', '</b>', '_', '\u00A0']

const label = fc
  .tuple(...[LINES, BEFORE, WORDS, AFTER].map(parts => fc.constantFrom(...parts)))
  .map(parts => `${parts.join('')}:`)
const text = fc.array(fc.oneof(label, fc.constantFrom(' word', ' ', '\n', ' and so on')), { maxLength: 1 })
const turns = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 })

/** A colon of the full-width forms: with it, no prompt is parsed by the loop for plain prompts. */
const NOT_PLAIN = ' x\uFF1A'

it('parses a plain prompt as the passes for other prompts do', () => {
  let plain = 0
  fc.assert(
    fc.property(text, turns, (system, spoken) => {
      const body = spoken.map(
        ([said, answer]) => `\n\nHuman: so${said.join('')}\n\nAssistant: ok${answer.join('')}`,
      )
      const prompt = `${system.join('')}${body.join('')}\n\nHuman: go\n\nAssistant: end`
      const given = parsePrompt(prompt)
      const expected = parsePrompt(prompt + NOT_PLAIN)
      const last = expected.turns.at(-1)
      if (last !== undefined) {
        last.text = last.text.slice(0, -NOT_PLAIN.length)
        last.span.end -= NOT_PLAIN.length
      }
      const prefill = expected.prefill?.slice(0, -NOT_PLAIN.length)
      expect(given).toEqual({ ...expected, source: prompt, ...(prefill !== undefined && { prefill }) })
      if (given.diagnostics.length === 0) plain++
    }),
    { numRuns: 20_000, seed: 2026 },
  )
  // Otherwise the test would show nothing.
  expect(plain).toBeGreaterThan(500)
})
