import { IncompleteReplyError } from '../errors.ts'
import { damaged, readText } from '../utf8.ts'

/** The body of a response, read piece by piece. */
export interface Body {
  /** The next bytes; `undefined` at the end. Rejects when the connection is lost, or the signal aborts. */
  read(): Promise<Uint8Array | undefined>
  /** Cuts the connection off. */
  cancel(): void
  /** Reads the end that is sure to come, which lets the connection be used again; cuts it off if it does not. */
  letGo(): void
}

/**
 * Opens a body that `signal` ends, where there is one.
 *
 * That is not left to fetch alone: in Node its hold on the signal is a weak one, and is lost with the first garbage
 * collection after the headers have come.
 */
export function openBody(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): Body {
  const reader = stream.getReader()
  const close = (): void => {
    signal?.removeEventListener('abort', close)
    // What becomes of the connection concerns nobody any more.
    reader.cancel().catch(() => {})
  }
  if (signal?.aborted) close()
  else signal?.addEventListener('abort', close, { once: true })
  const taken = ({ value }: ReadableStreamReadResult<Uint8Array>): Uint8Array | undefined => {
    signal?.throwIfAborted()
    // A signal may end many bodies, one after the other.
    if (value === undefined) signal?.removeEventListener('abort', close)
    return value
  }
  return {
    read: () => reader.read().then(taken),
    cancel: close,
    letGo() {
      signal?.removeEventListener('abort', close)
      readOut(reader).then(
        isAtEnd => isAtEnd || close(),
        () => {},
      )
    },
  }
}

/** How many pieces may still come once all that counts has been read: a `[DONE]`, the end itself. */
const MOST_LEFT = 4

/** Reads what is left of a body, unless it is more than nothing to speak of; resolves to whether its end was reached. */
async function readOut(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  for (let pieces = 0; pieces < MOST_LEFT; pieces++) {
    const { done } = await reader.read()
    if (done) return true
  }
  return false
}

/**
 * All of a body as text; none where there is no body.
 *
 * @throws IncompleteReplyError when the connection is lost.
 * @throws UnreadableReplyError when it is not UTF-8.
 */
export async function bodyText(body: Body | undefined): Promise<string> {
  const reader = readText()
  let text = ''
  try {
    for (let bytes = await body?.read(); bytes !== undefined; bytes = await body?.read()) {
      text += reader.take(bytes)
    }
  } catch (cause) {
    throw new IncompleteReplyError({
      message: 'The connection was lost in the middle of the reply. Try the call again.',
      cause,
    })
  }
  reader.end()
  if (reader.isDamaged) throw damaged()
  return text
}
