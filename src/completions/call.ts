import { APIConnectionTimeoutError, APIError } from '../errors.ts'

/** The longest a timer can be set to, in milliseconds; a longer one would fire at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/** One call from its start to its end, and what can end it early: the caller's signal, or too much time. */
export class Call {
  readonly controller: AbortController = new AbortController()
  #signal: AbortSignal | undefined
  readonly #abort = (): void => this.controller.abort()

  /** Ends with the caller's signal from now on. */
  follow(signal: AbortSignal | null | undefined): void {
    if (signal?.aborted) this.#abort()
    signal?.addEventListener('abort', this.#abort, { once: true })
    this.#signal = signal ?? undefined
  }

  /** Lets go of the caller's signal, which may outlive many calls. */
  release(): void {
    this.#signal?.removeEventListener('abort', this.#abort)
  }

  /**
   * Bounds the time a whole reply may take to arrive. It may come as a stream, which begins at once: the time that
   * the caller gave the answer to begin is then the time it has to end in, as it was when nothing came before all
   * was written.
   */
  async within(timeout: number, read: () => Promise<void>): Promise<void> {
    const expire = (): void => this.controller.abort(new APIConnectionTimeoutError())
    const timer = setTimeout(expire, Math.min(timeout, LONGEST_TIMER))
    try {
      await read()
    } finally {
      clearTimeout(timer)
    }
  }

  /** The error that ended the call, when it was one of ours and not the caller's abort. */
  get expiry(): APIError | undefined {
    const { reason } = this.controller.signal
    return reason instanceof APIError ? reason : undefined
  }
}
