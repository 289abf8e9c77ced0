/** Converts the upstream's responses for the clients of the proxy. */
import type { CallPlan } from '../core/call-plan.ts'
import { failureOf, isErrorBody } from '../core/failure.ts'
import { parseRequest } from '../core/legacy-http.ts'
import type { OnPing, ResponseDecoder } from '../core/response-decoder.ts'
import { concatBytes } from '../utf8.ts'
import type { Completion, ErrorBody } from '../wire.ts'
import {
  diagnosticsHeader,
  type Forwarded,
  forwardedResponse,
  keptHeaders,
  OF_THE_BODY,
  type ResponseHead,
  retryHeaders,
  type SentHead,
} from './headers.ts'
import { type Coding, type ResponseBounds, readCodings } from './limits.ts'
import {
  type CallFormat,
  type CallRecord,
  firstValue,
  type ProxyResponse,
  type StreamWriter,
} from './routes.ts'

/** A response that is translated: the adapter pushes the upstream's bytes and writes the returned ones. */
export type Translated = BufferedResponse | StreamedResponse

interface ReadResponse {
  /** Content codings to remove from the body before it is pushed. */
  readonly codings: readonly Coding[]
  /** Whether the rest of the upstream's body is not needed. */
  readonly isOver: boolean
  /** Whether the upstream itself ended the response, so that its connection can be reused. */
  readonly isEndSent: boolean
}

/** A translated response that is sent after the upstream's response is complete. */
export interface BufferedResponse extends ReadResponse {
  readonly kind: 'whole'
  push(bytes: Uint8Array): void
  /** Returns the response. `error` is the error that broke the upstream's response off, if any. */
  end(error?: unknown): ProxyResponse
}

/** A translated response that is sent as it arrives. */
export interface StreamedResponse extends ReadResponse {
  readonly kind: 'stream'
  /** Send the head at once, because a slow model may delay the body. */
  readonly head: SentHead
  /** Converts bytes of the upstream. Returns the bytes to write, which are whole events. */
  push(bytes: Uint8Array): string | Uint8Array
  /** Ends the stream. `error` is what broke it off, if anything. If `isCut`, cut the connection: it is not complete. */
  end(error?: unknown): { rest: string | Uint8Array; isCut: boolean }
}

const LAST_SUCCESS = 299
/** Maximum characters of a text that each event repeats. 60,000 tokens have about as many. */
const MOST_REPEATED = 256 * 1024
/** Copies in memory of a text that each event repeats: of some events that wait for the client. */
const COPIES = 4

/** Converts the response to a translated request. Forwards errors, because both endpoints use the same error format. */
export function translatedResponse(
  head: ResponseHead,
  plan: CallPlan,
  bounds: ResponseBounds,
  format: CallFormat,
  record: CallRecord,
): Forwarded | Translated {
  if (head.status > LAST_SUCCESS) {
    const forwarded = forwardedResponse(head, record)
    return format.rewritesErrors ? new FailedResponse(forwarded, format, record) : forwarded
  }
  const type = firstValue(head.headers['content-type']) ?? ''
  const isEventStream = type.includes('text/event-stream') || (plan.upstreamStream && !type.includes('json'))
  // The text of a stream has been sent, so it is not kept.
  const isRepeated = plan.callerStream && format.repeatsText === true
  bounds.keepsText = !plan.callerStream
  bounds.keepsUsage = format.keepsUsage
  if (isRepeated) {
    bounds.maxLength = Math.min(bounds.maxLength, MOST_REPEATED)
    bounds.copies = COPIES
  }
  const decoder =
    format.decoder?.(plan, type, bounds) ??
    plan.decoder(isEventStream ? 'events' : 'whole', undefined, bounds)
  const codings = readCodings(firstValue(head.headers['content-encoding'])) ?? []
  const headers = keptHeaders(head.headers, OF_THE_BODY)
  return plan.callerStream
    ? new StreamResponse(decoder, codings, headers, format, record)
    : new WholeResponse(decoder, codings, headers, format, record)
}

/** The state that whole and streamed responses share: the decoder of the upstream's body, and the record of the call. */
abstract class DecodedResponse implements ReadResponse {
  readonly codings: readonly Coding[]
  protected readonly decoder: ResponseDecoder
  protected readonly record: CallRecord

  constructor(decoder: ResponseDecoder, codings: readonly Coding[], record: CallRecord) {
    this.decoder = decoder
    this.codings = codings
    this.record = record
  }

  get isOver(): boolean {
    return this.decoder.isOver
  }

  get isEndSent(): boolean {
    return this.decoder.isEndSent
  }
}

/** A completion that is sent after the upstream's response is complete. */
class WholeResponse extends DecodedResponse implements BufferedResponse {
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

  end(error?: unknown): ProxyResponse {
    try {
      this.decoder.end(error)
      const completion = this.decoder.whole()
      if (completion === undefined) throw new TypeError('The response has no completion.')
      const headers = this.#headers
      Object.assign(headers, this.#format.headers?.(completion, headers))
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
class FailedResponse implements BufferedResponse {
  readonly kind = 'whole'
  readonly codings: readonly Coding[]
  /** Whether the kept beginning is complete. */
  isOver = false
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
    this.#pieces.push(bytes.subarray(0, LONGEST_ERROR - this.#size))
    this.#size += bytes.length
    this.isOver = this.#size >= LONGEST_ERROR
  }

  end(): ProxyResponse {
    const { status, headers } = this.#forwarded.head
    const text = new TextDecoder().decode(joinedBytes(this.#pieces))
    const converted = this.#format.upstreamError?.(status, headers, text)
    if (converted !== undefined) {
      const codes = diagnosticsHeader(this.#record.diagnostics)
      return { ...converted, headers: { ...converted.headers, ...codes } }
    }
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

/** A completion that is sent as it arrives. */
class StreamResponse extends DecodedResponse implements StreamedResponse {
  readonly kind = 'stream'
  readonly head: SentHead
  readonly #writer: StreamWriter
  readonly #repeatsText: boolean
  /** Characters of the text so far; only counted if the events repeat it. */
  #length = 0
  /** Pings of the current `push`, and its other events if they are not text. */
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
    this.#repeatsText = format.repeatsText === true
    Object.assign(headers, format.headers?.(undefined, headers))
    headers['content-type'] = format.streamType
    headers['cache-control'] = 'no-cache'
    Object.assign(headers, diagnosticsHeader(record.diagnostics))
    this.head = { status: 200, headers }
    const onPing: OnPing = opening => void this.#pieces.push(this.#writer.ping(opening))
    decoder.onPing = onPing
  }

  push(bytes: Uint8Array): string | Uint8Array {
    return this.#write(this.decoder.push(bytes))
  }

  end(error?: unknown): { rest: string | Uint8Array; isCut: boolean } {
    try {
      const rest = this.#write(this.decoder.end(error))
      return { rest: joined([rest, this.#writer.end()]), isCut: false }
    } catch (thrown) {
      const { body, cause } = failureOf(thrown, 'body')
      this.record.cause = cause
      const event = this.#writer.failure(body, cause)
      return { rest: event ?? '', isCut: event === undefined }
    }
  }

  #write(chunks: readonly Completion[]): string | Uint8Array {
    let written = chunks
    if (this.#repeatsText) {
      for (const { completion } of chunks) this.#length += completion.length
      if (this.#length * chunks.length > MOST_WRITTEN) written = merged(chunks)
    }
    let text = ''
    for (const chunk of written) {
      const piece = this.#writer.chunk(chunk)
      if (typeof piece === 'string') text += piece
      else this.#pieces.push(piece)
    }
    if (this.#pieces.length === 0) return text
    this.#pieces.push(text)
    return joined(this.#pieces.splice(0))
  }
}

/**
 * Maximum characters of the events that arrive together, if each event repeats the text. Beyond it they become one
 * event: 500 events of 1 MB would fill the memory.
 */
const MOST_WRITTEN = 65_536

function merged(chunks: readonly Completion[]): readonly Completion[] {
  const texts = chunks.filter(({ stop_reason }) => stop_reason === null)
  const [first] = texts
  if (first === undefined) return chunks
  const completion = texts.map(chunk => chunk.completion).join('')
  return [{ ...first, completion }, ...chunks.filter(({ stop_reason }) => stop_reason !== null)]
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
