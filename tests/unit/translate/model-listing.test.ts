import {
  type ListedModel,
  type ModelOverride,
  resolveModel,
  rowsFromListing,
} from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

const SOURCE = 'the models endpoint'
const LIVE: ModelOverride = { status: 'live', source: SOURCE }

/** A model that the table has as one that does not think, one that always does, one that ends, and one that has ended. */
const SILENT = 'claude-opus-4-8'
const THINKING = 'claude-opus-5-5'
const ENDING = 'claude-sonnet-4-5'
const ENDED = 'claude-2.1'

interface ListingCase {
  title: string
  /** @default a model that is in no table */
  id?: string
  listed?: object
  /** What differs from {@link LIVE}; `null` where nothing is read of the model. */
  row?: ModelOverride | null
}

const thinks = (...types: string[]): object => ({
  capabilities: { thinking: { types: Object.fromEntries(types.map(type => [type, { supported: true }])) } },
})
const thinking = (types: unknown): object => ({ capabilities: { thinking: { types } } })

const limits: readonly ListingCase[] = [
  { title: 'no more than an id, as of other servers' },
  {
    title: 'limits',
    listed: { max_input_tokens: 200_000, max_tokens: 64_000 },
    row: { contextTokens: 200_000, maxOutputTokens: 64_000 },
  },
  {
    title: 'limits of 1',
    listed: { max_input_tokens: 1, max_tokens: 1 },
    row: { contextTokens: 1, maxOutputTokens: 1 },
  },
  ...[0, -1, null, '64000', Number.NaN, {}].map(limit => ({
    title: `limits of ${JSON.stringify(limit)}, which are none`,
    listed: { max_input_tokens: limit, max_tokens: limit },
  })),
]

const lives: readonly ListingCase[] = [
  { title: 'an active model', listed: { lifecycle: 'active' } },
  {
    title: 'the day on which an active model may be retired at the earliest',
    listed: { lifecycle: 'active', retires_at: '2027-05-01T00:00:00Z' },
    row: { notRetiredBefore: '2027-05-01' },
  },
  {
    title: 'the day on which a deprecated model will be',
    listed: {
      lifecycle: 'deprecated',
      deprecated_at: '2026-09-01T10:00:00+02:00',
      retires_at: '2027-05-01T00:00:00Z',
    },
    row: { deprecated: '2026-09-01', retires: '2027-05-01' },
  },
  {
    title: 'the end of a model whose replacement the table knows',
    id: ENDING,
    listed: { lifecycle: 'retired', retires_at: '2026-11-30T00:00:00Z', max_tokens: 5 },
    row: { status: 'retired', replacement: 'claude-sonnet-5-5', retired: '2026-11-30' },
  },
  {
    title: 'an end without a day',
    id: ENDING,
    listed: { lifecycle: 'retired', retires_at: null },
    row: { status: 'retired', replacement: 'claude-sonnet-5-5' },
  },
  { title: 'not the end of a model without one', id: SILENT, listed: { lifecycle: 'retired' }, row: null },
  { title: 'not the end of a model of no table', listed: { lifecycle: 'retired' }, row: null },
  { title: 'that a model lives which the table has as retired', id: ENDED, listed: { lifecycle: 'active' } },
  ...['soon', 'on 2027-05-01', '2027-5-1', '27-05-01', '', null, 5].map(moment => ({
    title: `${JSON.stringify(moment)}, which is no day`,
    listed: { deprecated_at: moment, retires_at: moment },
  })),
]

const capabilities: readonly ListingCase[] = [
  ...[true, false].map(supported => ({
    title: `whether effort is taken: ${supported}`,
    listed: { capabilities: { effort: { supported } } },
    row: { effort: supported },
  })),
  ...[null, {}, { supported: null }, { supported: 'yes' }].map(effort => ({
    title: `effort of ${JSON.stringify(effort)}, which says nothing`,
    listed: { capabilities: { effort } },
  })),
  ...[null, {}, { thinking: null }, { thinking: {} }, { thinking: { types: null } }].map(capabilities => ({
    title: `capabilities of ${JSON.stringify(capabilities)}, which say nothing`,
    listed: { capabilities },
  })),
  {
    title: 'that thinking can be switched off',
    listed: thinks('adaptive', 'between_tools', 'disabled', 'enabled'),
    row: { thinking: 'disabled' },
  },
  {
    title: 'that it can be kept between tools',
    listed: thinks('adaptive', 'between_tools', 'enabled'),
    row: { thinking: 'between_tools' },
  },
  { title: 'that it cannot be switched off', listed: thinks('adaptive'), row: { thinking: 'always' } },
  { title: 'that it is on', listed: thinks('enabled'), row: { thinking: 'always' } },
  { title: 'no thinking', listed: thinks(), row: { thinking: 'off' } },
  {
    title: 'types of thinking that are not supported',
    listed: thinking({
      adaptive: { supported: false },
      enabled: null,
      disabled: {},
      between_tools: undefined,
    }),
    row: { thinking: 'off' },
  },
  {
    title: 'another way to switch thinking off than the table has',
    id: THINKING,
    listed: thinks('adaptive', 'disabled'),
    row: { thinking: 'disabled' },
  },
  {
    title: 'how a model thinks that the table has as retired',
    id: ENDED,
    listed: thinks('adaptive'),
    row: { thinking: 'always' },
  },
  // It takes thinking; whether it thinks unasked, only the table knows.
  {
    title: 'not that a model thinks which the table has as silent',
    id: SILENT,
    listed: thinks('enabled', 'disabled'),
  },
]

const names: readonly ListingCase[] = ['__proto__', 'toString', 'constructor'].flatMap(
  (id): ListingCase[] => [
    { title: `a model called ${id}`, id, listed: { max_tokens: 5 }, row: { maxOutputTokens: 5 } },
    { title: `the end of a model called ${id}`, id, listed: { lifecycle: 'retired' }, row: null },
  ],
)

/** Whatever a server sends is taken for a listing. */
const listing = (id: string, fields: object): ListedModel => ({ ...fields, id })

describe('rowsFromListing', () => {
  it.each([...limits, ...lives, ...capabilities, ...names])(
    'reads $title',
    ({ id = 'claude-opus-9', listed = {}, row = {} }) => {
      const rows = rowsFromListing([listing(id, listed)])
      expect(Object.entries(rows)).toEqual(row === null ? [] : [[id, { ...LIVE, ...row }]])
      expect(Object.getPrototypeOf(rows)).toBe(Object.prototype)
    },
  )

  it('reads many, and of two of one name the later', () => {
    const models = [
      { id: 'a', max_tokens: 1 },
      { id: 'b', lifecycle: 'retired' },
      { id: 'c' },
      { id: 'a', max_tokens: 2 },
    ]
    expect(rowsFromListing(models)).toEqual({ a: { ...LIVE, maxOutputTokens: 2 }, c: LIVE })
    expect(rowsFromListing([])).toEqual({})
  })
})

describe('a complete listing', () => {
  const DATED = 'claude-opus-4-5-20251101'

  it('retires the models of the table that it lacks, in favour of the newest of their line', () => {
    const listed: ListedModel[] = [
      { id: 'claude-opus-5', created_at: '2026-07-24T00:00:00Z' },
      { id: 'claude-opus-6', created_at: '2027-02-01T00:00:00Z' },
      { id: 'claude-haiku-4-5-20251001', created_at: '2025-10-01T00:00:00Z' },
    ]
    const rows = rowsFromListing(listed, { isComplete: true })
    expect(rows['claude-opus-4-8']).toEqual({
      status: 'retired',
      replacement: 'claude-opus-6',
      source: SOURCE,
    })
    expect(rows['claude-opus-5']).toEqual(LIVE)
    // An alias of what it has is there, and a line of which it has nothing is left alone.
    expect(rows['claude-haiku-4-5']).toEqual(LIVE)
    expect(rows['claude-fable-5-2']).toBeUndefined()
    expect(resolveModel('claude-opus-4-8', { models: rows })).toMatchObject({
      id: 'claude-opus-6',
      retired: {},
    })
    expect(resolveModel('claude-2.1', { models: rows }).id).toBe('claude-opus-6')
  })

  it('names the vendor’s own replacement where it has that', () => {
    const rows = rowsFromListing([{ id: 'claude-opus-5-5' }, { id: 'claude-opus-6' }], { isComplete: true })
    expect(rows['claude-opus-4-5']).toMatchObject({ status: 'retired', replacement: 'claude-opus-5-5' })
  })

  it.each([
    ['is not known to be complete', [{ id: 'claude-opus-5' }], {}],
    ['has no model of the table', [{ id: 'llama3' }], { isComplete: true }],
    ['is empty', [], { isComplete: true }],
  ])('retires nothing where it %s', (_, listed, scope) => {
    expect(
      Object.values(rowsFromListing(listed, scope)).filter(({ status }) => status === 'retired'),
    ).toEqual([])
  })

  it('applies the row of a dated id to its alias', () => {
    const row = { lifecycle: 'deprecated', retires_at: '2027-01-22T00:00:00Z', max_tokens: 9 }
    const rows = rowsFromListing([{ id: DATED, ...row }])
    expect(rows['claude-opus-4-5']).toEqual(rows[DATED])
    expect(rows[DATED]).toMatchObject({ retires: '2027-01-22', maxOutputTokens: 9 })
    const own = rowsFromListing([
      { id: DATED, ...row },
      { id: 'claude-opus-4-5', max_tokens: 8 },
    ])
    expect(own['claude-opus-4-5']).toMatchObject({ maxOutputTokens: 8 })
  })

  it('beats the day of the table for a model that it has as active', () => {
    const models = rowsFromListing([{ id: 'claude-sonnet-4-5', lifecycle: 'active' }])
    expect(resolveModel('claude-sonnet-4-5', { models, today: '2027-06-01' }).retired).toBeUndefined()
  })
})
