/** Calls of the Messages API that the proxy adapts, with the option `adaptMessages`. */
import { failureOf } from '../core/failure.ts'
import { parseRequest } from '../core/legacy-http.ts'
import { reshapeMessageJson, reshapeMessageStream } from '../core/messages-http.ts'
import { UnreadableReplyError } from '../errors.ts'
import {
  type AdaptedMessages,
  adaptMessages,
  checkLength,
  type MessagesAdaptation,
  type MessagesReplyPlan,
  type TranslateOptions,
} from '../translate/index.ts'
import { wholeText } from '../utf8.ts'
import {
  diagnosticsHeader,
  type Forwarded,
  forwardedResponse,
  keptHeaders,
  OF_THE_BODY,
  type ResponseHead,
  type SentHead,
} from './headers.ts'
import { excessOf, type ResponseBounds, readCodings } from './limits.ts'
import { PLAIN } from './refusals.ts'
import type { BufferedResponse, StreamedResponse, Translated } from './response.ts'
import { type CallRecord, firstValue, type ProxyResponse } from './routes.ts'

const MESSAGES_PATH = /\/v1\/messages$/

/** Whether the proxy adapts this request. */
export function isAdaptable(
  method: string,
  path: string,
  adaptations: readonly MessagesAdaptation[] | undefined,
): adaptations is readonly MessagesAdaptation[] {
  return adaptations !== undefined && adaptations.length > 0 && method === 'POST' && MESSAGES_PATH.test(path)
}

/**
 * Adapts a request body; returns `undefined` for one to forward unchanged: one that needs no change, is not JSON, or is
 * too complex to parse.
 *
 * @throws BadRequestError if a policy is `'error'` and the call needs that adaptation.
 */
export function adaptBody(
  body: Uint8Array,
  adaptations: readonly MessagesAdaptation[],
  options: TranslateOptions,
): (AdaptedMessages & { isStreamed: boolean }) | undefined {
  if (excessOf(body) !== undefined) return undefined
  const parsed: object | undefined = parseRequest(wholeText(body))
  const adapted = parsed && adaptMessages(parsed, adaptations, options)
  return adapted && { ...adapted, isStreamed: 'stream' in adapted.body && adapted.body.stream === true }
}

const LAST_SUCCESS = 299

/** Converts the response to an adapted request. */
export function adaptedResponse(
  head: ResponseHead,
  plan: MessagesReplyPlan | undefined,
  bounds: ResponseBounds,
  record: CallRecord,
): Forwarded | Translated {
  const type = firstValue(head.headers['content-type']) ?? ''
  const form = type.includes('text/event-stream') ? 'stream' : type.includes('json') ? 'whole' : undefined
  if (plan === undefined || form === undefined || head.status > LAST_SUCCESS) {
    const forwarded = forwardedResponse(head, record)
    Object.assign(forwarded.head.headers, diagnosticsHeader(record.diagnostics))
    return forwarded
  }
  const headers = keptHeaders(head.headers, OF_THE_BODY)
  headers['content-type'] = type
  Object.assign(headers, diagnosticsHeader(record.diagnostics))
  const codings = readCodings(firstValue(head.headers['content-encoding'])) ?? []
  return form === 'stream'
    ? new AdaptedStream({ ...head, headers }, codings, plan, bounds, record)
    : new AdaptedMessage({ ...head, headers }, codings, plan, bounds, record)
}

/** A message that is sent after the upstream's response is complete. */
class AdaptedMessage implements BufferedResponse {
  readonly kind = 'whole'
  readonly codings: BufferedResponse['codings']
  readonly isEndSent = false
  readonly #head: SentHead
  readonly #plan: MessagesReplyPlan
  readonly #record: CallRecord
  readonly #bounds: ResponseBounds
  readonly #pieces: Uint8Array[] = []
  #size = 0
  /** Bytes that the bounds are known to allow. */
  #allowed = 0
  /** The error of a body that the bounds do not allow. */
  #excess: unknown

  constructor(
    head: SentHead,
    codings: BufferedResponse['codings'],
    plan: MessagesReplyPlan,
    bounds: ResponseBounds,
    record: CallRecord,
  ) {
    this.#head = head
    this.codings = codings
    this.#plan = plan
    this.#bounds = bounds
    this.#record = record
  }

  get isOver(): boolean {
    return this.#excess !== undefined
  }

  push(bytes: Uint8Array): void {
    if (this.isOver) return
    this.#size += bytes.length
    try {
      if (this.#size > this.#allowed) this.#allowed = checkLength(this.#bounds, this.#size, 1)
      this.#pieces.push(bytes)
    } catch (error) {
      this.#excess = error
      this.#pieces.length = 0
    }
  }

  end(error?: unknown): ProxyResponse {
    const { status, headers } = this.#head
    try {
      if (this.isOver) throw this.#excess
      if (error !== undefined) throw error
      const text = wholeText(this.#pieces)
      if (text === undefined) throw new UnreadableReplyError({ message: 'The response is not UTF-8.' })
      return { status, headers, body: reshapeMessageJson(text, this.#plan) ?? text }
    } catch (thrown) {
      const failure = failureOf(thrown, 'body')
      this.#record.cause = failure.cause
      return PLAIN.failure(failure.status, failure.body, {
        'x-should-retry': 'true',
        ...diagnosticsHeader(this.#record.diagnostics),
      })
    }
  }
}

/** A message stream that is sent as it arrives. */
class AdaptedStream implements StreamedResponse {
  readonly kind = 'stream'
  readonly head: SentHead
  readonly codings: StreamedResponse['codings']
  readonly #stream: ReturnType<typeof reshapeMessageStream>
  readonly #record: CallRecord
  /** The error of a body that cannot be read. */
  #failure: unknown

  constructor(
    head: SentHead,
    codings: StreamedResponse['codings'],
    plan: MessagesReplyPlan,
    bounds: ResponseBounds,
    record: CallRecord,
  ) {
    this.head = head
    this.codings = codings
    this.#stream = reshapeMessageStream(plan, bounds)
    this.#record = record
  }

  get isOver(): boolean {
    return this.#failure !== undefined || this.#stream.isOver
  }

  /** A stream that a stop sequence ended continues at the upstream, and is cancelled. */
  readonly isEndSent = false

  push(bytes: Uint8Array): string {
    try {
      return this.isOver ? '' : this.#stream.push(bytes)
    } catch (error) {
      this.#failure = error
      return ''
    }
  }

  end(error?: unknown): { rest: string; isCut: boolean } {
    const isCut = !this.#stream.isEnded
    if (isCut) this.#record.cause = failureOf(this.#failure ?? error, 'body').cause
    return { rest: '', isCut }
  }
}
