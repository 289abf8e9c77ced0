import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BadRequestError } from '../../../src/errors.ts'
import { validateRequest } from '../../../src/translate/validate.ts'

/** Right and wrong values of every field, so that most requests have some of each. */
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  model: ['claude-opus-4-8', 'm', '', 7, null, undefined],
  prompt: ['\n\nHuman: Hi\n\nAssistant:', '', ['Hi'], null, undefined],
  max_tokens_to_sample: [
    1,
    256,
    0,
    -1,
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '7',
    null,
    undefined,
  ],
  temperature: [0, 0.5, 1, -1, 2, Number.NaN, '1', null, undefined],
  stop_sequences: [[], ['\n'], [''], ['a', 7], [undefined], 'a', {}, null, undefined],
  stream: [true, false, 'true', 1, null, undefined],
  top_p: [0.5, -1, 2],
  top_k: [5, -1, 1.5],
  extra: ['anything'],
}

/** The first value is right, and mostly taken: a request of chance alone is nearly always refused. */
const requestOf = (fields: readonly string[]): fc.Arbitrary<object> =>
  fc.record(
    Object.fromEntries(
      fields.map(field => {
        const values = FIELDS[field] ?? []
        return [field, fc.oneof({ weight: 4, arbitrary: fc.constant(values[0]) }, fc.constantFrom(...values))]
      }),
    ),
    { requiredKeys: ['model', 'prompt', 'max_tokens_to_sample'] },
  )

const request = fc.oneof(requestOf(Object.keys(FIELDS).slice(0, 6)), requestOf(Object.keys(FIELDS)))

const outcomeOf = (value: unknown): unknown => {
  try {
    return validateRequest(value)
  } catch (error) {
    if (error instanceof BadRequestError) return error.message
    throw error
  }
}

describe('what is plainly right', () => {
  it('is told without the schema as the schema tells it', () => {
    let taken = 0
    fc.assert(
      fc.property(request, legacy => {
        // Of metadata only the schema decides, and it changes nothing else.
        const { metadata, ...judged } = Object(outcomeOf({ ...legacy, metadata: {} }))
        if (metadata === undefined) expect(outcomeOf(legacy)).toBe(outcomeOf({ ...legacy, metadata: {} }))
        else expect(outcomeOf(legacy)).toEqual(judged)
        if (outcomeOf(legacy) === legacy) taken++
      }),
      { numRuns: 5000, seed: 2026 },
    )
    // Otherwise it would have shown nothing.
    expect(taken).toBeGreaterThan(100)
  })

  it.each([[null], [[]], ['text'], [undefined], [7]])('%j is not', value => {
    expect(outcomeOf(value)).toMatch(/Pass an object|field required/)
  })
})
