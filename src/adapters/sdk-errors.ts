import {
  AnthropicError,
  APIConnectionError,
  APIError,
  APIUserAbortError,
  IncompleteReplyError,
  UnreadableReplyError,
} from '../errors.ts'

/** Converts what broke a response to the error that the caller gets. */
export type Broken = (error: unknown, partialText?: string) => unknown

/**
 * Converts what broke a response to an error of this package. The SDK has no error for it and throws the platform's,
 * which may quote the response and lacks the text received so far. Errors of the SDK are returned unchanged.
 */
export function brokenOff(
  client: object,
  signal: AbortSignal | undefined,
  error: unknown,
  partialText: string,
): unknown {
  const TheirError: unknown = Reflect.get(client.constructor, 'AnthropicError')
  const knowsTheirs = typeof TheirError === 'function'
  const isTheirs = knowsTheirs ? error instanceof TheirError : !isOfPlatform(error)
  if (isTheirs || error instanceof AnthropicError) return error
  if (signal?.aborted) return new APIUserAbortError()
  if (error instanceof SyntaxError) {
    const unreadable = new UnreadableReplyError({
      message: 'The reply is not JSON, or not all of it. Is baseURL a server that speaks the Messages API?',
    })
    return Object.assign(unreadable, { partialText })
  }
  return IncompleteReplyError.of('The connection was lost in the middle of the reply.', partialText, error)
}

function isOfPlatform(error: unknown): boolean {
  return error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException
}

/**
 * Converts an error of this package to the SDK's class of the same name, because callers check `instanceof` with the
 * SDK's classes. Errors of the SDK are returned unchanged.
 */
export function inClassOf(client: object, error: unknown): unknown {
  if (!(error instanceof AnthropicError)) return error
  for (let kind: object | null = error.constructor; kind !== null; kind = Object.getPrototypeOf(kind)) {
    const theirs: unknown = Reflect.get(client.constructor, 'name' in kind ? String(kind.name) : '')
    if (typeof theirs === 'function' && theirs.prototype instanceof Error) {
      const { message, stack } = error
      const made: Error = Reflect.construct(theirs, argumentsOf(error))
      // Copies message and fields, because the SDK's constructor words its own message and lacks some of the fields.
      return Object.assign(made, { ...error, message, stack })
    }
    if (kind === AnthropicError) break
  }
  return error
}

/** The arguments for the constructor of the SDK's error class. */
function argumentsOf(error: AnthropicError): unknown[] {
  const { message, cause } = error
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) return [{ message, cause }]
  return error instanceof APIError ? [error.status, error.error, message, error.headers] : [message]
}
