/**
 * The proxy as a Node server: the same core as the fetch handler, but built on `node:http` and undici's dispatcher,
 * which take a fraction of the time of `Request`, `Response` and web streams.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Dispatcher, Pool } from 'undici'
import { type Listening, type ListenOptions, listen, listenOn } from '../../listen.ts'
import { createProxyCore, type PlannedCall, type ProxyCore } from '../core.ts'
import { createProxy } from '../fetch-handler.ts'
import { MemoryBudget } from '../limits.ts'
import {
  checkServeOptions,
  DEFAULT_TIMEOUT,
  DEFAULT_UPSTREAM,
  type ServeOptions,
  type StaticRoute,
} from '../options.ts'
import { type Refused, refuse } from '../refusals.ts'
import { Exchange, forward, OpenExchanges, writeStream, writeWhole } from './exchange.ts'
import { isNext } from './pipelining.ts'
import { bodyToForward, DECODABLE, readBody } from './request-body.ts'
import { dispatch, type UpstreamResponse } from './upstream.ts'

export type { FailureCause } from '../../core/failure.ts'
export type { CompletionsOptions } from '../../core/options.ts'
export { type Listening, type ListenOptions, listen } from '../../listen.ts'
export type { AwsCredentialProvider, AwsCredentials } from '../keys.ts'
export type { RequestRecord, ServeOptions, StaticRoute } from '../options.ts'

/** A running proxy. */
export interface Serving extends Listening {
  /**
   * Stops accepting requests and waits for the open ones. After `timeout` milliseconds, cuts off those that are left.
   * Resolves with the number of requests that were cut off. Default: no time limit.
   */
  drain(timeout?: number): Promise<number>
  /** Number of open requests. */
  readonly open: number
  /**
   * Replaces the tokens, from the next request on. Open requests keep their key.
   *
   * @throws AnthropicError if the list is empty or a token is too short; the old tokens then stay valid.
   */
  replaceTokens(tokens: readonly string[]): void
}

const DEFAULT_MAX_CONNECTIONS = 1024
const DEFAULT_MAX_BUFFERED_BYTES = 24 * 1024 * 1024
const DEFAULT_MAX_HEADER_BYTES = 16_384
const DEFAULT_CLIENT_TIMEOUT = 60_000
/** Maximum interval in milliseconds at which Node checks for requests whose head is late. */
const LONGEST_CHECK_INTERVAL = 5000

/**
 * Serves the proxy on a port of this machine. `GET /healthz` returns status 200 while the server runs. `GET /readyz`
 * returns 200 while it accepts requests, and 503 while it drains.
 *
 * @throws AnthropicError that names each wrong option, the reason and the remedy. Rejects if the port is in use.
 * @example
 * const proxy = await serveProxy({ port: 8080 })
 * console.log(proxy.url) // http://127.0.0.1:8080
 */
export async function serveProxy(options: ServeOptions = {}): Promise<Serving> {
  checkServeOptions(options)
  if (options.compare !== undefined) return serveComparing(options)
  // Import the file: under the bare name, Bun has its own implementation, which lacks most features of a Pool.
  const { Pool } = await import('undici/index.js')
  const { upstream = DEFAULT_UPSTREAM, timeout = DEFAULT_TIMEOUT } = options
  const { requestTimeout = DEFAULT_CLIENT_TIMEOUT } = options
  const base = new URL(upstream)
  const pool = new Pool(base.origin, { headersTimeout: timeout, bodyTimeout: timeout })
  const core = createProxyCore(options, DECODABLE)
  const edge = new Edge(options, core, pool, base.pathname.replace(/\/+$/, ''))
  const server = createServer(
    {
      maxHeaderSize: options.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.min(requestTimeout, LONGEST_CHECK_INTERVAL),
    },
    (incoming, outgoing) => void edge.serve(incoming, outgoing, false),
  )
  // Only the size of a head is limited. Node would silently drop the headers after the 2,000th.
  server.maxHeadersCount = 0
  server.on('checkContinue', (incoming, outgoing) => void edge.serve(incoming, outgoing, true))
  server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS
  const listening = await listenOn(server, options)
  const close = async (): Promise<void> => {
    await listening.close()
    await pool.destroy()
  }
  return {
    url: listening.url,
    close,
    async drain(limit) {
      edge.isReady = false
      server.close()
      const cut = await edge.idle(limit)
      // The remaining connections have no open request.
      await close()
      return cut
    },
    get open() {
      return edge.open.size
    },
    replaceTokens: core.replaceTokens,
  }
}

/**
 * Serves a proxy that compares endpoints. This server checks the keys and limits, and forwards to a second server on
 * loopback that translates and compares. Comparing inside the fast path would slow every call.
 */
async function serveComparing(options: ServeOptions): Promise<Serving> {
  const inner = await listen(
    createProxy({ ...options, apiKey: undefined, tokens: undefined, keyHeader: undefined }),
  )
  try {
    const outer = await serveProxy({
      ...options,
      compare: undefined,
      endpoint: 'complete',
      upstream: inner.url,
    })
    const close = async (): Promise<void> => {
      await outer.close()
      await inner.close()
    }
    return {
      url: outer.url,
      close,
      async drain(limit) {
        const cut = await outer.drain(limit)
        await inner.close()
        return cut
      },
      get open() {
        return outer.open
      },
      replaceTokens: outer.replaceTokens,
    }
  } catch (error) {
    await inner.close()
    throw error
  }
}

/**
 * Serves responses by path, without a proxy, such as metrics on a separate port. `GET /healthz` works, too.
 *
 * @internal
 */
export function serveRoutes(
  routes: Readonly<Record<string, () => Promise<StaticRoute>>>,
  options: ListenOptions,
): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    const [path = ''] = (incoming.url ?? '').split('?', 1)
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (route !== undefined) void answerRoute(outgoing, route)
    else if (path === '/healthz') answerText(outgoing, 200, 'ok')
    else answerText(outgoing, 404, 'Not Found')
  })
  return listenOn(server, options)
}

class Edge {
  isReady = true
  readonly open = new OpenExchanges()

  readonly #core: ProxyCore
  readonly #pool: Pool
  readonly #basePath: string
  readonly #options: ServeOptions
  readonly #budget: MemoryBudget
  readonly #timeouts: { request: number; write: number }
  readonly #waiting: (() => void)[] = []
  /** Number of open requests that were not rejected. */
  #answering = 0

  constructor(options: ServeOptions, core: ProxyCore, pool: Pool, basePath: string) {
    this.#options = options
    this.#core = core
    this.#pool = pool
    this.#basePath = basePath
    this.#budget = new MemoryBudget(options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES)
    this.#timeouts = {
      request: options.requestTimeout ?? DEFAULT_CLIENT_TIMEOUT,
      write: options.writeTimeout ?? DEFAULT_CLIENT_TIMEOUT,
    }
  }

  /**
   * Waits until no request is open. After `limit` milliseconds it disconnects the remaining ones. Resolves with their
   * number.
   */
  async idle(limit?: number): Promise<number> {
    if (this.open.size === 0) return 0
    let cut = 0
    const cutAll = (): void => {
      for (const exchange of this.open.all()) {
        cut++
        exchange.cutOff('drained')
      }
    }
    const timer = limit === undefined ? undefined : setTimeout(cutAll, limit)
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    clearTimeout(timer)
    return cut
  }

  async serve(incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean): Promise<void> {
    // A client may send 1,000s of requests in one packet. They are served one after the other.
    if (outgoing.socket === null && !(await isNext(incoming, outgoing))) return
    const [path = ''] = (incoming.url ?? '').split('?', 1)
    if (path === '/healthz') return answerText(outgoing, 200, 'ok')
    if (path === '/readyz')
      return answerText(outgoing, this.isReady ? 200 : 503, this.isReady ? 'ok' : 'draining')
    const { routes, maxConcurrent = Number.POSITIVE_INFINITY, onRequest } = this.#options
    const route = routes && Object.hasOwn(routes, path) ? routes[path] : undefined
    if (route !== undefined) return answerRoute(outgoing, route)

    const exchange = new Exchange(incoming, outgoing, this.#timeouts)
    this.open.add(exchange)
    const isAdmitted = this.isReady && this.#answering < maxConcurrent
    if (isAdmitted) this.#answering++
    try {
      if (isAdmitted) await this.#respond(exchange, expectsContinue)
      else sendRefusal(exchange, refuse(this.isReady ? 'overloaded' : 'shutting-down'))
    } catch {
      // Failures of the upstream are handled above, so this error comes from the client's connection.
      exchange.cutOff('client-gone')
    }
    await exchange.closed
    if (isAdmitted) this.#answering--
    this.#budget.release(exchange.reserved)
    try {
      onRequest?.(exchange.record())
    } catch {
      // A log that cannot be written must not end the server.
    }
    this.open.delete(exchange)
    if (this.open.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async #respond(exchange: Exchange, expectsContinue: boolean): Promise<void> {
    const { incoming, outgoing } = exchange
    const { method = 'GET', url: target = '', headers } = incoming
    const checked = this.#core.admit({ method, target, headers })
    // Most calls are admitted at once, and awaiting them would take 3 % of a JSON request.
    const admitted = checked instanceof Promise ? await checked : checked
    exchange.call = admitted.record
    if (admitted.kind === 'refused') {
      // Then Node has read what arrived together with the head.
      await undefined
      return sendRefusal(exchange, admitted, expectsContinue)
    }
    if (expectsContinue) outgoing.writeContinue()

    let call: PlannedCall | Refused
    if (admitted.kind === 'planned') call = admitted
    else {
      const body = await readBody(exchange, admitted.codings, admitted.maxBodyBytes, this.#budget)
      call = typeof body === 'string' ? admitted.refuse(body) : admitted.plan(body)
    }
    if (call.kind === 'refused') return sendRefusal(exchange, call)
    let response: UpstreamResponse
    try {
      response = await this.#send(exchange, call)
    } catch (error) {
      if (exchange.isGone) return
      // The client stopped sending its request, so the upstream request was cancelled.
      if (exchange.isLate) return sendRefusal(exchange, refuse('request-timeout', call.record))
      exchange.upstreamFailed()
      return exchange.respond(call.fail(error))
    }
    const plan = call.respond(response.head, exchange.closed)
    if (plan.kind === 'forwarded') return forward(exchange, response, plan)
    return plan.kind === 'whole'
      ? writeWhole(exchange, response, plan)
      : writeStream(exchange, response, plan)
  }

  async #send(exchange: Exchange, { request, sign }: PlannedCall): Promise<UpstreamResponse> {
    if (sign !== undefined) await sign()
    const { headers, method, target } = request
    const { incoming } = exchange
    let { body }: { body?: string | Uint8Array | Dispatcher.DispatchOptions['body'] } = request
    if (request.body === undefined) {
      body = await bodyToForward(exchange)
      // With a known length, the body needs no chunked encoding.
      const length = incoming.headers['content-length']
      if (length !== undefined) headers['content-length'] = length
    }
    const path = this.#basePath + target
    return dispatch(
      this.#pool,
      { path, method: method as Dispatcher.HttpMethod, headers, body: body ?? null },
      exchange,
    )
  }
}

/** Rejects a request. A client that waits for 100 (Continue) sends no body, so none is awaited. */
function sendRefusal(exchange: Exchange, { record, response }: Refused, expectsContinue = false): void {
  exchange.call = record
  if (expectsContinue)
    exchange.respond({ ...response, headers: { ...response.headers, connection: 'close' } }, false)
  else exchange.respond(response)
}

function answerText(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

async function answerRoute(outgoing: ServerResponse, route: () => Promise<StaticRoute>): Promise<void> {
  try {
    const { type, body } = await route()
    outgoing.writeHead(200, { 'content-type': type }).end(body)
  } catch {
    answerText(outgoing, 500, 'This page could not be created.')
  }
}
