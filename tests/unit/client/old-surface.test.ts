import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  Anthropic,
  AnthropicError,
  APIConnectionError,
  type APIError,
  type AuthenticationError,
  BadRequestError,
  type ClientOptions,
  type InternalServerError,
  type RateLimitError,
  refreshModels,
  UnreadableReplyError,
} from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { completionsFetch } from 'legacy-completions/fetch'
import { Client } from 'legacy-completions/v0'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'

const params = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 30,
  prompt: '\n\nHuman: Hi\n\nAssistant:',
}
const URL_OF_COMPLETE = 'https://api.anthropic.com/v1/complete'

const open = (options: ClientOptions = {}, reply = 'one two three') =>
  new Anthropic({ apiKey: 'k', fetch: createEmulator({ reply }).fetch, ...options })

const post = (body: object, version = '2023-06-01', signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { 'x-api-key': 'k', 'anthropic-version': version },
  body: JSON.stringify({ ...params, ...body }),
  ...(signal && { signal }),
})

const caught = async (run: () => unknown): Promise<unknown> => {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('members that the client does not have', () => {
  test.each(['messages', 'beta', 'models'])('%s throws an error that names withCompletions', name => {
    expect(() => Reflect.get(open(), name)).toThrow(/"\w+"\. Keep .* withCompletions\(.* See https:\/\//)
  })

  test.each(['complete', 'completeStream'])('%s throws an error that names the first generation', name => {
    expect(() => Reflect.get(open(), name)).toThrow(/legacy-completions\/v0\. See https:\/\//)
  })

  test('throw only when they are read', () => {
    const client = open()
    expect(Object.keys(client)).not.toContain('messages')
    expect(() => inspect(client)).not.toThrow()
  })
})

test('an inspected client says Anthropic', () => {
  expect([Anthropic.name, inspect(open()).split(' ')[0]]).toEqual(['Anthropic', 'Anthropic'])
})

describe('the response', () => {
  test.each([{ stream: false as const }, { stream: true as const }])(
    'of %j is one object with a url',
    async given => {
      const call = open().completions.create({ ...params, ...given })
      const [first, second, third] = [
        await call.asResponse(),
        (await call.withResponse()).response,
        await call.asResponse(),
      ]
      expect([first === second, first === third]).toEqual([true, true])
      expect(first.bodyUsed).toBe(false)
    },
  )

  test('has the url of the request', async () => {
    const fetch: ClientOptions['fetch'] = async (url, init) => {
      const response = await createEmulator({ reply: 'Hi.' }).fetch(url, init)
      return Object.defineProperty(response, 'url', { value: url })
    }
    const response = await open({ fetch }).completions.create(params).asResponse()
    expect(response.url).toBe('https://api.anthropic.com/v1/messages')
  })
})

describe('a stream that is left', () => {
  test.each([0, 1, 2])('after %i more chunks has an aborted controller', async more => {
    const stream = await open().completions.create({ ...params, stream: true })
    let count = 0
    for await (const _ of stream) if (count++ === more) break
    expect(stream.controller.signal.aborted).toBe(true)
  })

  test('at its last chunk has one, too, and its completion', async () => {
    const stream = open().completions.stream(params)
    for await (const { stop_reason } of stream) if (stop_reason !== null) break
    expect(stream.controller.signal.aborted).toBe(true)
    expect((await stream.finalCompletion()).completion).toBe(' one two three')
  })

  test('that is read to its end has not', async () => {
    const stream = open().completions.stream(params)
    for await (const _ of stream);
    expect(stream.controller.signal.aborted).toBe(false)
  })
})

test('a request that is rejected here has headers', async () => {
  const error = await caught(() => open().completions.create({ ...params, prompt: 'Hi' }))
  expect(error).toBeInstanceOf(BadRequestError)
  if (error instanceof BadRequestError) {
    expect(error.headers.get('request-id')).toBeNull()
    expect([error.status, error.diagnostics?.length]).toEqual([400, 2])
  }
})

test('the errors of a status have its type', () => {
  expectTypeOf<RateLimitError['status']>().toEqualTypeOf<429>()
  expectTypeOf<BadRequestError['status']>().toEqualTypeOf<400>()
  expectTypeOf<AuthenticationError['status']>().toEqualTypeOf<401>()
  expectTypeOf<InternalServerError['status']>().toEqualTypeOf<number>()
  expectTypeOf<APIConnectionError['status']>().toEqualTypeOf<undefined>()
  expectTypeOf<APIError['status']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<RateLimitError['headers']>().toEqualTypeOf<Headers>()
})

describe('x-stainless-retry-count', () => {
  const counts = async (headers: Record<string, string | null> = {}) => {
    const seen: (string | null)[] = []
    const emulator = createEmulator({ reply: 'Hi.' })
    const fetch: ClientOptions['fetch'] = async (url, init) => {
      seen.push(new Headers(init.headers).get('x-stainless-retry-count'))
      if (seen.length > 2) return emulator.fetch(url, init)
      return new Response('{}', { status: 429, headers: { 'retry-after-ms': '1' } })
    }
    await open({ fetch, maxRetries: 3 }).completions.create(params, { headers })
    return seen
  }

  test('numbers the retries', async () => {
    expect(await counts()).toEqual([null, '1', '2'])
  })

  test('keeps the value that the caller sets', async () => {
    expect(await counts({ 'X-Stainless-Retry-Count': '42' })).toEqual(['42', '42', '42'])
  })

  test('is absent when the caller removes it', async () => {
    expect(await counts({ 'X-Stainless-Retry-Count': null })).toEqual([null, null, null])
  })
})

describe('baseURL', () => {
  const SECRET = 'hunter2-secret'
  const wrong: readonly [what: string, url: string, reason: RegExp][] = [
    ['a user name', `https://${SECRET}@host.test`, /user name or a password/],
    ['a password', `https://user:${SECRET}@host.test`, /user name or a password/],
    ['a query', `https://host.test/?key=${SECRET}`, /query/],
    ['a fragment', `https://host.test/#${SECRET}`, /fragment/],
    ['another protocol', `ftp://${SECRET}.test`, /absolute URL/],
    ['no protocol', `${SECRET}.test`, /absolute URL/],
  ]

  test.each(wrong)('with %s is rejected and not shown', async (_, baseURL, reason) => {
    const error = await caught(() => open({ baseURL }))
    expect(error).toBeInstanceOf(AnthropicError)
    expect(String(error)).toMatch(/baseURL must/)
    expect(String(error)).toMatch(reason)
    expect(inspect(error, { showHidden: true })).not.toContain(SECRET)
  })

  test.each(wrong)('of the environment with %s is rejected and not shown', async (_, baseURL, reason) => {
    vi.stubEnv('ANTHROPIC_BASE_URL', baseURL)
    try {
      const error = await caught(() => open())
      expect(String(error)).toMatch(/ANTHROPIC_BASE_URL must/)
      expect(String(error)).toMatch(reason)
      expect(inspect(error, { showHidden: true })).not.toContain(SECRET)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test.each(wrong)('that is set later, with %s, is rejected and not shown', async (_, baseURL, reason) => {
    const client = open()
    client.baseURL = baseURL
    const error = await caught(() => client.completions.create(params))
    expect(String(error)).toMatch(reason)
    expect(inspect(error, { showHidden: true })).not.toContain(SECRET)
  })

  test.each([
    'https://host.test/api/v1',
    'https://host.test/api/v1/',
    'https://host.test/api//',
    ' https://host.test/api ',
  ])('%j reaches /api/v1/messages', async baseURL => {
    const urls: string[] = []
    const { fetch } = createEmulator({ reply: 'Hi.' })
    const client = open({
      baseURL,
      fetch(url, init) {
        urls.push(url)
        return fetch('http://emulator.test/v1/messages', init)
      },
    })
    await client.completions.create(params)
    expect(urls).toEqual(['https://host.test/api/v1/messages'])
  })
})

describe('a fetch that', () => {
  const lock = (response: Response): Response => {
    response.body?.getReader()
    return response
  }
  const use = async (response: Response): Promise<Response> => {
    await response.text()
    return response
  }
  const sendVia = (fetch: NonNullable<ClientOptions['fetch']>) => open({ fetch, maxRetries: 2 })

  test.each([undefined, null, 'text', {}])(
    'returns %j is a named error, and is not called again',
    async value => {
      const fetch = vi.fn(async () => value as unknown as Response)
      const error = await caught(() => sendVia(fetch).completions.create(params))
      expect(error).toBeInstanceOf(APIConnectionError)
      expect(String(error)).toMatch(/instead of a Response/)
      expect(fetch).toHaveBeenCalledTimes(1)
    },
  )

  test('returns nothing is a named error of completionsFetch', async () => {
    const send = completionsFetch({ fetch: async () => undefined as unknown as Response })
    expect(String(await caught(() => send(URL_OF_COMPLETE, post({}))))).toMatch(/instead of a Response/)
  })

  test.each([
    ['locks', lock],
    ['reads', use],
  ] as const)('%s the body is a named error', async (_, spoil) => {
    const emulator = createEmulator({ reply: 'Hi.' })
    const client = sendVia(async (url, init) => spoil(await emulator.fetch(url, init)))
    for (const stream of [false, true] as const) {
      const run = async () => {
        const result = await client.completions.create({ ...params, stream })
        if (Symbol.asyncIterator in result) for await (const _ of result);
      }
      expect(String(await caught(run))).toMatch(/has already been read/)
    }
    expect(String(await caught(() => refreshModels(client)))).toMatch(/has already been read/)
  })

  test('locks the body of a failure leaves its status', async () => {
    const client = sendVia(async () =>
      lock(new Response('{}', { status: 500, headers: { 'retry-after-ms': '1' } })),
    )
    expect(await caught(() => client.completions.create(params))).toMatchObject({ status: 500 })
  })
})

describe('one AbortSignal for many calls', () => {
  const warningsOf = async (run: () => Promise<unknown>): Promise<string[]> => {
    const warnings: string[] = []
    const listen = (warning: Error): void => {
      if (warning.name === 'MaxListenersExceededWarning') warnings.push(warning.message)
    }
    process.on('warning', listen)
    await run()
    await new Promise(done => setTimeout(done, 20))
    process.off('warning', listen)
    return warnings
  }
  const { signal } = new AbortController()
  const hooked = completionsFetch({ fetch: createEmulator({ reply: 'Hi.' }).fetch })
  const first = new Client('k', { fetch: createEmulator({ reply: 'Hi.' }).fetch })
  const v0Params = { ...params, stop_sequences: [] }
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    create: () => open().completions.create(params, { signal }),
    'create with stream': () => open().completions.create({ ...params, stream: true }, { signal }),
    async stream() {
      open().completions.stream(params, { signal })
    },
    refreshModels: () => refreshModels(open(), { signal }),
    completionsFetch: () => hooked(URL_OF_COMPLETE, post({ stream: true }, '2023-06-01', signal)),
    'complete of v0': () => first.complete(v0Params, { signal }),
    'completeStream of v0': () => first.completeStream(v0Params, { signal }),
  }

  test.each(Object.entries(ways))('prints no warning: 30 times %s at once', async (_, call) => {
    expect(await warningsOf(() => Promise.all(Array.from({ length: 30 }, call)))).toEqual([])
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1)
  })

  test('aborts all of them', async () => {
    const controller = new AbortController()
    const client = open({
      fetch: (_, { signal }) =>
        new Promise((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason))),
    })
    const calls = Array.from({ length: 20 }, () =>
      caught(() => client.completions.create(params, { signal: controller.signal })),
    )
    await new Promise(done => setTimeout(done, 50))
    controller.abort()
    for (const error of await Promise.all(calls)) expect(String(error)).toContain('Request was aborted.')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('has no listener after unread streams are collected', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const { signal } = new AbortController()
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await open().completions.create({ ...params, stream: true }, { signal })
        await hooked(URL_OF_COMPLETE, post({ stream: true }, '2023-06-01', signal))
      }),
    )
    for (let round = 0; round < 100 && getEventListeners(signal, 'abort').length > 0; round++) {
      await new Promise(done => setTimeout(done, 10))
      collect()
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('has no listener once all calls have ended', async () => {
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 20 }, () => open().completions.create(params, { signal })))
    for await (const _ of open().completions.stream(params, { signal }));
    await (await hooked(URL_OF_COMPLETE, post({ stream: true }, '2023-06-01', signal))).text()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('events of a stream', () => {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-4-8', content: [] }
  const start = { type: 'message_start', message }
  const text = (text: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  })
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
  const end = [
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } },
    { type: 'message_stop' },
  ]
  const ping = { type: 'ping' }
  const write = (events: readonly { type: string }[], lineEnd = '\n'): string =>
    events
      .map(event => `event: ${event.type}${lineEnd}data: ${JSON.stringify(event)}${lineEnd}${lineEnd}`)
      .join('')
  /** A body in pieces of some size, which may break off. */
  const bodyOf = (text: string, size = text.length, breaks = false): ReadableStream<Uint8Array> => {
    const bytes = new TextEncoder().encode(text)
    let at = 0
    return new ReadableStream(
      {
        pull(controller) {
          const piece = bytes.slice(at, at + size)
          at += size
          if (piece.length > 0) controller.enqueue(piece)
          else if (breaks) controller.error(new TypeError('terminated'))
          else controller.close()
        },
      },
      { highWaterMark: 0 },
    )
  }
  const answering = (body: () => ReadableStream<Uint8Array>) => async () =>
    new Response(body(), { headers: { 'content-type': 'text/event-stream' } })
  const hooked = (body: () => ReadableStream<Uint8Array>, version?: string) =>
    completionsFetch({ fetch: answering(body) })(URL_OF_COMPLETE, post({ stream: true }, version))
  const namesOf = (text: string): string[] =>
    [...text.matchAll(/^event: (\w+)/gm)].map(([, name = '']) => name)

  test.each(['\n', '\r\n', '\r'])('are read with line ends %j, in pieces of any size', async lineEnd => {
    const sent = write([start, block, ping, text('a'), text('b'), ...end], lineEnd)
    for (const size of [1, 2, 3, 7, sent.length]) {
      const client = open({ fetch: answering(() => bodyOf(sent, size)) })
      expect((await client.completions.stream(params).finalCompletion()).completion).toBe(' ab')
    }
  })

  test('that end in a lone carriage return are whole', async () => {
    const sent = write([start, block, text('a'), ...end], '\r')
    expect(sent.endsWith('\r\r')).toBe(true)
    const client = open({ fetch: answering(() => bodyOf(sent)) })
    expect((await client.completions.create({ ...params, stream: true })).controller).toBeDefined()
    expect((await client.completions.stream(params).finalCompletion()).completion).toBe(' a')
  })

  test('with a second message_start are an error', async () => {
    const client = open({
      fetch: answering(() => bodyOf(write([start, block, text('a'), start, text('b'), ...end]))),
    })
    const error = await caught(() => client.completions.stream(params).finalCompletion())
    expect(error).toBeInstanceOf(UnreadableReplyError)
    expect(error).toMatchObject({ partialText: ' a' })
  })

  test.each(['2023-06-01', '2023-01-01'])('of version %s never begin with a ping', async version => {
    const streams = [
      [start, block, ping, text('a'), text('b'), ...end],
      [ping, start, ping, block, ping, text('a'), ping, text('b'), ping, ...end],
      [start, ping, block, text('a'), ...end],
      [ping, start, ping, ping, ping, block, ...end],
    ]
    for (const events of streams) {
      for (const size of [1, 50, 100_000]) {
        const sent = await (await hooked(() => bodyOf(write(events), size), version)).text()
        expect(sent.slice(0, 12)).not.toContain('event: ping')
      }
    }
  })

  test('are completion, completion, ping, as recorded streams are', async () => {
    const sent = await (
      await hooked(() => bodyOf(write([start, block, ping, text('a'), text('b'), ...end])))
    ).text()
    expect(namesOf(sent)).toEqual(['completion', 'completion', 'ping', 'completion'])
  })

  test('of 2023-01-01 break where the transport does, and hold no error', async () => {
    for (const breaks of [true, false]) {
      const response = await hooked(() => bodyOf(write([start, block, text('a')]), 40, breaks), '2023-01-01')
      const pieces: string[] = []
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      const error = await caught(async () => {
        for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read())
          pieces.push(piece.value)
      })
      expect(error).toBeInstanceOf(Error)
      expect(pieces.join('')).not.toContain('error')
    }
  })

  test('of 2023-01-01 never repeat a text before the end', async () => {
    const events = [start, block, text('a'), text(''), text('b'), text(''), ...end]
    const sent = await (await hooked(() => bodyOf(write(events)), '2023-01-01')).text()
    const data = [...sent.matchAll(/^data: (\{.*)$/gm)].map(([, json = '']) => JSON.parse(json))
    expect(data.map(({ completion, stop_reason }) => [completion, stop_reason])).toEqual([
      [' a', null],
      [' ab', null],
      [' ab', 'stop_sequence'],
    ])
  })
})
