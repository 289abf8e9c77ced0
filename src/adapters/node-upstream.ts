import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher, Pool } from 'undici'
import type { Exchange } from './node-exchange.ts'

/**
 * An answer of the upstream. Its body is handed over as it comes: a stream made of it would cost as much as all that is
 * done with it here.
 */
export interface Reply {
  status: number
  reason: string | undefined
  headers: IncomingHttpHeaders
  /**
   * Hands the body to `take`, which must not throw, all at once that comes at once; to be called once. Resolves when the
   * body has ended or the rest of it is not wanted; rejects when it breaks off or the client goes away.
   */
  read(take: (bytes: Buffer) => void): Promise<void>
  /** Has the upstream wait, until `resume`. */
  pause(): void
  resume(): void
  /** The rest of the body is not wanted: ends the request. */
  cancel(): void
  /** The same, where the end is sure to come: lets it, so that the connection can be used again. */
  letGo(): void
}

/** How long the end of a body that was let go may take, in milliseconds. */
const LONGEST_END = 1000

/** Sends a request; resolves when the head of the answer is there. It is given up when the client goes away. */
export function ask(pool: Pool, request: Dispatcher.DispatchOptions, exchange: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let connection: Dispatcher.DispatchController | undefined
    let body: Body | undefined
    const giveUp = (): void => connection?.abort(new Error('The client has gone.'))
    exchange.onGone = giveUp

    pool.dispatch(request, {
      onRequestStart(controller) {
        connection = controller
        // It may have gone while the request waited for a connection.
        if (exchange.isGone) giveUp()
      },
      onResponseStart(controller, status, headers, reason) {
        // 1xx only announces the answer.
        if (status < 200) return
        body = createBody(controller)
        resolve({ status, reason, headers, ...body.forReader })
      },
      onResponseData: (_, piece) => body?.push(piece),
      onResponseEnd: () => body?.end(),
      onResponseError(_, error) {
        if (body === undefined) reject(error)
        else body.fail(error)
      },
    })
  })
}

interface Body {
  push(piece: Buffer): void
  end(): void
  fail(error: Error): void
  forReader: Pick<Reply, 'read' | 'pause' | 'resume' | 'cancel' | 'letGo'>
}

/** Runs what it is given when all that has come in one read is there. */
const NOW = Promise.resolve()

function createBody(controller: Dispatcher.DispatchController): Body {
  /** What has come, of one read or from before anybody could take it: each chunk of the upstream's is a piece. */
  let waiting: Buffer[] = []
  let take: ((bytes: Buffer) => void) | undefined
  let hasEnded = false
  let timer: NodeJS.Timeout | undefined
  let resolve = (): void => {}
  let reject = (_: Error): void => {}
  const ended = new Promise<void>((...settle) => {
    ;[resolve, reject] = settle
  })
  // It may break off before it is read.
  ended.catch(() => {})

  const flush = (): void => {
    const [first] = waiting
    if (take === undefined || first === undefined) return
    const bytes = waiting.length === 1 ? first : Buffer.concat(waiting)
    waiting = []
    take(bytes)
  }
  const dropTheRest = (): void => {
    take = () => {}
    resolve()
  }
  const cutOff = (): void => controller.abort(new Error('The rest is not wanted.'))

  return {
    push(piece) {
      if (waiting.push(piece) === 1) void NOW.then(flush)
    },
    end() {
      hasEnded = true
      clearTimeout(timer)
      flush()
      resolve()
    },
    fail(error) {
      clearTimeout(timer)
      flush()
      reject(error)
    },
    forReader: {
      read(taker) {
        take = taker
        flush()
        return ended
      },
      pause: () => controller.pause(),
      resume: () => controller.resume(),
      cancel() {
        dropTheRest()
        cutOff()
      },
      letGo() {
        dropTheRest()
        if (!hasEnded) timer = setTimeout(cutOff, LONGEST_END)
      },
    },
  }
}
