import { APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { CallAbort } from './abort.ts'
import type { CompletionReader, UpstreamResponse } from './backend.ts'
import { Stream } from './stream.ts'

/** A stream of the chunks of one completion. */
export class CompletionStream extends Stream<Completion> {
  readonly #whole: Promise<Completion>

  /** @internal Only `client.completions` creates streams. */
  constructor(
    abort: CallAbort,
    opening: Promise<UpstreamResponse>,
    asThrown: (error: unknown) => unknown,
    onText?: () => void,
  ) {
    const outcome = new Outcome(asThrown)
    super(() => new Chunks(abort, opening, outcome, onText), abort.controller, asThrown)
    this.#whole = outcome.promise
    // A failure rejects both the iteration and the promise of the whole completion; a program may use only one of them.
    opening.then(
      () => abort.keepAlive(false),
      () => {},
    )
    this.#whole.catch(() => {})
  }

  /** Resolves with the whole completion when something else has read the stream. @internal */
  get ended(): Promise<Completion> {
    return this.#whole
  }

  /**
   * Resolves with the whole completion when the stream has ended: the whole text, and the last chunk's `stop_reason`
   * and `stop`. Reads the stream itself unless something else does.
   *
   * @throws APIUserAbortError when reading stopped before the stream ended.
   */
  async finalCompletion(): Promise<Completion> {
    if (!this.isConsumed) for await (const _ of this);
    return this.#whole
  }
}

/** The result of a stream: the completion or the error, whichever is first. */
class Outcome {
  isKnown = false
  readonly promise: Promise<Completion>
  readonly asThrown: (error: unknown) => unknown
  #resolve!: (completion: Completion) => void
  #reject!: (error: unknown) => void

  constructor(asThrown: (error: unknown) => unknown) {
    this.asThrown = asThrown
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  resolve(completion: Completion): void {
    this.isKnown = true
    this.#resolve(completion)
  }

  reject(error: unknown): void {
    this.#reject(this.asThrown(error))
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Iterates over the chunks. Concurrent calls of `next`, as from `tee`, resolve in order. Not a generator, because a
 * generator takes a fifth longer when many chunks arrive at once (`npm run bench`).
 */
class Chunks implements AsyncIterableIterator<Completion, undefined> {
  readonly #abort: CallAbort
  readonly #opening: Promise<UpstreamResponse>
  readonly #outcome: Outcome
  readonly #onText: (() => void) | undefined
  #reader: CompletionReader | undefined
  #read: (() => Promise<IteratorResult<Completion, undefined>>) | undefined
  #ready: readonly Completion[]
  /** The number of chunks of `#ready` that have been returned. */
  #taken: number
  /** The number of pending results, and the last of them. */
  #pending: number
  #last: Promise<IteratorResult<Completion, undefined>> | undefined
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
    this.#read = undefined
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
    if (this.#pending > 0 && this.#last !== undefined) {
      const answer = (): Promise<IteratorResult<Completion, undefined>> => this.#answer()
      this.#last = this.#last.then(answer, answer)
    } else {
      const ready = this.#take()
      if (ready !== undefined) return Promise.resolve(ready)
      this.#last = this.#answer()
    }
    this.#pending++
    return this.#last
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    // The abort ends the request and a wait for a silent server.
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
      // Wait for the end of the body, which usually follows at once: aborting earlier would close a reusable
      // connection.
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

  /** Not `async`, because that would be two more promises for each chunk. */
  #answer(): Promise<IteratorResult<Completion, undefined>> {
    const ready = this.#take()
    if (ready !== undefined || this.#isOver) {
      this.#pending--
      return Promise.resolve(ready ?? END)
    }
    if (this.#read === undefined) return this.#opening.then(this.#open, this.#fail)
    this.#abort.keepAlive(true)
    return this.#read()
  }

  readonly #open = (
    upstream: UpstreamResponse,
  ): Promise<IteratorResult<Completion, undefined>> | IteratorReturnResult<undefined> => {
    try {
      this.#reader = upstream.open()
    } catch (cause) {
      return this.#fail(cause)
    }
    this.#abort.keepAlive(true)
    this.#read = this.#reader.readWith(this.#receive, this.#fail)
    return this.#read()
  }

  readonly #receive = (chunks: readonly Completion[]): IteratorResult<Completion, undefined> => {
    this.#abort.keepAlive(false)
    this.#pending--
    this.#ready = chunks
    this.#taken = 0
    if (this.#onText !== undefined && chunks.some(chunk => chunk.completion !== '')) this.#onText()
    // Resolve before the last chunk is returned, because many loops stop there.
    const whole = this.#reader?.whole()
    if (whole !== undefined) this.#outcome.resolve(whole)
    const first = this.#take()
    if (first === undefined) this.#end()
    return first ?? END
  }

  readonly #fail = (cause: unknown): IteratorReturnResult<undefined> => {
    this.#abort.keepAlive(false)
    this.#pending--
    const error = this.#failure(cause)
    this.#end()
    if (error === undefined) return END
    throw error
  }

  /**
   * Returns the error for the caller; `undefined` after an abort, because in the old SDK an aborted stream just ends.
   */
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
