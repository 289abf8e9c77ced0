/** Cancels a request when its client disconnects, or when the upstream is silent for too long. */
export class SilenceTimer {
  /** The timeout error; `undefined` unless the upstream was silent for too long. */
  reason: Error | undefined
  /** Resolves when the response has ended, or was cancelled. */
  readonly ended: Promise<void>
  #resolveEnded: () => void = () => {}
  readonly #controller = new AbortController()
  readonly #milliseconds: number
  readonly #client: AbortSignal
  readonly #leave = (): void => this.#giveUp(this.#client.reason)
  #timer: ReturnType<typeof setTimeout> | undefined
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(milliseconds: number, client: AbortSignal) {
    this.#milliseconds = milliseconds
    this.#client = client
    this.ended = new Promise(resolve => {
      this.#resolveEnded = resolve
    })
    if (client.aborted) this.#leave()
    else client.addEventListener('abort', this.#leave, { once: true })
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /**
   * Closes the body, too, when the request is cancelled. The signal is not enough: in Node, fetch references it weakly,
   * and loses it with the first garbage collection after the head of the response.
   */
  watch(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): void {
    this.#reader = reader
  }

  /**
   * Throws the reason if the request was cancelled. Call it after each read, because reading a closed body ends without
   * an error.
   */
  throwIfOver(): void {
    this.#controller.signal.throwIfAborted()
  }

  restart(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.reason = Object.assign(new Error('The upstream was silent for too long.'), { code: 'TIMEOUT' })
      this.#giveUp(this.reason)
    }, this.#milliseconds)
  }

  pause(): void {
    clearTimeout(this.#timer)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#resolveEnded()
    this.#client.removeEventListener('abort', this.#leave)
  }

  #giveUp(reason: unknown): void {
    this.#controller.abort(reason)
    // The response was abandoned, so errors of its connection do not matter.
    this.#reader?.cancel().catch(() => {})
    this.#resolveEnded()
  }
}
