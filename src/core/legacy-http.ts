import { APIError } from '../errors.ts'
import { encodeEvent } from '../sse.ts'
import type { Completion, ErrorBody } from '../wire.ts'

/**
 * The two dialects of the legacy endpoint, by the `anthropic-version` that asks for them: named events, each with the
 * text since the one before; or unnamed ones with all of it so far, and `[DONE]` at the end.
 */
export type LegacyDialect = '2023-06-01' | '2023-01-01'

/** The dialect that a request asks for; without a version it was the first. */
export function dialectOf(version: string | null): LegacyDialect {
  return version === null || version === '2023-01-01' ? '2023-01-01' : '2023-06-01'
}

/** The version to go on under, where the request tells one that the Messages API has: the first had none. */
export function messagesVersion(version: string | null): string | undefined {
  return version === null || version === '2023-01-01' ? undefined : version
}

/** Headers that tell of the bytes the server sent, which are not the bytes handed out here. */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'transfer-encoding',
])

/** The status and headers of the answer that a legacy one is made of. */
type Head = Pick<Response, 'status' | 'statusText' | 'headers'>

/** A completion as an answer of the legacy endpoint, under the headers of the real one. */
export function legacyAnswer(
  head: Head,
  completion: Completion,
  dialect: LegacyDialect = '2023-06-01',
): Response {
  return respond(head, legacyJson(completion, dialect), 'application/json')
}

/** The body of such an answer. */
export function legacyJson(completion: Completion, dialect: LegacyDialect): string {
  return JSON.stringify(dialect === '2023-06-01' ? completion : firstForm(completion, completion.completion))
}

/**
 * The chunks of a completion as a stream of the legacy endpoint. Every event is written whole, for the official SDKs
 * 0.5 and 0.9 fail on one that comes in two pieces.
 *
 * @param isTold Whether an error is told in a last event; the stream breaks with it otherwise.
 * @param takePing Is given what writes a ping, to be called only while a chunk is waited for.
 */
export function legacyStream(
  head: Head,
  chunks: AsyncIterable<Completion>,
  dialect: LegacyDialect = '2023-06-01',
  isTold: (error: unknown) => boolean = () => false,
  takePing: (ping: () => void) => void = () => {},
): Response {
  const items = chunks[Symbol.asyncIterator]()
  const write = legacyWriter(dialect)
  const encoder = new TextEncoder()
  let isLeft = false
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      takePing(() => {
        // What has come may still be read once the reader has left.
        if (!isLeft) controller.enqueue(encoder.encode(write.ping))
      })
    },
    async pull(controller) {
      try {
        const { value, done } = await items.next()
        const text = done ? write.end : write.chunk(value)
        if (text !== '') controller.enqueue(encoder.encode(text))
        if (done) controller.close()
      } catch (error) {
        if (!isTold(error)) throw error
        controller.enqueue(encoder.encode(legacyErrorEvent(error)))
        controller.close()
      }
    },
    async cancel() {
      isLeft = true
      await items.return?.()
    },
  })
  return respond(head, body, 'text/event-stream; charset=utf-8')
}

/** A failure as the body of an answer, in the envelope both endpoints share. */
export function errorBody(error: unknown): ErrorBody {
  const body: unknown = error instanceof APIError ? error.error : undefined
  if (isErrorBody(body)) return body
  // What is no JSON is the sentence itself.
  const said = typeof body === 'string' ? body : ''
  const message = said || (error instanceof Error ? error.message : 'Internal server error')
  return { type: 'error', error: { type: 'api_error', message } }
}

function respond(
  { status, statusText, headers }: Head,
  body: string | ReadableStream,
  type: string,
): Response {
  const kept = [...headers].filter(([name]) => !BODY_HEADERS.has(name))
  // An answer of status 204 can have no body, and so could not say what is wrong with it.
  return new Response(body, {
    status: status === 204 ? 200 : status,
    statusText,
    headers: [...kept, ['content-type', type]],
  })
}

/**
 * A failure in the middle of a stream, in either dialect. The official SDK 0.4.4 takes it for the last completion, one
 * without a text; a line that is no JSON, or a connection that breaks, would make it send the call again every second.
 */
export function legacyErrorEvent(error: unknown): string {
  return encodeEvent({ event: 'error', data: toLine(errorBody(error)) })
}

/** The status that goes with an error that came in the middle of an answer of status 200. */
const STATUS: Readonly<Record<string, number>> = {
  overloaded_error: 529,
  rate_limit_error: 429,
  timeout_error: 504,
}

/** The status of an answer that came to nothing. */
export function statusOf(error: unknown): number {
  // What broke off, or is in no grammar of ours, is the fault of what stands between.
  return error instanceof APIError && error.type !== null ? (STATUS[error.type] ?? 500) : 502
}

/** Writes the chunks of one completion, each as a whole event. */
export interface LegacyWriter {
  chunk(chunk: Completion): string
  /** What says that the server is still at it: who waits, and what stands between, may give up on a silent one. */
  ping: string
  /** What follows the last chunk. */
  end: string
}

export function legacyWriter(dialect: LegacyDialect): LegacyWriter {
  return WRITERS[dialect]()
}

const WRITERS: Readonly<Record<LegacyDialect, () => LegacyWriter>> = {
  '2023-06-01': () => {
    let template: Template | undefined
    return {
      chunk(chunk) {
        const data = template?.fill(chunk) ?? toLine(chunk)
        template ??= templateOf(chunk)
        return encodeEvent({ event: 'completion', data })
      },
      ping: encodeEvent({ event: 'ping', data: '{"type": "ping"}' }),
      end: '',
    }
  },
  '2023-01-01': () => {
    let text = ''
    return {
      chunk(chunk) {
        text += chunk.completion
        return encodeEvent({ event: undefined, data: toLine(firstForm(chunk, text)) })
      },
      ping: encodeEvent({ event: 'ping', data: '{}' }),
      end: encodeEvent({ event: undefined, data: '[DONE]' }),
    }
  },
}

/** What the chunks of one completion have in common, written once. */
interface Template {
  /** The JSON of another chunk; `undefined` where more than its text is of its own. */
  fill(chunk: Completion): string | undefined
}

const FIELDS = 7

/**
 * Writing only the text anew takes a third of the time of `JSON.stringify(chunk)`, which gives the same: a chunk in the
 * middle has no field of its own but the text.
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

/** A completion with the fields of the first version, in the order of its official sample. */
function firstForm({ stop, stop_reason, log_id, model }: Completion, completion: string): object {
  return { completion, stop, stop_reason, truncated: false, log_id, model, exception: null }
}

/** JSON without the characters that Python's `splitlines`, and so some old clients, end a line at. */
function toLine(value: object | string): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  return typeof body.error === 'object' && body.error !== null
}
