import {
  type LiveModel,
  MODEL_TABLE,
  type ModelOverride,
  resolveModel,
  translateRequest,
  UNKNOWN_CLAUDE,
  UNKNOWN_MODEL,
} from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { ASKED } from './requests.ts'

interface Live {
  id: string
  maxTokens: number
  prefill: boolean
  /** Whether it takes temperature, top_p (not both) and top_k. */
  samples: boolean
  /** The diagnostics of every call. */
  always: readonly string[]
}

const live = (kind: Omit<Live, 'id'>, ...ids: string[]): Live[] => ids.map(id => ({ id, ...kind }))

const OF_4_5 = { maxTokens: 64_000, prefill: true, samples: true, always: [] }
const OF_4_6 = { maxTokens: 128_000, prefill: false, samples: true, always: [] }
const SINCE_4_7 = { maxTokens: 128_000, prefill: false, samples: false, always: [] }

/** What the vendor's pages said on 2026-10-10 and its SDK on 2026-11-20; written from them, not from the table. */
const LIVE: readonly Live[] = [
  ...live(
    { ...SINCE_4_7, always: ['thinking-reserve'] },
    ...['claude-fable-5-2', 'claude-mythos-5-2', 'claude-fable-5-1', 'claude-mythos-5-1', 'claude-fable-5'],
    ...['claude-mythos-5', 'claude-mythos-preview', 'claude-opus-5-5'],
  ),
  ...live(
    { ...SINCE_4_7, always: ['thinking-off'] },
    ...['claude-opus-5', 'claude-sonnet-5-5', 'claude-sonnet-5', 'claude-haiku-5-5'],
  ),
  ...live(SINCE_4_7, 'claude-opus-4-8', 'claude-opus-4-7'),
  ...live(OF_4_6, 'claude-opus-4-6', 'claude-sonnet-4-6'),
  ...live(
    { ...OF_4_5, always: ['retiring-model'] },
    ...['claude-opus-4-5', 'claude-opus-4-5-20251101', 'claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
  ),
  ...live(OF_4_5, 'claude-haiku-4-5', 'claude-haiku-4-5-20251001'),
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
  it.each(LIVE)('$id is sent what it takes', ({ id, maxTokens, prefill, samples, always }) => {
    const codes = (fields: object): string[] =>
      translateRequest({ ...ASKED, model: id, ...fields })
        .diagnostics.map(({ code }) => code)
        .filter(code => !always.includes(code))
    expect(translateRequest({ ...ASKED, model: id }).diagnostics.map(({ code }) => code)).toEqual(always)
    expect(codes({ max_tokens_to_sample: maxTokens })).toEqual([])
    expect(codes({ max_tokens_to_sample: maxTokens + 1 })).toEqual(['max-tokens-capped'])
    expect(codes({ prompt: `${ASKED.prompt} x` })).toEqual(prefill ? [] : ['prefill-continued'])
    for (const field of ['temperature', 'top_p', 'top_k'])
      expect(codes({ [field]: 0 })).toEqual(samples ? [] : ['sampling-dropped'])
    expect(codes({ temperature: 0, top_p: 0 })).toEqual(
      samples ? ['sampling-exclusive'] : ['sampling-dropped'],
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
      expect(diagnostics.filter(({ severity }) => severity === 'warning')).toEqual([diagnostics[0]])
      expect(diagnostics[0]?.code).toBe('retired-model')
      expect(diagnostics[0]?.message).toMatch(
        new RegExp(`^\`${id}\` was retired on \\d{4}-\\d\\d-\\d\\d\\. .*, \`${replacement}\`\\.$`),
      )
    },
  )

  it('has a replacement that lives', () => {
    for (const [id, row] of Object.entries(MODEL_TABLE)) {
      if (row.status === 'retired')
        expect(resolveModel(row.replacement), id).toMatchObject({ isKnown: true, retired: undefined })
    }
  })
})

/** The same models as partner clouds and gateways spell them, and the row that counts. */
const SPELLINGS: readonly (readonly [asked: string, row: string])[] = [
  ['anthropic.claude-opus-4-8', 'claude-opus-4-8'],
  ['anthropic.claude-opus-4-5-20251101-v1:0', 'claude-opus-4-5'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
  ['global.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5'],
  ['claude-haiku-4-5@20251001', 'claude-haiku-4-5'],
  ['claude-opus-4-8@default', 'claude-opus-4-8'],
  ['anthropic/claude-opus-4.8', 'claude-opus-4-8'],
  ['anthropic/claude-sonnet-5.5', 'claude-sonnet-5-5'],
]

describe('resolveModel', () => {
  const mine = { maxOutputTokens: 9 }
  const OPTION = 'the models option'

  it.each(SPELLINGS)('knows %s, and leaves its spelling', (asked, row) => {
    const { id, row: found, isKnown, retired } = resolveModel(asked)
    const { prefill, sampling, thinking, maxOutputTokens } = MODEL_TABLE[row] as LiveModel
    expect({ id, isKnown, retired }).toEqual({ id: asked, isKnown: true, retired: undefined })
    expect(found).toMatchObject({ prefill, sampling, thinking, maxOutputTokens })
  })

  it.each(['anthropic.claude-v2:0:18k', 'anthropic.claude-v2:1:200k', 'anthropic.claude-instant-v1:2:100k'])(
    'knows %s of provisioned throughput',
    asked => expect(resolveModel(asked).retired).toMatchObject({ status: 'retired', retired: undefined }),
  )

  it.each([
    ['nobody', UNKNOWN_MODEL],
    ['claude', UNKNOWN_MODEL],
    ['not-claude-2', UNKNOWN_MODEL],
    ['claude-v', UNKNOWN_CLAUDE],
    ['claude-opus-9', UNKNOWN_CLAUDE],
    ['anthropic.claude-opus-9', UNKNOWN_CLAUDE],
    ['us.anthropic.claude-opus-9', UNKNOWN_CLAUDE],
    ['anthropic/claude-opus-9.1', UNKNOWN_CLAUDE],
    ['hasOwnProperty', UNKNOWN_MODEL],
    ['anthropic.claude-3-5-haiku-20241022-v1:0', UNKNOWN_MODEL],
    ['claude-3-opus@20240229', UNKNOWN_MODEL],
    ['anthropic/claude-2.1', UNKNOWN_MODEL],
    ['anthropic/claude-2', UNKNOWN_MODEL],
    ['anthropic/claude-3.5-sonnet:beta', UNKNOWN_MODEL],
    ['claude-2.1@20231121', UNKNOWN_MODEL],
    ['claude-3-9-opus-20260101', UNKNOWN_MODEL],
    ['claude-instant-9', UNKNOWN_MODEL],
    ['claude-4-opus', UNKNOWN_CLAUDE],
    ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123', UNKNOWN_MODEL],
  ])('has an answer for %s', (asked, row) => {
    expect(resolveModel(asked)).toEqual({ id: asked, row, isKnown: false, retired: undefined })
  })

  it.each([
    ['an id of the caller’s', 'mine', { mine }],
    ['an old spelling in the caller’s table', 'claude-v1.3', { 'claude-v1.3': { status: 'live', ...mine } }],
    [
      'an old spelling of an id of the caller’s',
      'claude-v1.3',
      { 'claude-1.3': { status: 'live', ...mine } },
    ],
    ['an own __proto__', '__proto__', Object.fromEntries([['__proto__', mine]])],
  ] as const)('takes from the caller %s', (_, asked, models) => {
    expect(resolveModel(asked, { models })).toMatchObject({ id: asked, isKnown: true, row: mine })
  })

  it.each<[title: string, id: string, theirs: ModelOverride, row: object]>([
    ['one field', 'claude-opus-4-8', mine, { ...MODEL_TABLE['claude-opus-4-8'], ...mine, source: OPTION }],
    ['a model of their own', 'mine', mine, { ...UNKNOWN_MODEL, ...mine, source: OPTION }],
    ['a newer Claude', 'claude-opus-9', mine, { ...UNKNOWN_CLAUDE, ...mine, source: OPTION }],
    ['that a model lives', 'claude-2.1', { status: 'live' }, { ...UNKNOWN_MODEL, source: OPTION }],
    ['their source', 'mine', { source: 'a page' }, { ...UNKNOWN_MODEL, source: 'a page' }],
  ])('reads of the caller %s', (_, id, theirs, row) => {
    expect(resolveModel(id, { models: { [id]: theirs } })).toEqual({
      id,
      row,
      isKnown: true,
      retired: undefined,
    })
  })

  it.each<[title: string, id: string, theirs: ModelOverride, retired: object]>([
    ['another replacement', 'claude-2.1', {}, { retired: '2025-07-21', source: OPTION }],
    ['another day', 'claude-2.1', { retired: '2025-01-01' }, { retired: '2025-01-01', source: OPTION }],
    ['an end of no day', 'mine', { status: 'retired' }, { retired: undefined, source: OPTION }],
    [
      'an end of a live model',
      'claude-sonnet-4-5',
      { status: 'retired', retired: '2026-11-30', source: 'a page' },
      { retired: '2026-11-30', source: 'a page' },
    ],
  ])('reads of the caller %s for a retired model', (_, id, theirs, retired) => {
    const replacement = 'claude-haiku-4-5'
    expect(resolveModel(id, { models: { [id]: { ...theirs, replacement } } })).toEqual({
      id: replacement,
      row: MODEL_TABLE[replacement],
      isKnown: true,
      retired: { status: 'retired', replacement, ...retired },
    })
  })

  it.each([
    ['all of it', {}, 'claude-sonnet-5-5', '2026-11-30'],
    ['but the day', { retired: '2026-12-24' }, 'claude-sonnet-5-5', '2026-12-24'],
    ['but the replacement', { replacement: 'claude-opus-4-8' }, 'claude-opus-4-8', '2026-11-30'],
  ] as const)(
    'takes what was announced of a live model that the caller calls retired: %s',
    (_, theirs, id, retired) => {
      const asked = 'claude-sonnet-4-5'
      const answer = resolveModel(asked, { models: { [asked]: { status: 'retired', ...theirs } } })
      expect(answer).toMatchObject({ id, retired: { replacement: id, retired } })
    },
  )

  it.each([
    ['claude-instant', 'claude-haiku-4-5-20251001'],
    ['claude-3-opus', 'claude-opus-4-8'],
    ['claude-3-haiku', 'claude-haiku-4-5'],
    ['claude-3.5-sonnet', 'claude-sonnet-5-5'],
    ['claude-opus-4', 'claude-opus-4-8'],
    ['us.anthropic.claude-v2:1', 'us.anthropic.claude-opus-4-8'],
    ['anthropic.claude-v2', 'anthropic.claude-opus-4-8'],
    ['anthropic.claude-instant-v1', 'anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['bedrock/anthropic.claude-v2:1', 'bedrock/anthropic.claude-opus-4-8'],
    ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2:1', 'anthropic.claude-opus-4-8'],
    ['arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-v2', 'eu.anthropic.claude-opus-4-8'],
    ['anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'us.anthropic.claude-sonnet-5-5'],
    ['claude-3-7-sonnet@20250219', 'claude-sonnet-5-5'],
    ['claude-3-haiku@20240307', 'claude-haiku-4-5@20251001'],
  ])('replaces %s by %s, where it is called', (asked, id) => {
    expect(resolveModel(asked)).toMatchObject({ id, isKnown: true, retired: { status: 'retired' } })
  })

  it.each([
    ['claude-opus-4-6-20260205', 'claude-opus-4-6'],
    ['claude-opus-4-7-20260416', 'claude-opus-4-7'],
    ['anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
    ['global.anthropic.claude-opus-5', 'claude-opus-5'],
    ['vertex_ai/claude-opus-4-5@20251101', 'claude-opus-4-5'],
    ['projects/p/locations/l/publishers/anthropic/models/claude-opus-4-8', 'claude-opus-4-8'],
    ['claude-haiku-4-5-latest', 'claude-haiku-4-5'],
  ])('knows %s as a version or a spelling of %s', (asked, row) => {
    const { maxOutputTokens, prefill, thinking } = MODEL_TABLE[row] as LiveModel
    expect(resolveModel(asked)).toMatchObject({
      id: asked,
      isKnown: true,
      row: { maxOutputTokens, prefill, thinking },
    })
  })

  it.each([
    [{ a: { status: 'retired', replacement: 'b' }, b: { status: 'retired', replacement: 'a' } }],
    [{ a: { status: 'retired' } }],
  ] as const)('refuses rows that lead nowhere', models => {
    expect(() => resolveModel('a', { models })).toThrow(/^models: .* live model/)
  })
})

describe('the day of a call', () => {
  const codes = (model: string, today: string, fields: object = {}): string[] =>
    translateRequest({ ...ASKED, model, ...fields }, { today }).diagnostics.map(({ code }) => code)

  it.each([
    ['claude-sonnet-4-5', '2026-11-29', '2026-11-30', 'claude-sonnet-5-5'],
    ['claude-sonnet-4-5-20250929', '2026-11-29', '2027-03-01', 'claude-sonnet-5-5'],
    ['claude-opus-4-5', '2027-01-21', '2027-01-22', 'claude-opus-5-5'],
    ['claude-opus-4-5-20251101', '2027-01-21', '2028-01-01', 'claude-opus-5-5'],
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', '2027-04-07', '2027-04-08', 'anthropic.claude-sonnet-5-5'],
    ['claude-opus-4-5@20251101', '2027-01-21', '2027-01-22', 'claude-opus-5-5'],
  ])('retires %s after %s, on %s', (model, before, after, replacement) => {
    expect(resolveModel(model, { today: before })).toMatchObject({ id: model, retired: undefined })
    expect(codes(model, before)).toContain('retiring-model')
    expect(resolveModel(model, { today: after })).toMatchObject({ id: replacement, retired: {} })
    expect(codes(model, after)).toContain('retired-model')
  })

  it.each<[options: object, message: string]>([
    [{ models: 'all' }, 'models must be an object of model rows.'],
    [{ models: { x: 5 } }, 'models.x must be an object.'],
    [{ models: { x: { status: 'dead' } } }, "models.x.status must be 'live' or 'retired'."],
    [{ models: { x: { prefill: 'yes' } } }, 'models.x.prefill must be true or false.'],
    [{ models: { x: { maxTokens: 5 } } }, 'models.x.maxTokens is not a field of a model row.'],
    [{ models: { x: { retires: 'soon' } } }, 'models.x.retires must be a day written as YYYY-MM-DD.'],
    [{ today: 'tomorrow' }, 'today must be a day written as YYYY-MM-DD.'],
  ])('rejects %j wherever it is an option', (options, message) => {
    const legacy = { model: 'claude-2.1', max_tokens_to_sample: 9, prompt: '\n\nHuman: Hi\n\nAssistant:' }
    expect(() => resolveModel('claude-2.1', options)).toThrow(new TypeError(message))
    expect(() => translateRequest(legacy, options)).toThrow(new TypeError(message))
  })

  it.each([
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'anthropic.claude-opus-4-5-20251101-v1:0',
    'claude-sonnet-4-5@20250929',
    'anthropic/claude-sonnet-4.5',
    'anthropic.claude-opus-4-1-20250805-v1:0',
  ])('does not apply Anthropic’s own days to %s', model => {
    expect(resolveModel(model, { today: '2026-12-24' }).retired).toBeUndefined()
  })

  it('has no model in its advice that is deprecated or retired', () => {
    const { diagnostics } = translateRequest(
      { ...ASKED, model: 'claude-opus-5-5', temperature: 0, prompt: `${ASKED.prompt} x` },
      { today: '2026-11-29' },
    )
    const advice = diagnostics.map(({ fix }) => fix).join(' ')
    expect(advice).toContain('claude-haiku-4-5')
    expect(advice).not.toMatch(/claude-(?:opus|sonnet)-4-5|claude-mythos-preview/)
  })

  it('leaves a model alone that the user calls live', () => {
    const models = { 'claude-sonnet-4-5': { status: 'live' as const } }
    expect(resolveModel('claude-sonnet-4-5', { models, today: '2027-01-01' }).retired).toBeUndefined()
  })

  it('uses the user’s own day', () => {
    const models = { 'claude-opus-4-8': { retires: '2027-06-01', replacement: 'claude-opus-5' } }
    expect(resolveModel('claude-opus-4-8', { models, today: '2027-05-31' }).id).toBe('claude-opus-4-8')
    expect(resolveModel('claude-opus-4-8', { models, today: '2027-06-01' }).id).toBe('claude-opus-5')
    expect(resolveModel('claude-2.1', { models, today: '2027-06-01' }).id).toBe('claude-opus-5')
  })

  it('keeps what the model accepts where the policy is to send the call to it', () => {
    const options = { today: '2027-01-01', retiredModel: 'pass' } as const
    const { request } = translateRequest({ ...ASKED, model: 'claude-sonnet-4-5', temperature: 0 }, options)
    expect(request).toMatchObject({ model: 'claude-sonnet-4-5', temperature: 0 })
  })
})
