import {
  Anthropic,
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  IncompleteReplyError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
  UnreadableReplyError,
} from 'legacy-completions'
import { describe, expect, test, vi } from 'vitest'
import { adapters } from './adapters.ts'
import { beginnings, collect, failure, soon } from './outcomes.ts'

const once = { maxRetries: 0 }

describe.each(adapters)('through $name', ({ open, params, speech }) => {
  describe.each(Object.entries(beginnings))('%s', (_, road) => {
    const statuses: readonly [number, typeof APIError, string][] = [
      [400, BadRequestError, 'invalid_request_error'],
      [401, AuthenticationError, 'authentication_error'],
      [402, APIError, 'billing_error'],
      [403, PermissionDeniedError, 'permission_error'],
      [404, NotFoundError, 'not_found_error'],
      [408, APIError, 'timeout_error'],
      [409, ConflictError, 'conflict_error'],
      [413, APIError, 'request_too_large'],
      [418, APIError, 'teapot_error'],
      [422, UnprocessableEntityError, 'invalid_request_error'],
      [429, RateLimitError, 'rate_limit_error'],
      [500, InternalServerError, 'api_error'],
      [503, InternalServerError, 'api_error'],
      [529, InternalServerError, 'overloaded_error'],
    ]
    test.each(statuses)('%i is a %o', async (status, kind, type) => {
      const { client, emulator } = await open()
      emulator.reply({ status, error: { type, message: 'Says why.' }, headers: { 'x-extra': 'kept' } })
      const error = await failure(() => road(client, params, once), APIError)
      expect(error.constructor).toBe(kind)
      expect(error.status).toBe(status)
      expect(error.type).toBe(type)
      expect(error.error).toEqual({
        type: 'error',
        error: { type, message: 'Says why.' },
        request_id: expect.stringMatching(/^req_/),
      })
      expect(error.message).toBe(`${status} ${JSON.stringify(error.error)}`)
      expect(error.headers?.get('x-extra')).toBe('kept')
      expect(error.requestID).toBe(error.headers?.get('request-id'))
      expect(error.requestID).toMatch(/^req_/)
      // The old SDK distinguished errors by class; their name was always this.
      expect(error.name).toBe('Error')
      expect(emulator.requests).toHaveLength(1)
    })

    const bodies: readonly [
      title: string,
      status: number,
      body: string,
      message: string,
      type: string | null,
    ][] = [
      [
        'without the envelope’s type',
        400,
        '{"error":{"code":400,"message":"No.","type":"invalid_request_error"}}',
        '400 {"error":{"code":400,"message":"No.","type":"invalid_request_error"}}',
        'invalid_request_error',
      ],
      [
        'error as a text',
        400,
        '{"error":"Missing model in request body"}',
        '400 {"error":"Missing model in request body"}',
        null,
      ],
      ['detail as a text', 422, '{"detail":"No."}', '422 {"detail":"No."}', null],
      [
        'detail as a list',
        422,
        '{"detail":[{"type":"missing","loc":["body","max_tokens"],"msg":"Field required"}]}',
        '422 {"detail":[{"type":"missing","loc":["body","max_tokens"],"msg":"Field required"}]}',
        null,
      ],
      [
        'status and message',
        500,
        '{"status":"failure","message":"messages is not supported by openai"}',
        '500 messages is not supported by openai',
        null,
      ],
      [
        'message, error and statusCode',
        404,
        '{"message":"Route POST:/v1/messages not found","error":"Not Found","statusCode":404}',
        '404 Route POST:/v1/messages not found',
        null,
      ],
      ['HTML', 502, '<html>Bad Gateway</html>', '502 <html>Bad Gateway</html>', null],
      ['plain text', 503, 'upstream connect error', '503 upstream connect error', null],
      ['nothing', 429, '', '429 status code (no body)', null],
      ['an error that is null', 400, '{"error":null}', '400 {"error":null}', null],
      ['a type that is no text', 400, '{"error":{"type":5}}', '400 {"error":{"type":5}}', null],
      ['half of its JSON', 400, '{"type":"error","err', '400 {"type":"error","err', null],
    ]
    test.each(bodies)('an error body of %s', async (_, status, body, message, type) => {
      const { client, emulator } = await open()
      emulator.reply({ status, body })
      const error = await failure(() => road(client, params, once), APIError)
      expect(error).toMatchObject({ status, message, type })
      const isJson = body.endsWith('}')
      expect(error.error).toEqual(isJson ? JSON.parse(body) : undefined)
    })

    test('an error body that never ends is waited for no longer than the timeout', async () => {
      const { client, emulator } = await open()
      emulator.reply({ status: 400, body: '{"error":1}', faults: { stallAfterBytes: 5 } })
      const call = failure(() => road(client, params, { ...once, timeout: 40 }), APIError)
      expect((await soon(call)).status ?? 400).toBe(400)
    })

    test('an error body that is cut keeps its status', async () => {
      const { client, emulator } = await open()
      emulator.reply({ status: 403, body: '{"error":1}', faults: { cutAfterBytes: 5 } })
      const error = await failure(() => road(client, params, once), APIError)
      expect([error.constructor, error.status]).toEqual([PermissionDeniedError, 403])
    })

    test('an endless error body is not kept', async () => {
      const { client, emulator } = await open()
      emulator.reply({ status: 400, body: 'x'.repeat(5_000_000), faults: { chunkBytes: 65_536 } })
      const error = await failure(() => road(client, params, once), APIError)
      expect(error.status).toBe(400)
      expect(error.message.length).toBeLessThan(2_000_000)
    })

    test('a body of 200 that holds an error', async () => {
      const { client, emulator } = await open()
      const body = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
      emulator.reply({ body, contentType: 'application/json' })
      const error = await failure(() => road(client, params), APIError)
      expect(error).toMatchObject({ message: body, type: 'overloaded_error', status: undefined })
      expect(error.requestID).toMatch(/^req_/)
      expect(emulator.requests).toHaveLength(1)
    })
  })

  describe('an error event', () => {
    const streamError = { type: 'overloaded_error', message: 'Overloaded' }
    /** All are streamed from the Messages API: a blank stop is enforced here. */
    const streamed = { ...params, stop_sequences: ['\n\n'] }
    // A whole reply of the legacy endpoint comes whole: where it fails, its status says so.
    const inEvents = Object.entries(beginnings).slice(speech === 'messages' ? 0 : 1)

    test.each(inEvents)('in the middle of %s', async (_, road) => {
      const { client, emulator } = await open({
        reply: { deltas: ['one', ' two', ' three'], streamError, afterDeltas: 2 },
      })
      const error = await failure(() => road(client, streamed), APIError)
      expect(error.constructor).toBe(APIError)
      expect(error.status).toBeUndefined()
      expect(error.error).toMatchObject({ type: 'error', error: streamError })
      expect(JSON.parse(error.message)).toEqual(error.error)
      expect(error.type).toBe('overloaded_error')
      expect(error.partialText).toBe(' one two')
      // The text has begun: to ask again would pay twice and could say something else.
      expect(emulator.requests).toHaveLength(1)
    })

    test('comes after all chunks before it, and to finalCompletion() too', async () => {
      const { client } = await open({
        reply: { deltas: ['one', ' two', ' three'], streamError, afterDeltas: 2 },
      })
      const stream = client.completions.stream(params)
      const seen: string[] = []
      const error = await failure(async () => {
        for await (const { completion } of stream) seen.push(completion)
      }, APIError)
      expect(seen).toEqual([' one', ' two'])
      expect(await failure(() => stream.finalCompletion(), APIError)).toBe(error)
    })

    test('in one packet with the text before it loses none of that', async () => {
      const { client } = await open({
        reply: {
          deltas: ['one', ' two', ' three'],
          streamError,
          afterDeltas: 2,
          faults: { chunkBytes: 1_000_000 },
        },
      })
      const seen: string[] = []
      const error = await failure(async () => {
        for await (const { completion } of client.completions.stream(params)) seen.push(completion)
      }, APIError)
      expect(seen.join('')).toBe(' one two')
      expect(error.partialText).toBe(' one two')
    })

    test('as the first event', async () => {
      const { client, emulator } = await open()
      emulator.reply({
        body: 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"No."}}\n\ndata: [DONE]\n\n',
      })
      const error = await failure(() => collect(client.completions.stream(params)), APIError)
      expect(error).toMatchObject({ type: 'api_error', partialText: '', status: undefined })
    })

    test('without an envelope, as llama.cpp sends it', async () => {
      const { client, emulator } = await open()
      emulator.reply({ body: 'event: error\ndata: {"code":500,"message":"No.","type":"server_error"}\n\n' })
      const error = await failure(() => collect(client.completions.stream(params)), APIError)
      expect(error.type).toBe('server_error')
      expect(error.error).toMatchObject({ error: { message: 'No.', code: 500 } })
    })

    test('has its request id, to be shown to the vendor, also where it is one of a whole reply', async () => {
      const { client } = await open({ reply: { deltas: ['one'], streamError } })
      for (const call of [
        () => client.completions.create(streamed, once),
        () => client.completions.stream(params).finalCompletion(),
      ]) {
        expect(JSON.stringify((await failure(call, APIError)).error)).toMatch(/req_/)
      }
    })
  })
})

describe('the classes', () => {
  const all = {
    AnthropicError,
    APIError,
    APIUserAbortError,
    APIConnectionError,
    APIConnectionTimeoutError,
    BadRequestError,
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    ConflictError,
    UnprocessableEntityError,
    RateLimitError,
    InternalServerError,
  }

  test.each(Object.entries(all))('%s is a static of the client', (name, kind) => {
    expect(Reflect.get(Anthropic, name)).toBe(kind)
    expect(kind.name).toBe(name)
  })

  test('are each other’s heirs as in the old SDK', () => {
    const timeout = new APIConnectionTimeoutError()
    for (const kind of [APIConnectionError, APIError, AnthropicError, Error])
      expect(timeout).toBeInstanceOf(kind)
    expect(new APIUserAbortError()).not.toBeInstanceOf(APIConnectionError)
    for (const kind of [IncompleteReplyError, UnreadableReplyError]) {
      expect(new kind({ message: 'x' })).toBeInstanceOf(APIConnectionError)
    }
    expect(new RateLimitError(429, undefined, undefined, undefined)).toBeInstanceOf(APIError)
  })

  test('have the old SDK’s default messages', () => {
    expect(new APIUserAbortError().message).toBe('Request was aborted.')
    expect(new APIConnectionError({}).message).toBe('Connection error.')
    expect(new APIConnectionTimeoutError().message).toBe('Request timed out.')
  })

  test('isInstance() tells them as instanceof does', () => {
    const error = new RateLimitError(429, undefined, undefined, undefined)
    expect([RateLimitError, APIError, AnthropicError].map(kind => kind.isInstance(error))).toEqual([
      true,
      true,
      true,
    ])
    expect(BadRequestError.isInstance(error)).toBe(false)
    for (const value of [new Error('x'), null, undefined, 'x', {}, { name: 'RateLimitError' }]) {
      expect(RateLimitError.isInstance(value)).toBe(false)
    }
  })

  test('isInstance() knows the errors of another copy of the package', async () => {
    vi.resetModules()
    const other = await import('legacy-completions')
    expect(other.RateLimitError).not.toBe(RateLimitError)
    const error = new other.RateLimitError(429, undefined, undefined, undefined)
    expect(RateLimitError.isInstance(error)).toBe(true)
    expect(BadRequestError.isInstance(error)).toBe(false)
  })

  test('print what happened, and not their own machinery', async () => {
    const { inspect } = await import('node:util')
    expect(inspect(new RateLimitError(429, { a: 1 }, undefined, undefined))).not.toMatch(/Symbol|partialText/)
  })
})
