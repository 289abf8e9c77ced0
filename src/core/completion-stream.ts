import { APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { Call } from './abort.ts'
import type { Reply, ReplyReader } from './read.ts'
import { Stream } from './stream.ts'

/** The chunks of one completion, as they come. */
export class CompletionStream extends Stream<Completion> {
  readonly #whole: Promise<Completion>

  /** @internal Streams are made by `client.completions`. */
  constructor(call: Call, opening: Promise<Reply>, asThrown: (error: unknown) => unknown) {
    const outcome = new Outcome(asThrown)
    super(() => new Chunks(call, opening, outcome), call.controller, asThrown)
    this.#whole = outcome.promise
    // Whoever iterates gets an error from the loop, and whoever wants the completion from its promise.
    opening.catch(() => {})
    this.#whole.catch(() => {})
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

/** What a stream comes to; the first that is said counts. */
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
  /** An error as the caller expects it. */
  readonly asThrown: (error: unknown) => unknown

  constructor(asThrown: (error: unknown) => unknown) {
    this.asThrown = asThrown
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * The chunks one by one; asked for several at once, as `tee` may, it answers in order. By hand and not as a generator,
 * which takes a fifth more time for a stream whose chunks come many at once (`npm run bench`).
 */
class Chunks implements AsyncIterableIterator<Completion, undefined> {
  readonly #call: Call
  readonly #opening: Promise<Reply>
  readonly #outcome: Outcome
  #reader: ReplyReader | undefined
  #ready: readonly Completion[]
  /** How many of those have been handed out. */
  #taken: number
  /** How many answers are owed, and the last of them. */
  #owed: number
  #last: Promise<unknown> | undefined
  #isOver: boolean

  constructor(call: Call, opening: Promise<Reply>, outcome: Outcome) {
    this.#call = call
    this.#opening = opening
    this.#outcome = outcome
    this.#reader = undefined
    this.#ready = []
    this.#taken = 0
    this.#owed = 0
    this.#last = undefined
    this.#isOver = false
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Completion, undefined>> {
    const ready = this.#owed === 0 ? this.#take() : undefined
    if (ready !== undefined) return Promise.resolve(ready)
    const answer = (): Promise<IteratorResult<Completion, undefined>> => this.#answer()
    const result = this.#last === undefined || this.#owed === 0 ? answer() : this.#last.then(answer, answer)
    this.#owed++
    this.#last = result
    return result
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    // The abort ends the waiting for a server that is silent, and the request.
    if (!this.#outcome.isKnown) {
      this.#call.controller.abort()
      this.#call.release()
      this.#outcome.reject(new APIUserAbortError())
    }
    if (this.#owed > 0) await this.#last?.catch(() => {})
    this.#end()
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
      this.#ready = await this.#reader.read()
      this.#taken = 0
      // Said before the last chunk is handed out: many a loop ends there.
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
      this.#owed--
    }
  }

  /** What the caller is told of it; nothing where the reader has aborted, since in the old SDK such a stream just ends. */
  #failure(cause: unknown): unknown {
    if (this.#reader !== undefined && this.#call.controller.signal.aborted) return undefined
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
    this.#call.release()
    if (!this.#outcome.isKnown) this.#call.controller.abort()
  }
}
