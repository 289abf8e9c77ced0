import Anthropic, { type ComparisonOptions, type Difference } from 'legacy-completions'
import { createEmulator, type Reply } from 'legacy-completions/emulator'
import { afterEach, describe, expect, test, vi } from 'vitest'

const PARAMS = {
  model: 'claude-2.1',
  max_tokens_to_sample: 50,
  prompt: '\n\nHuman: Count to three.\n\nAssistant:',
}

interface Opened {
  client: Anthropic
  paths(): string[]
  differences: Difference[]
  /** Resolves with the first difference. */
  difference(): Promise<Difference>
}

function open(complete: Reply, messages: Reply, compare: Partial<ComparisonOptions> = {}): Opened {
  const emulator = createEmulator({ reply: (_, { path }) => (path === '/v1/complete' ? complete : messages) })
  const differences: Difference[] = []
  const client = new Anthropic({
    apiKey: 'any',
    maxRetries: 0,
    endpoint: 'complete',
    fetch: emulator.fetch,
    logLevel: 'off',
    compare: { sampleRate: 1, onDifference: difference => differences.push(difference), ...compare },
  })
  return {
    client,
    differences,
    paths: () => emulator.requests.map(({ path }) => path).sort(),
    async difference() {
      await vi.waitFor(() => expect(differences).not.toHaveLength(0))
      const [first] = differences
      if (first === undefined) throw new Error('no difference')
      return first
    },
  }
}

afterEach(() => vi.restoreAllMocks())

describe('the option compare', () => {
  test('compares create without a change of the call', async () => {
    const { client, paths, difference } = open('One, two.', 'One, three.')
    const { completion } = await client.completions.create(PARAMS)
    expect(completion).toBe(' One, two.')
    const found = await difference()
    expect(found).toMatchObject({
      kind: 'comparison',
      differs: ['text'],
      partsAt: 7,
      length: 2,
      complete: { endpoint: 'complete', usage: null, firstTextMilliseconds: null },
      messages: { endpoint: 'messages', usage: { input_tokens: expect.any(Number) } },
    })
    expect(paths()).toEqual(['/v1/complete', '/v1/messages'])
    expect(JSON.stringify(found)).not.toMatch(/One|three|Count/)
  })

  test.each(['stream', 'create with stream: true'])(
    'compares %s, with the time to the first text',
    async how => {
      const { client, difference } = open({ text: 'Two.', faults: { delayMs: 5 } }, 'Three.')
      const stream =
        how === 'stream'
          ? client.completions.stream(PARAMS)
          : await client.completions.create({ ...PARAMS, stream: true })
      let text = ''
      for await (const chunk of stream) text += chunk.completion
      expect(text).toBe(' Two.')
      const { complete, messages, differs } = await difference()
      expect(differs).toEqual(['text'])
      for (const side of [complete, messages]) {
        expect(side.firstTextMilliseconds).toBeGreaterThan(0)
        expect(side.firstTextMilliseconds).toBeLessThanOrEqual(side.milliseconds)
      }
    },
  )

  test('reports a call whose first side fails, with null for what it does not have', async () => {
    const failure = { error: { type: 'overloaded_error', message: 'Overloaded' } }
    const { client, difference } = open(failure, 'One, two.')
    await expect(client.completions.create(PARAMS)).rejects.toThrow('Overloaded')
    expect(await difference()).toMatchObject({
      differs: ['error'],
      partsAt: null,
      length: null,
      complete: { error: { status: 529, type: 'overloaded_error' } },
      messages: { completion: { length: 10 } },
    })
  })

  test('does not compare a stream that the program abandons', async () => {
    const { client, differences } = open('One, two, three.', 'One, two, three.')
    for await (const _ of client.completions.stream(PARAMS)) break
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(differences).toEqual([])
  })

  test('makes a share of the calls twice on the same endpoint', async () => {
    const { client, paths, difference } = open('Two.', 'Three.', { baseline: 1 })
    await client.completions.create(PARAMS)
    expect(await difference()).toMatchObject({
      kind: 'baseline',
      differs: [],
      messages: { endpoint: 'complete' },
    })
    expect(paths()).toEqual(['/v1/complete', '/v1/complete'])
  })

  test('marks a completion that repeats the prefill', async () => {
    const { client, difference } = open('One, two.', 'two.')
    await client.completions.create({ ...PARAMS, prompt: `${PARAMS.prompt} One,` })
    expect(await difference()).toMatchObject({
      complete: { echoesPrefill: true },
      messages: { echoesPrefill: false },
    })
  })

  test('lets the program decide what is equal', async () => {
    const equal = vi.fn(() => true)
    const { client, difference } = open('Two.', 'Three.', { equal })
    await client.completions.create(PARAMS)
    expect((await difference()).differs).toEqual([])
    expect(equal).toHaveBeenCalledWith(
      expect.objectContaining({ completion: ' Two.' }),
      expect.objectContaining({ completion: ' Three.' }),
    )
  })

  test('does not break a call whose callback fails', async () => {
    const onDifference = vi.fn(() => {
      throw new Error('the disk is full')
    })
    const { client } = open('Two.', 'Two.', { onDifference })
    expect((await client.completions.create(PARAMS)).completion).toBe(' Two.')
    await vi.waitFor(() => expect(onDifference).toHaveBeenCalled())
  })

  test('compares the share of the calls that sampleRate says', async () => {
    const { client, paths } = open('Two.', 'Two.', { sampleRate: 0.3 })
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.31).mockReturnValueOnce(0.29)
    await client.completions.create(PARAMS)
    expect(paths()).toHaveLength(1)
    await client.completions.create(PARAMS)
    await vi.waitFor(() => expect(paths()).toHaveLength(3))
  })

  test.each([
    [{ sampleRate: 2 }, 'compare.sampleRate must be from 0 to 1.'],
    [{ sampleRate: 1, onDifference: 5 }, 'compare.onDifference must be a function.'],
    [{ sampleRate: 1, baseline: -1, onDifference() {} }, 'compare.baseline must be from 0 to 1.'],
  ])('rejects %j', (compare, message) => {
    expect(() => new Anthropic({ apiKey: 'any', compare: compare as never })).toThrow(message)
  })
})

describe('completions.compare', () => {
  test('has the difference at the error of the first side, and in the callback', async () => {
    const { client } = open(
      { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } },
      'Two.',
      { sampleRate: 0 },
    )
    const onDifference = vi.fn()
    const error: unknown = await client.completions
      .compare(PARAMS, { onDifference })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ status: 529 })
    const { difference }: { difference?: Promise<Difference> } = Object(error)
    expect(await difference).toMatchObject({ differs: ['error'], messages: { completion: { length: 5 } } })
    expect(onDifference).toHaveBeenCalledTimes(1)
    expect(Object.keys(Object(error))).not.toContain('difference')
  })

  test('compares a stream', async () => {
    const { client } = open('One, two.', 'One, three.', { sampleRate: 0 })
    const { completion, difference } = await client.completions.compare({ ...PARAMS, stream: true })
    let text = ''
    for await (const chunk of completion) text += chunk.completion
    expect(text).toBe(' One, two.')
    expect(await difference).toMatchObject({
      differs: ['text'],
      messages: { firstTextMilliseconds: expect.any(Number) },
    })
  })
})
