import type { Diagnostic } from './diagnostics/diagnostic.ts'
import type { ErrorBody } from './wire.ts'

/** Marks the errors of every copy of this package, so that two installed copies know each other's. */
const MARK = Symbol.for('legacy-completions.error')

/** The base of every error this package raises. The names and fields are the old SDK's. */
export class AnthropicError extends Error {
  /** What to do about it, where the message is the old SDK's own and says no more than that did. */
  declare remedy?: string

  /**
   * Whether a value is an error of this class, also when another copy of the package made it.
   *
   * @example
   * if (RateLimitError.isInstance(error)) await later()
   */
  static isInstance<C extends abstract new (...args: never) => unknown>(
    this: C,
    value: unknown,
  ): value is InstanceType<C> {
    if (value instanceof this) return true
    if (!(value instanceof Error) || !(MARK in value)) return false
    for (let kind = value.constructor; kind !== Error && kind !== null; kind = Object.getPrototypeOf(kind)) {
      if (kind.name === this.name) return true
    }
    return false
  }
}

// On the prototype, where it shows in no print-out of an error.
Object.defineProperty(AnthropicError.prototype, MARK, { value: true })

/** A request that failed: refused by the server, or never answered. */
export class APIError extends AnthropicError {
  /** The HTTP status; `undefined` when there was no answer, or when it broke off with an `error` event. */
  readonly status: number | undefined
  readonly headers: Headers | undefined
  /** The whole parsed body: `error.error.message` is the server's sentence. */
  readonly error: unknown
  /** The `request-id` header. */
  readonly requestID: string | null | undefined
  /** The same under the name that it had in the official SDK 0.27 to 0.39. */
  get request_id(): string | null | undefined {
    return this.requestID
  }
  /** `invalid_request_error`, `rate_limit_error`, … where the body names it. */
  readonly type: string | null
  /** What the text had come to when a stream broke off. */
  declare partialText?: string
  /** What this package noticed in the request, when it refused it itself. */
  declare diagnostics?: readonly Diagnostic[]

  constructor(
    status: number | undefined,
    error: unknown,
    message: string | undefined,
    headers: Headers | undefined,
  ) {
    super(errorMessage(status, error, message))
    this.status = status
    this.headers = headers
    this.requestID = headers?.get('request-id')
    this.error = error
    this.type = errorType(error)
  }

  /** The error of the class that belongs to a status. */
  static generate(
    status: number | undefined,
    error: unknown,
    message: string | undefined,
    headers: Headers | undefined,
  ): APIError {
    if (status === undefined) return new APIConnectionError({ message, cause: error })
    const Kind = ERROR_BY_STATUS[status] ?? (status >= 500 ? InternalServerError : APIError)
    return new Kind(status, error, message, headers)
  }
}

export class APIUserAbortError extends APIError {
  constructor({ message }: { message?: string | undefined } = {}) {
    super(undefined, undefined, message ?? 'Request was aborted.', undefined)
  }
}

export class APIConnectionError extends APIError {
  constructor({ message, cause }: { message?: string | undefined; cause?: unknown } = {}) {
    super(undefined, undefined, message ?? 'Connection error.', undefined)
    if (cause !== undefined) this.cause = cause
  }
}

export class APIConnectionTimeoutError extends APIConnectionError {
  constructor({ message }: { message?: string | undefined } = {}) {
    super({ message: message ?? 'Request timed out.' })
  }
}

/** A stream or a reply that ended before its end was said. What had come is in `partialText`. */
export class IncompleteReplyError extends APIConnectionError {
  /** @internal Says why the reply is incomplete, keeps what had come of it, and names the remedy. */
  static of(reason: string, partialText: string, cause?: unknown): IncompleteReplyError {
    const error = new IncompleteReplyError({
      message: `${reason} The reply is incomplete; what had come of it is in error.partialText. Try the call again.`,
      cause,
    })
    error.partialText = partialText
    return error
  }
}

/** A reply that is not in the grammar of the Messages API. */
export class UnreadableReplyError extends APIConnectionError {}

export class BadRequestError extends APIError {}
export class AuthenticationError extends APIError {}
export class PermissionDeniedError extends APIError {}
export class NotFoundError extends APIError {}
export class ConflictError extends APIError {}
export class UnprocessableEntityError extends APIError {}
export class RateLimitError extends APIError {}
export class InternalServerError extends APIError {}

const ERROR_BY_STATUS: Readonly<Record<number, typeof APIError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
}

/** The refusal of a request that was never sent, in the form the old server gave it. */
export function refuse(message: string, diagnostics: readonly Diagnostic[] = []): BadRequestError {
  const body: ErrorBody = { type: 'error', error: { type: 'invalid_request_error', message } }
  const error = new BadRequestError(400, body, undefined, undefined)
  error.diagnostics = diagnostics
  return error
}

/**
 * `400 {"type":"error",…}`: the old SDK's message, which code in the wild takes apart. Of a body that has a `message`
 * itself, as those of other servers, only that is shown.
 */
function errorMessage(status: number | undefined, error: unknown, message: string | undefined): string {
  const own = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
  const shown = own || error
  const whole =
    shown === undefined ? message : shown === own && typeof own === 'string' ? own : JSON.stringify(shown)
  const said = whole === undefined ? undefined : showable(whole)
  if (status !== undefined) return said ? `${status} ${said}` : `${status} status code (no body)`
  return said || '(no status code or body)'
}

/** More than this of a body is not shown; all of it is in `error`. */
const LONGEST_SHOWN = 4000

/** What looks like a key: some gateways repeat the request's headers in what they refuse it with. */
const KEYS = /\b(sk-|Bearer\s+(?=[\w.~+/=-]*\d))[\w.~+/=-]{8,}/gi

function showable(body: string): string {
  // Cut first, for a body may be large, and with room for a key that lies on the edge.
  const text = body.slice(0, LONGEST_SHOWN + 1000).replace(KEYS, '$1…')
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}

function errorType(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null
  const { error } = body
  if (typeof error !== 'object' || error === null || !('type' in error)) return null
  return typeof error.type === 'string' ? error.type : null
}
