import { UnreadableReplyError } from '../errors.ts'
import { isObject } from '../fields.ts'
import type { ErrorEvent, MessagesEvent } from '../wire.ts'

/**
 * Parses one server-sent event of a Messages stream; returns `undefined` for one to ignore, such as `[DONE]`.
 *
 * The type is read from the data, not from the event's name, because some servers omit the name.
 *
 * @throws UnreadableReplyError when the data is not JSON.
 * @example
 * const event = readEvent({ event: 'ping', data: '{"type":"ping"}' }) // { type: 'ping' }
 */
export function readEvent({
  event,
  data,
}: {
  event?: string | undefined
  data: string
}): MessagesEvent | undefined {
  // A ping may have no data, and servers of other APIs end with [DONE].
  if (data === '' || data === '[DONE]') return undefined
  const text = TEXT_DELTA.exec(data)?.[1]
  if (text !== undefined && event !== 'error')
    return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }
  const value = event === 'error' ? parseFailure(data) : parse(data)
  if (event === 'error' || isBareFailure(value)) return toErrorEvent(value)
  return toMessagesEvent(value)
}

/**
 * Validates a decoded event of a Messages stream; returns `undefined` for a malformed one. Accepts unknown types.
 *
 * @example
 * toMessagesEvent({ type: 'message_stop' }) // { type: 'message_stop' }
 */
export function toMessagesEvent(value: unknown): MessagesEvent | undefined {
  return isMessagesEvent(value) ? value : undefined
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    // The parser's own error quotes the text, which may be confidential.
    throw new UnreadableReplyError({
      message: `The stream holds an event of ${data.length} characters that is not JSON. Is baseURL a server that speaks the Messages API?`,
    })
  }
}

/**
 * Matches most events of a stream: a text delta without escapes, as the vendor formats it. This takes a quarter of the
 * time of `JSON.parse(data)`, which gives the same result.
 */
const TEXT_DELTA =
  /^\{"type":"content_block_delta","index":0,"delta":\{"type":"text_delta","text":"([^"\\\p{Cc}]*)"\} *\}$/u

/** How most events of a stream begin: a text delta, as the vendor formats it, up to its text. */
export const TEXT_DELTA_PREFIX =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'

/** Parses the data of an error, which may also be plain text. */
export function parseFailure(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

/** Checks the fields that the reducer needs to select an event. The reducer checks the others where it reads them. */
function isMessagesEvent(value: unknown): value is MessagesEvent {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  switch (value.type) {
    case 'message_start':
      return 'message' in value && hasId(value.message)
    case 'content_block_start':
      return 'content_block' in value && isObject(value.content_block)
    case 'content_block_delta':
    case 'message_delta':
      return 'delta' in value && isObject(value.delta)
    default:
      return typeof value.type === 'string'
  }
}

function hasId(message: unknown): boolean {
  return isObject(message) && 'id' in message && typeof message.id === 'string'
}

/** Whether a server sent an error without the `type` around it. */
function isBareFailure(value: unknown): boolean {
  return isObject(value) && !('type' in value) && 'error' in value && Boolean(value.error)
}

/** Converts an error to the vendor's format. `body` keeps the original where it had another format. */
export function toErrorEvent(value: unknown): ErrorEvent {
  const said = isObject(value) && 'error' in value ? value.error : undefined
  if (isErrorEvent(value)) return value
  if (isObject(value) && isObject(said)) {
    const error = { type: 'api_error', message: 'unknown error', ...said }
    return { type: 'error', error, body: value }
  }
  // llama.cpp sends the error without an envelope.
  if (isObject(value))
    return { type: 'error', error: { type: 'api_error', message: sentenceOf(value), ...value } }
  return { type: 'error', error: { type: 'api_error', message: String(value) }, body: value }
}

function isErrorEvent(value: unknown): value is ErrorEvent {
  if (!isObject(value) || !('type' in value) || value.type !== 'error' || !('error' in value)) return false
  const { error } = value
  return isObject(error) && 'type' in error && 'message' in error && typeof error.message === 'string'
}

/** Returns the error message, which other servers send in another field. */
function sentenceOf(failure: object): string {
  const { error, detail }: { error?: unknown; detail?: unknown } = failure
  for (const said of [error, detail]) if (typeof said === 'string') return said
  return 'unknown error'
}
