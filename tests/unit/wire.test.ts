import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import {
  Anthropic,
  AnthropicError,
  APIError,
  AuthenticationError,
  BadRequestError,
  type ClientOptions,
  type Completion,
  type CompletionCreateParamsNonStreaming,
  type FetchLike,
  IncompleteReplyError,
  NotFoundError,
  UnreadableReplyError,
} from 'legacy-completions'
import { describe, expect, it } from 'vitest'
import { delta, ending, type RawServer, START, serve, serveBytes } from '../support/raw-server.ts'
import {
  type Asked,
  captured,
  indexed,
  isHere,
  isObject,
  type PlainObject,
  type PlainReading,
  plainEvents,
  quotedErrors,
  type Recording,
  raw,
  readMessage,
  readStream,
  skipped,
} from '../support/recordings.ts'
import { split, splitAtEvents, streamOf } from '../support/splitting.ts'
import { ask } from './client/adapters.ts'
import { collect, failure, join, readLegacyEvents } from './client/outcomes.ts'

/** Of nobody's table: the request is sent as it is, a prefill included. */
const MODEL = 'local-model'

const isStream = ({ headers }: Recording): boolean => /event-stream/.test(headers['content-type'] ?? '')

/** What a recorded Messages request asked for that a legacy call can ask for, too, and that shapes the reply. */
function askedIn({ request }: Recording): Asked {
  const { stop_sequences, messages } = request
  const stops = Array.isArray(stop_sequences) ? stop_sequences.filter(stop => typeof stop === 'string') : []
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  const prefill = isObject(last) && last.role === 'assistant' ? textIn(last.content) : ''
  return { model: MODEL, stop_sequences: stops.filter(stop => stop !== ''), prefill }
}

/** The text of a message that holds nothing else. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  const [block, ...more]: unknown[] = Array.isArray(content) ? content : []
  return more.length === 0 && isObject(block) && typeof block.text === 'string' ? block.text : ''
}

/** The legacy call that asks for the same. */
const callFor = ({ stop_sequences, prefill }: Asked): CompletionCreateParamsNonStreaming => ({
  model: MODEL,
  max_tokens_to_sample: 300,
  prompt: ask('Hi', prefill && ` ${prefill}`),
  stop_sequences: [...stop_sequences],
})

/** Serves every recording at a path of its own. */
function replay(recordings: readonly Recording[]): Promise<RawServer> {
  return serve(({ url = '' }: IncomingMessage, response: ServerResponse) => {
    const recording = recordings[Number(url.split('/')[1])]
    if (recording === undefined) throw new Error(`no recording at ${url}`)
    response.writeHead(recording.status, { ...recording.headers })
    response.end(recording.body)
  })
}

/** A fetch that answers with a recording in pieces, without the way over a socket. */
const answering =
  ({ status, headers }: Recording, pieces: readonly Uint8Array[]): FetchLike =>
  async () =>
    new Response(status === 204 ? null : streamOf(pieces), { status, headers })

/** A client of that fetch. */
const fake = (fetch: FetchLike, options: ClientOptions = {}): Anthropic =>
  new Anthropic({
    apiKey: 'k',
    authToken: null,
    baseURL: 'http://replay.test',
    maxRetries: 0,
    ...options,
    fetch,
  })

const clientAt = (server: RawServer, at: number, options: ClientOptions = {}): Anthropic =>
  server.client({ maxRetries: 0, ...options, baseURL: `${server.url}/${at}` })

/** What a call came to, in a form that can be compared. */
type Outcome = PlainReading | { status: number | undefined; partialText: string }

async function outcome(call: () => Promise<Completion>): Promise<Outcome> {
  try {
    const { id, model, completion, stop_reason, stop } = await call()
    return { id, model, completion, stop_reason, stop }
  } catch (error) {
    // The old SDK, too, raised its plainest error for a stream without a body.
    expect(error).toBeInstanceOf(/no body/.test(String(error)) ? AnthropicError : APIError)
    const { status, partialText = '' } = error as APIError
    return { status, partialText }
  }
}

/** What the bytes themselves say that it has to come to. */
function expected(recording: Recording): Outcome {
  const { status, body } = recording
  if (status < 200 || status > 299) return { status, partialText: '' }
  const asked = askedIn(recording)
  const reading = isStream(recording) ? readStream(plainEvents(body), asked) : readMessage(parse(body), asked)
  if (reading?.stop_reason != null) return reading
  return { status: undefined, partialText: reading?.completion ?? '' }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function parseObject(body: Buffer): PlainObject | undefined {
  const value = parse(body)
  return isObject(value) ? value : undefined
}

const PIECES: readonly [name: string, size: number][] = [
  ...[1, 2, 3, 5, 7, 16, 64].map((size): [string, number] => [`${size} bytes`, size]),
  ['any size', Number.POSITIVE_INFINITY],
]

type Road = (client: Anthropic, call: CompletionCreateParamsNonStreaming) => Promise<Completion>

const whole: Road = async (client, call) => client.completions.create(call)
const streamed: Road = async (client, call) => join(await collect(client.completions.stream(call)))
/** A whole reply that has to be streamed, for a stop that no recording holds. */
const wholeByStream: Road = async (client, call) =>
  client.completions.create({ ...call, stop_sequences: [...(call.stop_sequences ?? []), '\v'] })

describe(`recordings of the Messages endpoint${skipped}`, () => {
  /** What there is of each kind, and the least number that is worth the name. */
  const folders: readonly [title: string, least: number, read: () => Recording[]][] = [
    ['the vendor’s whole replies', 160, () => indexed('v1-messages/ok')],
    ['the vendor’s streams', 120, () => indexed('v1-messages/stream')],
    ['the vendor’s refusals', 15, () => indexed('v1-messages/error')],
    ['what other servers answered, whatever they were asked', 240, captured],
    ['what came out of sockets', 8, raw],
    // Of Bedrock's replies, those of today's shape; its one legacy completion is read further down.
    [
      'Bedrock’s whole messages',
      12,
      () => indexed('bedrock/ok').filter(({ request }) => 'messages' in request),
    ],
  ]

  describe.each(folders)('%s', (_, least, read) => {
    it.skipIf(!isHere)('are all there', () => {
      expect(read().length).toBeGreaterThanOrEqual(least)
    })

    it.skipIf(!isHere).each([
      ['read whole', whole],
      ['read as a stream', streamed],
      ['streamed for a whole reply', wholeByStream],
    ])('%s, over HTTP', async (__, road) => {
      const recordings = read()
      const server = await replay(recordings)
      await expectAll(recordings, (recording, index) =>
        road(clientAt(server, index), callFor(askedIn(recording))),
      )
    })

    it.skipIf(!isHere).each(PIECES)('in pieces of %s', async (__, size) => {
      const recordings = read().filter(recording => {
        // Long streams are the same over and over: the smallest pieces need not go through all of them. Whole replies
        // are put together before they are read: the smallest pieces and the largest show it.
        if (isStream(recording)) return recording.body.length < size * 10_000
        return size === 1 || size === Number.POSITIVE_INFINITY
      })
      await expectAll(recordings, recording => {
        const client = fake(answering(recording, split(recording.body, size)))
        return streamed(client, callFor(askedIn(recording)))
      })
    })
  })

  it.skipIf(!isHere)('of servers that were killed, to the last byte of their sockets', async () => {
    const killed = raw().flatMap(recording =>
      recording.bytes ? [{ ...recording, bytes: recording.bytes }] : [],
    )
    expect(killed.length).toBeGreaterThanOrEqual(2)
    for (const recording of killed) {
      const server = await serveBytes(socket => {
        // What was sent has to be on its way first.
        socket.write(recording.bytes, () => setTimeout(() => socket.destroy(), 5))
      })
      for (const road of [streamed, wholeByStream]) {
        const error = await failure(
          () => road(server.client(), callFor(askedIn(recording))),
          IncompleteReplyError,
        )
        expect({ status: undefined, partialText: error.partialText }, recording.name).toEqual(
          expected(recording),
        )
        expect(error.partialText).not.toBe('')
      }
    }
  })

  it.skipIf(!isHere)('hold the model and the request id that their index names', async () => {
    const recordings = indexed('v1-messages/ok')
    const server = await replay(recordings)
    for (const [index, recording] of recordings.entries()) {
      const call = callFor(askedIn(recording))
      const { data, request_id } = await clientAt(server, index).completions.create(call).withResponse()
      expect(request_id, recording.name).toBe(recording.headers['request-id'] ?? null)
      // An alias becomes the id of a release.
      const [family] = String(recording.request.model).split(/-(?:latest|\d{8}|\d)$/)
      expect(data.model, recording.name).toContain(family)
      expect(data._message, recording.name).toEqual(parse(recording.body))
    }
  })

  it.skipIf(!isHere)('refuse with the class, the type and the sentence that were recorded', async () => {
    const recordings = [...indexed('v1-messages/error'), ...captured().filter(({ status }) => status >= 400)]
    const server = await replay(recordings)
    for (const [index, recording] of recordings.entries()) {
      const error = await failure(() => whole(clientAt(server, index), callFor(askedIn(recording))), APIError)
      expectRefusal(error, recording)
    }
  })
})

/** Compares all outcomes with what the bytes say, and names those that differ. */
async function expectAll(
  recordings: readonly Recording[],
  call: (recording: Recording, index: number) => Promise<Completion>,
): Promise<void> {
  const different: { name: string; seen: Outcome; said: Outcome }[] = []
  for (const [index, recording] of recordings.entries()) {
    const seen = await outcome(() => call(recording, index))
    const said = expected(recording)
    if (!isDeepStrictEqual(seen, said)) different.push({ name: recording.name, seen, said })
  }
  expect(different).toEqual([])
}

const KINDS: Readonly<Record<number, typeof APIError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  404: NotFoundError,
}

function expectRefusal(error: APIError, { name, status, headers, body }: Recording): void {
  const said = parse(body)
  const kind = KINDS[status]
  if (kind !== undefined) expect(error.constructor, name).toBe(kind)
  expect(error.status, name).toBe(status)
  expect(error.error, name).toEqual(said)
  expect(error.requestID, name).toBe(headers['request-id'] ?? null)
  if (!isObject(said)) return
  const inner = isObject(said.error) ? said.error : said
  expect(error.type, name).toBe(isObject(said.error) ? (inner.type ?? null) : null)
  if (typeof inner.message === 'string')
    expect(error.message, name).toContain(JSON.stringify(inner.message).slice(1, -1))
}

// ── the old endpoint itself ──────────────────────────────────────────────────────────────────────

/** The client hands the call on as it is, and the completion back as it came. */
const LEGACY: ClientOptions = { endpoint: 'complete' }

/** The recorded call: what was sent in those years is what a caller passes today. */
const recordedCall = ({ request }: Recording): CompletionCreateParamsNonStreaming =>
  JSON.parse(JSON.stringify({ ...request, stream: false }))

/** A recorded completion with the fields that its version of the API did not have. */
const filledIn = ({ data }: { data: PlainObject | undefined }): PlainObject => ({
  type: 'completion',
  id: data?.log_id,
  log_id: data?.id,
  stop: null,
  ...data,
})

describe(`recordings of the old endpoint${skipped}`, () => {
  it.skipIf(!isHere)('whole replies come back field by field, for the request as it was', async () => {
    const recordings = indexed('v1-complete/ok')
    expect(recordings.length).toBeGreaterThanOrEqual(9)
    const server = await replay(recordings)
    for (const [index, recording] of recordings.entries()) {
      const { name, body, request, headers } = recording
      const sent: { url: string; body: unknown }[] = []
      const client = clientAt(server, index, {
        ...LEGACY,
        fetch: (url, init) => {
          sent.push({ url, body: JSON.parse(String(init.body)) })
          return fetch(url, init)
        },
      })
      const call = recordedCall(recording)
      const completion = filledIn({ data: parseObject(body) })
      const { data, request_id } = await client.completions.create(call).withResponse()
      expect(data, name).toEqual(completion)
      expect(request_id, name).toBe(headers['request-id'] ?? null)
      expect(
        await client.completions
          .create(call)
          .asResponse()
          .then(response => response.json()),
        name,
      ).toEqual(completion)
      expect(join(await collect(client.completions.stream(call))), name).toEqual(completion)
      const url = `${server.url}/${index}/v1/complete`
      const asked = { ...request, stream: false }
      expect(sent, name).toEqual([
        { url, body: asked },
        { url, body: asked },
        { url, body: { ...request, stream: true } },
      ])
    }
  })

  it.skipIf(!isHere).each(PIECES)('streams come back event by event, in pieces of %s', async (_, size) => {
    const recordings = indexed('v1-complete/stream')
    expect(recordings.length).toBeGreaterThanOrEqual(2)
    for (const recording of recordings) {
      const { name, body } = recording
      const client = fake(answering(recording, split(body, size)), LEGACY)
      const call = recordedCall(recording)
      const chunks = plainEvents(body)
        .filter(({ event }) => event === 'completion')
        .map(filledIn)
      const stream = client.completions.stream(call)
      expect(await collect(stream), name).toEqual(chunks)
      const final = { ...chunks.at(-1), completion: chunks.map(({ completion }) => completion).join('') }
      expect(await stream.finalCompletion(), name).toEqual(final)
      // A stream where a whole reply was asked for.
      expect(await client.completions.create(call), name).toEqual(final)
      const response = await client.completions.create({ ...call, stream: true }).asResponse()
      expect(await readLegacyEvents(response), name).toEqual(chunks)
    }
  })

  it.skipIf(!isHere)('streams over HTTP', async () => {
    const recordings = indexed('v1-complete/stream')
    const server = await replay(recordings)
    for (const [index, recording] of recordings.entries()) {
      const chunks = plainEvents(recording.body)
        .filter(({ event }) => event === 'completion')
        .map(filledIn)
      const call = { ...recordedCall(recording), stream: true } as const
      expect(await collect(await clientAt(server, index, LEGACY).completions.create(call))).toEqual(chunks)
    }
  })

  it.skipIf(!isHere)('refusals have the class, the type and the sentence that were recorded', async () => {
    const recordings = indexed('v1-complete/error')
    expect(recordings.length).toBeGreaterThanOrEqual(8)
    const server = await replay(recordings)
    for (const [index, recording] of recordings.entries()) {
      for (const road of [whole, streamed]) {
        const client = clientAt(server, index, LEGACY)
        const error = await failure(() => road(client, recordedCall(recording)), APIError)
        expectRefusal(error, recording)
      }
    }
  })

  // Bedrock's legacy completions name neither a model nor an id.
  it.skipIf(!isHere)('Bedrock’s completion', async () => {
    const recordings = indexed('bedrock/ok').filter(({ request }) => 'prompt' in request)
    expect(recordings).toHaveLength(1)
    for (const recording of recordings) {
      const client = fake(answering(recording, split(recording.body)), LEGACY)
      const completion = await client.completions.create({ ...recordedCall(recording), model: MODEL })
      expect(completion).toMatchObject({ ...parseObject(recording.body), model: MODEL })
      expect(completion.id).toBeTypeOf('string')
      expect(completion.log_id).toBe(completion.id)
    }
  })

  // Its streams are frames of bytes, to be read by its own client; here they must only not pass for a reply.
  it.skipIf(!isHere)('rejects Bedrock’s binary streams', async () => {
    const recordings = indexed('bedrock/eventstream-binary')
    expect(recordings.length).toBeGreaterThanOrEqual(6)
    for (const recording of recordings) {
      for (const endpoint of ['messages', 'complete'] as const) {
        for (const road of [whole, streamed]) {
          const client = fake(answering(recording, split(recording.body)), { endpoint })
          await failure(() => road(client, callFor(askedIn(recording))), APIError)
        }
      }
    }
  })
})

// ── the old endpoint's first dialect ─────────────────────────────────────────────────────────────

/** One event of version 2023-01-01: no name, all of the text so far, and fields that were dropped later. */
const soFar = (
  completion: string,
  end: { stop_reason: string; stop: string | null } | undefined = undefined,
): string =>
  `data: ${JSON.stringify({
    completion,
    stop: end?.stop ?? null,
    stop_reason: end?.stop_reason ?? null,
    truncated: false,
    log_id: '5f3c',
    model: 'claude-v1.3',
    exception: null,
  })}\r\n\r\n`

/** One event of version 2023-06-01, of its first months. */
const since = (completion: string, stop_reason: string | null = null, stop: string | null = null): string =>
  `event: completion\r\ndata: ${JSON.stringify({ completion, stop_reason, model: 'claude-2.0', stop, log_id: '5f3c' })}   \r\n\r\n`

const NATURAL = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const CUT = { stop_reason: 'max_tokens', stop: null }
const DONE = 'data: [DONE]\r\n\r\n'
const PING = 'event: ping\r\ndata: {}\r\n\r\n'

const dialects: readonly { title: string; body: string; texts: string[]; end?: object }[] = [
  {
    title: 'text that grows, and is repeated at the end',
    body: soFar(' One') + soFar(' One two') + soFar(' One two', NATURAL) + DONE,
    texts: [' One', ' two'],
  },
  {
    title: 'text that grows until the end',
    body: soFar(' One') + soFar(' One two', NATURAL) + DONE,
    texts: [' One', ' two'],
  },
  { title: 'all in one event', body: soFar(' One', NATURAL) + DONE, texts: [' One'] },
  { title: 'no text', body: soFar('', NATURAL) + DONE, texts: [] },
  {
    title: 'text that stands still',
    body: soFar(' One') + soFar(' One') + soFar(' One two') + soFar(' One two', CUT) + DONE,
    texts: [' One', ' two'],
    end: CUT,
  },
  {
    title: 'pings and comments',
    body: `: hi\r\n\r\n${PING}${soFar(' One')}${PING}:\r\n\r\n${soFar(' One two', NATURAL)}${DONE}`,
    texts: [' One', ' two'],
  },
  {
    title: 'a stop of the caller’s',
    body: soFar(' One') + soFar(' One', { stop_reason: 'stop_sequence', stop: '</a>' }) + DONE,
    texts: [' One'],
    end: { stop_reason: 'stop_sequence', stop: '</a>' },
  },
  { title: 'no [DONE]', body: soFar(' One') + soFar(' One two', NATURAL), texts: [' One', ' two'] },
  {
    title: 'LF',
    body: (soFar(' One') + soFar(' One two', NATURAL) + DONE).replaceAll('\r\n', '\n'),
    texts: [' One', ' two'],
  },
  {
    title: 'characters of several bytes',
    body: soFar(' é') + soFar(' é日🐙') + soFar(' é日🐙', NATURAL) + DONE,
    texts: [' é', '日🐙'],
  },
  {
    title: 'the later dialect, whose text is only what is new',
    body: since(' One') + PING + since(' One') + since(' One two') + since('', 'stop_sequence', '\n\nHuman:'),
    texts: [' One', ' One', ' One two'],
  },
  {
    title: 'the later dialect, with text in its last event',
    body: since(' One') + since(' two', 'max_tokens'),
    texts: [' One', ' two'],
    end: CUT,
  },
  {
    title: 'the later dialect, with events of the future and [DONE]',
    body: `${since(' One')}event: news\r\ndata: {"completion":"no"}\r\n\r\n${since('', 'max_tokens')}${DONE}`,
    texts: [' One'],
    end: CUT,
  },
]

const OVERLOADED = { type: 'overloaded_error', message: 'Overloaded' }
const envelopes = { 'of 2023': { error: OVERLOADED }, 'of 2024': { type: 'error', error: OVERLOADED } }

const SPLITS = [1, 2, 3, 7, undefined].map(size => (bytes: Uint8Array) => split(bytes, size))

/** A stream of the old endpoint that comes in pieces. */
const legacyStream = (pieces: readonly Uint8Array[]): Anthropic =>
  fake(async () => new Response(streamOf(pieces), { headers: { 'content-type': 'text/event-stream' } }), {
    ...LEGACY,
    defaultHeaders: { 'anthropic-version': '2023-01-01' },
  })

const legacyCall = { model: 'claude-v1.3', max_tokens_to_sample: 9, prompt: ask('Count.') }

describe('streams of the old endpoint, in either dialect', () => {
  it.each(dialects)('$title', async ({ body, texts, end = NATURAL }) => {
    for (const pieces of [...SPLITS, splitAtEvents]) {
      const stream = legacyStream(pieces(Buffer.from(body))).completions.stream(legacyCall)
      const chunks = await collect(stream)
      expect(chunks.map(({ completion }) => completion).filter(text => text !== '')).toEqual(texts)
      const whole = { type: 'completion', id: '5f3c', log_id: '5f3c', completion: texts.join(''), ...end }
      expect(join(chunks)).toMatchObject(whole)
      expect(await stream.finalCompletion()).toMatchObject(whole)
    }
  })

  const versions: readonly [title: string, reply: object, filledIn: object][] = [
    [
      'of the first version',
      {
        completion: ' One',
        ...NATURAL,
        truncated: false,
        log_id: '5f3c',
        model: 'claude-v1',
        exception: null,
      },
      { type: 'completion', id: '5f3c' },
    ],
    [
      'of the second',
      { completion: ' One', ...CUT, model: 'claude-2.0', log_id: '5f3c' },
      { type: 'completion', id: '5f3c' },
    ],
    [
      'as documented',
      {
        type: 'completion',
        id: 'compl_1',
        completion: ' One',
        stop_reason: 'max_tokens',
        model: 'claude-2.1',
      },
      { log_id: 'compl_1', stop: null },
    ],
    [
      'with more than was ever documented',
      {
        type: 'completion',
        id: 'compl_1',
        log_id: 'l1',
        completion: '',
        ...NATURAL,
        model: 'm',
        usage: { a: 1 },
      },
      {},
    ],
  ]
  it.each(versions)('a whole reply %s keeps its fields and gets the others', async (_, reply, filledIn) => {
    const client = fake(async () => Response.json(reply), LEGACY)
    expect(await client.completions.create(legacyCall)).toEqual({ ...reply, ...filledIn })
    expect(await collect(client.completions.stream(legacyCall))).toEqual([{ ...reply, ...filledIn }])
  })

  const unreadable: readonly [title: string, body: string][] = [
    [
      'a message',
      '{"id":"msg_1","type":"message","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}',
    ],
    ['an answer of another API', '{"id":"cmpl-1","choices":[{"text":"Hi"}]}'],
    ['a completion that is no text', '{"completion":null,"stop_reason":"stop_sequence"}'],
    ['HTML', '<html></html>'],
    ['nothing', ''],
    ['null', 'null'],
  ]
  it.each(unreadable)('an invalid whole response: %s', async (_, body) => {
    const client = fake(
      async () => new Response(body, { headers: { 'content-type': 'application/json' } }),
      LEGACY,
    )
    for (const road of [whole, streamed]) {
      const error = await failure(() => road(client, legacyCall), UnreadableReplyError)
      expect(error.message).toMatch(/baseURL/)
    }
  })

  it('rejects a stream of messages in place of completions', async () => {
    for (const pieces of SPLITS) {
      const client = legacyStream(pieces(Buffer.from(START + delta('Hi') + ending())))
      await failure(() => streamed(client, legacyCall), APIError)
    }
  })

  const endless: readonly [title: string, body: string, partialText: string][] = [
    ['nothing', '', ''],
    ['[DONE] alone', DONE, ''],
    ['text', soFar(' One') + soFar(' One two'), ' One two'],
    ['[DONE] in place of an end', soFar(' One') + DONE, ' One'],
    ['half an end', soFar(' One') + soFar(' One two', NATURAL).slice(0, -2), ' One'],
    ['text of the later dialect', since(' One') + since(' two') + PING, ' One two'],
  ]
  it.each(endless)('%s, and no end: an error with what had come', async (_, body, partialText) => {
    for (const pieces of SPLITS) {
      for (const road of [streamed, whole]) {
        const client = legacyStream(pieces(Buffer.from(body)))
        const error = await failure(() => road(client, legacyCall), IncompleteReplyError)
        expect(error.partialText).toBe(partialText)
      }
    }
  })

  describe.each(Object.entries(envelopes))('an error in the envelope %s', (_, envelope) => {
    const data = `data: ${JSON.stringify(envelope)}\r\n\r\n`
    const bodies: readonly [title: string, body: string, partialText: string][] = [
      ['first', `event: error\r\n${data}`, ''],
      ['behind text so far', `${soFar(' One')}${soFar(' One two')}event: error\r\n${data}`, ' One two'],
      ['behind text since', `${since(' One')}${PING}${since(' two')}event: error\r\n${data}`, ' One two'],
      ['without a name, first', data, ''],
      ['without a name, behind text so far', soFar(' One') + data + DONE, ' One'],
    ]
    it.each(bodies)('%s', async (__, body, partialText) => {
      for (const pieces of SPLITS) {
        for (const road of [streamed, whole]) {
          const error = await failure(
            () => road(legacyStream(pieces(Buffer.from(body))), legacyCall),
            APIError,
          )
          expect(error.type).toBe('overloaded_error')
          expect(error.message).toContain('Overloaded')
          expect(error.status).toBeUndefined()
          expect(error.partialText).toBe(partialText)
        }
      }
    })

    it.each([400, 401, 404, 429, 500, 529])('with status %i', async status => {
      const client = fake(async () => Response.json(envelope, { status }), LEGACY)
      for (const road of [whole, streamed]) {
        const error = await failure(() => road(client, legacyCall), APIError)
        expect(error).toMatchObject({ status, type: 'overloaded_error', error: envelope })
        if (KINDS[status]) expect(error.constructor).toBe(KINDS[status])
      }
    })

    it('with status 200', async () => {
      const client = fake(async () => Response.json(envelope), LEGACY)
      for (const road of [whole, streamed]) {
        const error = await failure(() => road(client, legacyCall), APIError)
        expect(error).toMatchObject({ status: undefined, type: 'overloaded_error', error: envelope })
      }
    })
  })
})

describe(`error texts as people quoted them${skipped}`, () => {
  it.skipIf(!isHere).each(['messages', 'complete'] as const)('through the endpoint %s', async endpoint => {
    const quotes = quotedErrors()
    expect(quotes.length).toBeGreaterThanOrEqual(12)
    for (const { status, type, message } of quotes) {
      const body = { type: 'error', error: { type, message } }
      const client = fake(async () => Response.json(body, { status }), { endpoint })
      for (const road of [whole, streamed]) {
        const error = await failure(() => road(client, legacyCall), BadRequestError)
        expect(error).toMatchObject({ status, type, error: body })
        // In the old SDK's form, which code in the wild takes apart.
        expect(error.message).toBe(`${status} ${JSON.stringify(body)}`)
      }
    }
  })
})
