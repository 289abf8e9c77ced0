import { MODEL_TABLE, resolveModel, translateRequest } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { ASKED } from './requests.ts'

interface Live {
  id: string
  maxTokens: number
  prefill: boolean
  /** Whether it takes temperature, top_p (not both) and top_k. */
  samples: boolean
}

const live = (maxTokens: number, prefill: boolean, samples: boolean, ...ids: string[]): Live[] =>
  ids.map(id => ({ id, maxTokens, prefill, samples }))

/** What the vendor's pages said on 2026-10-10 and its SDK on 2026-11-20; written from them, not from the table. */
const LIVE: readonly Live[] = [
  ...live(
    128_000,
    false,
    false,
    'claude-fable-5-2',
    'claude-mythos-5-2',
    'claude-fable-5-1',
    'claude-mythos-5-1',
    'claude-fable-5',
    'claude-mythos-5',
    'claude-mythos-preview',
    'claude-opus-5-5',
    'claude-opus-5',
    'claude-sonnet-5-5',
    'claude-sonnet-5',
    'claude-haiku-5-5',
    'claude-opus-4-8',
    'claude-opus-4-7',
  ),
  ...live(128_000, false, true, 'claude-opus-4-6', 'claude-sonnet-4-6'),
  ...live(
    64_000,
    true,
    true,
    'claude-opus-4-5',
    'claude-opus-4-5-20251101',
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-sonnet-4-5',
    'claude-sonnet-4-5-20250929',
  ),
]

/** Retired ids, in every spelling that was in use, and the replacement the vendor names. */
const RETIRED: readonly (readonly [replacement: string, ...ids: string[]])[] = [
  [
    'claude-haiku-4-5-20251001',
    ...[
      'claude-1',
      'claude-1-100k',
      'claude-1.0',
      'claude-1.1',
      'claude-1.2',
      'claude-1.3',
      'claude-1.3-100k',
    ],
    ...['claude-v1', 'claude-v1-100k', 'claude-v1.0', 'claude-v1.2', 'claude-v1.3', 'claude-v1.3-100k'],
    ...['claude-instant-1', 'claude-instant-1-100k', 'claude-instant-1.0', 'claude-instant-1.1'],
    ...['claude-instant-1.1-100k', 'claude-instant-1.2', 'claude-instant-v1', 'claude-instant-v1-100k'],
    ...['claude-instant-v1.0', 'claude-instant-v1.1', 'claude-instant-v1.1-100k'],
  ],
  ['claude-opus-4-8', 'claude-2', 'claude-2.0', 'claude-2.1'],
  ['claude-opus-4-8', 'claude-3-opus-20240229', 'claude-opus-4-20250514', 'claude-opus-4-1-20250805'],
  [
    'claude-sonnet-5-5',
    ...['claude-3-sonnet-20240229', 'claude-3-5-sonnet-20240620', 'claude-3-5-sonnet-20241022'],
    ...['claude-3-7-sonnet-20250219', 'claude-sonnet-4-20250514'],
  ],
  ['claude-haiku-4-5', 'claude-3-5-haiku-20241022', 'claude-3-haiku-20240307'],
]

describe('a live model', () => {
  it.each(LIVE)('$id is sent what it takes', ({ id, maxTokens, prefill, samples }) => {
    const codes = (fields: object): string[] =>
      translateRequest({ ...ASKED, model: id, ...fields }).diagnostics.map(({ code }) => code)
    expect(codes({})).toEqual([])
    expect(codes({ max_tokens_to_sample: maxTokens })).toEqual([])
    expect(codes({ max_tokens_to_sample: maxTokens + 1 })).toEqual(['max-tokens-capped'])
    expect(codes({ prompt: `${ASKED.prompt} x` })).toEqual(prefill ? [] : ['prefill-refused'])
    for (const field of ['temperature', 'top_p', 'top_k'])
      expect(codes({ [field]: 0 })).toEqual(samples ? [] : ['sampling-dropped'])
    expect(codes({ temperature: 0, top_p: 0 })).toEqual(
      samples ? ['sampling-exclusive'] : ['sampling-dropped', 'sampling-dropped'],
    )
  })

  it('of the table is one of these', () => {
    const ids = Object.keys(MODEL_TABLE).filter(id => MODEL_TABLE[id]?.status === 'live')
    expect(ids.sort()).toEqual(LIVE.map(({ id }) => id).sort())
  })
})

describe('a retired model', () => {
  it.each(RETIRED.flatMap(([replacement, ...ids]) => ids.map(id => [id, replacement] as const)))(
    '%s becomes %s',
    (id, replacement) => {
      const { request, diagnostics } = translateRequest({ ...ASKED, model: id })
      expect(request.model).toBe(replacement)
      expect(diagnostics.map(({ code }) => code)).toEqual(['retired-model'])
      expect(diagnostics[0]?.message).toMatch(
        new RegExp(`^${id} was retired on \\d{4}-\\d\\d-\\d\\d; ${replacement} `),
      )
    },
  )

  it('has a replacement that lives', () => {
    for (const [id, row] of Object.entries(MODEL_TABLE)) {
      if (row.status === 'retired') expect(MODEL_TABLE[row.replacement]?.status, id).toBe('live')
    }
  })
})

describe('resolveModel', () => {
  const mine = { status: 'live', maxOutputTokens: 9, prefill: true, sampling: 'all' } as const

  it.each([
    ['an unknown id', 'nobody', {}, 'nobody', undefined],
    ['an id that only looks like an old spelling', 'claude-v', {}, 'claude-v', undefined],
    ['an id of the caller’s', 'mine', { mine }, 'mine', mine],
    ['an old spelling in the caller’s table', 'claude-v1.3', { 'claude-v1.3': mine }, 'claude-v1.3', mine],
    [
      'an old spelling of an id in the caller’s table',
      'claude-v1.3',
      { 'claude-1.3': mine },
      'claude-v1.3',
      mine,
    ],
    ['an inherited name', 'hasOwnProperty', {}, 'hasOwnProperty', undefined],
    ['an own __proto__', '__proto__', Object.fromEntries([['__proto__', mine]]), '__proto__', mine],
  ])('answers for %s', (_, asked, models, id, row) => {
    expect(resolveModel(asked, models)).toMatchObject({ id, row })
  })
})
