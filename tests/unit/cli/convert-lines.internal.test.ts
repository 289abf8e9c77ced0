import * as fc from 'fast-check'
import { parsePrompt, renderPrompt, toMessages } from 'legacy-completions/transcript'
import { describe, expect, test } from 'vitest'
import { blockConverter, type ConvertedBlock } from '../../../src/cli/convert/block.ts'
import type { LineConverter } from '../../../src/cli/convert/line.ts'
import { toMessagesConverter, toPromptConverter } from '../../../src/cli/convert/line-converters.ts'

const toMessagesLine = toMessagesConverter('prompt')
const toPromptLine = toPromptConverter('prompt')

function convertBytes(bytes: Uint8Array, converter: LineConverter = toMessagesLine): ConvertedBlock {
  return blockConverter(converter)({ bytes: Buffer.from(bytes), isLastTooLong: false })
}

const converted = (text: string, converter?: LineConverter): string =>
  Buffer.from(convertBytes(Buffer.from(text), converter).bytes).toString()
const reasons = (text: string, converter?: LineConverter): string[] =>
  convertBytes(Buffer.from(text), converter).rejects.map(({ refusal }) => refusal.reason)

/** What prompts are made of, with all that JSON or the grammar may trip over. */
const PIECES = [
  ...['\n\nHuman:', '\n\nHuman: ', '\n\nAssistant:', '\n\nAssistant: ', 'Human:', 'Assistant:', 'System: '],
  ...['Hi', ' ', '\n', '\r\n', '\t', '"', '\\', '\\n', '\\n\\nHuman:', '/', '\u0001', '<b>', '“', '«', "'"],
  ...['é', '今天', '😀', '\u00a0', '\u3000', '\ufeff', '\u2028', '\ud83d', '\udc00', '。', 'x'.repeat(70)],
]
const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map(pieces => pieces.join(''))
const prompts = fc
  .tuple(texts, fc.array(texts, { maxLength: 4 }), fc.boolean())
  .map(([system, turns, isOpen]) => {
    const spoken = turns.map((text, index) => `\n\n${index % 2 === 0 ? 'Human' : 'Assistant'}:${text}`)
    return system + spoken.join('') + (isOpen ? '\n\nAssistant:' : '')
  })

/** Prompts of which most are taken, since each turn begins with something. */
const takenPrompts = fc
  .array(fc.tuple(fc.constantFrom('Hi', '今', 'é', '😀', '“', '\u3000', '\u00a0'), texts), {
    minLength: 1,
    maxLength: 4,
  })
  .map(turns => {
    const spoken = turns.map(
      ([first, rest], index) => `\n\n${index % 2 === 0 ? 'Human' : 'Assistant'}: ${first}${rest}`,
    )
    return `${spoken.join('')}\n\nAssistant:`
  })

/** A JSON string in one of its many spellings. */
function spelled(text: string, choices: readonly number[]): string {
  const units = Array.from({ length: text.length }, (_, index) => text[index] ?? '')
  const letters = units.map((unit, index) => {
    const choice = choices[index % choices.length] ?? 0
    const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
    if (choice === 0) return escaped
    if (choice === 1 && unit === '/') return '\\/'
    // Half of a character can only be written as an escape.
    return /[\ud800-\udfff]/.test(unit) ? escaped : JSON.stringify(unit).slice(1, -1)
  })
  return `"${letters.join('')}"`
}
const spellings = fc.array(fc.constantFrom(0, 1, 2, 2, 2, 2, 2, 2), { minLength: 1, maxLength: 30 })
/** As most programs write it. */
const usual = fc.constant([2])

/** Members that are no business of a conversion, as text. */
const others = fc.array(
  fc.constantFrom(
    '"id": 12345678901234567890',
    '"score" :1.0',
    '"a":{"prompt":"\\n\\nHuman: no"}',
    '"b":["prompt","]",{"prompt":1}]',
    '"text":"\\"prompt\\":\\"\\\\"',
    '"prompt ":"x"',
    '"今天":"😀"',
    '"\\u0061b":null',
    '"messages_":[]',
  ),
  { maxLength: 3 },
)

const lines = fc.tuple(
  others,
  others,
  prompts,
  fc.oneof(usual, spellings),
  fc.constantFrom('', ' '),
  fc.constantFrom('', '\r'),
)

describe('a line', () => {
  test('becomes what the grammar says, and keeps all else to the byte', () => {
    fc.assert(
      fc.property(lines, ([before, after, prompt, spelling, space, end]) => {
        const key = spelling.length > 1 ? '"pr\\u006fmpt"' : '"prompt"'
        const head = `{${space}${before.map(member => `${member},${space}`).join('')}`
        const tail = `${after.map(member => `${space},${member}`).join('')}${space}}${end}`
        const line = `${head}${key}${space}:${space}${spelled(prompt, spelling)}${tail}`

        // Halves of characters, which no server accepts, are replaced.
        const sound = Array.from(prompt, one => (/^[\uD800-\uDFFF]$/.test(one) ? '\uFFFD' : one)).join('')
        const transcript = parsePrompt(sound)
        const { rejects, bytes, codes, respelled } = convertBytes(Buffer.from(line))
        const error = transcript.diagnostics.find(({ severity }) => severity === 'error')
        // The constants that an SDK exported by mistake are understood.
        if (error !== undefined && sound.includes('\\n\\n') && rejects.length === 0) return
        if (error !== undefined) {
          expect(rejects[0]?.refusal.reason).toContain(error.message)
          return
        }
        const output = Buffer.from(bytes).toString()
        expect(rejects).toEqual([])
        expect(output.startsWith(head)).toBe(true)
        expect(output.endsWith(`${tail}\n`)).toBe(true)
        const conversation = toMessages(transcript)
        expect(JSON.parse(`{${output.slice(head.length, -tail.length - 1)}}`)).toEqual(conversation)

        const counted: Record<string, number> = {}
        for (const { code } of transcript.diagnostics) counted[code] = (counted[code] ?? 0) + 1
        if (sound !== prompt) counted['ill-formed-text'] = 1
        expect(Object.fromEntries(codes)).toEqual(counted)
        // What is not counted as respelled comes back to the letter.
        const rendered = renderPrompt(conversation, { onDiagnostic() {} })
        if (respelled === 0) expect(rendered).toBe(sound)
        const back = converted(output.trimEnd(), toPromptLine)
        if (back !== '') expect(JSON.parse(back).prompt).toBe(rendered)
      }),
      { numRuns: 3000 },
    )
  })

  test('is converted in bytes as in characters, or not in bytes', () => {
    let inBytes = 0
    fc.assert(
      fc.property(others, fc.oneof(takenPrompts, prompts), others, (before, prompt, after) => {
        const line = `{${[...before, `"prompt":${JSON.stringify(prompt)}`, ...after].join(',')}}`
        const bytes = toMessagesLine.bytes?.(Buffer.from(line).toString('latin1'))
        if (bytes === undefined || !('text' in bytes)) return
        inBytes++
        const inText = toMessagesLine.line(line, 0)
        expect({ ...bytes, text: Buffer.from(bytes.text, 'latin1').toString(), diagnostics: [] }).toEqual({
          ...inText,
          diagnostics: [],
        })
      }),
      { numRuns: 3000 },
    )
    expect(inBytes).toBeGreaterThan(100)
  })
})

describe('a prompt in its usual spelling comes back to the byte', () => {
  const conversations = fc.record({
    system: fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: undefined }),
    texts: fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
  })
  test('for every conversation that a prompt can hold', () => {
    fc.assert(
      fc.property(conversations, ({ system, texts: contents }) => {
        const messages = contents.map((content, index) => ({
          role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
          content,
        }))
        const prompt = renderPrompt({ system, messages }, { onDiagnostic() {} })
        const line = `{"id":1,"prompt":${JSON.stringify(prompt)},"z":[]}\n`
        const { bytes, respelled, converted: count } = convertBytes(Buffer.from(line))
        if (count === 0 || respelled > 0) return
        expect(converted(Buffer.from(bytes).toString(), toPromptLine)).toBe(line)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('lines that cannot be converted', () => {
  const ok = '"prompt":"\\n\\nHuman: Hi\\n\\nAssistant:"'
  test.each([
    ['{', 'It is not JSON'],
    [`{${ok}`, 'It is not JSON'],
    [`{${ok}}}`, 'It is not JSON'],
    ['{"prompt":"\\x"}', 'It is not JSON'],
    ['{"prompt":"a\tb"}', 'It is not JSON'],
    ['[]', 'It is JSON, but no object.'],
    ['null', 'It is JSON, but no object.'],
    ['"prompt"', 'It is JSON, but no object.'],
    ['{}', 'It has no field "prompt".'],
    [`{"a":{${ok}}}`, 'It has no field "prompt".'],
    ['{"__proto__":{"prompt":"x"}}', 'It has no field "prompt".'],
    ['{"prompt":null}', 'Its field "prompt" is not text.'],
    ['{"prompt":["x"]}', 'Its field "prompt" is not text.'],
    [`{${ok},${ok}}`, 'It has the field "prompt" more than once.'],
    [`{${ok},"pr\\u006fmpt":"x"}`, 'It has the field "prompt" more than once.'],
    [`{${ok},"messages":[]}`, 'It already has a field "messages".'],
    [`{"system":"",${ok}}`, 'It already has a field "system".'],
    ['{"prompt":"Hi"}', 'prompt must start with'],
    ['{"prompt":"\\n\\nHuman: Hi"}', 'prompt must end with'],
  ])('%s', (line, reason) => {
    expect(reasons(line)).toEqual([expect.stringContaining(reason)])
    // In bytes as in characters.
    expect(reasons(line.replace(/\}?$/, ',"é":1$&')).length).toBe(1)
  })

  test.each([
    ['{"messages":[]}', 'Its prompt would be rejected: prompt must start with'],
    [
      '{"messages":[{"role":"assistant","content":"b"}]}',
      'Its prompt would be rejected: prompt must start with',
    ],
    ['{"messages":[{"role":"user","content":[{"type":"image"}]}]}', 'Message 1 has a block of type "image".'],
    [
      '{"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]}]}',
      'Message 1 has a block with a field "cache_control".',
    ],
    ['{"messages":[{"role":"user","content":[null]}]}', 'Message 1 has a block of type "undefined".'],
    ['{"messages":["x"]}', 'Message 1 is not an object.'],
    ['{"system":1,"messages":[]}', 'Its "system" has no text.'],
    ['{"system":"x"}', 'It has no list of "messages".'],
    ['{"messages":[{"role":"user","content":[]}]}', 'Message 1 has no text.'],
    ['{"messages":[{"role":"user","content":"x","cache":1}]}', 'Message 1 has a field "cache".'],
    ['{"messages":[{"role":"system","content":"x"}]}', 'Message 1 has a role other than user and assistant.'],
    ['{"messages":[{"role":"user","content":"a\\n\\nHuman: b"}]}', 'would open a turn'],
    ['{"messages":[{"role":"user","content":"a\\ud83d"}]}', 'half of a surrogate pair'],
    ['{"messages":[{"role":"user","content":"a\\ud83d\\ude00"}]}', undefined],
    ['{"prompt":"","messages":[]}', 'It already has a field "prompt".'],
    ['{"messages":[],"messages":[]}', 'more than once'],
  ])('on the way back: %s', (line, reason) => {
    expect(reasons(line, toPromptLine)).toEqual(reason === undefined ? [] : [expect.stringContaining(reason)])
  })

  test('tells lines that are not text from lines that are', () => {
    const {
      rejects,
      converted: count,
      blank,
    } = convertBytes(
      Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(`\r\n \t\n{${ok}}\r\n{"prompt":"\n`)]),
    )
    expect(rejects.map(({ line, refusal }) => [line, refusal.reason])).toEqual([
      [0, 'It is not UTF-8.'],
      [4, expect.stringContaining('It is not JSON')],
    ])
    expect([count, blank]).toEqual([1, 2])
  })
})

test('an unexpected error in one line rejects that line, and the others are converted', () => {
  // No line is known whose conversion fails, so the converter fails at a mark.
  const failing: LineConverter = {
    line(line, number) {
      if (line.includes('mark')) throw new RangeError(`quotes ${line}`)
      return toMessagesLine.line(line, number)
    },
  }
  const good = '{"prompt":"\\n\\nHuman: Hi\\n\\nAssistant:"}\n'
  const text = `${good}{"prompt":"mark, a secret"}\n${good}`
  expect(converted(text, failing)).toBe('{"messages":[{"role":"user","content":"Hi"}]}\n'.repeat(2))
  expect(reasons(text, failing)).toEqual(['An unexpected error stopped its conversion: RangeError.'])
})
