import {
  AnthropicError,
  BadRequestError,
  type ClientOptions,
  type Endpoint,
  type EndpointChoice,
  type RequestOptions,
  rollout,
} from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { ask, quickest } from './adapters.ts'
import { beginnings, failure, join, readLegacyEvents } from './outcomes.ts'

/** A model that the legacy endpoint has, and that is mapped to a live one on the way to the Messages API. */
const params = { ...quickest.params, model: 'claude-2.1' }
const { open } = quickest

describe('the choice', () => {
  const cases: readonly [
    title: string,
    ofClient: EndpointChoice | undefined,
    ofCall: EndpointChoice | undefined,
    path: '/v1/messages' | '/v1/complete',
  ][] = [
    ['of nobody', undefined, undefined, '/v1/messages'],
    ['of the client', 'complete', undefined, '/v1/complete'],
    ['of the call', undefined, 'complete', '/v1/complete'],
    ['of the call over the client’s', 'complete', 'messages', '/v1/messages'],
    ['of a function', () => 'complete', undefined, '/v1/complete'],
    ['of a function of the call', 'complete', () => 'messages', '/v1/messages'],
    ['of a function, over the client’s function', () => 'complete', () => 'messages', '/v1/messages'],
    [
      'by the request',
      ({ prompt }) => (prompt.includes('Claude') ? 'complete' : 'messages'),
      undefined,
      '/v1/complete',
    ],
  ]
  describe.each(Object.entries(beginnings))('%s', (_, road) => {
    test.each(cases)('%s', async (_, ofClient, ofCall, path) => {
      const { connect, emulator } = await open({ reply: 'Hi.' })
      const answer = await road(connect({ endpoint: ofClient }), params, { endpoint: ofCall })
      expect(answer).toMatchObject({ completion: ' Hi.', stop_reason: 'stop_sequence', stop: '\n\nHuman:' })
      expect(emulator.requests.map(request => request.path)).toEqual([path])
    })
  })

  test('receives the request without fields that become headers, once for each call', async () => {
    const { connect, emulator } = await open()
    const received: unknown[] = []
    const { completions } = connect({
      endpoint: request => {
        received.push(request)
        return 'complete'
      },
    })
    emulator.reply(
      { error: { type: 'api_error', message: 'No.' }, headers: { 'retry-after-ms': '1' } },
      'Hi.',
    )
    await completions.create({ ...params, betas: ['b'], workspace_id: 'w' })
    expect(received).toEqual([params])
    expect(emulator.requests).toHaveLength(2)
  })

  test('may be changed after the client was made', async () => {
    const { client, emulator } = await open()
    client.endpoint = 'complete'
    await client.completions.create(params)
    expect(emulator.requests[0]?.path).toBe('/v1/complete')
  })

  describe('with an invalid value', () => {
    const nonsense: readonly unknown[] = ['Complete', '', 5, null, {}, ['messages']]

    test.each(nonsense)('%j of a client', async endpoint => {
      const { connect } = await open()
      const options: object = { endpoint }
      const error = await failure(() => connect(options), AnthropicError)
      expect(error.message).toBe(
        "endpoint must be 'messages', 'complete' or a function. Leave it out for 'messages'.",
      )
    })

    test.each(nonsense)('%j of a call', async endpoint => {
      const { client, emulator } = await open()
      const options: object = { endpoint }
      for (const road of Object.values(beginnings)) {
        const error = await failure(() => road(client, params, options), AnthropicError)
        expect(error.message).toMatch(/^endpoint must be .* Leave it out/)
      }
      expect(emulator.requests).toHaveLength(0)
    })

    test.each([...nonsense, undefined, Promise.resolve('messages')])('%j of a function', async value => {
      const { connect, emulator } = await open()
      const choose = (() => value) as () => Endpoint
      for (const road of Object.values(beginnings)) {
        const error = await failure(() => road(connect({ endpoint: choose }), params), TypeError)
        expect(error.message).toMatch(
          /^endpoint must be 'messages' or 'complete', or a function that returns/,
        )
      }
      expect(emulator.requests).toHaveLength(0)
    })

    test('a function that throws rejects with what it threw', async () => {
      const { connect, emulator } = await open()
      const client = connect({
        endpoint: () => {
          throw new RangeError('mine')
        },
      })
      for (const road of Object.values(beginnings))
        expect((await failure(() => road(client, params), RangeError)).message).toBe('mine')
      expect(emulator.requests).toHaveLength(0)
    })
  })
})

describe('what the legacy endpoint is sent', () => {
  /** The texts of the bodies, as they were given to fetch. */
  async function sentBy(given: object, options: ClientOptions = {}): Promise<unknown[]> {
    const { connect, emulator } = await open()
    const bodies: unknown[] = []
    const { completions } = connect({
      endpoint: 'complete',
      fetch: (url, init) => {
        bodies.push(init.body)
        return emulator.fetch(url, init)
      },
      ...options,
    })
    const call = given as typeof params
    await completions.create(call).catch(() => {})
    await completions
      .stream(call)
      .finalCompletion()
      .catch(() => {})
    return bodies
  }

  const bodies: readonly [title: string, object][] = [
    ['a call', params],
    [
      'fields in another order',
      { stop_sequences: ['\n\n', ''], prompt: ask('Hi'), max_tokens_to_sample: 1_000_000, model: 'claude-2' },
    ],
    ['what the old documentation had for "unset"', { ...params, temperature: -1, top_p: -1, top_k: -1 }],
    [
      'everything',
      {
        ...params,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 5,
        metadata: { user_id: 'u' },
        stop_sequences: ['\n'],
      },
    ],
    ['a prefill that ends in whitespace', { ...params, prompt: ask('Hi', ' Well,\n ') }],
    ['what is no prompt', { ...params, prompt: 'Hello' }],
    ['fields that nobody knows', { ...params, tags: { a: 'b' }, max_tokens: 5 }],
    ['nothing', {}],
    ['characters of many alphabets', { ...params, prompt: ask('日本 🐙 \u2028 \ud83d') }],
  ]
  test.each(bodies)('is the body as given: %s', async (_, body) => {
    expect(await sentBy(body)).toEqual([JSON.stringify(body), JSON.stringify({ ...body, stream: true })])
  })

  test('has neither betas nor workspace_id in it, which are headers', async () => {
    expect(await sentBy({ ...params, betas: ['one', 'two'], workspace_id: 'w-1' })).toEqual([
      JSON.stringify(params),
      JSON.stringify({ ...params, stream: true }),
    ])
    const { connect, emulator } = await open()
    const { completions } = connect({ endpoint: 'complete' })
    await completions.create({ ...params, betas: ['one', 'two'], workspace_id: 'w-1' })
    expect(emulator.requests[0]?.headers).toMatchObject({
      'anthropic-beta': 'one,two',
      'anthropic-workspace-id': 'w-1',
    })
  })

  test('ignores the policies, the models and the style, and reports no diagnostic', async () => {
    const diagnostics: unknown[] = []
    const given = { ...params, temperature: 0, stop_sequences: ['\n\n'], prompt: ask('Hi', ' Well, ') }
    const options: ClientOptions = {
      sampling: 'error',
      prefill: 'error',
      stopSequences: 'error',
      retiredModel: 'error',
      models: { 'claude-2.1': { status: 'retired', replacement: 'claude-opus-5' } },
      style: 'messages',
      diagnosticsPer: 'call',
      onDiagnostic: diagnostic => diagnostics.push(diagnostic),
    }
    expect(await sentBy(given, options)).toEqual([
      JSON.stringify(given),
      JSON.stringify({ ...given, stream: true }),
    ])
    expect(diagnostics).toEqual([])
  })

  test('is read at the call, and never changed', async () => {
    const { connect, emulator } = await open({ reply: 'Hi.' })
    const { completions } = connect({ endpoint: 'complete' })
    await completions.create(Object.freeze({ ...params, betas: Object.freeze(['b']) as string[] }))
    const changed = { ...params }
    const call = completions.create(changed)
    changed.prompt = ask('something else')
    await call
    expect(emulator.requests[1]?.body).toMatchObject({ prompt: params.prompt })
  })

  test('is refused by the server, in its words', async () => {
    const refusals: readonly [object, string][] = [
      [{ prompt: 'Hello' }, 'prompt must start with \\"\\n\\nHuman:\\" turn'],
      [{ model: undefined }, 'model: field required'],
      [{ temperature: 2 }, 'temperature: range: -1 or 0..1'],
      [{ max_tokens: 5 }, 'max_tokens: extra fields not permitted'],
      [{ model: 'claude-opus-4-8' }, 'is not supported on this API. Please use the Messages API instead.'],
    ]
    const { connect, emulator } = await open()
    const client = connect({ endpoint: 'complete' })
    for (const [given, words] of refusals) {
      for (const road of Object.values(beginnings)) {
        const error = await failure(() => road(client, { ...params, ...given }), BadRequestError)
        expect(error.message).toContain(words)
        // The server rejected the call, not this package.
        expect([error.diagnostics, error.requestID]).toEqual([undefined, expect.stringMatching(/^req_/)])
      }
    }
    expect(emulator.requests).toHaveLength(3 * refusals.length)
  })
})

describe('anthropic-version', () => {
  const header = (value: string): { 'Anthropic-Version': string } => ({ 'Anthropic-Version': value })
  const cases: readonly [title: string, ClientOptions, RequestOptions, string][] = [
    ['by default', {}, {}, '2023-06-01'],
    ['of the option', { apiVersion: '2023-01-01' }, {}, '2023-01-01'],
    ['of a header of the client', { defaultHeaders: header('2023-01-01') }, {}, '2023-01-01'],
    ['of a header of the call', {}, { headers: header('2023-01-01') }, '2023-01-01'],
    [
      'of the call over the client’s',
      { apiVersion: '2026-10-21', defaultHeaders: header('2026-10-21') },
      { headers: header('2023-01-01') },
      '2023-01-01',
    ],
    [
      'of a header over the option',
      { apiVersion: '2026-10-21', defaultHeaders: header('2023-01-01') },
      {},
      '2023-01-01',
    ],
  ]
  describe.each(['messages', 'complete'] as const)('%s', endpoint => {
    test.each(cases)('%s', async (_, options, call, version) => {
      const { connect, emulator } = await open()
      await connect({ ...options, endpoint }).completions.create(params, call)
      expect(emulator.requests[0]?.headers['anthropic-version']).toBe(version)
    })
  })
})

test.each([
  ['http://gateway.test', 'http://gateway.test/v1/complete'],
  ['http://gateway.test/', 'http://gateway.test/v1/complete'],
  ['http://gateway.test//', 'http://gateway.test/v1/complete'],
  ['http://gateway.test/team/claude', 'http://gateway.test/team/claude/v1/complete'],
  ['http://gateway.test/team/claude/', 'http://gateway.test/team/claude/v1/complete'],
])('baseURL %s: the legacy endpoint is at %s', async (baseURL, address) => {
  const { connect, emulator } = await open()
  const urls: string[] = []
  const { completions } = connect({
    baseURL,
    endpoint: 'complete',
    fetch: (url, init) => {
      urls.push(url)
      return emulator.fetch('http://emulator.test/v1/complete', init)
    },
  })
  await completions.create(params)
  await completions.stream(params).finalCompletion()
  expect(urls).toEqual([address, address])
})

test('the first dialect comes out as the second, also where the answer itself is asked for', async () => {
  const { connect } = await open({ reply: 'one two' })
  const client = connect({ endpoint: 'complete', defaultHeaders: { 'anthropic-version': '2023-01-01' } })
  const response = await client.completions.create({ ...params, stream: true }).asResponse()
  const chunks = await readLegacyEvents(response)
  expect(chunks.map(({ completion }) => completion)).toEqual([' one', ' two', ''])
  expect(join(chunks)).toMatchObject({ completion: ' one two', truncated: false, exception: null })
})

test('a share of the calls moves with their users', async () => {
  const { connect, emulator } = await open()
  const { completions } = connect({ endpoint: rollout(0.3) })
  const requests = Array.from({ length: 100 }, (_, user) => ({
    ...params,
    metadata: { user_id: `user-${user}` },
  }))
  for (const request of requests) await completions.create(request)
  const paths = requests.map(request => `/v1/${rollout(0.3)(request)}`)
  expect(emulator.requests.map(({ path }) => path)).toEqual(paths)
  expect(new Set(paths).size).toBe(2)
})
