import { AnthropicError } from '../errors.ts'

/**
 * A stream of items that can be iterated once. Leaving the loop early cancels the request; `controller.abort()`
 * ends the loop without an error, as in the old SDK.
 *
 * @example
 * for await (const chunk of stream) process.stdout.write(chunk.completion)
 */
export class Stream<Item> implements AsyncIterable<Item> {
  readonly controller: AbortController
  readonly #open: () => AsyncIterator<Item>
  #isConsumed = false

  constructor(open: () => AsyncIterator<Item>, controller: AbortController) {
    this.#open = open
    this.controller = controller
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    if (this.#isConsumed) {
      throw new AnthropicError('Cannot iterate over a consumed stream, use `.tee()` to split the stream.')
    }
    this.#isConsumed = true
    return this.#open()
  }

  /** Whether an iteration has begun. */
  protected get isConsumed(): boolean {
    return this.#isConsumed
  }

  /** Splits the stream into two that can be read independently, each at its own speed. */
  tee(): [Stream<Item>, Stream<Item>] {
    const items = this[Symbol.asyncIterator]()
    const left: Promise<IteratorResult<Item>>[] = []
    const right: Promise<IteratorResult<Item>>[] = []
    const branch = (
      mine: Promise<IteratorResult<Item>>[],
      other: Promise<IteratorResult<Item>>[],
    ): AsyncIterator<Item> => ({
      next() {
        const waiting = mine.shift()
        if (waiting !== undefined) return waiting
        const result = items.next()
        other.push(result)
        return result
      },
    })
    return [
      new Stream(() => branch(left, right), this.controller),
      new Stream(() => branch(right, left), this.controller),
    ]
  }

  /** The items as newline-delimited JSON, one a line: the old SDK's form for sending a stream on. */
  toReadableStream(): ReadableStream<Uint8Array> {
    const items = this[Symbol.asyncIterator]()
    const encoder = new TextEncoder()
    return new ReadableStream({
      async pull(controller) {
        const { value, done } = await items.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
      },
      async cancel() {
        await items.return?.()
      },
    })
  }
}
