/** Converts the upstream's responses for the clients of the proxy. */
import type { CallPlan } from '../core/call-plan.ts'
import { failureOf, isErrorBody } from '../core/failure.ts'
import { parseRequest } from '../core/legacy-http.ts'
import type { ResponseDecoder } from '../core/response-decoder.ts'
import { hopByHop } from '../http.ts'
import { concatBytes } from '../utf8.ts'
import type { Completion, ErrorBody } from '../wire.ts'
import { KEY_HEADERS } from './keys.ts'
import { type Coding, readCodings } from './limits.ts'
import {
  type CallFormat,
  type CallRecord,
  firstValue,
  type HeaderRecord,
  type ProxyResponse,
  type StreamWriter,
} from './routes.ts'

/** Status, reason and headers of a response. */
export interface ResponseHead {
  status: number
  /** Reason phrase of the status line. */
  reason?: string | undefined
  headers: HeaderRecord
}

type SentHead = ResponseHead & { headers: Record<string, string | string[]> }

/** A response that is forwarded unchanged, except for its content coding. */
export interface Forwarded {
  kind: 'forwarded'
  head: SentHead
  /** Content codings to remove from the body. */
  codings: readonly Coding[]
}

/** A response that is translated: the adapter pushes the upstream's bytes and writes the returned ones. */
export type Translated = WholeResponse | StreamResponse | FailedResponse

/** Request headers that the proxy replaces: the upstream is another host, and 100 (Continue) applies to one connection. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'expect',
  'accept-encoding',
  ...KEY_HEADERS,
])

/** Headers that describe the bytes of the original body, and do not apply to a translated one. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'content-range',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'accept-ranges',
  'etag',
])
/** Headers that do not apply to a body whose content coding was removed. */
const OF_THE_CODING: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'content-digest',
  'digest',
])
const NONE: ReadonlySet<string> = new Set()

/** Returns the request headers for the upstream, except its key. */
export function forwardedHeaders(
  given: HeaderRecord,
  isBodyReplaced: boolean,
  isDropped?: (name: string) => boolean,
): Record<string, string> {
  const hops = hopByHop(firstValue(given.connection))
  const headers: Record<string, string> = {}
  // Skip headers instead of deleting them later, because V8 is slow with objects after a deletion.
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value === undefined || hops.has(name) || NOT_FORWARDED.has(name)) continue
    if ((isBodyReplaced && OF_THE_BODY.has(name)) || isDropped?.(name)) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  // The proxy has to read the response's body, so request it without a content coding. fetch would decode any other
  // one, too.
  headers['accept-encoding'] = 'identity'
  return headers
}

function keptHeaders(headers: HeaderRecord, without: ReadonlySet<string>): Record<string, string | string[]> {
  const { connection } = headers
  const hops = hopByHop(Array.isArray(connection) ? connection.join(',') : connection)
  const kept: Record<string, string | string[]> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined && !hops.has(name) && !without.has(name)) kept[name] = value
  }
  return kept
}

const FIRST_SERVER_ERROR = 500

/** Forwards a response without its content coding and its connection headers. Records a server error as the cause. */
export function forwardedResponse({ status, reason, headers }: ResponseHead, record: CallRecord): Forwarded {
  if (status >= FIRST_SERVER_ERROR) record.cause = 'status'
  const codings = readCodings(firstValue(headers['content-encoding'])) ?? []
  const kept = keptHeaders(headers, codings.length > 0 ? OF_THE_CODING : NONE)
  return { kind: 'forwarded', head: { status, reason, headers: kept }, codings }
}

/** Response header with the diagnostic codes, for clients in any language: `retired-model, sampling-dropped`. */
const DIAGNOSTICS_HEADER = 'x-legacy-completions-diagnostics'
/** Maximum number of codes, which keeps the header small. */
const MOST_CODES = 16

export function diagnosticsHeader(codes: readonly string[]): Record<string, string> {
  if (codes.length === 0) return NO_HEADERS
  return { [DIAGNOSTICS_HEADER]: [...new Set(codes)].slice(0, MOST_CODES).join(', ') }
}

const NO_HEADERS = {}
const LAST_SUCCESS = 299

/** Converts the response to a translated request. Forwards errors, because both endpoints use the same error format. */
export function translatedResponse(
  head: ResponseHead,
  plan: CallPlan,
  format: CallFormat,
  record: CallRecord,
): Forwarded | Translated {
  if (head.status > LAST_SUCCESS) {
    const forwarded = forwardedResponse(head, record)
    return format.rewritesErrors ? new FailedResponse(forwarded, format, record) : forwarded
  }
  const type = firstValue(head.headers['content-type']) ?? ''
  const isEventStream = type.includes('text/event-stream') || (plan.upstreamStream && !type.includes('json'))
  const decoder = plan.decoder(isEventStream ? 'events' : 'whole')
  const codings = readCodings(firstValue(head.headers['content-encoding'])) ?? []
  const headers = keptHeaders(head.headers, OF_THE_BODY)
  return plan.callerStream
    ? new StreamResponse(decoder, codings, headers, format, record)
    : new WholeResponse(decoder, codings, headers, format, record)
}

/** The state that whole and streamed responses share: the decoder of the upstream's body, and the record of the call. */
abstract class DecodedResponse {
  /** Content codings to remove from the body before it is pushed. */
  readonly codings: readonly Coding[]
  protected readonly decoder: ResponseDecoder
  protected readonly record: CallRecord

  constructor(decoder: ResponseDecoder, codings: readonly Coding[], record: CallRecord) {
    this.decoder = decoder
    this.codings = codings
    this.record = record
  }

  /** Whether the rest of the upstream's body is not needed. */
  get isOver(): boolean {
    return this.decoder.isOver
  }

  /** Whether the upstream itself ended the response, so that its connection can be reused. */
  get isEndSent(): boolean {
    return this.decoder.isEndSent
  }
}

/** A translated response that is sent after the upstream's response is complete. */
export class WholeResponse extends DecodedResponse {
  readonly kind = 'whole'
  readonly #headers: Record<string, string | string[]>
  readonly #format: CallFormat

  constructor(
    decoder: ResponseDecoder,
    codings: readonly Coding[],
    headers: Record<string, string | string[]>,
    format: CallFormat,
    record: CallRecord,
  ) {
    super(decoder, codings, record)
    this.#headers = headers
    this.#format = format
  }

  push(bytes: Uint8Array): void {
    this.decoder.push(bytes)
  }

  /** Returns the response. `error` is the error that broke the upstream's response off, if any. */
  end(error?: unknown): ProxyResponse {
    try {
      this.decoder.end(error)
      const completion = this.decoder.whole()
      if (completion === undefined) throw new TypeError('The response has no completion.')
      const headers = this.#headers
      headers['content-type'] = 'application/json'
      Object.assign(headers, diagnosticsHeader(this.record.diagnostics))
      return { status: 200, headers, body: this.#format.whole(completion) }
    } catch (thrown) {
      const { status, body, cause } = failureOf(thrown, 'body')
      this.record.cause = cause
      const id = firstValue(this.#headers['request-id'])
      return this.#format.failure(status, body, {
        'x-should-retry': 'true',
        ...(id !== undefined && { 'request-id': id }),
        ...diagnosticsHeader(this.record.diagnostics),
      })
    }
  }
}

/** An error response of the upstream whose format the client cannot read. */
export class FailedResponse {
  readonly kind = 'whole'
  /** Content codings to remove from the body before it is pushed. */
  readonly codings: readonly Coding[]
  readonly isOver = false
  readonly isEndSent = false
  readonly #forwarded: Forwarded
  readonly #format: CallFormat
  readonly #record: CallRecord
  readonly #pieces: Uint8Array[] = []
  #size = 0

  constructor(forwarded: Forwarded, format: CallFormat, record: CallRecord) {
    this.#forwarded = forwarded
    this.codings = forwarded.codings
    this.#format = format
    this.#record = record
  }

  /** Keeps the beginning of the body. Errors are short, so the rest is not needed. */
  push(bytes: Uint8Array): void {
    this.#size += bytes.length
    if (this.#size <= LONGEST_ERROR) this.#pieces.push(bytes)
  }

  end(): ProxyResponse {
    const { status, headers } = this.#forwarded.head
    const text = new TextDecoder().decode(joinedBytes(this.#pieces))
    const parsed: unknown = parseRequest(text)
    const message = text.slice(0, 500) || `The upstream answered with status ${status}.`
    const body: ErrorBody = isErrorBody(parsed)
      ? parsed
      : { type: 'error', error: { type: 'api_error', message } }
    return this.#format.failure(status, body, {
      ...retryHeaders(headers),
      ...diagnosticsHeader(this.#record.diagnostics),
    })
  }
}

const LONGEST_ERROR = 64 * 1024

/** Returns the headers of an error that say when to retry, and that identify the request. */
function retryHeaders(headers: HeaderRecord): Record<string, string> {
  const kept = ['retry-after', 'request-id'].map(name => [name, firstValue(headers[name])])
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined))
}

/** A translated response that is sent as it arrives. */
export class StreamResponse extends DecodedResponse {
  readonly kind = 'stream'
  /** Send the head at once, because a slow model may delay the body. */
  readonly head: SentHead
  readonly #writer: StreamWriter
  /** Events that one `push` produces. */
  readonly #pieces: (string | Uint8Array)[] = []

  constructor(
    decoder: ResponseDecoder,
    codings: readonly Coding[],
    headers: Record<string, string | string[]>,
    format: CallFormat,
    record: CallRecord,
  ) {
    super(decoder, codings, record)
    this.#writer = format.writer()
    headers['content-type'] = format.streamType
    headers['cache-control'] = 'no-cache'
    Object.assign(headers, diagnosticsHeader(record.diagnostics))
    this.head = { status: 200, headers }
    decoder.onPing = opening => void this.#pieces.push(this.#writer.ping(opening))
  }

  /** Converts bytes of the upstream. Returns the bytes to write, which are whole events. */
  push(bytes: Uint8Array): string | Uint8Array {
    return this.#write(this.decoder.push(bytes))
  }

  /** Ends the stream. `error` is what broke it off, if anything. If `isCut`, cut the connection: it is not complete. */
  end(error?: unknown): { rest: string | Uint8Array; isCut: boolean } {
    try {
      const rest = this.#write(this.decoder.end(error))
      return { rest: joined([rest, this.#writer.end()]), isCut: false }
    } catch (thrown) {
      const { body, cause } = failureOf(thrown, 'body')
      this.record.cause = cause
      const event = this.#writer.failure(body)
      return { rest: event ?? '', isCut: event === undefined }
    }
  }

  #write(chunks: readonly Completion[]): string | Uint8Array {
    for (const chunk of chunks) this.#pieces.push(this.#writer.chunk(chunk))
    return joined(this.#pieces.splice(0))
  }
}

function joined(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  let text = ''
  for (const piece of pieces) {
    if (typeof piece !== 'string') return joinedBytes(pieces)
    text += piece
  }
  return text
}

const encoder = /* @__PURE__ */ new TextEncoder()

function joinedBytes(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  return concatBytes(pieces.map(piece => (typeof piece === 'string' ? encoder.encode(piece) : piece)))
}
