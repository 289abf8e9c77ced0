import {
  Anthropic,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'legacy-completions'
import { createEmulator, type Emulator, type Reply } from 'legacy-completions/emulator'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { delta, messageJson, START, serve, serveBytes } from '../../support/raw-server.ts'
import { adaptersOfOneDialect, params } from './adapters.ts'
import { beginnings, collect, failure, soon, until } from './outcomes.ts'

/** A refusal with exactly these headers; it asks for hardly any delay. */
const refusal = (status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  body: '{"type":"error","error":{"type":"e","message":"m"}}',
  headers: { 'retry-after-ms': '1', ...headers },
})

describe.each(adaptersOfOneDialect)('through $name', ({ open, params, speech, transport }) => {
  // All roads are tried again by the same hand: through the slower adapter, one of them shows that it is at work.
  const tried = Object.entries(beginnings).slice(0, transport === 'HTTP' ? 1 : undefined)
  describe.each(tried)('%s', (_, road) => {
    test.each([408, 409, 429, 500, 502, 503, 504, 520, 529, 599])('%i is tried twice more', async status => {
      const { client, emulator } = await open({ reply: refusal(status) })
      const error = await failure(() => road(client, params), APIError)
      expect(error.status).toBe(status)
      // The body of the last answer is still read.
      expect(error.error).toMatchObject({ error: { message: 'm' } })
      expect(emulator.requests).toHaveLength(3)
    })

    test.each([400, 401, 402, 403, 404, 410, 413, 418, 422])('%i is not', async status => {
      const { client, emulator } = await open({ reply: refusal(status) })
      expect((await failure(() => road(client, params), APIError)).status).toBe(status)
      expect(emulator.requests).toHaveLength(1)
    })

    const wishes: readonly [number, string, number][] = [
      [400, 'true', 3],
      [500, 'false', 1],
      [500, 'true', 3],
      [429, 'false', 1],
      [500, 'perhaps', 3],
      [400, 'perhaps', 1],
    ]
    test.each(wishes)('%i with x-should-retry: %s makes %i requests', async (status, wish, requests) => {
      const { client, emulator } = await open({ reply: refusal(status, { 'x-should-retry': wish }) })
      await failure(() => road(client, params), APIError)
      expect(emulator.requests).toHaveLength(requests)
    })

    test('a success after two failures is a success, of the same request', async () => {
      const { client, emulator } = await open()
      emulator.reply(refusal(529), refusal(500), 'Hi.')
      expect((await road(client, params)).completion).toBe(' Hi.')
      const [first, ...others] = emulator.requests
      expect(others).toHaveLength(2)
      for (const [index, { headers, ...other }] of others.entries()) {
        const { 'x-stainless-retry-count': count, ...same } = headers
        expect({ ...other, headers: same, aborted: 0 }).toEqual({ ...first, aborted: 0 })
        expect(count).toBe(`${index + 1}`)
      }
    })

    test.each([
      [0, undefined, 1],
      [1, undefined, 2],
      [undefined, 0, 1],
      [undefined, 4, 5],
      [0, 1, 2],
      [3, 0, 1],
    ])('maxRetries %s of the client and %s of the call make %i requests', async (ofClient, ofCall, count) => {
      const { connect, emulator } = await open({ reply: refusal(500) })
      const client = connect({ maxRetries: ofClient })
      await failure(() => road(client, params, { maxRetries: ofCall }), APIError)
      expect(emulator.requests).toHaveLength(count)
    })

    const SILENT = { responseDelayMs: 60_000 }

    test('a server that does not answer in time', async () => {
      const { client, emulator } = await open({ reply: { text: 'Hi.', faults: SILENT } })
      const error = await soon(
        failure(() => road(client, params, { timeout: 50, maxRetries: 0 }), APIConnectionTimeoutError),
      )
      expect(error.message).toBe('Request timed out.')
      expect(error.status).toBeUndefined()
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })

    test('an abort ends the wait for the next try', async () => {
      const { client, emulator } = await open({
        reply: refusal(529, { 'retry-after-ms': '', 'retry-after': '59' }),
      })
      const caller = new AbortController()
      const call = failure(() => road(client, params, { signal: caller.signal }), APIUserAbortError)
      await until(() => emulator.requests.length === 1)
      setTimeout(() => caller.abort(), 10)
      await soon(call)
      expect(emulator.requests).toHaveLength(1)
    })
  })

  const streamed = { ...params, stop_sequences: ['\n'] }

  describe('never once a reply has begun', () => {
    // To a whole reply nothing is streamed by the legacy endpoint: that case is the next one.
    test.each(Object.entries(beginnings).slice(speech === 'messages' ? 0 : 1))('%s', async (_, road) => {
      const faults = { cutAfterBytes: 1500 }
      const { client, emulator } = await open({ reply: { text: 'word '.repeat(100), faults } })
      const error = await failure(() => road(client, streamed), APIConnectionError)
      expect(error.partialText).toMatch(/^( word)+/)
      expect(emulator.requests).toHaveLength(1)
    })

    test('a whole reply that breaks off', async () => {
      const { client, emulator } = await open({ reply: { text: 'Hi.', faults: { cutAfterBytes: 20 } } })
      await failure(() => client.completions.create(params), APIConnectionError)
      expect(emulator.requests).toHaveLength(1)
    })
  })
})

// These wait for real time: each endpoint has them once, and each transport.
const waiting = adaptersOfOneDialect.filter(
  ({ speech, transport }) => (speech === 'messages') === (transport === 'HTTP'),
)

describe.each(waiting)('through $name', ({ open, params, speech }) => {
  const streamed = { ...params, stop_sequences: ['\n'] }

  test('a server that answers in time when it is asked again', async () => {
    const { connect, emulator } = await open()
    emulator.reply({ text: 'Late.', faults: { responseDelayMs: 60_000 } }, 'Hi.')
    const client = connect({ timeout: 200, maxRetries: 1 })
    expect((await client.completions.create(params)).completion).toBe(' Hi.')
    expect(emulator.requests).toHaveLength(2)
  })

  describe('the timeout also bounds', () => {
    const cases: readonly [string, object, number][] = [
      ['a whole reply that stops in the middle', params, 20],
      ['a whole reply that is streamed upstream, and stops in the middle', streamed, 1500],
    ]
    // The legacy endpoint is never asked to stream a whole reply.
    test.each(cases.slice(0, speech === 'messages' ? 2 : 1))('%s', async (_, given, stallAfterBytes) => {
      const { client, emulator } = await open({
        reply: { text: 'word '.repeat(100), faults: { stallAfterBytes } },
      })
      const call = failure(
        () => client.completions.create({ ...params, ...given }, { timeout: 100 }),
        APIConnectionTimeoutError,
      )
      expect((await soon(call)).message).toBe('Request timed out.')
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })

    test('a whole reply that comes one drop at a time', async () => {
      const { client, emulator } = await open({
        // As a stream from the Messages API, and in small pieces of one JSON from the legacy endpoint.
        reply: { text: 'word '.repeat(10_000), faults: { delayMs: 10, chunkBytes: 100 } },
      })
      const call = failure(
        () => client.completions.create({ ...streamed, max_tokens_to_sample: 50_000 }, { timeout: 100 }),
        APIConnectionTimeoutError,
      )
      await soon(call)
      await until(() => emulator.requests[0]?.aborted === true)
    })

    test('does not limit an endless stream, as in the old SDK', async () => {
      const { client } = await open({ reply: { text: 'a b c d e f g h i j', faults: { delayMs: 20 } } })
      const chunks = await collect(client.completions.stream(params, { timeout: 100 }))
      expect(chunks).toHaveLength(11)
    })
  })
})

describe('connections', () => {
  test('one that is reset is tried again', async () => {
    const server = await serveBytes((socket, connection) => {
      if (connection === 1) socket.resetAndDestroy()
      else {
        const body = messageJson()
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        )
      }
    })
    expect((await server.client().completions.create(params)).completion).toBe(' Hi.')
    expect(server.sockets()).toBe(2)
  })

  test('one that is always reset fails after its last try', async () => {
    const server = await serveBytes(socket => socket.resetAndDestroy())
    const { completions } = server.client({ maxRetries: 1 })
    const error = await failure(() => completions.create(params), APIConnectionError)
    expect(error.message).toBe('Connection error.')
    expect(error.cause).toBeInstanceOf(Error)
    expect(server.sockets()).toBe(2)
  })

  test('one that is closed after half the head of an answer is tried again', async () => {
    const server = await serveBytes((socket, connection) => {
      if (connection === 1) socket.end('HTTP/1.1 200 OK\r\ncontent-ty')
      else {
        const body =
          START +
          delta('Hi') +
          'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
        socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${body}`)
      }
    })
    const final = await server.client().completions.stream(params).finalCompletion()
    expect(final.completion).toBe(' Hi')
    expect(server.sockets()).toBe(2)
  })

  test('a server that says it keeps a connection, and closes it, is asked on another one', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(messageJson(), () => response.socket?.destroy())
    })
    const { completions } = server.client({ maxRetries: 0 })
    for (let call = 0; call < 10; call++) {
      expect((await completions.create(params)).completion).toBe(' Hi.')
    }
  })
})

describe('the delay', () => {
  // Without a server's hint, the delays are long. The tests use fake timers.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2026, 10, 23, 12) })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const immediately = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

  /** Lets everything happen that waits for no timer. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await immediately()
  }

  /** When each request after the first was made, in milliseconds after the one before. */
  async function delays(headers: Record<string, string>, retries = 1): Promise<number[]> {
    const emulator: Emulator = createEmulator({ reply: { status: 500, body: '{}', headers } })
    const client = new Anthropic({
      apiKey: 'k',
      baseURL: 'http://emulator.test',
      fetch: emulator.fetch,
      maxRetries: retries,
    })
    const call = failure(() => client.completions.create(params), APIError)
    const found: number[] = []
    await settle()
    for (let made = 1; made <= retries; made++) {
      expect(emulator.requests).toHaveLength(made)
      const start = Date.now()
      await vi.advanceTimersToNextTimerAsync()
      await settle()
      expect(emulator.requests).toHaveLength(made + 1)
      found.push(Date.now() - start)
    }
    await call
    return found
  }

  const asked: readonly [Record<string, string>, number][] = [
    [{ 'retry-after-ms': '1234' }, 1234],
    [{ 'retry-after-ms': '1234.5', 'retry-after': '9' }, 1234],
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '60' }, 60_000],
    [{ 'Retry-After': 'Mon, 23 Nov 2026 12:00:09 GMT' }, 9000],
  ]
  test.each(asked)('%j is obeyed', async (headers, milliseconds) => {
    const [delay] = await delays(headers)
    expect(Math.floor(delay ?? 0)).toBe(milliseconds)
  })

  const senseless: readonly Record<string, string>[] = [
    {},
    { 'retry-after': '' },
    { 'retry-after': 'soon' },
    { 'retry-after': '-5' },
    { 'retry-after': '0' },
    { 'retry-after': '61' },
    { 'retry-after': '1e9' },
    { 'retry-after': 'Infinity' },
    { 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' },
    { 'retry-after': 'Mon, 23 Nov 2099 11:00:00 GMT' },
    { 'retry-after-ms': 'soon' },
    { 'retry-after-ms': '-1' },
    { 'retry-after-ms': '99999999' },
    // ky's own rules would wait for these.
    { 'ratelimit-reset': '30' },
    { 'x-ratelimit-reset': '30' },
    { 'x-rate-limit-reset': '4102444800' },
  ]
  test.each(senseless)('does not wait long for %j', async headers => {
    const [delay = 0] = await delays(headers)
    expect(delay).toBeGreaterThanOrEqual(375)
    expect(delay).toBeLessThanOrEqual(500)
  })

  test('that a server asked for counts once, and not for a connection that fails after it', async () => {
    let calls = 0
    const client = new Anthropic({
      apiKey: 'k',
      fetch: async () => {
        calls += 1
        if (calls > 1) throw new TypeError('fetch failed')
        return new Response('{}', { status: 500, headers: { 'retry-after': '30' } })
      },
    })
    const call = failure(() => client.completions.create(params), APIConnectionError)
    await settle()
    await vi.advanceTimersByTimeAsync(30_000)
    await settle()
    expect(calls).toBe(2)
    await vi.advanceTimersByTimeAsync(1000)
    await settle()
    expect(calls).toBe(3)
    await call
  })

  test('doubles, up to eight seconds, less up to a quarter', async () => {
    const found = await delays({}, 7)
    const longest = [500, 1000, 2000, 4000, 8000, 8000, 8000]
    expect(found.map((delay, index) => delay <= (longest[index] ?? 0))).toEqual(found.map(() => true))
    expect(found.map((delay, index) => delay >= 0.75 * (longest[index] ?? 0) - 1)).toEqual(
      found.map(() => true),
    )
  })
})
