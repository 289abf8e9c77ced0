import type { Diagnostic } from './diagnostics/diagnostic.ts'
import type { ErrorBody } from './wire.ts'

/** Marks the errors of every installed copy of this package, so that each copy recognizes the others' errors. */
const MARK = Symbol.for('legacy-completions.error')

/**
 * The base of every error that this package throws. The names and fields are the old SDK's.
 *
 * @example
 * if (error instanceof AnthropicError) console.error(error.message, error.remedy)
 */
export class AnthropicError extends Error {
  /** What to do about it, where the message is the old SDK's own sentence. */
  declare remedy?: string

  /**
   * Returns whether a value is an error of this class, including one created by another copy of the package.
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

// Defined on the prototype, so that it does not appear in a printed error.
Object.defineProperty(AnthropicError.prototype, MARK, { value: true })

/**
 * A failed call: the server rejected it, or there was no response.
 *
 * @example
 * if (error instanceof APIError) console.error(error.status, error.requestID)
 */
export class APIError extends AnthropicError {
  /** The HTTP status; `undefined` when there was no response, or when it ended with an `error` event. */
  readonly status: number | undefined
  readonly headers: Headers | undefined
  /** The whole parsed body: `error.error.message` is the server's message. */
  readonly error: unknown
  /** The `request-id` header. */
  readonly requestID: string | null | undefined
  /** The same value under the name that it had in the official SDK 0.27 to 0.39. */
  get request_id(): string | null | undefined {
    return this.requestID
  }
  /** `invalid_request_error`, `rate_limit_error`, … where the body names it. */
  readonly type: string | null
  /** The text received before a stream broke off. */
  declare partialText?: string
  /** The diagnostics of the request, when this package rejected it without sending it. */
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

  /** Creates an error of the class that belongs to the status. */
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

/**
 * A call that was aborted by its `signal`, or because the program stopped reading its stream.
 *
 * @example
 * if (error instanceof APIUserAbortError) return
 */
export class APIUserAbortError extends APIError {
  declare readonly status: undefined
  constructor({ message }: { message?: string | undefined } = {}) {
    super(undefined, undefined, message ?? 'Request was aborted.', undefined)
  }
}

/**
 * A call that received no response. `cause` has the platform's error, and `remedy` says what to check.
 *
 * @example
 * if (error instanceof APIConnectionError) console.error(error.remedy ?? error.message)
 */
export class APIConnectionError extends APIError {
  declare readonly status: undefined
  constructor({ message, cause }: { message?: string | undefined; cause?: unknown } = {}) {
    super(undefined, undefined, message ?? 'Connection error.', undefined)
    if (cause !== undefined) this.cause = cause
  }
}

/**
 * A response that did not begin, or a non-streamed response that did not end, within `timeout` milliseconds.
 *
 * @example
 * if (error instanceof APIConnectionTimeoutError) await retryLater()
 */
export class APIConnectionTimeoutError extends APIConnectionError {
  constructor({ message }: { message?: string | undefined } = {}) {
    super({ message: message ?? 'Request timed out.' })
  }
}

/**
 * A response that ended before the completion did. `partialText` has the text received until then.
 *
 * @example
 * if (error instanceof IncompleteReplyError) save(error.partialText)
 */
export class IncompleteReplyError extends APIConnectionError {
  /** @internal Creates the error from a reason and the text received so far, and adds the remedy. */
  static of(reason: string, partialText: string, cause?: unknown): IncompleteReplyError {
    const error = new IncompleteReplyError({
      message: `${reason} The reply is incomplete. The text received so far is in error.partialText. Try the call again.`,
      cause,
    })
    error.partialText = partialText
    return error
  }

  /** @internal Creates the error for a response that exceeds the limit of its reader. */
  static tooLarge(): IncompleteReplyError {
    const cause = Object.assign(new Error('The response exceeds the limit.'), { code: 'RESPONSE_TOO_LARGE' })
    return IncompleteReplyError.of('The response is larger than allowed.', '', cause)
  }

  /** @internal Creates the error for a response that exceeds the memory that all calls share. */
  static overloaded(): IncompleteReplyError {
    const cause = Object.assign(new Error('All responses exceed the limit.'), { code: 'RESPONSES_TOO_LARGE' })
    return IncompleteReplyError.of('Too many large responses are open.', '', cause)
  }
}

/**
 * A response that is not a Messages API response: not JSON, not UTF-8, or of another format. Check `baseURL`.
 *
 * @example
 * if (error instanceof UnreadableReplyError) console.error(error.message)
 */
export class UnreadableReplyError extends APIConnectionError {}

/**
 * Status 400: the request is invalid. If this package rejected it without sending it, `diagnostics` lists the problems,
 * each with its span in the prompt and its fix.
 *
 * @example
 * if (error instanceof BadRequestError) for (const { message, fix } of error.diagnostics ?? []) show(message, fix)
 */
export class BadRequestError extends APIError {
  declare readonly status: 400
  declare readonly headers: Headers
}

/**
 * Status 401: the key is missing or invalid.
 *
 * @example
 * if (error instanceof AuthenticationError) askForKey()
 */
export class AuthenticationError extends APIError {
  declare readonly status: 401
  declare readonly headers: Headers
}

/**
 * Status 403: the key may not use the resource.
 *
 * @example
 * if (error instanceof PermissionDeniedError) console.error(error.message)
 */
export class PermissionDeniedError extends APIError {
  declare readonly status: 403
  declare readonly headers: Headers
}

/**
 * Status 404: the model or the path does not exist.
 *
 * @example
 * if (error instanceof NotFoundError) useAnotherModel()
 */
export class NotFoundError extends APIError {
  declare readonly status: 404
  declare readonly headers: Headers
}

/**
 * Status 409: the request conflicts with another. It was retried `maxRetries` times.
 *
 * @example
 * if (error instanceof ConflictError) await retryLater()
 */
export class ConflictError extends APIError {
  declare readonly status: 409
  declare readonly headers: Headers
}

/**
 * Status 422: the request is well-formed but cannot be processed.
 *
 * @example
 * if (error instanceof UnprocessableEntityError) console.error(error.message)
 */
export class UnprocessableEntityError extends APIError {
  declare readonly status: 422
  declare readonly headers: Headers
}

/**
 * Status 429: too many requests. The request was retried `maxRetries` times; `headers` has `retry-after`.
 *
 * @example
 * if (error instanceof RateLimitError) await wait(error.headers.get('retry-after'))
 */
export class RateLimitError extends APIError {
  declare readonly status: 429
  declare readonly headers: Headers
}

/**
 * Status 500 or above: the server failed, or is overloaded (529). The request was retried `maxRetries` times.
 *
 * @example
 * if (error instanceof InternalServerError) await retryLater()
 */
export class InternalServerError extends APIError {
  declare readonly status: number
  declare readonly headers: Headers
}

const ERROR_BY_STATUS: Readonly<Record<number, typeof APIError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
}

/** Creates the error for a request that is rejected without being sent, in the format of the old server. */
export function refuse(message: string, diagnostics: readonly Diagnostic[] = []): BadRequestError {
  const body: ErrorBody = { type: 'error', error: { type: 'invalid_request_error', message } }
  const error = new BadRequestError(400, body, undefined, new Headers())
  error.diagnostics = diagnostics
  return error
}

/**
 * Formats `400 {"type":"error",…}`, the old SDK's message, because existing code parses it. For a body with a top-level
 * `message`, as some other servers send, only that message is shown.
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

/** Characters of a body that a message shows; `error` has the whole body. */
const LONGEST_SHOWN = 4000

/** Matches API keys and tokens: some gateways repeat the request's headers in their error messages. */
const KEYS = /\b(sk-|Bearer\s+(?=[\w.~+/=-]*\d))[\w.~+/=-]{8,}/gi

function showable(body: string): string {
  // Cut before the search, because a body may be large; 1000 extra characters keep a key at the cut whole.
  const text = body.slice(0, LONGEST_SHOWN + 1000).replace(KEYS, '$1…')
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}

function errorType(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null
  const { error } = body
  if (typeof error !== 'object' || error === null || !('type' in error)) return null
  return typeof error.type === 'string' ? error.type : null
}
