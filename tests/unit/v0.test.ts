import type { Diagnostic } from 'legacy-completions'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import {
  AI_PROMPT,
  Client,
  type CompletionResponse,
  HUMAN_PROMPT,
  type SamplingParameters,
  type V0ClientOptions,
} from 'legacy-completions/v0'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { failure, soon, until } from './client/outcomes.ts'

const params: SamplingParameters = {
  prompt: `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}`,
  model: 'claude-v1',
  max_tokens_to_sample: 200,
  stop_sequences: [HUMAN_PROMPT],
}
const HELLO = { deltas: ['Hello', '!'] }
const SLOW = { deltas: ['one', ' two', ' three', ' four'], faults: { delayMs: 30 } }

interface FirstGeneration {
  emulator: RunningEmulator
  client: Client
  connect(options?: V0ClientOptions, key?: string): Client
}

async function open(options: EmulatorOptions = { reply: HELLO }): Promise<FirstGeneration> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  const connect: FirstGeneration['connect'] = (given, key = 'test-key') =>
    new Client(key, { apiUrl: emulator.url, ...given })
  return { emulator, client: connect(), connect }
}

/** What a promise rejects with that need not be an Error. */
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  soon(
    promise.then(
      value => {
        throw new Error(`not a failure: ${JSON.stringify(value)}`)
      },
      (reason: unknown) => reason,
    ),
  )

it('has the constants of its time', () => {
  expect([HUMAN_PROMPT, AI_PROMPT]).toEqual(['\n\nHuman:', '\n\nAssistant:'])
})

it.each([
  ['https://user:secret@api.test', 'must not hold a user name or a password'],
  ['https://api.test?key=secret', 'must not have a query'],
  ['https://api.test#secret', 'must not have a fragment'],
  ['secret.test', 'must be an absolute URL'],
])('rejects the apiUrl %s without quoting it', (apiUrl, reason) => {
  expect(() => new Client('k', { apiUrl })).toThrow(`apiUrl ${reason}`)
  expect(() => new Client('k', { apiUrl })).not.toThrow(/secret/)
})

it.each(['/', '/v1', '/v1/complete'])('accepts an apiUrl with %s at its end', async end => {
  const { emulator, connect } = await open()
  await connect({ apiUrl: emulator.url + end }).complete(params)
  expect(emulator.requests[0]?.path).toBe('/v1/messages')
})

describe('complete()', () => {
  it('resolves with a completion of 2023', async () => {
    const { client } = await open()
    const completion = await client.complete(params)
    expect(Object.keys(completion)).toEqual([
      'completion',
      'stop',
      'stop_reason',
      'truncated',
      'log_id',
      'model',
      'exception',
    ])
    expect(completion).toMatchObject({
      completion: ' Hello!',
      stop: '\n\nHuman:',
      stop_reason: 'stop_sequence',
      truncated: false,
      exception: null,
    })
  })

  it('asks the Messages API, once', async () => {
    const { client, emulator } = await open()
    await client.complete({ ...params, tags: { team: 'search' } })
    expect(emulator.requests).toHaveLength(1)
    const [request] = emulator.requests
    expect(request).toMatchObject({ method: 'POST', path: '/v1/messages' })
    expect(request?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-api-key': 'test-key',
    })
    expect(request?.body).toEqual({
      model: 'claude-haiku-4-5-20251001',
      max_tokens: 200,
      stop_sequences: [HUMAN_PROMPT],
      messages: [{ role: 'user', content: 'Hello, Claude' }],
    })
  })

  it('sends what there is of sampling', async () => {
    const { client, emulator } = await open()
    await client.complete({ ...params, temperature: 0.5, top_k: 5, top_p: -1 })
    expect(emulator.requests[0]?.body).toMatchObject({ temperature: 0.5, top_k: 5 })
  })

  it('says that the tokens ran out', async () => {
    const { client } = await open({ reply: { deltas: ['one', ' two', ' three'] } })
    const completion = await client.complete({ ...params, max_tokens_to_sample: 2 })
    expect(completion).toMatchObject({ completion: ' one two', stop: null, stop_reason: 'max_tokens' })
  })

  const refusals: readonly [title: string, key: string, change: object, message: string, cause: RegExp][] = [
    ['a bad prompt', 'k', { prompt: 'Hi' }, 'Sampling error: 400 Bad Request', /prompt must start with/],
    ['a wrong key', 'invalid-key', {}, 'Sampling error: 401 Unauthorized', /invalid x-api-key/],
    ['an unknown model', 'k', { model: 'claude-0' }, 'Sampling error: 404 Not Found', /claude-0/],
  ]
  test.each(refusals)(
    'a rejection for %s is a plain Error with the response as its cause',
    async (...row) => {
      const [, key, change, message, cause] = row
      const { connect } = await open()
      const error = await failure(() => connect({}, key).complete({ ...params, ...change }), Error)
      expect(error.constructor).toBe(Error)
      expect(error.message).toBe(message)
      expect(error.cause).toMatch(cause)
    },
  )

  it('makes one attempt', async () => {
    const { client, emulator } = await open({
      reply: { error: { type: 'overloaded_error', message: 'no' } },
    })
    expect((await failure(() => client.complete(params), Error)).message).toMatch(/^Sampling error: 529 /)
    expect(emulator.requests).toHaveLength(1)
  })

  it.each([
    ['by its abort', () => AbortSignal.timeout(30)],
    ['that had aborted before', () => AbortSignal.abort(new RangeError('enough'))],
  ])('ends with the signal, %s', async (_, signal) => {
    const { client, emulator } = await open({ reply: { text: 'Late.', faults: { responseDelayMs: 400 } } })
    const error = await failure(() => client.complete(params, { signal: signal() }), DOMException)
    expect([error.name, error.message]).toEqual(['AbortError', 'The user aborted a request.'])
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })
})

describe('completeStream()', () => {
  it('calls back with all text so far, and resolves with the last', async () => {
    const { client, emulator } = await open()
    const updates: CompletionResponse[] = []
    let status: number | undefined
    const last = await client.completeStream(params, {
      onOpen: response => {
        status = response.status
      },
      onUpdate: update => {
        updates.push(update)
      },
    })
    expect(status).toBe(200)
    expect(updates.map(({ completion, stop_reason }) => [completion, stop_reason])).toEqual([
      [' Hello', null],
      [' Hello!', null],
      [' Hello!', 'stop_sequence'],
    ])
    expect(last).toBe(updates.at(-1))
    expect(emulator.requests[0]?.headers.accept).toBe('application/json, text/event-stream')
    expect(emulator.requests[0]?.body).toMatchObject({ stream: true })
  })

  it('needs no callbacks', async () => {
    const { client } = await open({ reply: { ...HELLO, faults: { chunkBytes: 1 } } })
    expect(await client.completeStream(params)).toMatchObject({ completion: ' Hello!' })
  })

  it('waits for onOpen, and not for onUpdate', async () => {
    const { client } = await open()
    const order: string[] = []
    await client.completeStream(params, {
      async onOpen() {
        await new Promise(resolve => setTimeout(resolve, 30))
        order.push('opened')
      },
      onUpdate: ({ completion }) => {
        order.push(completion)
        return new Promise(() => {})
      },
    })
    expect(order).toEqual(['opened', ' Hello', ' Hello!', ' Hello!'])
  })

  it('fails with what a callback fails with, and leaves', async () => {
    const { client, emulator } = await open({ reply: SLOW })
    const own = new RangeError('enough')
    const failing = {
      now: () => Promise.reject(own),
      late: () => Promise.resolve().then(() => Promise.reject(own)),
    }
    expect(await reasonOf(client.completeStream(params, { onOpen: failing.now }))).toBe(own)
    expect(await reasonOf(client.completeStream(params, { onUpdate: failing.late }))).toBe(own)
    const throwing = () => {
      throw own
    }
    expect(await reasonOf(client.completeStream(params, { onUpdate: throwing }))).toBe(own)
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  it.each(['before', 'while it waits', 'in the middle'])('aborted %s rejects with no Error', async when => {
    const { client, emulator } = await open({
      reply: { ...SLOW, faults: { responseDelayMs: 50, delayMs: 30 } },
    })
    const caller = new AbortController()
    if (when === 'before') caller.abort()
    if (when === 'while it waits') setTimeout(() => caller.abort(), 10)
    const reason = await reasonOf(
      client.completeStream(params, { signal: caller.signal, onUpdate: () => caller.abort() }),
    )
    expect(reason).toEqual({ name: 'AbortError', message: 'Caller aborted completeStream' })
    expect(reason).not.toBeInstanceOf(Error)
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  it('that cannot be opened rejects with the old SDK’s message', async () => {
    const { client } = await open()
    const error = await failure(() => client.completeStream({ ...params, prompt: 'Hi' }), Error)
    expect(error.message).toBe('Failed to open sampling stream, HTTP status code 400: Bad Request')
    expect(error.cause).toMatch(/prompt must start with/)
  })

  const broken: readonly [title: string, reply: EmulatorOptions['reply'], cause: RegExp][] = [
    ['fails', { ...HELLO, streamError: { type: 'overloaded_error', message: 'Overloaded' } }, /Overloaded/],
    ['is cut', { ...HELLO, faults: { cutAfterBytes: 900 } }, /incomplete/],
    ['just ends', { ...HELLO, faults: { endAfterBytes: 900 } }, /incomplete/],
  ]
  test.each(broken)('that %s in the middle is an error', async (_, reply, cause) => {
    const { client } = await open({ reply: reply ?? '' })
    const error = await failure(() => client.completeStream(params), Error)
    expect(error.message).toBe('The sampling stream ended in an error.')
    expect(error.cause).toMatch(cause)
  })
})

describe('options', () => {
  it('of an adapter are accepted and validated', async () => {
    const seen: Diagnostic[] = []
    const { connect } = await open()
    await connect({ onDiagnostic: diagnostic => seen.push(diagnostic) }).complete(params)
    expect(seen.map(({ code }) => code)).toContain('retired-model')
    expect(() => new Client('k', { thinkingReserve: -1 })).toThrow('thinkingReserve must be')
  })

  it('can send calls to a server that has the legacy endpoint', async () => {
    const { emulator, connect } = await open()
    const client = connect({ endpoint: 'complete' })
    expect(await client.complete(params)).toMatchObject({ completion: ' Hello!' })
    expect(await client.completeStream(params)).toMatchObject({ completion: ' Hello!' })
    expect(emulator.requests.map(({ path, headers }) => [path, headers['anthropic-version']])).toEqual([
      ['/v1/complete', '2023-01-01'],
      ['/v1/complete', '2023-01-01'],
    ])
  })

  it('can have a fetch of their own', async () => {
    const urls: string[] = []
    const { connect } = await open()
    const client = connect({
      fetch(url, init) {
        urls.push(`${url}`)
        return fetch(url, init)
      },
    })
    await client.complete(params)
    expect(urls).toEqual([expect.stringMatching(/\/v1\/messages$/)])
  })
})
