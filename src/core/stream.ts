import { AnthropicError } from '../errors.ts'
import { readLines, readNamedEvents } from './items.ts'

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
  readonly #asThrown: (error: unknown) => unknown
  #isConsumed = false

  /** @param asThrown Gives an error of the stream's own the form that its reader expects. */
  constructor(
    open: () => AsyncIterator<Item>,
    controller: AbortController,
    asThrown: (error: unknown) => unknown = error => error,
  ) {
    this.#open = open
    this.controller = controller
    this.#asThrown = asThrown
  }

  /** @throws AnthropicError at the first item, where the stream is being read already. */
  [Symbol.asyncIterator](): AsyncIterator<Item> {
    if (this.#isConsumed) return { next: async () => Promise.reject(this.#asThrown(consumed())) }
    this.#isConsumed = true
    return this.#open()
  }

  /**
   * The items of an answer that is a stream of server-sent events: the data of every named one but pings.
   *
   * @throws APIError at the item for an `error` event.
   */
  static fromSSEResponse<Item>(response: Response, controller: AbortController): Stream<Item> {
    return new Stream<Item>(() => readNamedEvents(response, controller), controller)
  }

  /** The items of a stream as {@link Stream.toReadableStream} writes one: newline-delimited JSON. */
  static fromReadableStream<Item>(
    stream: ReadableStream<Uint8Array>,
    controller: AbortController,
  ): Stream<Item> {
    return new Stream<Item>(() => readLines(stream, controller), controller)
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
      new Stream(() => branch(left, right), this.controller, this.#asThrown),
      new Stream(() => branch(right, left), this.controller, this.#asThrown),
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

function consumed(): AnthropicError {
  return new AnthropicError('Cannot iterate over a consumed stream, use `.tee()` to split the stream.')
}
