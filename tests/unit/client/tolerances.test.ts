import type { ServerResponse } from 'node:http'
import {
  type Anthropic,
  APIError,
  BadRequestError,
  type Completion,
  IncompleteReplyError,
  InternalServerError,
  NotFoundError,
  UnreadableReplyError,
} from 'legacy-completions'
import { describe, expect, test, vi } from 'vitest'
import {
  delta,
  END,
  ending,
  event,
  messageJson,
  type RawServer,
  START,
  serve,
  serveBytes,
} from '../../support/raw-server.ts'
import { split, splitAtEvents } from '../../support/splitting.ts'
import { params } from './adapters.ts'
import { beginnings, collect, failure, join, type Road, roads, soon } from './outcomes.ts'
import {
  COMPLETION,
  ENDLESS_ROWS,
  ERROR_BODY_ROWS,
  ERROR_EVENT_ROWS,
  REFUSAL_ROWS,
  REPLY_ROWS,
  SECRET,
} from './tolerances.ts'

/** What the server does with each connection that asks: the same for all in a test. */
const answering = (answer: (response: ServerResponse) => void): Promise<RawServer> =>
  serve((_, response) => answer(response))

const bytesOf = (body: string): Uint8Array => new TextEncoder().encode(body)

/** Writes a stream in these pieces: each becomes a chunk of HTTP, and so a piece of the body at the other end. */
function writeStream(response: ServerResponse, pieces: readonly Uint8Array[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  for (const piece of pieces) response.write(piece)
}

/** Starts a server that streams a body, by default in one chunk. */
const streaming = (body: string, pieces: readonly Uint8Array[] = split(bytesOf(body))): Promise<RawServer> =>
  answering(response => {
    writeStream(response, pieces)
    response.end()
  })

/** A server that streams a body, and then is no more. */
const cutting = (body: string): Promise<RawServer> =>
  answering(response => {
    writeStream(response, split(bytesOf(body)))
    // What was written has to be on its way first.
    setTimeout(() => response.socket?.destroy(), 5)
  })

const sending = (status: number, body: string, headers: Record<string, string> = {}): Promise<RawServer> =>
  answering(response => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body)
  })

/** The roads on which the server is asked for a stream; the last wants a whole reply, cut at a stop that never comes. */
const streamedRoads: Readonly<Record<string, Road>> = {
  ...Object.fromEntries(Object.entries(roads).slice(1, 4)),
  'create() with a stop enforced here': async (client, call, options) =>
    client.completions.create({ ...call, stop_sequences: [...(call.stop_sequences ?? []), '\v'] }, options),
}

/** Every way to split a stream that has shown itself to matter. */
const SPLITS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array[]>> = {
  '1 byte': bytes => split(bytes, 1),
  '2 bytes': bytes => split(bytes, 2),
  '3 bytes': bytes => split(bytes, 3),
  '7 bytes': bytes => split(bytes, 7),
  'an event': splitAtEvents,
  'the whole': bytes => split(bytes),
}

describe('replies of servers that deviate', () => {
  const whole = REPLY_ROWS.filter(({ message }) => message !== undefined)
  const streams = REPLY_ROWS.flatMap(row =>
    row.stream === undefined ? [] : [{ ...row, stream: row.stream }],
  )

  test.each(whole)('whole: $title', async ({ call, message, becomes, diagnostics = [] }) => {
    const server = await sending(200, messageJson(message))
    const onDiagnostic = vi.fn()
    const completion = await server.client({ onDiagnostic }).completions.create({ ...params, ...call })
    expect(completion).toMatchObject({ ...COMPLETION, ...becomes })
    const codes = onDiagnostic.mock.calls.map(([{ code }]) => code)
    for (const code of diagnostics) expect(codes).toContain(code)
  })

  test.each(streams)('streamed: $title', async ({ call, stream, becomes, diagnostics = [] }) => {
    const server = await streaming(stream)
    for (const [name, road] of Object.entries(streamedRoads)) {
      const onDiagnostic = vi.fn()
      const completion = await road(server.client({ onDiagnostic }), { ...params, ...call })
      expect(completion, name).toMatchObject({ ...COMPLETION, ...becomes })
      const codes = onDiagnostic.mock.calls.map(([{ code }]) => code)
      for (const code of diagnostics) expect(codes, name).toContain(code)
    }
  })

  test.each(streams)('streamed: $title, the same however it is split', async ({ call, stream }) => {
    await expectSame(stream, client => client.completions.stream({ ...params, ...call }))
  })
})

test.each([
  ['chat', { id: 'chatcmpl-1', object: 'chat.completion', choices: [{ message: { content: 'Hi.' } }] }],
  ['text', { id: 'cmpl-1', object: 'text_completion', choices: [{ text: 'Hi.' }] }],
  ['list', { object: 'list', data: [{ id: 'local-model' }] }],
])('an answer of another API is no reply without text: %s', async (_, body) => {
  const server = await sending(200, JSON.stringify(body))
  const error = await failure(() => server.client().completions.create(params), UnreadableReplyError)
  expect(error.message).toMatch(/baseURL/)
})

/** Runs a call against a stream in every split. Its chunks, or its error and the chunks before it, may not differ. */
async function expectSame(
  stream: string,
  call: (client: Anthropic) => AsyncIterable<Completion>,
): Promise<void> {
  const outcomes: Record<string, unknown> = {}
  for (const [name, pieces] of Object.entries(SPLITS)) {
    const server = await streaming(stream, pieces(bytesOf(stream)))
    const chunks: Completion[] = []
    try {
      for await (const chunk of call(server.client({ maxRetries: 0 }))) chunks.push(chunk)
      outcomes[name] = { completion: join(chunks), chunks }
    } catch (error) {
      if (!(error instanceof APIError)) throw error
      const { message, partialText } = error
      outcomes[name] = { chunks, kind: error.constructor.name, message, partialText }
    }
  }
  const { 'the whole': expected } = outcomes
  for (const [name, outcome] of Object.entries(outcomes))
    expect(outcome, `in pieces of ${name}`).toEqual(expected)
}

describe('streams that never say their end are errors with what had come', () => {
  const ways = { 'closed in peace': streaming, cut: cutting }
  describe.each(Object.entries(ways))('%s', (_, opened) => {
    test.each(ENDLESS_ROWS)('after $title', async ({ stream, partialText }) => {
      const server = await opened(stream)
      for (const [name, road] of Object.entries(streamedRoads)) {
        const error = await failure(
          () => road(server.client({ maxRetries: 0 }), params),
          IncompleteReplyError,
        )
        expect(error.partialText, name).toBe(partialText)
        expect(error.message).toMatch(/incomplete/)
      }
    })
  })

  test.each(ENDLESS_ROWS)('after $title, the same however it is split', async ({ stream }) => {
    await expectSame(stream, client => client.completions.stream(params))
  })

  test('after half a character', async () => {
    const bytes = bytesOf(START + delta('One') + delta('🐙'))
    const server = await streaming('', [bytes.subarray(0, bytes.indexOf(0xf0) + 2)])
    const error = await failure(
      () => collect(server.client().completions.stream(params)),
      IncompleteReplyError,
    )
    expect(error.partialText).toBe(' One')
  })

  test('a stream in a grammar of its own', async () => {
    const nested = { type: 'content_block_delta', index: 0, delta: { text: 'Hi' } }
    const server = await streaming(
      `${event({ type: 'message_delta', id: 'mock-1', delta: nested, usage: null })}data: [DONE]\n\n`,
    )
    const error = await failure(
      () => collect(server.client().completions.stream(params)),
      UnreadableReplyError,
    )
    expect(error.message).toMatch(/baseURL/)
  })
})

describe('errors with status 200', () => {
  test.each(ERROR_EVENT_ROWS)('an event: $title', async row => {
    const { stream, type, shows, hides, partialText = '' } = row
    const server = await streaming(stream)
    for (const [name, road] of Object.entries(streamedRoads)) {
      const error = await failure(() => road(server.client(), params), APIError)
      expect(error, name).not.toBeInstanceOf(IncompleteReplyError)
      expect(error, name).not.toBeInstanceOf(UnreadableReplyError)
      expect(error.message, name).toContain(shows)
      // Where code in the wild looks for the sentence; of a body that is a text, the old SDK gave the text.
      const said = expect.stringContaining(shows)
      if (typeof error.error === 'string') expect(error.error, name).toEqual(said)
      else expect(error.error, name).toMatchObject({ error: { message: said } })
      expect(error.type, name).toBe(type)
      expect(error.status, name).toBeUndefined()
      expect(error.partialText, name).toBe(partialText)
      if (hides !== undefined) expect(`${error.message} ${error.stack}`, name).not.toContain(hides)
    }
  })

  test.each(ERROR_EVENT_ROWS)('an event: $title, the same however it is split', async ({ stream }) => {
    await expectSame(stream, client => client.completions.stream(params))
  })

  test.each(ERROR_BODY_ROWS)('a body: $title', async ({ body, type, shows }) => {
    const server = await sending(200, JSON.stringify(body))
    for (const road of Object.values(beginnings)) {
      const error = await failure(() => road(server.client(), params), APIError)
      expect(error.message).toContain(shows)
      expect(error.type).toBe(type)
      expect(error.error).toEqual(body)
    }
  })
})

/** Far more than a sentence, far less than a page: a log line that can still be read. */
const LONGEST_SHOWN = 10_000

describe('refusals of every shape', () => {
  test.each(REFUSAL_ROWS)('$title', async ({ status, body, type = null, shows, hides = [] }) => {
    const isJson = typeof body === 'object'
    const server = await sending(status, isJson ? JSON.stringify(body) : body, {
      'content-type': isJson ? 'application/json' : 'text/html',
    })
    for (const [name, road] of Object.entries(beginnings)) {
      const error = await failure(() => road(server.client({ maxRetries: 0 }), params), APIError)
      expect(error.status, name).toBe(status)
      expect(error.type, name).toBe(type)
      expect(error.message.length, name).toBeLessThan(LONGEST_SHOWN)
      for (const words of shows) expect(error.message, name).toContain(words)
      for (const secret of hides) {
        // Half a key is a secret too; the first letters only say whose it was.
        const telling = secret.length > 20 ? secret.slice(0, 20) : secret
        expect(`${error.message} ${error.stack}`, name).not.toContain(telling)
      }
      // What was sent can still be looked at.
      if (isJson) expect(error.error, name).toEqual(body)
    }
  })

  test('no key appears in the message, the stack or the text', async () => {
    const server = await sending(401, JSON.stringify({ error: { type: 'e', message: SECRET } }))
    const error = await failure(() => server.client({ maxRetries: 0 }).completions.create(params), APIError)
    for (const shown of [error.message, error.stack, String(error)]) expect(shown).not.toContain(SECRET)
  })
})

describe('statuses that say one thing and mean another', () => {
  const refusal = (status: number, type: string, message: string): string =>
    JSON.stringify({ error: { code: status, message, type } })

  /** Counts the requests of a call. */
  async function count(
    answers: (index: number, response: ServerResponse) => void,
  ): Promise<{ server: RawServer; requests: () => number }> {
    let requests = 0
    const server = await answering(response => answers(requests++, response))
    return { server, requests: () => requests }
  }
  const soonAgain = { 'content-type': 'application/json', 'retry-after-ms': '1' }

  test.each(Object.entries(beginnings))(
    '500 for a fault of the caller’s is not asked for ever: %s',
    async (_, road) => {
      const { server, requests } = await count((__, response) =>
        response.writeHead(500, soonAgain).end(refusal(500, 'server_error', "'messages' is required")),
      )
      const error = await failure(() => road(server.client(), params), InternalServerError)
      expect(error.type).toBe('server_error')
      expect(error.message).toContain("'messages' is required")
      expect(requests()).toBe(3)
    },
  )

  test.each(Object.entries(beginnings))('503 while a model is loading is waited for: %s', async (_, road) => {
    const { server, requests } = await count((index, response) => {
      if (index < 2)
        response.writeHead(503, soonAgain).end(refusal(503, 'unavailable_error', 'Loading model'))
      else response.writeHead(200, soonAgain).end(messageJson())
    })
    expect((await road(server.client(), params)).completion).toBe(' Hi.')
    expect(requests()).toBe(3)
  })

  test('503 that stays', async () => {
    const server = await sending(503, refusal(503, 'unavailable_error', 'Loading model'), {
      'retry-after-ms': '1',
    })
    const error = await failure(() => server.client().completions.create(params), InternalServerError)
    expect(error.message).toContain('Loading model')
    expect(error.type).toBe('unavailable_error')
  })

  test('404 of a server that has no such road', async () => {
    const server = await sending(404, refusal(404, 'not_found_error', 'File Not Found'))
    const error = await failure(() => server.client().completions.create(params), NotFoundError)
    expect(error.type).toBe('not_found_error')
  })

  test('400 is asked once', async () => {
    const { server, requests } = await count((_, response) =>
      response.writeHead(400, soonAgain).end(refusal(400, 'invalid_request_error', 'No.')),
    )
    await failure(() => server.client().completions.create(params), BadRequestError)
    expect(requests()).toBe(1)
  })

  describe.each([307, 308])('%i is followed, with the same request', status => {
    test.each(Object.entries(beginnings))('%s', async (_, road) => {
      const seen: { url?: string; method?: string; key?: unknown; length?: unknown }[] = []
      const server = await serve(({ url = '', method = '', headers }, response) => {
        seen.push({ url, method, key: headers['x-api-key'], length: headers['content-length'] })
        if (url.startsWith('/old/')) response.writeHead(status, { location: '/v1/messages' }).end()
        else response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const client = server.client({ baseURL: `${server.url}/old`, maxRetries: 0 })
      expect((await road(client, params)).completion).toBe(' Hi.')
      const [first, second, ...more] = seen
      expect(more).toHaveLength(0)
      expect(first?.url).toBe('/old/v1/messages')
      expect(second).toEqual({ ...first, url: '/v1/messages' })
    })
  })

  test('a redirect to nowhere is an error with its status', async () => {
    const server = await answering(response => response.writeHead(307).end())
    const error = await failure(() => server.client({ maxRetries: 0 }).completions.create(params), APIError)
    expect(error.status).toBe(307)
  })
})

describe('connections that do not last', () => {
  const stream = START + delta('Hi.') + ending()

  /** Says that the connection will be kept, and closes it behind every answer. */
  const closing = (type: string, body: string): Promise<RawServer> =>
    answering(response => {
      const { socket } = response
      response.writeHead(200, { 'content-type': type, 'keep-alive': 'timeout=5, max=100' })
      response.end(body, () => socket?.destroy())
    })

  const closers: readonly [string, type: string, body: string, stop_sequences: string[]][] = [
    ['stream', 'text/event-stream', stream, []],
    ['stream of a whole reply', 'text/event-stream', stream, ['\n']],
    ['whole reply', 'application/json', messageJson(), []],
  ]
  test.each(closers)(
    'a socket closed after each %s, which promised to be kept',
    async (_, type, body, stops) => {
      const server = await closing(type, body)
      const client = server.client()
      for (let call = 0; call < 20; call++) {
        const { completion } = await client.completions.create({ ...params, stop_sequences: stops })
        expect(completion).toBe(' Hi.')
        expect(await client.completions.stream(params).finalCompletion()).toMatchObject({ completion })
      }
      expect(server.sockets()).toBeGreaterThanOrEqual(40)
    },
  )

  test('a socket closed in place of an answer is tried again', async () => {
    const body = messageJson()
    const server = await serveBytes((socket, connection) => {
      if (connection === 1) socket.destroy()
      else
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        )
    })
    expect((await soon(server.client().completions.create(params))).completion).toBe(' Hi.')
    expect(server.sockets()).toBe(2)
  })

  test('accepts a chunked body without its last chunk after a complete message', async () => {
    const server = await answering(response => {
      writeStream(response, split(bytesOf(stream)))
      setTimeout(() => response.socket?.destroy(), 5)
    })
    expect((await server.client().completions.stream(params).finalCompletion()).completion).toBe(' Hi.')
  })

  test('a chunked body without its last chunk, in the middle of the end', async () => {
    const server = await cutting(stream.slice(0, -END.length))
    await failure(() => collect(server.client().completions.stream(params)), IncompleteReplyError)
  })
})
