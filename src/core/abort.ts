import { APIConnectionTimeoutError, type APIError, APIUserAbortError } from '../errors.ts'

/** The longest a timer can be set to, in milliseconds; a longer one would fire at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/** One call from its start to its end, and what can end it early: the caller's signal, or too much time. */
export class Call {
  #controller: AbortController | undefined
  #given: AbortSignal | undefined
  #expiry: APIConnectionTimeoutError | undefined
  readonly #abort = (): void => this.#controller?.abort()

  /** Made for whoever asks: most calls come to their end without, and in Node 20 one takes as long as a translation. */
  get controller(): AbortController {
    this.#controller ??= new AbortController()
    return this.#controller
  }

  /** The signal of that controller, where there is one. */
  get signal(): AbortSignal | undefined {
    return this.#controller?.signal
  }

  /** Ends with the caller's signal from now on. */
  follow(signal: AbortSignal | null | undefined): void {
    if (signal === undefined || signal === null) return
    const { controller } = this
    if (signal.aborted) controller.abort()
    else signal.addEventListener('abort', this.#abort, { once: true })
    this.#given = signal
  }

  /** Lets go of the caller's signal, which may outlive many calls. */
  release(): void {
    this.#given?.removeEventListener('abort', this.#abort)
  }

  /**
   * Bounds the time a whole reply may take to arrive, and has it cut off behind that. It may come as a stream, which
   * begins at once: the time that the caller gave the answer to begin is then the time it has to end in, as it was when
   * nothing came before all was written.
   */
  async within(timeout: number, read: () => Promise<void>, cutOff: () => void): Promise<void> {
    const expire = (): void => {
      this.#expiry = new APIConnectionTimeoutError()
      this.#abort()
      cutOff()
    }
    const timer = setTimeout(expire, Math.min(timeout, LONGEST_TIMER))
    try {
      await read()
    } finally {
      clearTimeout(timer)
    }
  }

  /** The error that ended the call from outside, where one did: too much time, or the caller's abort. */
  get end(): APIError | undefined {
    return this.#expiry ?? (this.#controller?.signal.aborted ? new APIUserAbortError() : undefined)
  }
}
