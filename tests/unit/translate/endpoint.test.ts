import fc from 'fast-check'
import {
  type CompletionRequest,
  chooseEndpoint,
  type EndpointChoice,
  rollout,
} from 'legacy-completions/translate'
import { describe, expect, test } from 'vitest'

const ask = (question: string): string => `\n\nHuman: ${question}\n\nAssistant:`
const call = (fields: Partial<CompletionRequest> = {}): CompletionRequest => ({
  model: 'claude-2.1',
  max_tokens_to_sample: 9,
  prompt: ask('Hi'),
  ...fields,
})
const ofUser = (user_id: string | null | undefined, prompt = ask('Hi')): CompletionRequest =>
  call({ prompt, metadata: { user_id } })

/** Which of the requests a fraction moves. */
const moved = (fraction: number, requests: readonly CompletionRequest[]): CompletionRequest[] =>
  requests.filter(request => rollout(fraction)(request) === 'messages')

const numbers = Array.from({ length: 10_000 }, (_, number) => number)
/** Keys as programs have them: near to each other, and of one length. */
const keys: Readonly<Record<string, readonly CompletionRequest[]>> = {
  'numbered users': numbers.map(number => ofUser(`user-${number}`)),
  'users of a fixed length': numbers.map(number => ofUser(String(number).padStart(8, '0'))),
  'users whose first letter differs': numbers.map(number => ofUser(`${number} of the same company`)),
  'users of other alphabets': numbers.map(number =>
    ofUser(`ユーザー${String.fromCodePoint(0x4e00 + number)}`),
  ),
  prompts: numbers.map(number => call({ prompt: ask(`What is ${number} + 1?`) })),
}

describe.each(Object.entries(keys))('%s', (_, requests) => {
  test.each([0.01, 0.1, 0.25, 0.5, 0.9])('%d of them are moved', fraction => {
    // Four standard deviations of a share that chance would give.
    const tolerance = 4 * Math.sqrt((fraction * (1 - fraction)) / requests.length)
    const share = moved(fraction, requests).length / requests.length
    expect(Math.abs(share - fraction)).toBeLessThan(tolerance)
  })

  test('none are moved by 0, and all by 1', () => {
    expect(moved(0, requests)).toHaveLength(0)
    expect(moved(1, requests)).toHaveLength(requests.length)
  })

  test('who was moved stays moved', () => {
    let before: CompletionRequest[] = []
    for (const fraction of [0.001, 0.1, 0.11, 0.5, 0.999, 1]) {
      const now = moved(fraction, requests)
      const all = new Set(now)
      expect(before.filter(one => !all.has(one))).toEqual([])
      before = now
    }
  })
})

test('any key, at any two fractions', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fraction, fraction, (key, one, other) => {
      const [low, high] = one < other ? [one, other] : [other, one]
      const [atLow, atHigh] = [low, high].map(fraction => rollout(fraction)(ofUser(key)))
      if (atLow === 'messages') expect(atHigh).toBe('messages')
      expect(rollout(low)(ofUser(key))).toBe(atLow)
      expect(['messages', 'complete']).toContain(atLow)
    }),
    { numRuns: 5000 },
  )
})

test('the same in every process and in every version: these must never change', () => {
  // The least fraction, in thousandths, that moves each.
  const from = (key: string): number =>
    numbers.findIndex(thousandths => rollout(thousandths / 1000)(ofUser(key)) === 'messages')
  expect(
    Object.fromEntries(['', 'a', 'user-1', 'user-2', 'ユーザー', '🐙'].map(key => [key, from(key)])),
  ).toMatchInlineSnapshot(`
    {
      "": 669,
      "a": 104,
      "user-1": 468,
      "user-2": 199,
      "ユーザー": 92,
      "🐙": 16,
    }
  `)
})

describe('the key', () => {
  const half = rollout(0.5)
  /** Whether all requests go the same way, at every fraction. */
  const together = (requests: readonly CompletionRequest[], choose = rollout): boolean =>
    numbers.slice(0, 100).every(number => new Set(requests.map(choose(number / 100))).size === 1)

  test('is the user for any request', () => {
    const asked = numbers.slice(0, 100).map(number => ask(`Question ${number}`))
    expect(together(asked.map(prompt => ofUser('user-7', prompt)))).toBe(true)
  })

  test.each([
    ['no metadata', undefined],
    ['no user', {}],
    ['null', { user_id: null }],
    ['undefined', { user_id: undefined }],
  ])('is the prompt where there is %s', (_, metadata) => {
    const prompts = numbers.slice(0, 100).map(number => ask(`Question ${number}`))
    expect(new Set(prompts.map(prompt => half(call({ prompt, metadata }))))).toEqual(
      new Set(['messages', 'complete']),
    )
    for (const prompt of prompts) expect(together([call({ prompt, metadata }), call({ prompt })])).toBe(true)
  })

  test('may be the caller’s own', () => {
    const byModel = (fraction: number) => rollout(fraction, ({ model }) => model)
    expect(
      together(
        numbers.slice(0, 100).map(number => ofUser(`user-${number}`)),
        byModel,
      ),
    ).toBe(true)
    expect(
      new Set(numbers.slice(0, 100).map(number => byModel(0.5)(call({ model: `model-${number}` })))).size,
    ).toBe(2)
  })

  test('that throws is the call’s error', () => {
    const choose = rollout(0.5, () => {
      throw new RangeError('mine')
    })
    expect(() => choose(call())).toThrow(new RangeError('mine'))
  })
})

test.each([
  -0.1,
  1.1,
  10,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  // What an environment variable gives.
  '0.1',
  '',
  null,
  undefined,
])('%j is no fraction', fraction => {
  expect(() => rollout(fraction as number)).toThrow(
    new TypeError('rollout: the fraction must be a number from 0 (no calls) to 1 (all calls).'),
  )
})

describe('chooseEndpoint', () => {
  test.each<[title: string, choice: EndpointChoice, endpoint: string]>([
    ['messages', 'messages', 'messages'],
    ['complete', 'complete', 'complete'],
    ['messages for a model', ({ model }) => (model === 'claude-2.1' ? 'messages' : 'complete'), 'messages'],
    ['complete for a model', ({ model }) => (model === 'claude-2.1' ? 'complete' : 'messages'), 'complete'],
  ])('takes %s', (_, choice, endpoint) => {
    expect(chooseEndpoint(choice, call())).toBe(endpoint)
  })

  test.each<unknown>([
    'Messages',
    '',
    null,
    undefined,
    5,
    {},
    () => undefined,
    () => 'both',
    async () => 'messages',
  ])('does not take %s', choice => {
    expect(() => chooseEndpoint(choice as EndpointChoice, call())).toThrow(TypeError)
    expect(() => chooseEndpoint(choice as EndpointChoice, call())).toThrow(/'messages' or 'complete'/)
  })
})
