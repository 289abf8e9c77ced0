import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AI_PROMPT, type Diagnostic, HUMAN_PROMPT, rollout } from 'legacy-completions'
import {
  createEmulator,
  type EmulatorOptions,
  type RunningEmulator,
  startEmulator,
} from 'legacy-completions/emulator'
import {
  type CompletionsFetch,
  type CompletionsFetchOptions,
  completionsFetch,
  type Fetch,
  installCompletionsFetch,
} from 'legacy-completions/fetch'
import { createProxy } from 'legacy-completions/proxy'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { failure, soon, until } from '../client/outcomes.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const URL_OF_COMPLETE = 'http://emulator.test/v1/complete'
const HELLO = { deltas: ['Hello', '!'] }
const body = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}`,
}
const HEADERS = {
  'content-type': 'application/json',
  'x-api-key': 'test-key',
  'anthropic-version': '2023-06-01',
} as const

/** A request of the legacy endpoint, as a client writes one. */
const post = (params: object = {}, init: RequestInit = {}): RequestInit => ({
  method: 'POST',
  headers: HEADERS,
  body: JSON.stringify({ ...body, ...params }),
  ...init,
})

function open(options: EmulatorOptions = { reply: HELLO }, adapter: CompletionsFetchOptions = {}) {
  const emulator = createEmulator(options)
  return { emulator, fetch: completionsFetch({ fetch: emulator.fetch, ...adapter }) }
}

async function listening(options: EmulatorOptions = { reply: HELLO }): Promise<RunningEmulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

/** A hook over a fetch that writes down what it was called with, and gives always the same answer. */
function spying(answer = Response.json({ id: 'x' })) {
  const calls: Parameters<Fetch>[] = []
  const fetch = completionsFetch({
    async fetch(...given) {
      calls.push(given)
      return answer
    },
  })
  return { fetch, calls, answer }
}

describe('everything else passes through', () => {
  const elsewhere: readonly [title: string, input: string | URL | Request, init?: RequestInit][] = [
    ['another path', 'http://a.test/v1/messages', { method: 'POST', body: '{}' }],
    ['a path that only begins alike', 'http://a.test/v1/complete/more', { method: 'POST', body: '{}' }],
    ['a path that only ends alike', 'http://a.test/v1/autocomplete', { method: 'POST', body: '{}' }],
    ['a GET', 'http://a.test/v1/complete'],
    ['a HEAD', 'http://a.test/v1/complete', { method: 'HEAD' }],
    ['a URL object', new URL('http://a.test/v1/models')],
    ['a Request', new Request('http://a.test/v1/messages', { method: 'POST', body: '{}' })],
    ['a relative URL', '/v1/complete', { method: 'POST', body: '{}' }],
    ['an invalid URL', 'http://', { method: 'POST', body: '{}' }],
  ]
  test.each(elsewhere.map(([title, input, init]) => ({ title, input, init })))('$title', async one => {
    const { input, init } = one
    const { fetch, calls, answer } = spying()
    expect(await fetch(input, init)).toBe(answer)
    expect(calls).toHaveLength(1)
    expect(calls[0]?.[0]).toBe(input)
    if (init !== undefined) expect(calls[0]?.[1]).toBe(init)
  })

  it('also what the fetch rejects with', async () => {
    const own = new RangeError('no network today')
    const fetch = completionsFetch({ fetch: () => Promise.reject(own) })
    expect(await failure(() => fetch('http://a.test/'), RangeError)).toBe(own)
    expect(await failure(() => fetch(URL_OF_COMPLETE, post()), RangeError)).toBe(own)
  })

  it('also an error response, unchanged', async () => {
    const { fetch, calls, answer } = spying(Response.json({ error: {} }, { status: 529 }))
    expect(await fetch(URL_OF_COMPLETE, post())).toBe(answer)
    expect(calls).toHaveLength(1)
  })
})

describe('the request', () => {
  it('goes to the Messages API, under the same base and query', async () => {
    const { fetch, calls } = spying()
    await fetch('http://a.test/proxy/v1/complete?team=search', post())
    expect(calls[0]?.[0]).toBe('http://a.test/proxy/v1/messages?team=search')
  })

  it('keeps its headers, but for those that tell of its body', async () => {
    const { emulator, fetch } = open()
    const headers = { ...HEADERS, 'content-length': '7', 'x-team': 'search' }
    await fetch(URL_OF_COMPLETE, post({}, { headers }))
    const [request] = emulator.requests
    expect(request?.path).toBe('/v1/messages')
    expect(request?.headers).toMatchObject({ 'x-team': 'search', 'x-api-key': 'test-key' })
    expect(request?.headers['content-length']).not.toBe('7')
  })

  it('keeps the type of its headers, the case of its method, and its other options', async () => {
    const modern = spying()
    await modern.fetch(
      URL_OF_COMPLETE,
      post({}, { headers: new Headers(HEADERS), method: 'post', cache: 'no-store' }),
    )
    const [, init] = modern.calls[0] ?? []
    expect(init).toMatchObject({ method: 'post', cache: 'no-store', headers: expect.any(Headers) })

    // Not every fetch knows the Headers of the platform.
    const old = spying()
    await old.fetch(URL_OF_COMPLETE, post({}, { headers: Object.entries(HEADERS) }))
    expect(old.calls[0]?.[1]?.headers).toEqual(HEADERS)
  })

  it('does not change what it was given', async () => {
    const { fetch } = open()
    const url = new URL(URL_OF_COMPLETE)
    const init = Object.freeze(post({}, { headers: Object.freeze({ ...HEADERS }) }))
    await fetch(url, init)
    expect(url.href).toBe(URL_OF_COMPLETE)
  })

  const versions: readonly [given: string | undefined, sent: string][] = [
    ['2023-06-01', '2023-06-01'],
    ['2026-10-21', '2026-10-21'],
    // These are of the time before the Messages API.
    ['2023-01-01', '2023-06-01'],
    [undefined, '2023-06-01'],
  ]
  test.each(versions)('of version %s is sent as %s', async (given, sent) => {
    const { emulator, fetch } = open()
    const { 'anthropic-version': _, ...rest } = HEADERS
    await fetch(
      URL_OF_COMPLETE,
      post({}, { headers: given ? { ...rest, 'anthropic-version': given } : rest }),
    )
    expect(emulator.requests[0]?.headers['anthropic-version']).toBe(sent)
  })

  const text = JSON.stringify(body)
  const bodies: Readonly<Record<string, () => Parameters<Fetch>>> = {
    'a text': () => [URL_OF_COMPLETE, post()],
    bytes: () => [URL_OF_COMPLETE, post({}, { body: new TextEncoder().encode(text) })],
    'a Blob': () => [URL_OF_COMPLETE, post({}, { body: new Blob([text]) })],
    'a stream': () => [URL_OF_COMPLETE, post({}, { body: new Blob([text]).stream(), ...{ duplex: 'half' } })],
    'a URL object': () => [new URL(URL_OF_COMPLETE), post()],
    'a Request': () => [new Request(URL_OF_COMPLETE, post())],
    'a Request, and a body of its own': () => [
      new Request(URL_OF_COMPLETE, post({ prompt: 'of no turns' })),
      { body: text },
    ],
  }
  test.each(Object.entries(bodies))('is read from %s', async (_, given) => {
    const { emulator, fetch } = open()
    const response = await fetch(...given())
    expect(await response.json()).toMatchObject({ completion: ' Hello!' })
    expect(emulator.requests[0]?.headers).toMatchObject({ 'x-api-key': 'test-key' })
  })

  it('of a Request leaves that unread', async () => {
    const { fetch } = open()
    const request = new Request(URL_OF_COMPLETE, post())
    await fetch(request)
    expect(request.bodyUsed).toBe(false)
  })

  it('can be one of node-fetch', async () => {
    const { emulator, fetch } = open()
    const request = {
      url: URL_OF_COMPLETE,
      method: 'POST',
      headers: new Map(Object.entries(HEADERS)),
      clone: () => new Response(text),
    }
    expect(await (await fetch(request)).json()).toMatchObject({ completion: ' Hello!' })
    expect(await (await fetch({ href: URL_OF_COMPLETE }, post())).json()).toMatchObject({
      type: 'completion',
    })
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/messages'])
  })
})

describe('a refusal made here', () => {
  const NOT_UTF8 = Buffer.from(
    JSON.stringify({ ...body, prompt: '\n\nHuman: Grüße\n\nAssistant:' }),
    'latin1',
  )
  const refusals: readonly [title: string, body: BodyInit, says: RegExp][] = [
    ['of a bad prompt', JSON.stringify({ ...body, prompt: 'Hi' }), /^prompt must start with/],
    [
      'of an unknown field',
      JSON.stringify({ ...body, max_tokens: 1 }),
      /^max_tokens: extra fields not permitted/,
    ],
    ['of what is no JSON', '{', /^The request body is not valid JSON$/],
    ['of what is no UTF-8', NOT_UTF8, /^The request body is not valid JSON$/],
    ['of nothing at all', '', /^The request body is not valid JSON$/],
    ['of a JSON that is no object', '7', /field required/],
    ['of null', 'null', /field required/],
  ]
  test.each(refusals)('%s is the one that the server would have sent', async (_, body, says) => {
    const { emulator, fetch } = open()
    const response = await fetch(URL_OF_COMPLETE, post({}, { body }))
    expect([response.status, response.statusText]).toEqual([400, 'Bad Request'])
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringMatching(says) },
    })
    expect(emulator.requests).toEqual([])
  })
})

describe('a whole answer', () => {
  it('is what the legacy endpoint would have sent, under the headers of the real one', async () => {
    const { fetch } = open()
    const response = await fetch(URL_OF_COMPLETE, post())
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('request-id')).toMatch(/^req_/)
    expect(response.headers.get('content-length')).toBeNull()
    const completion = await response.json()
    expect(Object.keys(completion)).toEqual([
      'type',
      'id',
      'completion',
      'stop_reason',
      'model',
      'stop',
      'log_id',
    ])
    expect(completion).toMatchObject({
      completion: ' Hello!',
      stop_reason: 'stop_sequence',
      stop: HUMAN_PROMPT,
    })
  })

  it('has the fields of 2023-01-01 where that is asked for', async () => {
    const { fetch } = open()
    const headers = { ...HEADERS, 'anthropic-version': '2023-01-01' }
    const completion = await (await fetch(URL_OF_COMPLETE, post({}, { headers }))).json()
    expect(completion).toEqual({
      completion: ' Hello!',
      stop: HUMAN_PROMPT,
      stop_reason: 'stop_sequence',
      truncated: false,
      log_id: expect.any(String),
      model: 'claude-opus-4-8',
      exception: null,
    })
  })

  const broken: readonly [title: string, reply: EmulatorOptions['reply'], status: number, says: RegExp][] = [
    ['cut', { text: 'Hello', faults: { cutAfterBytes: 20 } }, 502, /in the middle/],
    ['damaged', { text: 'Hello', faults: { corruptAt: 20 } }, 502, /not UTF-8/],
    ['a page', { body: '<h1>Hi</h1>', contentType: 'text/html' }, 502, /is not JSON/],
    ['of another grammar', { body: '{"choices":[]}' }, 502, /not a message/],
    ['a failure of status 200', { body: '{"type":"error","error":{"type":"overloaded_error"}}' }, 529, /^$/],
  ]
  test.each(broken)('that is %s is one of status 5xx', async (_, reply, status, says) => {
    const { fetch } = open({ reply: reply ?? '' })
    const response = await fetch(URL_OF_COMPLETE, post())
    expect(response.status).toBe(status)
    expect(response.headers.get('request-id')).toMatch(/^req_/)
    const { type, error } = await response.json()
    expect(type).toBe('error')
    expect(error.message ?? '').toMatch(says)
  })

  it('that had to be streamed, and fails in the middle, has the status of its failure', async () => {
    const { fetch } = open({
      reply: { ...HELLO, streamError: { type: 'overloaded_error', message: 'Overloaded' } },
    })
    const response = await fetch(URL_OF_COMPLETE, post({ stop_sequences: ['\n\n'] }))
    expect(response.status).toBe(529)
    expect(await response.json()).toMatchObject({
      error: { type: 'overloaded_error', message: 'Overloaded' },
    })
  })
})

const ENDING = '"stop_reason":"stop_sequence","model":"claude-opus-4-8","stop":"\\n\\nHuman:"'

/** The bytes of a stream, with the ids that change taken out, as they came. */
async function piecesOf(response: Response): Promise<string[]> {
  const pieces: string[] = []
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    pieces.push(decoder.decode(bytes).replaceAll(/compl_\w+/g, 'compl_…'))
  }
  return pieces
}

describe('a stream', () => {
  const chunk = (
    completion: string,
    end = '"stop_reason":null,"model":"claude-opus-4-8","stop":null',
  ): string =>
    `event: completion\r\ndata: {"type":"completion","id":"compl_…","completion":"${completion}",${end},"log_id":"compl_…"}\r\n\r\n`

  it('is named events, each written whole', async () => {
    const { fetch } = open({ reply: HELLO, pings: false })
    const response = await fetch(URL_OF_COMPLETE, post({ stream: true }))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('request-id')).toMatch(/^req_/)
    expect(await piecesOf(response)).toEqual([chunk(' Hello'), chunk('!'), chunk('', ENDING)])
  })

  it('is the same when its bytes come one by one', async () => {
    const { fetch } = open({ reply: { ...HELLO, faults: { chunkBytes: 1 } }, pings: false })
    const pieces = await piecesOf(await fetch(URL_OF_COMPLETE, post({ stream: true })))
    expect(pieces).toEqual([chunk(' Hello'), chunk('!'), chunk('', ENDING)])
  })

  it('begins with two completions, as recorded streams do, and sends the ping after them', async () => {
    const { fetch } = open()
    const pieces = await piecesOf(await fetch(URL_OF_COMPLETE, post({ stream: true })))
    const ping = 'event: ping\r\ndata: {"type": "ping"}\r\n\r\n'
    expect(pieces).toEqual([chunk(' Hello'), chunk('!') + ping, chunk('', ENDING)])
  })

  it('is unnamed events of all text so far, and [DONE], in 2023-01-01', async () => {
    const { fetch } = open({ reply: HELLO, pings: false })
    const headers = { ...HEADERS, 'anthropic-version': '2023-01-01' }
    const pieces = await piecesOf(await fetch(URL_OF_COMPLETE, post({ stream: true }, { headers })))
    expect(pieces.every(piece => piece.startsWith('data: ') && piece.endsWith('\r\n\r\n'))).toBe(true)
    const data = pieces.map(piece => piece.slice('data: '.length).trim())
    expect(data.pop()).toBe('[DONE]')
    expect(data.map(one => JSON.parse(one)).map(({ completion, stop }) => [completion, stop])).toEqual([
      [' Hello', null],
      [' Hello!', null],
      [' Hello!', HUMAN_PROMPT],
    ])
  })

  it('has no character that an old client ends a line at', async () => {
    const { fetch } = open({ reply: { deltas: ['a\u2028b', '\u0085c\u2029'] } })
    const text = (await piecesOf(await fetch(URL_OF_COMPLETE, post({ stream: true })))).join('')
    expect(text).not.toMatch(/[\u0085\u2028\u2029]/)
    expect(text).toContain('a\\u2028b')
  })

  const failures: readonly [title: string, reply: EmulatorOptions['reply'], says: unknown][] = [
    [
      'that fails',
      { ...HELLO, streamError: { type: 'overloaded_error', message: 'Overloaded' } },
      { type: 'overloaded_error', message: 'Overloaded' },
    ],
    [
      'that is cut',
      { ...HELLO, faults: { cutAfterBytes: 700 } },
      { type: 'api_error', message: expect.stringContaining('incomplete') },
    ],
    [
      'that just ends',
      { ...HELLO, faults: { endAfterBytes: 700 } },
      { type: 'api_error', message: expect.stringContaining('incomplete') },
    ],
    [
      'that is damaged',
      { ...HELLO, faults: { corruptAt: 700 } },
      { type: 'api_error', message: expect.stringContaining('not UTF-8') },
    ],
    [
      'that fails with no JSON',
      { body: 'event: error\ndata: Overloaded\n\n' },
      { type: 'api_error', message: 'Overloaded' },
    ],
  ]
  test.each(failures)('%s ends in an error event', async (_, reply, error) => {
    const { fetch } = open({ reply: reply ?? '' })
    const pieces = await piecesOf(await fetch(URL_OF_COMPLETE, post({ stream: true })))
    const last = /^event: error\r\ndata: (.*)\r\n\r\n$/.exec(pieces.at(-1) ?? '')?.[1]
    expect(JSON.parse(last ?? 'null')).toMatchObject({ type: 'error', error })
  })

  it('ends at a stop that is enforced here, and so does the request', async () => {
    const emulator = await listening({
      reply: { deltas: ['One.', '\n\nTwo', ' Three'], faults: { delayMs: 30 } },
    })
    const fetch = completionsFetch()
    const response = await fetch(
      `${emulator.url}/v1/complete`,
      post({ stream: true, stop_sequences: ['\n\n'] }),
    )
    expect((await piecesOf(response)).join('')).toContain('"stop":"\\n\\n"')
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })
})

describe('who leaves', () => {
  const slow = { deltas: ['one', ' two', ' three'], faults: { delayMs: 40 } }
  const silent = { deltas: ['one', ' two'], faults: { stallAfterBytes: 900 } }

  async function started(reply: EmulatorOptions['reply'], init: RequestInit = {}) {
    const emulator = await listening({ reply: reply ?? '' })
    const fetch = completionsFetch()
    const answer = fetch(`${emulator.url}/v1/complete`, post({ stream: true }, init))
    return { emulator, answer }
  }

  test('before the response rejects the fetch', async () => {
    const { fetch } = open()
    const signal = AbortSignal.abort(new RangeError('enough'))
    await failure(() => fetch(URL_OF_COMPLETE, post({}, { signal })), RangeError)
  })

  test.each([false, true])('in the middle finds its own reason in the body (stream: %s)', async stream => {
    const emulator = await listening({ reply: silent })
    const fetch = completionsFetch()
    const caller = new AbortController()
    const init = post({ stream, stop_sequences: ['\n\n'] }, { signal: caller.signal })
    const text = fetch(`${emulator.url}/v1/complete`, init).then(response => response.text())
    await until(() => emulator.requests.length > 0)
    setTimeout(() => caller.abort(new RangeError('enough')), 50)
    expect((await failure(() => soon(text), RangeError)).message).toBe('enough')
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  test('with a Request leaves by the signal of that', async () => {
    const emulator = await listening({ reply: slow })
    const caller = new AbortController()
    const request = new Request(`${emulator.url}/v1/complete`, post({}, { signal: caller.signal }))
    const answer = completionsFetch()(request)
    await until(() => emulator.requests.length > 0)
    caller.abort()
    expect((await failure(() => soon(answer), DOMException)).name).toBe('AbortError')
  })

  test.each([
    ['completionsFetch', completionsFetch()],
    ['createProxy', undefined],
  ])('with a Request that nobody holds any more leaves all the same: %s', async (_, hook) => {
    const emulator = await listening({ reply: silent })
    const fetch = hook ?? createProxy({ upstream: emulator.url })
    const caller = new AbortController()
    const asked = (): Request =>
      new Request(`${emulator.url}/v1/complete`, post({ stream: true }, { signal: caller.signal }))
    const text = (await fetch(asked())).text()
    for (let turn = 0; turn < 5; turn++) {
      collectGarbage()
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    caller.abort()
    expect((await failure(() => soon(text), DOMException)).name).toBe('AbortError')
  })

  test.each([
    ['talks', slow],
    ['is silent', silent],
  ])('by cancelling the body cancels the request, also while the server %s', async (_, reply) => {
    const { emulator, answer } = await started(reply)
    const reader = (await answer).body?.getReader()
    await reader?.read()
    const next = reader?.read()
    await soon(Promise.resolve(reader?.cancel()))
    expect(await next).toMatchObject({ done: true })
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })
})

it('reads no further ahead than its reader needs', async () => {
  let written = 0
  const encoder = new TextEncoder()
  const event = (value: { type: string; [field: string]: unknown }): Uint8Array =>
    encoder.encode(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`)
  const upstream = new ReadableStream<Uint8Array>({
    start(controller) {
      const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] }
      controller.enqueue(event({ type: 'message_start', message }))
      controller.enqueue(
        event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      )
    },
    pull(controller) {
      written += 1
      controller.enqueue(
        event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'word ' } }),
      )
    },
  })
  const answer = new Response(upstream, { headers: { 'content-type': 'text/event-stream' } })
  const { fetch } = spying(answer)
  const reader = (await fetch(URL_OF_COMPLETE, post({ stream: true }))).body?.getReader()
  for (let read = 1; read <= 20; read++) {
    await reader?.read()
    await new Promise(resolve => setTimeout(resolve, 1))
    expect(written - read).toBeLessThan(5)
  }
  await reader?.cancel()
})

describe('the endpoint', () => {
  it("stays 'complete' for any call", async () => {
    const { fetch, calls, answer } = spying()
    const untouched = completionsFetch({ fetch, endpoint: 'complete' })
    const through = completionsFetch({ endpoint: 'complete', fetch: spyOn(calls, answer) })
    const init = post({ prompt: 'of no turns' })
    expect(await through(URL_OF_COMPLETE, init)).toBe(answer)
    expect(calls[0]?.[0]).toBe(URL_OF_COMPLETE)
    expect(calls[0]?.[1]).toEqual(init)
    expect((await untouched(URL_OF_COMPLETE, init)).status).toBe(400)
  })

  it('is chosen call by call by a function, which sees the request', async () => {
    const { emulator, fetch } = open(
      { reply: HELLO },
      { endpoint: ({ metadata }) => (metadata?.user_id === 'old' ? 'complete' : 'messages') },
    )
    const call = (user_id: string) =>
      fetch(URL_OF_COMPLETE, post({ model: 'claude-2.1', metadata: { user_id } }))
    await call('old')
    await call('new')
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/complete', '/v1/messages'])
  })

  it('can be a share', async () => {
    const { emulator, fetch } = open({ reply: HELLO }, { endpoint: rollout(1) })
    await fetch(URL_OF_COMPLETE, post())
    expect(emulator.requests[0]?.path).toBe('/v1/messages')
  })

  it('throws what a function of the user throws', async () => {
    const own = new RangeError('mine')
    const { fetch } = open(
      {},
      {
        endpoint() {
          throw own
        },
      },
    )
    expect(await failure(() => fetch(URL_OF_COMPLETE, post()), RangeError)).toBe(own)
  })

  function spyOn(calls: Parameters<Fetch>[], answer: Response): Fetch {
    return async (...given) => {
      calls.push(given)
      return answer
    }
  }
})

describe('diagnostics', () => {
  async function codesOf(options: CompletionsFetchOptions): Promise<string[]> {
    const seen: Diagnostic[] = []
    const { fetch } = open(
      { reply: HELLO },
      { ...options, onDiagnostic: diagnostic => seen.push(diagnostic) },
    )
    for (let times = 0; times < 3; times++) await fetch(URL_OF_COMPLETE, post({ model: 'claude-2.1' }))
    await fetch(URL_OF_COMPLETE, post({ model: 'claude-2.0' }))
    return seen.map(({ code }) => code)
  }

  it('are reported once for each message, for all callers', async () => {
    expect(await codesOf({})).toEqual(['retired-model', 'retired-model'])
  })

  it('are made at every call where that is asked for', async () => {
    expect(await codesOf({ diagnosticsPer: 'call' })).toHaveLength(4)
  })
})

describe('options', () => {
  it('are checked when the hook is made', () => {
    const make = () => completionsFetch({ thinkingReserve: -1 })
    expect(make).toThrow('thinkingReserve must be a positive integer')
  })

  it('reach the translation', async () => {
    const { fetch } = open({ reply: HELLO }, { style: 'messages', prompts: 'repair' })
    const prompt = '\\n\\nHuman: Hello\\n\\nAssistant:'
    const completion = await (await fetch(URL_OF_COMPLETE, post({ prompt }))).json()
    expect(completion).toMatchObject({ completion: 'Hello!', stop_reason: 'end_turn' })
  })
})

describe('the global fetch', () => {
  /** Puts another in place of the global one, for one test. */
  function replaceGlobal(fetch: Fetch): void {
    const before = globalThis.fetch
    globalThis.fetch = fetch
    onTestFinished(() => {
      globalThis.fetch = before
    })
  }

  it('is looked up at each call', async () => {
    const fetch = completionsFetch()
    const { fetch: emulated } = createEmulator({ reply: HELLO })
    replaceGlobal(emulated)
    expect(await (await fetch(URL_OF_COMPLETE, post())).json()).toMatchObject({ completion: ' Hello!' })
  })

  it('is hooked, and is put back', async () => {
    const emulator = createEmulator({ reply: HELLO })
    replaceGlobal(emulator.fetch)
    const before = globalThis.fetch
    const undo = installCompletionsFetch()
    await fetch(URL_OF_COMPLETE, post())
    undo()
    expect(globalThis.fetch).toBe(before)
    await fetch(URL_OF_COMPLETE, post({ model: 'claude-2.1' }))
    undo()
    expect(globalThis.fetch).toBe(before)
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/complete'])
  })

  it('is hooked once more on top, and undone in any order', async () => {
    const emulator = createEmulator({ reply: HELLO })
    replaceGlobal(emulator.fetch)
    const before = globalThis.fetch
    const undoInner = installCompletionsFetch()
    const undoOuter = installCompletionsFetch({ style: 'messages' })
    const call = async () => (await fetch(URL_OF_COMPLETE, post({ model: 'claude-2.1' }))).json()
    // The outer one has translated it already: the inner one has nothing left to do.
    expect(await call()).toMatchObject({ stop_reason: 'end_turn' })
    undoInner()
    expect(await call()).toMatchObject({ stop_reason: 'end_turn' })
    undoOuter()
    expect(await call()).toMatchObject({ stop_reason: 'stop_sequence' })
    expect(emulator.requests.map(({ path }) => path)).toEqual([
      '/v1/messages',
      '/v1/messages',
      '/v1/complete',
    ])
    expect(globalThis.fetch).not.toBe(before)
  })

  it('is left alone by an undo when somebody has put another in its place', () => {
    const { fetch: emulated } = createEmulator()
    replaceGlobal(emulated)
    const undo = installCompletionsFetch()
    const theirs: Fetch = async () => new Response()
    globalThis.fetch = theirs
    undo()
    expect(globalThis.fetch).toBe(theirs)
  })

  it('reports a fetch that cannot be replaced', () => {
    const { fetch: emulated } = createEmulator()
    replaceGlobal(emulated)
    Object.defineProperty(globalThis, 'fetch', { writable: false })
    onTestFinished(() => {
      Object.defineProperty(globalThis, 'fetch', { writable: true })
    })
    expect(() => installCompletionsFetch()).toThrow(TypeError)
  })
})

it('is accepted as a fetch', () => {
  const hook: CompletionsFetch = completionsFetch()
  const asFetch: typeof globalThis.fetch = hook
  expect(asFetch).toBe(hook)
})

describe('a body that was read before', () => {
  const used = async (): Promise<Response> => {
    const response = Response.json({})
    await response.text()
    return response
  }
  const locked = async (): Promise<Response> => {
    const response = Response.json({})
    response.body?.getReader()
    return response
  }
  test.each([
    ['read', used],
    ['locked', locked],
  ])('by the fetch function is named: %s', async (_, fetch) => {
    const error = await failure(() => completionsFetch({ fetch })(URL_OF_COMPLETE, post()), Error)
    expect(error.message).toMatch(/^The body of the response has already been read\./)
  })

  test.each<[name: string, handler: (request: Request) => Promise<Response>]>([
    ['completionsFetch', request => open().fetch(request)],
    ['createProxy', request => createProxy()(request)],
  ])('by the program is named by %s', async (_, handler) => {
    const request = new Request(URL_OF_COMPLETE, post())
    await request.text()
    const error = await failure(() => handler(request), TypeError)
    expect(error.message).toMatch(/^The body of the request has already been read\./)
  })

  test('begins with a byte order mark, which is ignored', async () => {
    const { fetch } = open()
    expect((await fetch(URL_OF_COMPLETE, post({}, { body: `\uFEFF${JSON.stringify(body)}` }))).status).toBe(
      200,
    )
  })
})
