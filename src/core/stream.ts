import { AnthropicError, APIError } from '../errors.ts'
import { decodeEvents, type ServerSentEvent } from '../sse.ts'
import { parseFailure } from '../translate/messages-events.ts'

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

  /** @param asThrown Converts an error of the stream to the class that the reader expects. */
  constructor(
    open: () => AsyncIterator<Item>,
    controller: AbortController,
    asThrown: (error: unknown) => unknown = error => error,
  ) {
    this.#open = open
    this.controller = controller
    this.#asThrown = asThrown
  }

  /** @throws AnthropicError at the first item, when the stream is already being read. */
  [Symbol.asyncIterator](): AsyncIterator<Item> {
    if (this.#isConsumed) return { next: async () => Promise.reject(this.#asThrown(consumed())) }
    this.#isConsumed = true
    return this.#open()
  }

  /**
   * Reads a response of server-sent events. The items are the data of all named events except pings.
   *
   * @throws APIError when the iteration reaches an `error` event.
   */
  static fromSSEResponse<Item>(response: Response, controller: AbortController): Stream<Item> {
    return new Stream<Item>(() => readNamedEvents(response, controller), controller)
  }

  /** Reads newline-delimited JSON, as {@link Stream.toReadableStream} writes it. */
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

  /** Writes the items as newline-delimited JSON: the old SDK's form for forwarding a stream. */
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

/** Yields the data of the named events of a response, as the official SDK does. */
async function* readNamedEvents<Item>(
  { body, headers }: Response,
  controller: AbortController,
): AsyncGenerator<Item, void, undefined> {
  if (body === null) throw new AnthropicError('Attempted to iterate over a response with no body')
  const events: ServerSentEvent[] = []
  const decoder = decodeEvents(event => events.push(event))
  for await (const bytes of piecesOf(body, controller)) {
    const damage = decoder.feed(bytes)
    for (const { event, data } of events.splice(0)) {
      if (event === 'error') throw new APIError(undefined, parseFailure(data), undefined, headers)
      if (event !== undefined && event !== 'ping') yield JSON.parse(data)
    }
    if (damage !== undefined) throw damage
  }
}

/** Yields the values of newline-delimited JSON. */
async function* readLines<Item>(
  stream: ReadableStream<Uint8Array>,
  controller: AbortController,
): AsyncGenerator<Item, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of piecesOf(stream, controller)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line)
  }
  rest += decoder.decode()
  if (rest !== '') yield JSON.parse(rest)
}

/**
 * Yields bytes as they arrive. As in the old SDK, an abort just ends them; leaving the loop early aborts the request.
 */
async function* piecesOf(
  stream: ReadableStream<Uint8Array>,
  controller: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader()
  let isOver = false
  const cancel = (): void => void reader.cancel().catch(() => {})
  controller.signal.addEventListener('abort', cancel, { once: true })
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
    isOver = true
  } catch (error) {
    isOver = true
    if (!controller.signal.aborted) throw error
  } finally {
    controller.signal.removeEventListener('abort', cancel)
    if (!isOver) {
      cancel()
      controller.abort()
    }
  }
}
