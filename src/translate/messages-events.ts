import { UnreadableReplyError } from '../errors.ts'
import type { ErrorEvent, MessagesEvent } from '../wire.ts'

/**
 * Reads one server-sent event of a Messages stream; `undefined` for one that says nothing.
 *
 * Types are told by the data, not by the event's name, which some servers leave out.
 *
 * @throws UnreadableReplyError when the data is not JSON.
 */
export function readEvent({
  event,
  data,
}: {
  event?: string | undefined
  data: string
}): MessagesEvent | undefined {
  // A ping may come without data, and servers of other APIs end with [DONE].
  if (data === '' || data === '[DONE]') return undefined
  const text = TEXT_DELTA.exec(data)?.[1]
  if (text !== undefined && event !== 'error')
    return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }
  const value = event === 'error' ? parseFailure(data) : parse(data)
  if (event === 'error' || isBareFailure(value)) return toErrorEvent(value)
  return toMessagesEvent(value)
}

/** A decoded event of a Messages stream; `undefined` for one that says nothing. */
export function toMessagesEvent(value: unknown): MessagesEvent | undefined {
  return isMessagesEvent(value) ? value : undefined
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    // The parser's own error quotes the text, which may be anybody's.
    throw new UnreadableReplyError({
      message: `The stream holds an event of ${data.length} characters that is not JSON. Is baseURL a server that speaks the Messages API?`,
    })
  }
}

/**
 * Nearly all events of a stream: a piece of text with nothing escaped in it, as the vendor writes it. Read so, it takes a
 * quarter of the time of `JSON.parse(data)`, which says the same.
 */
const TEXT_DELTA =
  /^\{"type":"content_block_delta","index":0,"delta":\{"type":"text_delta","text":"([^"\\\p{Cc}]*)"\} *\}$/u

/** What went wrong may be said in words, too. */
export function parseFailure(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

/** What the fold itself relies on is checked here; it checks the rest where it reads it. */
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** An error that a server sends without the name and the type around it. */
function isBareFailure(value: unknown): boolean {
  return isObject(value) && !('type' in value) && 'error' in value && Boolean(value.error)
}

/** The form that the vendor gives an error; the old body is kept beside it where it had another. */
export function toErrorEvent(value: unknown): ErrorEvent {
  const said = isObject(value) && 'error' in value ? value.error : undefined
  if (isErrorEvent(value)) return value
  if (isObject(value) && isObject(said)) {
    const error = { type: 'api_error', message: 'unknown error', ...said }
    return { type: 'error', error, body: value }
  }
  // llama.cpp sends the error itself, without the envelope around it.
  if (isObject(value))
    return { type: 'error', error: { type: 'api_error', message: sentenceOf(value), ...value } }
  return { type: 'error', error: { type: 'api_error', message: String(value) }, body: value }
}

function isErrorEvent(value: unknown): value is ErrorEvent {
  if (!isObject(value) || !('type' in value) || value.type !== 'error' || !('error' in value)) return false
  const { error } = value
  return isObject(error) && 'type' in error && 'message' in error && typeof error.message === 'string'
}

/** What went wrong, where it stands under another name than ours. */
function sentenceOf(failure: object): string {
  const { error, detail }: { error?: unknown; detail?: unknown } = failure
  for (const said of [error, detail]) if (typeof said === 'string') return said
  return 'unknown error'
}
