import { APIError } from '../errors.ts'
import { encodeEvent } from '../sse.ts'
import type { Completion, CompletionRequest, ErrorBody } from '../wire.ts'
import { failureOf, isErrorBody } from './failure.ts'
import type { OnPing } from './response-decoder.ts'

/** Matches the path of the legacy endpoint under any base path. */
export const LEGACY_PATH: RegExp = /\/v1\/complete$/

/** The legacy endpoint's message for a body that is not JSON. Invalid UTF-8 counts, too (RFC 8259, section 8.1). */
export const NOT_JSON = 'The request body is not valid JSON'

/**
 * Parses the body of a request without validating its fields; returns `undefined` when it is not JSON, and an object
 * without fields for another value. A string has a property for each character, so `Object(text)` is not used.
 */
export function parseRequest(text: string | undefined): CompletionRequest | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Object(typeof value === 'object' ? value : {})
  } catch {
    return undefined
  }
}

/**
 * The two stream formats of the legacy endpoint, by `anthropic-version`: named events, each with the text since the
 * previous one; or unnamed events with all text so far, and `[DONE]` at the end.
 */
export type LegacyDialect = '2023-06-01' | '2023-01-01'

/** Returns the dialect of a request. Without a version it is the first, 2023-01-01. */
export function dialectOf(version: string | null): LegacyDialect {
  return version === null || version === '2023-01-01' ? '2023-01-01' : '2023-06-01'
}

/** Returns the version for the Messages API, which has none before 2023-06-01. */
export function messagesVersion(version: string | null): string | undefined {
  return version === null || version === '2023-01-01' ? undefined : version
}

/** Headers that describe the bytes of the upstream's body. They are dropped, because the body is replaced. */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'transfer-encoding',
])

/** The parts of the upstream's response that the legacy one keeps. */
type Head = Pick<Response, 'status' | 'statusText' | 'headers'> & { url?: string | undefined }

/** Writes a completion as a response of the legacy endpoint, with the headers of the upstream's response. */
export function legacyResponse(
  head: Head,
  completion: Completion,
  dialect: LegacyDialect = '2023-06-01',
): Response {
  const json = legacyJson(completion, dialect)
  return withText(respond(head, json, 'application/json'), json)
}

/** Serializes a completion as the body of a legacy response. */
export function legacyJson(completion: Completion, dialect: LegacyDialect): string {
  return JSON.stringify(dialect === '2023-06-01' ? completion : firstForm(completion, completion.completion))
}

/**
 * Writes the chunks of a completion as a stream of the legacy endpoint. Every event is written in one piece, because
 * the official SDKs 0.5 and 0.9 fail on a split one. Chunks are only read when the body is read.
 *
 * @param isReported Whether an error becomes the last event of the body; otherwise the body fails with it.
 * @param takePing Receives a function that sends a ping; call it only while a chunk is awaited.
 */
export function legacyStreamResponse(
  head: Head,
  chunks: AsyncIterable<Completion>,
  dialect: LegacyDialect = '2023-06-01',
  isReported: (error: unknown) => boolean = () => false,
  takePing: (ping: OnPing) => void = () => {},
): Response {
  let items: AsyncIterator<Completion> | undefined
  const writer = legacyWriter(dialect)
  const encoder = new TextEncoder()
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        takePing(opening => {
          const text = writer.ping(opening)
          // Bytes that have arrived may still be decoded after the body was cancelled.
          if (!isCancelled && text !== '') controller.enqueue(encoder.encode(text))
        })
      },
      async pull(controller) {
        items ??= chunks[Symbol.asyncIterator]()
        try {
          let text = ''
          let isDone = false
          while (text === '' && !isDone) {
            const result = await items.next()
            isDone = result.done === true
            text = result.done ? writer.end : writer.chunk(result.value)
          }
          if (text !== '') controller.enqueue(encoder.encode(text))
          if (isDone) controller.close()
        } catch (error) {
          const event = isReported(error) ? writer.error(error) : undefined
          if (event === undefined) throw error
          controller.enqueue(encoder.encode(event))
          controller.close()
        }
      },
      async cancel() {
        isCancelled = true
        await items?.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return respond(head, body, 'text/event-stream; charset=utf-8')
}

/** Returns the body of a failed request, in the format that both endpoints share. */
export function errorBody(error: unknown): ErrorBody {
  return error instanceof APIError && isErrorBody(error.error) ? error.error : failureOf(error, 'body').body
}

function respond(
  { status, statusText, headers, url }: Head,
  body: string | ReadableStream,
  type: string,
): Response {
  const kept = [...headers].filter(([name]) => !BODY_HEADERS.has(name))
  const response = new Response(body, {
    // A response of status 204 cannot have a body, so it could not report the error.
    status: status === 204 ? 200 : status,
    statusText,
    headers: [...kept, ['content-type', type]],
  })
  if (url) Object.defineProperty(response, 'url', { value: url, configurable: true })
  return response
}

/**
 * Makes `json()` and `text()` of a response return its text without reading it back from its body, which takes as long
 * as the translation. Otherwise they do the same as the platform's.
 */
function withText(response: Response, text: string): Response {
  const { prototype } = Response
  const isUnread = (): boolean => !response.bodyUsed && response.body?.locked === false
  const take = (): string => {
    // Now the body is used.
    response.body?.cancel().catch(() => {})
    return text
  }
  const property = (value: () => Promise<unknown>): PropertyDescriptor => ({
    value,
    configurable: true,
    writable: true,
  })
  return Object.defineProperties(response, {
    json: property(async () => (isUnread() ? JSON.parse(take()) : prototype.json.call(response))),
    text: property(async () => (isUnread() ? take() : prototype.text.call(response))),
  })
}

/** Returns the status for a failed completion. */
export function statusOf(error: unknown): number {
  return failureOf(error, 'body').status
}

/**
 * Writes one stream of the legacy endpoint, event by event. Methods return an empty string if there is nothing to send.
 */
export interface LegacyWriter {
  chunk(chunk: Completion): string
  /**
   * Writes a ping, for clients and gateways that time out on a silent server. A stream of the old server never began
   * with a ping. So the first one is delayed until two completions have been sent. If the text is late, the next ping
   * is sent at once, after `opening`.
   */
  ping(opening: Completion | undefined): string
  /**
   * Writes a failure in the middle of the stream. Returns `undefined` in the dialect 2023-01-01, whose readers take any
   * event for a completion: there the connection has to be broken.
   */
  error(error: unknown): string | undefined
  /** The text after the last chunk. */
  end: string
}

/** Creates a writer for a dialect. */
export function legacyWriter(dialect: LegacyDialect): LegacyWriter {
  return dialect === '2023-01-01' ? cumulativeWriter() : incrementalWriter()
}

function incrementalWriter(): LegacyWriter {
  let template: Template | undefined
  const write = (chunk: Completion): string => {
    const data = template?.fill(chunk) ?? toLine(chunk)
    template ??= templateOf(chunk)
    return encodeEvent({ event: 'completion', data })
  }
  const { chunk, ping } = withPings(write, encodeEvent({ event: 'ping', data: '{"type": "ping"}' }))
  return {
    chunk,
    ping,
    error: error => encodeEvent({ event: 'error', data: toLine(errorBody(error)) }),
    end: '',
  }
}

function cumulativeWriter(): LegacyWriter {
  let text = ''
  const write = (chunk: Completion): string => {
    text += chunk.completion
    return encodeEvent({ event: undefined, data: toLine(firstForm(chunk, text)) })
  }
  const { chunk, ping } = withPings(write, encodeEvent({ event: 'ping', data: '{}' }))
  return {
    // An event without new text would only repeat the whole text.
    chunk: given => (given.completion === '' && given.stop_reason === null ? '' : chunk(given)),
    ping,
    error: () => undefined,
    end: encodeEvent({ event: undefined, data: '[DONE]' }),
  }
}

/** The recorded streams of the old server begin with two completions. */
const CHUNKS_BEFORE_PING = 2

function withPings(write: (chunk: Completion) => string, ping: string): Pick<LegacyWriter, 'chunk' | 'ping'> {
  let chunks = 0
  let isDue = false
  let mayPing = false
  return {
    chunk(chunk) {
      const event = write(chunk)
      if (mayPing || ++chunks < CHUNKS_BEFORE_PING) return event
      mayPing = true
      return isDue && chunk.stop_reason === null ? event + ping : event
    },
    ping(opening) {
      if (mayPing) return ping
      if (isDue && (chunks > 0 || opening !== undefined)) {
        mayPing = true
        return chunks > 0 || opening === undefined ? ping : write(opening) + ping
      }
      isDue = true
      return ''
    },
  }
}

/** The JSON that all chunks of one completion share, serialized once. */
interface Template {
  /** Returns the JSON of another chunk; `undefined` if more than its text differs. */
  fill(chunk: Completion): string | undefined
}

const FIELDS = 7

/**
 * Creates a template from the first chunk. Chunks in the middle differ only in their text, and serializing only that
 * takes a third of the time of `JSON.stringify(chunk)`, with the same result.
 */
function templateOf(first: Completion): Template | undefined {
  if (first.stop_reason !== null || Object.keys(first).length !== FIELDS) return undefined
  const { id, model } = first
  const [head, tail] = toLine({ ...first, completion: '' }).split('"completion":""')
  return {
    fill(chunk) {
      const isAlike = chunk.stop_reason === null && chunk.id === id && chunk.model === model
      if (!isAlike || Object.keys(chunk).length !== FIELDS) return undefined
      return `${head}"completion":${toLine(chunk.completion)}${tail}`
    },
  }
}

/** Converts a completion to the fields of version 2023-01-01, in the order of its official sample. */
function firstForm({ stop, stop_reason, log_id, model }: Completion, completion: string): object {
  return { completion, stop, stop_reason, truncated: false, log_id, model, exception: null }
}

/**
 * Serializes to JSON and escapes the characters at which Python's `splitlines`, and so some old clients, end a line.
 */
function toLine(value: object | string): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
