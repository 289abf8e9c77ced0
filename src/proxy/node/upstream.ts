import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import type { Dispatcher, Pool } from 'undici'
import type { ResponseHead } from '../headers.ts'
import type { Coding } from '../limits.ts'

/** Milliseconds to wait for the end of a body after its last needed event. */
const LONGEST_END = 1000

/** Maximum responses with a 1xx status before the actual one. */
const MOST_INTERIM = 100

const endlessInterim = (): Error =>
  Object.assign(new Error('The upstream sent only 1xx responses.'), { code: 'UND_ERR_INTERIM' })

/** Runs a callback after all bytes of the current socket read have been parsed. */
const NOW: Promise<undefined> = Promise.resolve(undefined)

const IGNORE = (): void => {}

const NO_HEAD: ResponseHead = { status: 0, headers: {} }

/** The client on whose behalf a request is sent. */
export interface Caller {
  /** Whether the client has disconnected. */
  readonly isGone: boolean
  /** Called when the client disconnects. */
  onGone: () => void
}

/** Sends a request. Resolves when the response begins. Cancels the request if the client disconnects. */
export function dispatch(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  caller: Caller,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, new UpstreamResponse(caller, resolve, reject))
  })
}

/** A source of bytes that can be paused. */
export interface Source {
  pause(): void
  resume(): void
}

/**
 * A response of the upstream. Passes the body on in callbacks: a stream around it, or a closure for each event, would
 * cost as much as the rest of the work on it.
 */
export class UpstreamResponse implements Dispatcher.DispatchHandler, Source {
  /** Head of the response. The status is 0 until the head arrives. */
  head: ResponseHead = NO_HEAD

  readonly #caller: Caller
  readonly #begin: (response: UpstreamResponse) => void
  /** Rejects the promise of `dispatch`. */
  #reject: (error: Error) => void
  /** Resolves the promise of `read`. */
  #resolve: (error?: Error) => void = IGNORE
  #controller: Dispatcher.DispatchController | undefined
  #take: ((bytes: Buffer, source: Source) => void) | undefined
  /**
   * Chunks that were not passed on yet: those of the current socket read, or those received before `read` was called.
   * They are passed on together.
   */
  #waiting: Buffer[] = []
  /** Whether the body has ended, or its rest is not needed. */
  #isOver = false
  #error: Error | undefined
  #timer: NodeJS.Timeout | undefined
  /** Number of responses with a 1xx status. */
  #interim = 0

  constructor(caller: Caller, begin: (response: UpstreamResponse) => void, reject: (error: Error) => void) {
    this.#caller = caller
    this.#begin = begin
    this.#reject = reject
  }

  /**
   * Passes the body to `take`, without its content codings. Call it once. Resolves when the body has ended or its rest
   * is not needed; with the error if the body breaks off, `take` throws, or the client disconnects. It does not reject,
   * because handling that would take two more promises.
   */
  read(
    codings: readonly Coding[],
    take: (bytes: Buffer, source: Source) => void,
  ): Promise<Error | undefined> {
    if (codings.length > 0) return readDecoded(this, codings, take)
    this.#take = take
    this.#flush()
    return this.#ended()
  }

  /** Pauses the upstream until `resume` is called. */
  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Cancels the rest of the body. */
  cancel(): void {
    this.#dropTheRest()
    this.#cutOff()
  }

  /**
   * Reads the rest of a body whose end is near, so that the connection can be reused. Cancels it if the end does not
   * arrive in time.
   */
  drain(): void {
    const hasEnded = this.#isOver
    this.#dropTheRest()
    if (!hasEnded) this.#timer = setTimeout(() => this.#cutOff(), LONGEST_END)
  }

  // Callbacks of undici's DispatchHandler.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    const giveUp = (): void => controller.abort(new Error('The client has left.'))
    this.#caller.onGone = giveUp
    // The client may have left while the request waited for a connection.
    if (this.#caller.isGone) giveUp()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    reason?: string,
  ): void {
    // A 1xx status precedes the actual response, and each restarts undici's timeout.
    if (status < 200) {
      this.#interim++
      if (this.#interim > MOST_INTERIM) controller.abort(endlessInterim())
      return
    }
    this.head = { status, reason, headers }
    this.#begin(this)
    this.#reject = IGNORE
  }

  onResponseData(_: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#waiting.push(piece) === 1 && this.#take !== undefined) void NOW.then(() => this.#flush())
  }

  onResponseEnd(): void {
    this.#isOver = true
    this.#release()
    this.#flush()
    this.#resolve()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#flush()
    this.#release()
    // The proxy itself cancelled the rest of the body.
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.#reject(error)
    this.#resolve(error)
  }

  /**
   * Removes the references to the request of undici. Through them, a request that the garbage collector has promoted
   * kept all later ones until its next full run: 4.9 kB of each request.
   */
  #release(): void {
    clearTimeout(this.#timer)
    this.#controller = undefined
    this.#caller.onGone = IGNORE
  }

  #ended(): Promise<Error | undefined> {
    if (this.#error !== undefined) return Promise.resolve(this.#error)
    if (this.#isOver) return NOW
    return new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  #flush(): void {
    if (this.#take === undefined || this.#waiting.length === 0) return
    const [first] = this.#waiting
    const bytes = first !== undefined && this.#waiting.length === 1 ? first : Buffer.concat(this.#waiting)
    this.#waiting = []
    try {
      this.#take(bytes, this)
    } catch (error) {
      // Uncaught, it would end the process.
      this.#error = toError(error)
      this.#resolve(this.#error)
      this.#dropTheRest()
      this.#cutOff()
    }
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

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`${error}`)
}

/** Reads a body with a content coding. Some upstreams send one although the proxy requests `identity`. */
function readDecoded(
  response: UpstreamResponse,
  codings: readonly Coding[],
  take: (bytes: Buffer, source: Source) => void,
): Promise<Error | undefined> {
  const decoders: Transform[] = []
  for (const coding of codings) {
    const decoder = createDecoder(coding)
    if (decoder === undefined) return Promise.resolve(Object.assign(new Error(), { code: 'Z_UNKNOWN' }))
    decoders.at(-1)?.pipe(decoder)
    decoders.push(decoder)
  }
  const [first, last] = [decoders[0], decoders.at(-1)]
  if (first === undefined || last === undefined) return NOW
  return new Promise(resolve => {
    const fail = (error: unknown): void => {
      for (const decoder of decoders) decoder.destroy()
      response.cancel()
      resolve(toError(error))
    }
    for (const decoder of decoders) decoder.once('error', fail)
    last.once('end', resolve).on('data', (bytes: Buffer) => {
      try {
        take(bytes, last)
      } catch (error) {
        fail(error)
      }
    })
    void response
      .read([], (bytes, source) => {
        if (first.write(bytes)) return
        source.pause()
        first.once('drain', () => source.resume())
      })
      .then(error => (error === undefined ? first.end() : fail(error)))
  })
}

/** Creates a decoder; `undefined` for a coding that this version of Node does not support. */
function createDecoder(coding: Coding): Transform | undefined {
  if (coding === 'gzip') return zlib.createGunzip()
  if (coding === 'deflate') return zlib.createInflate()
  if (coding === 'br') return zlib.createBrotliDecompress()
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress')
  return typeof create === 'function' ? create() : undefined
}
