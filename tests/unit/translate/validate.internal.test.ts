import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { BadRequestError } from '../../../src/errors.ts'
import { validateRequest } from '../../../src/translate/validate.ts'

const string = z.string('str type expected')
const filled = string.check(z.minLength(1, 'ensure this value has at least 1 characters'))
const fraction = z
  .number('value is not a valid float')
  .check(z.refine(value => value === -1 || (value >= 0 && value <= 1), 'range: -1 or 0..1'))

/** The same rules in the words of zod, which knows more kinds of wrong values than a person lists. */
const schema = z.strictObject(
  {
    model: filled,
    prompt: filled,
    max_tokens_to_sample: z.int('value is not a valid integer').check(z.gte(1, 'range: 1..1,000,000')),
    stop_sequences: z.optional(z.array(string, 'value is not a valid list')),
    temperature: z.optional(fraction),
    top_p: z.optional(fraction),
    top_k: z.optional(
      z.int('value is not a valid integer').check(z.refine(value => value >= -1, 'range: -1 or 0 and above')),
    ),
    metadata: z.optional(
      z.strictObject({ user_id: z.optional(z.nullable(string)) }, 'value is not a valid dict'),
    ),
    stream: z.optional(z.boolean('value could not be parsed to a boolean')),
  },
  'value is not a valid dict',
)

/** Valid and invalid values of every field. The first is valid. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  model: ['claude-opus-4-8', 'm', '', 7, {}, undefined],
  prompt: ['\n\nHuman: Hi\n\nAssistant:', '', ['Hi'], undefined],
  max_tokens_to_sample: [
    1,
    256,
    0,
    -1,
    0.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '7',
    5n,
    undefined,
  ],
  temperature: [0, 0.5, 1, -1, 2, Number.NaN, Number.NEGATIVE_INFINITY, '1', undefined],
  stop_sequences: [[], ['\n'], [''], ['a', 7], [undefined], [null, 3, 'a', {}], 'a', {}, undefined],
  stream: [true, false, 'true', 1, undefined],
  top_p: [0.5, -1, 2, 'x'],
  top_k: [5, -1, 1.5, -2, 2 ** 60],
  metadata: [
    {},
    { user_id: 'a' },
    { user_id: null },
    { user_id: 4 },
    { user_id: 4, x: 1, y: 2 },
    { ['k'.repeat(300)]: 2 },
    [],
    'a',
    4,
    new Map(),
  ],
  extra: ['anything', undefined],
  another: [1],
}

/** Valid values are frequent: nearly every request of independent random values is invalid. */
const requestOf = (fields: readonly string[]): fc.Arbitrary<object> =>
  fc.record(
    Object.fromEntries(
      fields.map(field => {
        const values = VALUES[field] ?? []
        return [field, fc.oneof({ weight: 4, arbitrary: fc.constant(values[0]) }, fc.constantFrom(...values))]
      }),
    ),
    { requiredKeys: ['model', 'prompt', 'max_tokens_to_sample'] },
  )

const request = fc.oneof(requestOf(Object.keys(VALUES).slice(0, 6)), requestOf(Object.keys(VALUES)))

const rejectionOf = (value: unknown): string | undefined => {
  try {
    validateRequest(value)
    return undefined
  } catch (error) {
    if (error instanceof BadRequestError) return error.message
    throw error
  }
}

describe('the validation of requests', () => {
  it('accepts what a schema of zod accepts, and otherwise gives its reasons in its order', () => {
    const counts = { accepted: 0, rejected: 0 }
    fc.assert(
      fc.property(request, legacy => {
        const issues = schema.safeParse(legacy).error?.issues ?? []
        const rejection = rejectionOf(legacy)
        expect(rejection === undefined).toBe(issues.length === 0)
        if (rejection === undefined) counts.accepted++
        else counts.rejected++
        const faults = issues.flatMap(issue =>
          issue.code === 'unrecognized_keys'
            ? issue.keys.map(key => [...issue.path, key, 'extra fields not permitted'])
            : [[...issue.path, issue.message]],
        )
        let from = 0
        for (const fault of faults.slice(0, 5)) {
          const [field = '', message] = [fault.slice(0, -1).join('.').slice(0, 60), String(fault.at(-1))]
          const isMissing = Object(legacy)[String(fault[0])] === undefined && !message.startsWith('extra')
          const at = rejection?.indexOf(field, from) ?? -1
          expect(at).toBeGreaterThanOrEqual(from)
          from = at
          expect(rejection?.slice(at)).toContain(`: ${isMissing ? 'field required' : message}. `)
        }
        if (faults.length > 5) expect(rejection).toContain(`And ${faults.length - 5} more.`)
      }),
      { numRuns: 5000, seed: 2026 },
    )
    // Otherwise the test would show nothing.
    expect(counts.accepted).toBeGreaterThan(100)
    expect(counts.rejected).toBeGreaterThan(100)
  })

  it.each([[null], [[]], ['text'], [undefined], [7]])('rejects %j, which is not an object', value => {
    expect(rejectionOf(value)).toContain('value is not a valid dict. Pass an object')
  })

  it('returns a valid request itself, without a copy', () => {
    const legacy = { model: 'm', prompt: 'p', max_tokens_to_sample: 1 }
    expect(validateRequest(legacy)).toBe(legacy)
  })

  it('removes fields that are null', () => {
    const legacy = { model: 'm', prompt: 'p', max_tokens_to_sample: 1, stream: null, extra: null }
    expect(validateRequest(legacy)).toEqual({ model: 'm', prompt: 'p', max_tokens_to_sample: 1 })
  })
})
