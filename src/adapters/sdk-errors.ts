import {
  AnthropicError,
  APIConnectionError,
  APIError,
  APIUserAbortError,
  IncompleteReplyError,
  UnreadableReplyError,
} from '../errors.ts'

/** Makes of what ended an answer in its middle the error to be told. */
export type Broken = (error: unknown, partialText?: string) => unknown

/**
 * What ended an answer in its middle, as an error of ours: the SDK has none for it, and lets pass what the platform
 * throws, which may quote the answer, and does not have the text that had come. Its own errors stay what they are.
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
 * An error of ours as one of the SDK, made by its own class, which is what the caller's `instanceof` asks for and whose
 * fields it reads. Errors of the SDK stay what they are.
 */
export function inClassOf(client: object, error: unknown): unknown {
  if (!(error instanceof AnthropicError)) return error
  for (let kind: object | null = error.constructor; kind !== null; kind = Object.getPrototypeOf(kind)) {
    const theirs: unknown = Reflect.get(client.constructor, 'name' in kind ? String(kind.name) : '')
    if (typeof theirs === 'function' && theirs.prototype instanceof Error) {
      const { message, stack } = error
      const made: Error = Reflect.construct(theirs, argumentsOf(error))
      // Its sentence and its fields are ours, some of which theirs does not have.
      return Object.assign(made, { ...error, message, stack })
    }
    if (kind === AnthropicError) break
  }
  return error
}

/** What the constructors of the SDK take. */
function argumentsOf(error: AnthropicError): unknown[] {
  const { message, cause } = error
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) return [{ message, cause }]
  return error instanceof APIError ? [error.status, error.error, message, error.headers] : [message]
}
