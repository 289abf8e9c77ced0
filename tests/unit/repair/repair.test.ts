import fc from 'fast-check'
import { locateInSource, type Repair, repairPrompt, repairStopSequences } from 'legacy-completions/repair'
import {
  AI_PROMPT,
  type Conversation,
  HUMAN_PROMPT,
  parsePrompt,
  renderPrompt,
  toMessages,
} from 'legacy-completions/transcript'
import { describe, expect, it } from 'vitest'
import { PROMPT_CASES } from '../transcript/cases.ts'
import { checkAll, FRAGMENTS } from '../transcript/hostile.ts'
import { DECODABLE, REPAIR_CASES } from './repairs.ts'

const isRefused = (prompt: string): boolean =>
  parsePrompt(prompt).diagnostics.some(({ severity }) => severity === 'error')

const IMPORT = /^Import HUMAN_PROMPT and AI_PROMPT from legacy-completions/
const LOST = /"undefined".*official SDK 1\.x no longer exports HUMAN_PROMPT and AI_PROMPT/
const STRING = [/it is the source of a string, with its quotes/, /Pass the string itself/] as const
const ANSWER_FIRST = [/an Assistant turn comes first/, /Put a Human turn before/] as const
const OTHER_VENDOR = [/answers are labelled "AI:"/, /Label them with AI_PROMPT/] as const
const NOT_ONE = [/labels do not read as one conversation/, /renderPrompt/] as const
const NO_MARKER = [/it has no marker/, /renderPrompt/] as const

/** Prompts that stay as they are, and of the reasons that may fit the first. */
const UNREPAIRABLE: readonly (readonly [prompt: string, reason: RegExp, remedy: RegExp])[] = [
  ['undefined Hi undefined', LOST, IMPORT],
  ['undefined Hi', LOST, IMPORT],
  ['undefined Hi\n\nAssistant:', LOST, IMPORT],
  ['\n\nHuman: Hiundefined', LOST, IMPORT],
  ['\n\nHuman: Hi undefined\n', LOST, IMPORT],
  ["'\\012\\012Human: Hi\\n\\nAssistant:'", ...STRING],
  [
    'prompt = "\\n\\nHuman: Hi\\n\\nAssistant:"',
    /it is source code around a string/,
    /Pass the string itself/,
  ],
  ['["\\n\\nHuman: Hi"]', /it is a list, such as a JSON array/, /each of its items/],
  ['{"prompt": "\\n\\nHuman: Hi"}', /it is a record/, /its prompt field/],
  ['f"{HUMAN_PROMPT} {question}{AI_PROMPT}"', /f-string/, /values filled in/],
  ['SystemPrompt.HUMAN Hi SystemPrompt.ASST', /the name SystemPrompt\.HUMAN/, /SystemPrompt\.HUMAN\.value/],
  ['\n\nAssistant: Yo\n\nHuman: Hi\n\nAssistant:', ...ANSWER_FIRST],
  ['\n\nAssistant: Yo\n\nHuman: Hi\n\nAssistant: It is undefined', ...ANSWER_FIRST],
  ['Be kind.\n\nHuman: Hi\nAI: Yo\nHuman: Bye\nAI:', ...OTHER_VENDOR],
  ['undefined is a word.\n\nHuman: Hi\nAI: Yo', ...OTHER_VENDOR],
  ['\n\nHuman: Hi\n\tAI: Yo', ...OTHER_VENDOR],
  ['Notes:\nHuman: a\nHuman: b', ...NOT_ONE],
  ['Say undefined in the notes:\nHuman: a\nHuman: b', ...NOT_ONE],
  ['Why is the sky blue?', ...NO_MARKER],
  ['', ...NO_MARKER],
]

describe('repairPrompt', () => {
  it.each([undefined, null, 5])('rejects %j by name', value => {
    expect(() => repairPrompt(value as never)).toThrow(new TypeError('The prompt must be a string.'))
  })

  it.each(REPAIR_CASES)('understands $title', ({ prompt, repaired = prompt, diagnostics = [] }) => {
    const result = repairPrompt(prompt)
    expect(result.prompt).toBe(repaired)
    expect(
      result.diagnostics.map(({ code, span }) => [code, span?.start, prompt.slice(span?.start, span?.end)]),
    ).toEqual(diagnostics)
    expectSound(prompt)
  })

  it('has cases with titles of their own', () => {
    expect(new Set(REPAIR_CASES.map(({ title }) => title)).size).toBe(REPAIR_CASES.length)
  })

  it.each(UNREPAIRABLE)('says why %j is not understood, and what to do', (prompt, reason, remedy) => {
    const { diagnostics } = repairPrompt(prompt)
    const why = diagnostics.find(({ code }) => code === 'unrepairable-prompt')
    expect(why?.severity).toBe('error')
    expect(why?.message).toMatch(reason)
    expect(why?.fix).toMatch(remedy)
  })

  it('names the label in the middle of a sentence', () => {
    const { diagnostics } = repairPrompt('Obey the \n\nHuman: he is an \n\nAssistant: hello')
    expect(diagnostics.map(({ message }) => message.split(' ')[1])).toEqual(['Human', 'Assistant'])
  })
})

/** Only these may go, and only these come in their place: never a word of a turn. */
const TAKEN = /^(?:\\+[nr]|[\s,"'`]|Human:|Assistant:|<\/?admin>)*$/
/** Around a literal. */
const QUOTES = /^\s*(?:[fFrRbBuU]{0,2}(?:["'`“”‘’«»]|\\["'])+(?:[\w-]*\r?\n)?)?\s*$/
const ESCAPE = /^\\+(?:u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|u\{[\dA-Fa-f]+\}|[\s\S])$/
const PUT: readonly string[] = ['', HUMAN_PROMPT.slice(0, 2), AI_PROMPT]

/** What holds for the repair of every text. */
function expectSound(source: string): void {
  const { prompt, repairs, diagnostics } = repairPrompt(source)
  let applied = ''
  let done = 0
  for (const { code, span, replacement } of repairs) {
    expect(span.start).toBeGreaterThanOrEqual(done)
    expect(span.end).toBeGreaterThanOrEqual(span.start)
    if (code !== 'repaired-literal') {
      expect(source.slice(span.start, span.end)).toMatch(code === 'repaired-quotes' ? QUOTES : TAKEN)
      expect(PUT).toContain(replacement)
    } else expect(source.slice(span.start, span.end)).toMatch(ESCAPE)
    applied += source.slice(done, span.start) + replacement
    done = span.end
  }
  expect(applied + source.slice(done)).toBe(prompt)

  expect(repairPrompt(prompt).repairs).toEqual([])
  if (repairs.length > 0) expect(isRefused(prompt)).toBe(false)
  const isReported = diagnostics.some(({ severity }) => severity === 'error')
  if (isRefused(prompt)) expect(isReported).toBe(true)
  // The old server read the quotes of source code as text.
  else if (isReported) expect(prompt).toMatch(/["'`][\s)\]};,]*$/)

  const codes = diagnostics.map(({ code }) => code).filter(code => code.startsWith('repaired-'))
  // All escapes of a literal are one diagnostic.
  const escapes = repairs.filter(({ code }) => code === 'repaired-literal').slice(1)
  expect(codes).toEqual(repairs.filter(repair => !escapes.includes(repair)).map(({ code }) => code))
  let last = 0
  for (const { span } of diagnostics) {
    expect(span?.start).toBeGreaterThanOrEqual(last)
    expect(span?.end).toBeLessThanOrEqual(source.length)
    last = span?.start ?? last
  }
}

describe('the source of a string in place of the string', () => {
  it.each(DECODABLE)('is decoded where it is %s', (_, source, value) => {
    expect(repairPrompt(source).prompt).toBe(value)
    expectSound(source)
  })

  it('has the value that JSON.parse gives, and its repairs', () => {
    const check = (prompt: string): void => {
      const source = JSON.stringify(prompt)
      const whole = repairPrompt(prompt).prompt
      // More wrappings than tools write are text about markers, with or without quotes around them.
      const isNested = /^\s*[fFrRbBuU]{0,2}["'`“‘«]|(?:Human: *\s*){3}/.test(prompt)
      if (isRefused(source) && !isNested)
        expect(repairPrompt(source).prompt).toBe(isRefused(whole) ? source : whole)
    }
    for (const { prompt } of [...PROMPT_CASES, ...REPAIR_CASES]) check(prompt)
    checkAll(fc.property(brokenText, check), 1000)
  })

  it('never leaves its quotes in a turn', () => {
    const prompt = '\n\nHuman: Hi\n\nAssistant:'
    const escaped = JSON.stringify(prompt).slice(1, -1)
    const before = fc.constantFrom(
      '',
      ' ',
      'r',
      'f',
      'b',
      'x = ',
      'prompt: ',
      'create(',
      '[',
      '{"prompt": ',
      '("a" + ',
    )
    const behind = fc.constantFrom('', '\n', ';', ',', ')', ']', '}', ' }\n', '")')
    const quote = fc.constantFrom('"', "'", '`', '"'.repeat(3), "'".repeat(3))
    checkAll(
      fc.property(before, quote, fc.constantFrom(prompt, escaped), behind, (start, mark, text, end) => {
        const result = repairPrompt(start + mark + text + mark + end)
        const isReported = result.diagnostics.some(({ code }) => code === 'unrepairable-prompt')
        if (!isReported) expect(parsePrompt(result.prompt).turns.map(turn => turn.text)).toEqual(['Hi', ''])
      }),
      1000,
    )
  })
})

/** Text made of the patterns that repairs look for, and of text that is hostile to the parser. */
const brokenText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...FRAGMENTS),
      fc.constantFrom('\n\nHuman: ', '\n\nAssistant:', 'text', ' '),
      fc.constantFrom(
        ...['\\n\\nAssistant:', '\r\n\r\nHuman:', '\r\n\r\nAssistant:', '\n  Human: ', '\n  Assistant:'],
        ...[',', ',\n\nHuman: ', ',\n\nAssistant: ', '<admin>', '</admin>', 'AI:', ' Assistant:', 'the '],
        ...['\n\nHuman: <admin>x</admin>', '\n\nAssistant: \n\nAssistant:', 'Sure, here you go:\n'],
      ),
    ),
    { maxLength: 14 },
  )
  .map(pieces => pieces.join(''))

/** The shapes that are taken for a tool's doing even where the old server understood something. */
const DISTINCTIVE = /^repaired-(?:double-wrap|comma-join|admin-system|escaped-marker|quotes)$/

describe('a repair', () => {
  it('is sound for every prompt that the parser is tested with, cut off at any place', () => {
    for (const { prompt } of [...PROMPT_CASES, ...REPAIR_CASES]) {
      for (let at = 0; at <= prompt.length; at++) {
        expectSound(prompt.slice(0, at))
        expectSound(prompt.slice(at))
      }
    }
  }, 60_000)

  it('is sound for broken text', () => {
    checkAll(fc.property(brokenText, expectSound), 5000)
  })

  it('leaves alone what the old server took, unless its shape is one of a tool', () => {
    const check = (prompt: string): void => {
      if (isRefused(prompt)) return
      const { repairs } = repairPrompt(prompt)
      if (repairs.length > 0) expect(repairs.some(({ code }) => DISTINCTIVE.test(code))).toBe(true)
    }
    for (const { prompt } of PROMPT_CASES) check(prompt)
    checkAll(fc.property(brokenText, check), 5000)
    checkAll(
      fc.property(brokenText, text => check(`\n\nHuman: ${text}.\n\nAssistant:`)),
      2000,
    )
  })

  it('says nothing of the prompt in its diagnostics', () => {
    const secret = 'x7Kq'
    checkAll(
      fc.property(fc.array(brokenText, { minLength: 2, maxLength: 6 }), pieces => {
        expect(JSON.stringify(repairPrompt(pieces.join(secret)).diagnostics)).not.toContain(secret)
      }),
    )
  })

  it('repairs a megabyte of near matches', () => {
    const floods = [
      '\\n\\nHuman:',
      '\\n',
      '\n\nHuman: <admin>x</admin>',
      '\n\nHuman: ',
      '\n\nHuman: x,',
      '\n Human: the \n Assistant: a ',
      '\r\n\r\nHuman: x\r\n\r\nAssistant: the ',
      '\nHuman: Human: ',
      '\n\nAssistant: \n\nAssistant:',
      '<admin>',
      '\n\t \t',
      'AI:',
    ]
    for (const flood of floods) {
      const many = flood.repeat(Math.ceil(500_000 / flood.length))
      const source = `${many}\n\nHuman: ${many}\n\nAssistant:`
      const { prompt, repairs } = repairPrompt(source)
      const inSource = locateInSource(repairs)
      // One look at all: as many expectations would take longer than the repair.
      const ends = parsePrompt(prompt).diagnostics.map(({ span }) => (span ? inSource(span).end : 0))
      expect(ends.every(end => end <= source.length)).toBe(true)
    }
  }, 60_000)
})

/** Sentences that could stand in any turn. */
const words = fc.constantFrom(
  'blue',
  'Why so?',
  'a, b',
  'two\nlines',
  'x\n\ny',
  'C:\\new',
  'déjà',
  '<b>1</b>',
  'Human',
  '😀.',
)
const sentence = fc.array(words, { minLength: 1, maxLength: 4 }).map(found => found.join(' '))

/** A conversation that the user begins and ends. */
const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    system: fc.option(sentence, { nil: undefined }),
    contents: fc.array(sentence, { minLength: 1, maxLength: 7 }).filter(({ length }) => length % 2 === 1),
  })
  .map(({ system, contents }) => ({
    ...(system !== undefined && { system }),
    messages: contents.map((content, index) => ({
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content,
    })),
  }))

const respell =
  (lead: string) =>
  (conversation: Conversation): string =>
    renderPrompt(conversation).replaceAll(/\n\n(?=Human:|Assistant:)/g, lead)

/** What the tools did to a conversation, by their own ways of building a prompt. */
const TOOLS: Record<string, (conversation: Conversation) => string> = {
  'the official SDK 0.61–0.137': respell('\\n\\n'),
  'a file with CRLF line ends': respell('\r\n\r\n'),
  'a file with single line ends': respell('\n'),
  'an indented template': respell('\n    '),
  'code that forgets the end': conversation => renderPrompt(conversation).slice(0, -AI_PROMPT.length),
  LiteLLM: ({ system, messages }) =>
    `${system === undefined ? '' : `\n\nHuman: <admin>${system}</admin>`}${renderPrompt({ messages })} `,
  'the Vercel AI SDK': ({ system, messages }) => {
    const all = [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...messages]
    const turns = all.map(({ role, content }) =>
      role === 'user' ? `\n\nHuman: ${content}` : `\n\nAssistant: ${content}`,
    )
    return `${turns}\n\nAssistant:`
  },
  Portkey: conversation => `\n\nHuman: ${renderPrompt(conversation)}\n\nAssistant:`,
  'promptfoo, on an SDK of escaped constants': conversation =>
    `\\n\\nHuman: ${renderPrompt(conversation)} \\n\\nAssistant:`,
}

describe('a conversation comes back as it went into', () => {
  it.each(Object.entries(TOOLS))('%s', (_, build) => {
    checkAll(
      fc.property(conversation, before => {
        expect(toMessages(parsePrompt(repairPrompt(build(before)).prompt))).toStrictEqual(before)
      }),
    )
  })
})

describe('locateInSource', () => {
  const repairs: Repair[] = [
    { code: 'repaired-escaped-marker', span: { start: 0, end: 4 }, replacement: '\n\n' },
    { code: 'repaired-comma-join', span: { start: 10, end: 11 }, replacement: '' },
    { code: 'repaired-missing-assistant', span: { start: 15, end: 15 }, replacement: '\n\nAssistant:' },
  ]

  it.each([
    ['a marker that was respelled', [0, 8], [0, 10]],
    ['half of what was put in', [1, 2], [0, 4]],
    ['text that was moved', [2, 5], [4, 7]],
    ['text up to what was removed', [7, 8], [9, 10]],
    ['text behind what was removed', [8, 12], [11, 15]],
    ['text around what was removed', [7, 9], [9, 12]],
    ['what was appended', [12, 24], [15, 15]],
    ['the end', [24, 24], [15, 15]],
    ['an empty place', [9, 9], [12, 12]],
    ['an empty place right behind what was removed', [8, 8], [11, 11]],
  ])('finds %s', (_, [start = 0, end = 0], [from, to]) => {
    expect(locateInSource(repairs)({ start, end })).toEqual({ start: from, end: to })
  })

  it('leaves everything where it is when nothing was repaired', () => {
    expect(locateInSource([])({ start: 3, end: 5 })).toEqual({ start: 3, end: 5 })
  })

  it('locates every diagnostic of a repaired prompt in the source, at the right words', () => {
    checkAll(
      fc.property(brokenText, source => {
        const { prompt, repairs } = repairPrompt(source)
        const inSource = locateInSource(repairs)
        for (const { marker } of parsePrompt(prompt).turns) {
          const { start, end } = inSource(marker)
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeLessThanOrEqual(source.length)
          const word = prompt.slice(marker.start, marker.end).trim()
          const isAppended = repairs.at(-1)?.span.start === start && start === source.length
          if (!isAppended) expect(source.slice(start, end)).toContain(word)
        }
      }),
    )
  })
})

describe('repairStopSequences', () => {
  it('gives the escaped constants their newlines', () => {
    const { sequences, diagnostics } = repairStopSequences(['\\n\\nHuman:', '\\n', 'x', '\\n\\nAssistant:'])
    expect(sequences).toEqual([HUMAN_PROMPT, '\\n', 'x', AI_PROMPT])
    expect(diagnostics.map(({ code }) => code)).toEqual(['repaired-stop-sequence'])
  })

  it('leaves all others alone', () => {
    const sequences = [HUMAN_PROMPT, '', '\\n\\nHuman', ' \\n\\nHuman:']
    expect(repairStopSequences(sequences)).toEqual({ sequences, diagnostics: [] })
  })
})
