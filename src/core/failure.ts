/** Classifies the failures of an upstream and writes the message that the client gets. */
import { APIError, IncompleteReplyError, UnreadableReplyError } from '../errors.ts'
import { isObject } from '../fields.ts'
import type { ErrorBody } from '../wire.ts'

/**
 * Why the upstream did not send a complete response.
 *
 * - `dns`: its name could not be resolved;
 * - `refused`, `unreachable`, `tls`: no connection could be made;
 * - `reset`: it closed the connection before it responded;
 * - `timeout`: it was silent for too long;
 * - `head-too-large`: the head of its response is larger than allowed;
 * - `garbage`: its response is not HTTP, or not a Messages API response;
 * - `cut`: its response ended before it was complete;
 * - `too-large`: its response is larger than the proxy's `maxResponseBytes`, or than the requested tokens can be;
 * - `overloaded`: the responses that the proxy holds in memory together exceed three times `maxResponseBytes`;
 * - `error-event`: its response reported an error after it had begun;
 * - `status`: it responded with a status of 500 or above;
 * - `exhausted`: this machine has no free socket or file descriptor;
 * - `other`: none of these.
 */
export type FailureCause =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'reset'
  | 'timeout'
  | 'head-too-large'
  | 'garbage'
  | 'cut'
  | 'too-large'
  | 'overloaded'
  | 'error-event'
  | 'status'
  | 'exhausted'
  | 'other'

const CAUSES: readonly [code: RegExp, cause: FailureCause][] = [
  [/^(?:ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/, 'dns'],
  [/^ECONNREFUSED$/, 'refused'],
  [/^RESPONSE_TOO_LARGE$/, 'too-large'],
  [/^RESPONSES_TOO_LARGE$/, 'overloaded'],
  [/^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/, 'unreachable'],
  [/TIMEOUT|TIMEDOUT/, 'timeout'],
  [/HEADERS?_OVERFLOW/, 'head-too-large'],
  [/^(?:EMFILE|ENFILE|ENOBUFS|ENOMEM)$/, 'exhausted'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/, 'reset'],
  [/TLS|SSL|CERT|SIGNATURE|^EPROTO$|VERIFY/, 'tls'],
  [/^(?:HPE_|UND_ERR_(?:RES_)?|Z_|ERR__ERROR_FORMAT|ERR_BROTLI)/, 'garbage'],
]

/** Whether the response has begun: `head` before, `body` after. */
export type Stage = 'head' | 'body'

/** Returns the cause of an error from a connection, a decoder or a content coding. */
export function causeOf(error: unknown, stage: Stage): FailureCause {
  if (UnreadableReplyError.isInstance(error)) return 'garbage'
  if (APIError.isInstance(error) && error.error !== undefined) return 'error-event'
  // fetch and the decoder wrap the error of the connection.
  for (let inner = error, depth = 0; depth < 5 && inner instanceof Error; inner = inner.cause, depth++) {
    const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : ''
    const found = CAUSES.find(([pattern]) => pattern.test(code))
    if (found === undefined) continue
    return found[1] === 'reset' && stage === 'body' ? 'cut' : found[1]
  }
  if (IncompleteReplyError.isInstance(error)) return 'cut'
  return stage === 'body' && !(error instanceof TypeError) ? 'cut' : 'other'
}

/** A failure of the upstream, in the format of the legacy endpoint. */
export interface Failure {
  status: number
  body: ErrorBody
  cause: FailureCause
}

/** The status for each type of error that an upstream may report inside a response of status 200. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  overloaded_error: 529,
  rate_limit_error: 429,
  timeout_error: 504,
}

/** The status and the type of the error for causes other than a failed connection. */
const STATUS_OF_CAUSE: Readonly<Partial<Record<FailureCause, readonly [number, string]>>> = {
  timeout: [504, 'timeout_error'],
  overloaded: [529, 'overloaded_error'],
}

/** Characters of an upstream message that are repeated. */
const LONGEST_SENTENCE = 1000

/**
 * Writes the failure for clients in any language: without library messages or JavaScript names. An error that the
 * upstream itself reported keeps its body.
 */
export function failureOf(error: unknown, stage: Stage): Failure {
  const cause = causeOf(error, stage)
  if (cause === 'error-event' && APIError.isInstance(error)) {
    const { type, error: body } = error
    if (type === null) {
      // A body that is not JSON is itself the message.
      const message = typeof body === 'string' ? body.slice(0, LONGEST_SENTENCE) : error.message
      return { status: 502, body: { type: 'error', error: { type: 'api_error', message } }, cause }
    }
    if (isErrorBody(body)) return { status: STATUS_OF_TYPE[type] ?? 500, body, cause }
  }
  const [status, type] = STATUS_OF_CAUSE[cause] ?? [502, 'api_error']
  return { status, body: { type: 'error', error: { type, message: sentenceOf(cause, stage, error) } }, cause }
}

function sentenceOf(cause: FailureCause, stage: Stage, error: unknown): string {
  if (cause === 'timeout') {
    return stage === 'head'
      ? 'The upstream took too long to answer.'
      : 'The upstream stopped sending its response. The response is incomplete.'
  }
  if (cause === 'overloaded')
    return 'The proxy holds too many large responses at the moment. Try again later, or request fewer tokens.'
  if (stage === 'head') return 'The upstream could not be reached.'
  if (cause === 'too-large')
    return 'The upstream’s response is larger than the proxy allows. It is incomplete.'
  // Libraries have different errors for a damaged connection; all of them count as `cut`.
  if (UnreadableReplyError.isInstance(error) || cause === 'other')
    return 'The upstream’s response is not a message of the Messages API: it is not JSON, not UTF-8, or has other fields.'
  return 'The upstream’s response ended in the middle. It is incomplete.'
}

/** Whether a body has an `error` object, as error bodies of both endpoints do. */
export function isErrorBody(body: unknown): body is ErrorBody {
  return isObject(body) && 'error' in body && isObject(body.error)
}
