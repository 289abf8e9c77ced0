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
 * Opens a body that `signal` ends.
 *
 * That is not left to fetch alone: in Node its hold on the signal is a weak one, and is lost with the first garbage
 * collection after the headers have come.
 */
export function openBody(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Body {
  const reader = stream.getReader()
  const close = (): void => {
    signal.removeEventListener('abort', close)
    // What becomes of the connection concerns nobody any more.
    reader.cancel().catch(() => {})
  }
  signal.addEventListener('abort', close, { once: true })
  return {
    async read() {
      signal.throwIfAborted()
      const { value } = await reader.read()
      signal.throwIfAborted()
      return value
    },
    cancel: close,
    letGo() {
      signal.removeEventListener('abort', close)
      reader.read().then(
        ({ done }) => done || close(),
        () => {},
      )
    },
  }
}
