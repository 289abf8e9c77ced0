import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerTo } from '../../../docs/playground/answer.ts'
import { piecesOf, type Segment, segmentsOf } from '../../../docs/playground/segments.ts'
import { stateOf } from '../../../docs/playground/state.ts'
import { repairPrompt } from '../../../src/repair/index.ts'
import type { PromptMode } from '../../../src/translate/index.ts'

const readings: readonly PromptMode[] = ['strict', 'repair']

interface Case {
  prompt: string
  /** What the parts are, as `kind:text`. */
  strict: readonly string[]
  repair?: readonly string[]
}

const cases: readonly Case[] = [
  {
    prompt: 'Be brief.\n\nHuman: Hi\n\nAssistant:',
    strict: ['system:Be brief.', 'user:\n\nHuman: Hi', 'assistant:\n\nAssistant:'],
  },
  {
    prompt: '\n\nHuman: Hi\n\nAssistant: Well',
    strict: ['user:\n\nHuman: Hi', 'prefill:\n\nAssistant: Well'],
  },
  {
    prompt: '\\n\\nHuman: Hi\\n\\nAssistant:',
    strict: ['system:\\n\\nHuman: Hi\\n\\nAssistant:'],
    repair: ['user:\\n\\nHuman: Hi', 'assistant:\\n\\nAssistant:'],
  },
  {
    prompt: '\n\nHuman: Hi',
    strict: ['user:\n\nHuman: Hi'],
    repair: ['user:\n\nHuman: Hi', 'assistant:'],
  },
  {
    prompt: '\n\nHuman: \n\nHuman: Hi\n\nAssistant:\n\nAssistant:',
    strict: [
      'user:\n\nHuman: ',
      'user:\n\nHuman: Hi',
      'assistant:\n\nAssistant:',
      'assistant:\n\nAssistant:',
    ],
    repair: [
      'removed:\n\nHuman: ',
      'user:\n\nHuman: Hi',
      'assistant:\n\nAssistant:',
      'removed:\n\nAssistant:',
    ],
  },
  { prompt: 'no turn at all', strict: ['system:no turn at all'] },
]

const shown = (prompt: string, segments: readonly Segment[]): string[] =>
  segments.map(({ kind, span }) => `${kind}:${prompt.slice(span.start, span.end)}`)

describe('the parts of a prompt', () => {
  it.each(cases)('are what they are read as: $prompt', ({ prompt, strict, repair = strict }) => {
    expect(shown(prompt, segmentsOf(prompt, 'strict'))).toEqual(strict)
    expect(shown(prompt, segmentsOf(prompt, 'repair'))).toEqual(repair)
  })
})

/** Prompts of the pieces that the grammar and its repair look at. */
const prompts = fc
  .array(
    fc.constantFrom(
      ...[
        '\n\nHuman:',
        '\n\nAssistant:',
        '\\n\\nHuman:',
        '\\n\\nAssistant:',
        '\nHuman:',
        '\r\n\r\nAssistant:',
      ],
      ...[' Hi', ' ', '\n', ',', '<admin>', '</admin>', 'Human:', 'word ', '👩‍👩‍👧', '  Assistant:'],
    ),
    { maxLength: 14 },
  )
  .map(parts => parts.join(''))

/** Prompts of public code, kept outside the project. */
const corpus = fileURLToPath(new URL('../../../../shared/corpus/prompts.jsonl', import.meta.url))
const real: readonly string[] = existsSync(corpus)
  ? readFileSync(corpus, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).prompt)
  : []
const which =
  real.length > 0 ? 'any prompt' : 'any prompt (without the corpus, which is not next to this checkout)'

describe.each(readings)(`${which}, %s`, reading => {
  const lookAt = (look: (prompt: string) => void): void => {
    for (const prompt of [...cases.map(({ prompt }) => prompt), ...real]) look(prompt)
    fc.assert(fc.property(prompts, look), { numRuns: 500 })
  }

  it('is shown completely: its segments tile it', () => {
    lookAt(prompt => {
      const segments = segmentsOf(prompt, reading)
      expect(segments.map(({ span }) => prompt.slice(span.start, span.end)).join('')).toBe(prompt)
    })
  })

  it('is shown completely by the parts of its segments, with every located diagnostic once', () => {
    lookAt(prompt => {
      const { segments, diagnostics } = answerTo({
        ...stateOf(''),
        text: JSON.stringify(prompt),
        prompts: reading,
      })
      const pieces = segments.flatMap(segment =>
        piecesOf(prompt, segment, diagnostics, segment === segments.at(-1)),
      )
      expect(pieces.map(({ text }) => text).join('')).toBe(prompt)
      const placed = diagnostics.flatMap(({ span }, index) =>
        span === undefined || prompt === '' ? [] : [index],
      )
      expect(pieces.flatMap(({ begins }) => begins).sort((a, b) => a - b)).toEqual(placed)
    })
  })

  it('shows repaired parts as repaired', () => {
    lookAt(prompt => {
      const isRemoved = segmentsOf(prompt, reading).some(({ kind }) => kind === 'removed')
      if (isRemoved) expect(reading === 'repair' && repairPrompt(prompt).repairs.length > 0).toBe(true)
    })
  })
})
