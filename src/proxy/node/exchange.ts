import type { IncomingMessage, ServerResponse } from 'node:http'
import { causeOf } from '../../core/failure.ts'
import { endAfterRequest } from '../../listen.ts'
import type { Forwarded, ResponseHead } from '../headers.ts'
import type { MemoryBudget } from '../limits.ts'
import type { RequestRecord } from '../options.ts'
import type { BufferedResponse, StreamedResponse } from '../response.ts'
import { type CallRecord, firstValue, type ProxyResponse } from '../routes.ts'
import type { Caller, Source, UpstreamResponse } from './upstream.ts'

/** Time limits for clients. */
export interface ClientTimeouts {
  /** Milliseconds without a byte of the request. */
  request: number
  /** Milliseconds in which the client reads no byte of the response. */
  write: number
}

/** One request and its response, with the time limits for its client. */
export class Exchange implements Caller {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** Resolves when the client has received the whole response, or has disconnected. */
  readonly closed: Promise<void>
  /** Whether the client disconnected, or was disconnected, before it had the whole response. */
  isGone = false
  /** Whether the client paused for too long while it sent the request. */
  isLate = false
  /**
   * Cancels the upstream request. A callback, because an `AbortController` per request would take a tenth of the total
   * work on a request.
   */
  onGone: () => void = () => {}
  /** Position in the list of open exchanges. */
  position = 0
  /** Part of the record that the core fills in. */
  call: CallRecord | undefined
  /** Bytes of the request body that are reserved in a budget until the exchange ends. */
  reserved = 0

  /** Whether bytes wait for the client, and the source of the body is paused. */
  #isFull = false
  /** Whether the timeout of the socket disconnects the client. */
  #isWatched = false
  readonly #timeouts: ClientTimeouts
  readonly #started = performance.now()
  #outcome: RequestRecord['outcome'] | undefined
  #firstByte: number | undefined
  #requestId: string | undefined
  /** Whether the response is complete and only the rest of the request is still expected. */
  #isWritten = false

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, timeouts: ClientTimeouts) {
    this.incoming = incoming
    this.outgoing = outgoing
    this.#timeouts = timeouts
    this.closed = new Promise(resolve => {
      outgoing.once('close', () => {
        if (!outgoing.writableFinished && !this.#isWritten) {
          this.isGone = true
          this.#outcome ??= 'client-gone'
          this.onGone()
        }
        resolve()
      })
    })
  }

  /**
   * Limits the time for the rest of the request. If the client pauses for too long, cancels the upstream request and
   * calls `onTimeout`.
   */
  awaitRequest(onTimeout: () => void): void {
    const { incoming, outgoing } = this
    incoming.setTimeout(this.#timeouts.request, () => {
      this.#outcome ??= 'request-timeout'
      this.isLate = true
      this.onGone()
      onTimeout()
    })
    // Remove the timer at the end of the request: it belongs to the socket, and would otherwise end a connection that
    // waits for a slow upstream.
    incoming.once('end', () => {
      if (!outgoing.headersSent) incoming.setTimeout(0)
    })
  }

  /** Reserves bytes of the request body. Returns `false` if the budget does not have them. */
  reserve(bytes: number, budget: MemoryBudget): boolean {
    if (!budget.take(bytes)) return false
    this.reserved += bytes
    return true
  }

  /** Prepares the head of a response. It is sent with the first bytes of the body. */
  writeHead({ status, reason, headers }: ResponseHead): void {
    this.#firstByte = performance.now() - this.#started
    this.#requestId = firstValue(headers['request-id'])
    this.outgoing.writeHead(status, reason, headers)
  }

  /** Writes a part of the body. While the client is slow to read it, pauses its source. */
  write(piece: string | Uint8Array, source: Source): void {
    const { outgoing } = this
    if (outgoing.write(piece) || this.#isFull) return
    this.#isFull = true
    source.pause()
    this.#watchClient()
    outgoing.once('drain', () => {
      this.#isFull = false
      outgoing.setTimeout(0)
      source.resume()
    })
  }

  /**
   * Disconnects a client that does not read. Only while bytes wait for it, because Node restarts the timer of a socket
   * with each write.
   */
  #watchClient(): void {
    const { outgoing } = this
    if (!this.#isWatched) outgoing.on('timeout', () => this.cutOff('write-timeout'))
    this.#isWatched = true
    outgoing.setTimeout(this.#timeouts.write)
  }

  /**
   * Watches the client until it has read the end of the response. The operating system usually accepts the end at once.
   */
  #watchEnd(): void {
    if ((this.outgoing.socket?.writableLength ?? 0) > 0) this.#watchClient()
  }

  /** Sends a whole response. The client may still be sending its request, unless it waits for 100 (Continue). */
  respond({ status, headers, body }: ProxyResponse, isBodyDue: boolean = !this.incoming.complete): void {
    const { outgoing } = this
    const length = Buffer.byteLength(body)
    // Not a spread: with a property behind it, V8 creates a hidden class for each response.
    this.writeHead({ status, headers: Object.assign({ 'content-length': `${length}` }, headers) })
    // Node sends head and body as one string if they have the same encoding. For an ASCII body, that can be the head's
    // latin1.
    const bytes = length === body.length ? body : Buffer.from(body)
    if (!isBodyDue) outgoing.end(bytes, 'latin1')
    else {
      outgoing.write(bytes, 'latin1')
      this.end()
    }
    this.#watchEnd()
  }

  /** Ends a response. The client may still be sending its request. */
  end(rest: string | Uint8Array = ''): void {
    const { incoming, outgoing } = this
    if (incoming.complete) outgoing.end(rest)
    else {
      outgoing.write(rest)
      this.#isWritten = true
      endAfterRequest(incoming, outgoing)
    }
    this.#watchEnd()
  }

  /** Records that the upstream sent no complete response. */
  upstreamFailed(): void {
    this.#outcome ??= 'upstream-failed'
  }

  /** Closes the connection, so that the client cannot mistake a partial response for a complete one. */
  cutOff(outcome: RequestRecord['outcome']): void {
    this.#outcome ??= outcome
    this.outgoing.destroy()
  }

  record(): RequestRecord {
    const { incoming, outgoing, call } = this
    return {
      method: incoming.method ?? '',
      path: (incoming.url ?? '').split('?', 1)[0] ?? '',
      status: outgoing.headersSent ? outgoing.statusCode : 0,
      endpoint: call?.endpoint ?? 'none',
      client: call?.client,
      isStreamed: call?.isStreamed ?? false,
      diagnostics: [...new Set(call?.diagnostics)],
      outcome: this.#outcome ?? 'answered',
      cause: call?.cause,
      firstByte: this.#firstByte,
      milliseconds: performance.now() - this.#started,
      requestId: this.#requestId,
    }
  }
}

/**
 * The open exchanges. An array instead of a `Set`: V8 links each table of a Set to the next one, so that a table in the
 * old generation keeps the exchanges of all later tables until the next full collection.
 */
export class OpenExchanges {
  readonly #list: Exchange[] = []

  get size(): number {
    return this.#list.length
  }

  add(exchange: Exchange): void {
    exchange.position = this.#list.push(exchange) - 1
  }

  /** Removes an exchange. The last one takes its position. */
  delete(exchange: Exchange): void {
    const last = this.#list.pop()
    if (last === undefined || last === exchange) return
    this.#list[exchange.position] = last
    last.position = exchange.position
  }

  /** Returns a copy of the list. */
  all(): Exchange[] {
    return [...this.#list]
  }
}

/** Forwards a response: the decoded body, and the headers, except those of the connection. */
export async function forward(
  exchange: Exchange,
  response: UpstreamResponse,
  plan: Forwarded,
): Promise<void> {
  exchange.writeHead(plan.head)
  sendHead(exchange)
  const failure = await response.read(plan.codings, (bytes, source) => exchange.write(bytes, source))
  if (failure === undefined) return exchange.end()
  if (exchange.call !== undefined) exchange.call.cause ??= causeOf(failure, 'body')
  exchange.cutOff('upstream-failed')
}

export async function writeWhole(
  exchange: Exchange,
  response: UpstreamResponse,
  plan: BufferedResponse,
): Promise<void> {
  const failure = await response.read(plan.codings, bytes => {
    plan.push(bytes)
    finish(response, plan)
  })
  if (exchange.isGone) return
  const answer = plan.end(failure)
  if (answer.status !== 200) exchange.upstreamFailed()
  exchange.respond(answer)
}

export async function writeStream(
  exchange: Exchange,
  response: UpstreamResponse,
  plan: StreamedResponse,
): Promise<void> {
  exchange.writeHead(plan.head)
  sendHead(exchange)
  /** Written together with the end of the response, because each write costs more than the event that it carries. */
  let last: string | Uint8Array = ''
  const failure = await response.read(plan.codings, (bytes, source) => {
    const written = plan.push(bytes)
    if (finish(response, plan)) last = written
    else if (written.length > 0) exchange.write(written, source)
  })
  if (exchange.isGone) return
  const { rest, isCut } = plan.end(failure)
  if (exchange.call?.cause !== undefined) exchange.upstreamFailed()
  if (isCut) {
    // Send the remaining bytes, then break the connection without a proper end.
    if (last.length === 0) exchange.cutOff('upstream-failed')
    else exchange.outgoing.write(last, () => exchange.cutOff('upstream-failed'))
    return
  }
  if (typeof last === 'string' && typeof rest === 'string') return exchange.end(last + rest)
  exchange.outgoing.write(last)
  exchange.end(rest)
}

/** Stops reading the upstream's response after the last needed event. */
function finish(response: UpstreamResponse, plan: BufferedResponse | StreamedResponse): boolean {
  if (plan.isEndSent) response.drain()
  else if (plan.isOver) response.cancel()
  return plan.isOver
}

const NOTHING = Buffer.alloc(0)

/**
 * Sends the head at once, because the body may be slow. An empty buffer is written, because Node would write the head
 * as UTF-8 for `flushHeaders` or a string, and damage a Latin-1 header.
 */
function sendHead({ outgoing }: Exchange): void {
  outgoing.write(NOTHING)
}
