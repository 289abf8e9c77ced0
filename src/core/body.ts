import { AnthropicError, APIConnectionError, IncompleteReplyError } from '../errors.ts'
import { damaged, readText } from '../utf8.ts'
import { offAbort, onAbort } from './abort.ts'

/** The next piece of a body; none at its end. */
export interface BodyPiece<Piece> {
  value?: Piece | undefined
}

/** The body of a response in pieces: bytes, or events that an SDK has decoded. */
export interface Body<Piece> {
  /**
   * Resolves with the next piece. Rejects when the connection is lost. Call `throwIfAborted` after it.
   *
   * The check is a method of its own, because `read` would need another promise for it: a stream with a chunk for each
   * event takes 5 % longer.
   */
  read(): Promise<BodyPiece<Piece>>
  /** Throws the reason of the signal if it has aborted, also after the body has ended. */
  throwIfAborted(): void
  /** Closes the connection. Call it or `drain` in every case: programs use one signal for many bodies. */
  cancel(): void
  /** Reads the rest, which makes the connection reusable; closes the connection if the end does not come soon. */
  drain(): void
}

/**
 * Opens a body and closes it when `signal` aborts.
 *
 * fetch alone is not enough: Node references the signal weakly, and loses it with the first garbage collection after
 * the headers have arrived.
 *
 * @throws AnthropicError when the body is being read or was read by something else.
 */
export function openBody(response: Response, signal: AbortSignal | undefined): Body<Uint8Array> {
  const { body: stream, bodyUsed } = response
  if (stream === null) return NO_BODY
  if (bodyUsed || stream.locked) {
    throw alreadyRead()
  }
  const reader = stream.getReader()
  let isAborted = signal?.aborted === true
  const abort = (): void => {
    isAborted = true
    close()
  }
  const close = (): void => {
    if (signal !== undefined) offAbort(signal, abort)
    // The response was read or abandoned, so later errors of the connection do not matter.
    reader.cancel().catch(() => {})
  }
  if (isAborted) close()
  else if (signal !== undefined) onAbort(signal, abort)
  return {
    read: () => reader.read(),
    throwIfAborted() {
      // In Node each signal has a hidden class of its own, so asking the signal for each chunk is slow.
      if (isAborted) signal?.throwIfAborted()
    },
    cancel: close,
    drain() {
      if (signal !== undefined) offAbort(signal, abort)
      // An open connection keeps a program running, so the timer need not.
      const timer = setTimeout(close, LONGEST_END)
      timer.unref?.()
      readRest(reader)
        .then(
          isAtEnd => isAtEnd || close(),
          () => {},
        )
        .finally(() => clearTimeout(timer))
    },
  }
}

const alreadyRead = (): AnthropicError =>
  new AnthropicError(
    'The body of the response has already been read. Pass a fetch that leaves it unread, for example one that logs response.clone().',
  )

/** Creates the error for a request whose body is being read or was read by something else. */
export function requestAlreadyRead(): TypeError {
  return new TypeError('The body of the request has already been read. Pass a request with an unread body.')
}

const NO_BODY: Body<never> = { read: async () => ({}), throwIfAborted() {}, cancel() {}, drain() {} }

/** Milliseconds to wait for the end of a body after the last relevant event. */
const LONGEST_END = 1000

/** Pieces that may follow the last relevant event, such as `[DONE]` and the end of the body. */
const MOST_REMAINING = 4

/** Reads the rest of a body unless it is long; resolves to whether it reached the end. */
async function readRest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  for (let pieces = 0; pieces < MOST_REMAINING; pieces++) {
    const { done } = await reader.read()
    if (done) return true
  }
  return false
}

/**
 * Reads all of a body as text.
 *
 * @throws IncompleteReplyError when the connection is lost.
 * @throws UnreadableReplyError when the body is not UTF-8.
 */
export async function bodyText(body: Body<Uint8Array>): Promise<string> {
  const reader = readText()
  let text = ''
  try {
    for (let { value } = await body.read(); value !== undefined; { value } = await body.read()) {
      text += reader.take(value)
    }
    body.throwIfAborted()
  } catch (cause) {
    throw connectionLost(cause)
  } finally {
    body.cancel()
  }
  reader.end()
  if (reader.isDamaged) throw damaged()
  return text
}

/** Creates the error for a non-streamed response whose connection was lost. */
export function connectionLost(cause: unknown): IncompleteReplyError {
  const message = 'The connection was lost in the middle of the reply. Try the call again.'
  return new IncompleteReplyError({ message, cause })
}

/** The members of a response that this package uses. */
type ResponseLike = Pick<Response, 'status' | 'statusText' | 'headers'> & {
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null
}

/**
 * Converts the response of another library to a platform `Response`. node-fetch, which the old SDK used and many
 * programs still pass as `fetch`, has bodies that are Node streams.
 *
 * @throws APIConnectionError for a value that is not a response.
 * @throws AnthropicError for a successful response whose body is being read or was read.
 */
export function toPlatformResponse(response: ResponseLike): Response {
  if (response instanceof Response) {
    // The status of a failure is enough for its error.
    if (response.ok && (response.bodyUsed || response.body?.locked)) throw alreadyRead()
    return response
  }
  if (typeof Object(response).status !== 'number') {
    throw new APIConnectionError({
      message: `The fetch of this client returned ${response === null ? 'null' : typeof response} instead of a Response. Return the response in the function that was passed as fetch.`,
    })
  }
  const { status, statusText, headers, body = null } = response
  const stream = body === null || 'getReader' in body ? body : toWebStream(body)
  return new Response(stream, { status, statusText, headers: [...headers] })
}

function toWebStream(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value))
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}
