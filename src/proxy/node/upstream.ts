import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher, Pool } from 'undici'
import type { Exchange } from './exchange.ts'

/** How long the end of a body that was let go may take, in milliseconds. */
const LONGEST_END = 1000

/** Runs what it is given when all that has come in one read is there. */
const NOW = Promise.resolve()

const IGNORE = (): void => {}

/** Sends a request; resolves when the head of the answer is there. It is given up when the client goes away. */
export function ask(pool: Pool, request: Dispatcher.DispatchOptions, exchange: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, new Reply(exchange, resolve, reject))
  })
}

/**
 * An answer of the upstream. Its body is handed over as it comes: a stream made of it, or a closure for each thing that
 * can happen to it, would cost as much as all that is done with it here.
 */
export class Reply implements Dispatcher.DispatchHandler {
  /** 0 until the head of the answer is there. */
  status = 0
  reason: string | undefined
  headers: IncomingHttpHeaders = {}

  readonly #exchange: Exchange
  readonly #begin: (reply: Reply) => void
  /** Rejects the request until its answer has begun, and what reads the answer from then on. */
  #reject: (error: Error) => void
  #resolve: () => void = IGNORE
  #controller: Dispatcher.DispatchController | undefined
  #take: ((bytes: Buffer) => void) | undefined
  /** What has come, of one read or from before anybody could take it: each chunk of the upstream's is a piece. */
  #waiting: Buffer[] = []
  /** Whether nothing more will come, or what comes is not wanted. */
  #isOver = false
  #error: Error | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(exchange: Exchange, begin: (reply: Reply) => void, reject: (error: Error) => void) {
    this.#exchange = exchange
    this.#begin = begin
    this.#reject = reject
  }

  /**
   * Hands the body to `take`, which must not throw, all at once that comes at once; to be called once. Resolves when the
   * body has ended or the rest of it is not wanted; rejects when it breaks off or the client goes away.
   */
  read(take: (bytes: Buffer) => void): Promise<void> {
    this.#take = take
    this.#flush()
    return this.#ended()
  }

  /** The whole body. Rejects when it breaks off or the client goes away. */
  async readWhole(): Promise<Buffer> {
    await this.#ended()
    return joined(this.#waiting)
  }

  /** Has the upstream wait, until `resume`. */
  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** The rest of the body is not wanted: ends the request. */
  cancel(): void {
    this.#dropTheRest()
    this.#cutOff()
  }

  /** The same, where the end is sure to come: lets it, so that the connection can be used again. */
  letGo(): void {
    const hasEnded = this.#isOver
    this.#dropTheRest()
    if (!hasEnded) this.#timer = setTimeout(() => this.#cutOff(), LONGEST_END)
  }

  // What undici calls.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    const giveUp = (): void => controller.abort(new Error('The client has gone.'))
    this.#exchange.onGone = giveUp
    // It may have gone while the request waited for a connection.
    if (this.#exchange.isGone) giveUp()
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    reason?: string,
  ): void {
    // 1xx only announces the answer.
    if (status < 200) return
    this.status = status
    this.headers = headers
    this.reason = reason
    this.#begin(this)
    this.#reject = IGNORE
  }

  onResponseData(_: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#waiting.push(piece) === 1 && this.#take !== undefined) void NOW.then(() => this.#flush())
  }

  onResponseEnd(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#flush()
    this.#resolve()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#flush()
    clearTimeout(this.#timer)
    // Whoever wanted no more of it has it cut off.
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.#reject(error)
  }

  #ended(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#isOver) return NOW
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  #flush(): void {
    if (this.#take === undefined || this.#waiting.length === 0) return
    const bytes = joined(this.#waiting)
    this.#waiting = []
    this.#take(bytes)
  }

  #dropTheRest(): void {
    this.#take = IGNORE
    this.#isOver = true
    this.#resolve()
  }

  #cutOff(): void {
    this.#controller?.abort(new Error('The rest is not wanted.'))
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces)
}
