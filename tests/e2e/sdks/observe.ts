import type { Completion, SecondClass } from './surface.ts'

/** What a case saw: anything that JSON can hold, so that it can be compared, printed and kept. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json }
export type Observed = { [key: string]: Json }

/** The error classes that programs ask for with `instanceof`. */
export const ERROR_CLASSES = [
  'AnthropicError',
  'APIError',
  'APIConnectionError',
  'APIConnectionTimeoutError',
  'APIUserAbortError',
  'BadRequestError',
  'AuthenticationError',
  'PermissionDeniedError',
  'NotFoundError',
  'ConflictError',
  'UnprocessableEntityError',
  'RateLimitError',
  'InternalServerError',
] as const

/** Everything of an error that a program can react to. */
export function describeError(error: unknown, Anthropic?: SecondClass): Observed {
  if (!(error instanceof Error)) return { thrown: toJson(error) }
  const fields: Record<string, unknown> = { ...error }
  const { headers } = fields
  return {
    class: error.constructor.name,
    instanceOf: ERROR_CLASSES.filter(name => isInstance(error, Anthropic?.[name])),
    name: error.name,
    message: error.message,
    status: toJson(read(error, 'status')),
    body: toJson(read(error, 'error')),
    requestId: toJson(read(error, 'requestID' in error ? 'requestID' : 'request_id')),
    type: toJson(read(error, 'type')),
    code: toJson(read(error, 'code')),
    hasCause: error.cause !== undefined,
    headers:
      headers instanceof Headers ? 'Headers' : typeof headers === 'object' && headers ? 'object' : 'none',
    text: String(error),
  }
}

function isInstance(error: Error, kind: unknown): boolean {
  return typeof kind === 'function' && error instanceof kind
}

/** A field that may not be there. */
export function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined
}

/** What a call came to, be it a value or an error. */
export async function outcome(
  Anthropic: SecondClass,
  action: () => Promise<Observed> | Observed,
): Promise<Observed> {
  try {
    return await action()
  } catch (error) {
    return { error: describeError(error, Anthropic) }
  }
}

/** What a loop over a stream came to: its chunks, and the error that ended it. */
export async function observeStream(
  Anthropic: SecondClass,
  stream: AsyncIterable<Completion>,
  each: (chunk: Completion, count: number) => 'break' | undefined = () => undefined,
): Promise<Observed> {
  const chunks: Completion[] = []
  const seen = (): Observed => ({
    chunks: chunks.map(({ completion }) => completion),
    text: chunks.map(({ completion }) => completion).join(''),
    // The order of the fields counts too: programs print chunks, and compare the prints.
    fields: Object.keys(chunks[0] ?? {}).join(' '),
    last: toJson(chunks.at(-1)),
  })
  try {
    for await (const chunk of stream) {
      chunks.push(chunk)
      if (each(chunk, chunks.length) === 'break') break
    }
    return { ...seen(), ended: 'without an error' }
  } catch (error) {
    return { ...seen(), ended: describeError(error, Anthropic) }
  }
}

/** A whole completion, and what can be read of it without being a field. */
export function observeWhole(completion: Completion): Observed {
  return {
    completion: toJson(completion),
    fields: Object.keys(completion).join(' '),
    requestId: toJson(read(completion, '_request_id')),
  }
}

/** Converts a value to JSON. A value that JSON does not support becomes its type. */
export function toJson(value: unknown): Json {
  if (value === undefined) return undefined
  const text = JSON.stringify(value)
  return text === undefined ? typeof value : JSON.parse(text)
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds))
