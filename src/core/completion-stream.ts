import { APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { CallAbort } from './abort.ts'
import type { CompletionReader, UpstreamResponse } from './backend.ts'
import { Stream } from './stream.ts'

/** The chunks of one completion, as they come. */
export class CompletionStream extends Stream<Completion> {
  readonly #whole: Promise<Completion>

  /** @internal Streams are made by `client.completions`. */
  constructor(
    abort: CallAbort,
    opening: Promise<UpstreamResponse>,
    asThrown: (error: unknown) => unknown,
    onText?: () => void,
  ) {
    const outcome = new Outcome(asThrown)
    super(() => new Chunks(abort, opening, outcome, onText), abort.controller, asThrown)
    this.#whole = outcome.promise
    // A failure reaches the loop that iterates, and the promise of the whole completion; neither has to be used.
    opening.then(
      () => abort.keepAlive(false),
      () => {},
    )
    this.#whole.catch(() => {})
  }

  /** The whole completion, once somebody has read the stream. @internal */
  get ended(): Promise<Completion> {
    return this.#whole
  }

  /**
   * The whole completion, once the stream has ended: all text, and the last chunk's `stop_reason` and `stop`.
   * Reads the stream itself unless something else does.
   *
   * @throws APIUserAbortError when the reading was ended before the stream was.
   */
  async finalCompletion(): Promise<Completion> {
    if (!this.isConsumed) for await (const _ of this);
    return this.#whole
  }
}

/** The result of a stream: a completion or an error, whichever comes first. */
class Outcome {
  isKnown = false
  resolve!: (completion: Completion) => void
  reject!: (error: unknown) => void
  readonly promise: Promise<Completion> = new Promise((resolve, reject) => {
    this.resolve = completion => {
      this.isKnown = true
      resolve(completion)
    }
    this.reject = error => reject(this.asThrown(error))
  })
  readonly asThrown: (error: unknown) => unknown

  constructor(asThrown: (error: unknown) => unknown) {
    this.asThrown = asThrown
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Iterates over the chunks; several calls of `next` at once, as `tee` makes them, are answered in order. It is not a
 * generator, which takes a fifth more time for a stream whose chunks come many at once (`npm run bench`).
 */
class Chunks implements AsyncIterableIterator<Completion, undefined> {
  readonly #abort: CallAbort
  readonly #opening: Promise<UpstreamResponse>
  readonly #outcome: Outcome
  readonly #onText: (() => void) | undefined
  #reader: CompletionReader | undefined
  #ready: readonly Completion[]
  /** How many of those have been returned. */
  #taken: number
  /** How many results are pending, and the last of them. */
  #pending: number
  #last: Promise<unknown> | undefined
  #isOver: boolean

  constructor(
    abort: CallAbort,
    opening: Promise<UpstreamResponse>,
    outcome: Outcome,
    onText: (() => void) | undefined,
  ) {
    this.#onText = onText
    this.#abort = abort
    this.#opening = opening
    this.#outcome = outcome
    this.#reader = undefined
    this.#ready = []
    this.#taken = 0
    this.#pending = 0
    this.#last = undefined
    this.#isOver = false
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Completion, undefined>> {
    const ready = this.#pending === 0 ? this.#take() : undefined
    if (ready !== undefined) return Promise.resolve(ready)
    const answer = (): Promise<IteratorResult<Completion, undefined>> => this.#answer()
    const result =
      this.#last === undefined || this.#pending === 0 ? answer() : this.#last.then(answer, answer)
    this.#pending++
    this.#last = result
    return result
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    // The abort ends the request, and the wait for a silent server.
    if (!this.#outcome.isKnown) {
      this.#abort.controller.abort()
      this.#abort.release()
      this.#outcome.reject(new APIUserAbortError())
    }
    if (this.#pending > 0) await this.#last?.catch(() => {})
    const isLeft = !this.#isOver
    this.#end()
    const { controller } = this.#abort
    if (isLeft && !controller.signal.aborted) {
      // The end of the body is due: aborting before it comes would close a connection that can be used again.
      await new Promise(resolve => setTimeout(resolve))
      controller.abort()
    }
    return END
  }

  #take(): IteratorYieldResult<Completion> | undefined {
    const chunk = this.#ready[this.#taken]
    if (chunk === undefined) return undefined
    this.#taken++
    return { done: false, value: chunk }
  }

  /** One function and not three: each `async` one in between is a promise more for every chunk. */
  async #answer(): Promise<IteratorResult<Completion, undefined>> {
    try {
      const ready = this.#take()
      if (ready !== undefined || this.#isOver) return ready ?? END
      this.#reader ??= (await this.#opening).open()
      this.#abort.keepAlive(true)
      this.#ready = await this.#reader.read()
      this.#taken = 0
      if (this.#onText !== undefined && this.#ready.some(chunk => chunk.completion !== '')) this.#onText()
      // Resolved before the last chunk is returned, because many loops end there.
      const whole = this.#reader.whole()
      if (whole !== undefined) this.#outcome.resolve(whole)
      const first = this.#take()
      if (first === undefined) this.#end()
      return first ?? END
    } catch (cause) {
      const error = this.#failure(cause)
      this.#end()
      if (error === undefined) return END
      throw error
    } finally {
      this.#abort.keepAlive(false)
      this.#pending--
    }
  }

  /** The error for the caller; none when the reader has aborted, since in the old SDK such a stream just ends. */
  #failure(cause: unknown): unknown {
    if (this.#reader !== undefined && this.#abort.controller.signal.aborted) return undefined
    const error = this.#outcome.asThrown(cause)
    this.#outcome.reject(error)
    return error
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ready = []
    this.#outcome.reject(new APIUserAbortError())
    this.#reader?.close()
    this.#abort.release()
    if (!this.#outcome.isKnown) this.#abort.controller.abort()
  }
}
