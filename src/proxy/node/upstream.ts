import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import type { Dispatcher, Pool } from 'undici'
import type { Coding } from '../limits.ts'
import type { ResponseHead } from '../response.ts'

/** How long the end of a body that is due may take, in milliseconds. */
const LONGEST_END = 1000

/** Runs a callback after all bytes of the current socket read have been parsed. */
const NOW = Promise.resolve()

const IGNORE = (): void => {}

/** The client that a request is sent for. */
export interface Caller {
  /** Whether the client has left. */
  readonly isGone: boolean
  /** Called when the client leaves. */
  onGone: () => void
}

/** Sends a request; resolves when its response begins. The request is given up when the client leaves. */
export function dispatch(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  caller: Caller,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, new UpstreamResponse(caller, resolve, reject))
  })
}

/** Where bytes come from, and can be held back. */
export interface Source {
  pause(): void
  resume(): void
}

/**
 * A response of the upstream. Its body is handed over as it comes: a stream around it, or a closure for each event of it,
 * would cost as much as all the rest of the work on it.
 */
export class UpstreamResponse implements Dispatcher.DispatchHandler, Source {
  /** The head of the response; its status is 0 until it is there. */
  head: ResponseHead = { status: 0, headers: {} }

  readonly #caller: Caller
  readonly #begin: (response: UpstreamResponse) => void
  /** Rejects the request until its response has begun, and the reading of its body from then on. */
  #reject: (error: Error) => void
  #resolve: () => void = IGNORE
  #controller: Dispatcher.DispatchController | undefined
  #take: ((bytes: Buffer) => void) | undefined
  /** Bytes of one socket read, or from before anything could take them: each chunk of the upstream is one piece. */
  #waiting: Buffer[] = []
  /** Whether nothing more will come, or counts. */
  #isOver = false
  #error: Error | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(caller: Caller, begin: (response: UpstreamResponse) => void, reject: (error: Error) => void) {
    this.#caller = caller
    this.#begin = begin
    this.#reject = reject
  }

  /**
   * Hands the body to `take`, which must not throw, without its content codings; to be called once. Resolves when the body
   * has ended or the rest of it does not count; rejects when it breaks off or the client leaves.
   */
  read(codings: readonly Coding[], take: (bytes: Buffer, source: Source) => void): Promise<void> {
    if (codings.length > 0) return readDecoded(this, codings, take)
    this.#take = bytes => take(bytes, this)
    this.#flush()
    return this.#ended()
  }

  /** Holds the upstream back, until `resume`. */
  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Gives up the rest of the body. */
  cancel(): void {
    this.#dropTheRest()
    this.#cutOff()
  }

  /** Reads the end of the body, which is due, so that the connection can be used again; gives it up if it does not come. */
  drain(): void {
    const hasEnded = this.#isOver
    this.#dropTheRest()
    if (!hasEnded) this.#timer = setTimeout(() => this.#cutOff(), LONGEST_END)
  }

  // The methods that undici calls.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    const giveUp = (): void => controller.abort(new Error('The client has left.'))
    this.#caller.onGone = giveUp
    // It may have left while the request waited for a connection.
    if (this.#caller.isGone) giveUp()
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    reason?: string,
  ): void {
    // 1xx only announces the response.
    if (status < 200) return
    this.head = { status, reason, headers }
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
    // The rest was given up by us.
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
    const [first] = this.#waiting
    const bytes = first !== undefined && this.#waiting.length === 1 ? first : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#take(bytes)
  }

  #dropTheRest(): void {
    this.#take = IGNORE
    this.#isOver = true
    this.#resolve()
  }

  #cutOff(): void {
    this.#controller?.abort(new Error('The rest of the response does not count.'))
  }
}

/** Reads a body that came with a content coding although the proxy asked for none. */
function readDecoded(
  response: UpstreamResponse,
  codings: readonly Coding[],
  take: (bytes: Buffer, source: Source) => void,
): Promise<void> {
  const decoders: Transform[] = []
  for (const coding of codings) {
    const decoder = createDecoder(coding)
    if (decoder === undefined) return Promise.reject(Object.assign(new Error(), { code: 'Z_UNKNOWN' }))
    decoders.at(-1)?.pipe(decoder)
    decoders.push(decoder)
  }
  const [first, last] = [decoders[0], decoders.at(-1)]
  if (first === undefined || last === undefined) return NOW
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      for (const decoder of decoders) decoder.destroy()
      response.cancel()
      reject(error)
    }
    for (const decoder of decoders) decoder.once('error', fail)
    last.on('data', (bytes: Buffer) => take(bytes, last)).once('end', resolve)
    response
      .read([], (bytes, source) => {
        if (first.write(bytes)) return
        source.pause()
        first.once('drain', () => source.resume())
      })
      .then(() => first.end(), fail)
  })
}

/** Creates a decoder; `undefined` for a coding that this version of Node does not have. */
function createDecoder(coding: Coding): Transform | undefined {
  if (coding === 'gzip') return zlib.createGunzip()
  if (coding === 'deflate') return zlib.createInflate()
  if (coding === 'br') return zlib.createBrotliDecompress()
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress')
  return typeof create === 'function' ? create() : undefined
}
