import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hopByHop } from './http.ts'
import { acceptHttp2 } from './http2.ts'

/** Options for listening on a port. */
export interface ListenOptions {
  /** Port to listen on. Default: 0, which selects a free port. */
  port?: number | undefined
  /** Address to listen on. Default: `127.0.0.1`, which only this machine can reach. */
  host?: string | undefined
}

/** A server that listens on a port. */
export interface Listening {
  /** Base URL without a trailing slash, such as `http://127.0.0.1:49152`. */
  url: string
  /** Closes all connections, including active ones, and frees the port. May be called more than once. */
  close(): Promise<void>
}

/**
 * Serves a fetch-standard handler over HTTP.
 *
 * The request's body is streamed, and its `signal` aborts when the client disconnects. The response's body is written
 * chunk by chunk, at the client's reading speed. If the body fails, the connection is cut, so that the client cannot
 * mistake a partial body for a complete one. If the handler throws, the client gets status 500.
 *
 * Rejects if the port is in use.
 *
 * @example
 * const server = await listen(async request => new Response(`You asked for ${request.url}`))
 * console.log(server.url)
 * await server.close()
 */
export function listen(
  handler: (request: Request) => Promise<Response>,
  options: ListenOptions = {},
): Promise<Listening> {
  let url = ''
  const server = createServer((incoming, outgoing) => void serve(handler, url, incoming, outgoing))
  return listenOn(server, options).then(listening => {
    url = listening.url
    return listening
  })
}

/** Starts a server for HTTP/1.1 and for HTTP/2 without TLS. Resolves with its address. */
export async function listenOn(
  server: Server,
  { port = 0, host = '127.0.0.1' }: ListenOptions,
): Promise<Listening> {
  acceptHttp2(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`

  let closing: Promise<void> | undefined
  return { url, close: () => (closing ??= stop(server)) }
}

function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    // The only possible error is that the server has already stopped.
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function serve(
  handler: (request: Request) => Promise<Response>,
  url: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  const request = toRequest(incoming, url, gone.signal)
  if (request === undefined) {
    outgoing.writeHead(400).end()
    return
  }
  inFlight.add(request)
  try {
    await send(await answer(handler, request), incoming, outgoing, gone.signal)
  } catch {
    outgoing.destroy()
  } finally {
    inFlight.delete(request)
  }
}

/**
 * Requests in progress. They are kept here because the signal of a garbage-collected Request no longer reports that the
 * client disconnected.
 */
const inFlight = new Set<Request>()

async function answer(handler: (request: Request) => Promise<Response>, request: Request): Promise<Response> {
  try {
    return await handler(request)
  } catch {
    const error = { type: 'api_error', message: 'Internal server error' }
    return Response.json({ type: 'error', error }, { status: 500 })
  }
}

/** Converts an incoming message to a Request; `undefined` if a Request does not support the method or the target. */
function toRequest(incoming: IncomingMessage, url: string, signal: AbortSignal): Request | undefined {
  const { method = 'GET' } = incoming
  const headers = new Headers()
  const names = incoming.rawHeaders
  const hops = hopByHop(incoming.headers.connection)
  for (let i = 0; i + 1 < names.length; i += 2) {
    const name = names[i] ?? ''
    if (!hops.has(name.toLowerCase())) headers.append(name, names[i + 1] ?? '')
  }
  const bodiless = method === 'GET' || method === 'HEAD'
  const init: RequestInit & { duplex: 'half' } = {
    method,
    headers,
    signal,
    duplex: 'half',
    ...(bodiless ? {} : { body: bodyOf(incoming) }),
  }
  // Append the target instead of resolving it: "//host/path" must remain a path on this server.
  try {
    return new Request(`${url}${incoming.url ?? '/'}`, init)
  } catch {
    return undefined
  }
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = incoming[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value))
    },
  })
}

async function send(
  response: Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  if (gone.aborted) return response.body?.cancel()
  const hops = hopByHop(response.headers.get('connection'))
  for (const [name, value] of response.headers)
    if (!hops.has(name) && name !== 'set-cookie') outgoing.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  outgoing.writeHead(response.status, response.statusText || undefined)
  if (response.body === null) return endAfterRequest(incoming, outgoing)
  // Send the status at once, because the body may be slow.
  outgoing.flushHeaders()

  const reader = response.body.getReader()
  // The body may already be failing. The error does not matter, because the client has left.
  const cancel = (): void => void reader.cancel().catch(() => {})
  gone.addEventListener('abort', cancel, { once: true })
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      await write(outgoing, chunk.value, gone)
    if (!gone.aborted) endAfterRequest(incoming, outgoing)
  } finally {
    gone.removeEventListener('abort', cancel)
  }
}

/** Milliseconds that a client may continue to send a request after the response is complete. */
const LONGEST_LINGER = 5000

/**
 * Ends a response after its request has ended, and discards the rest of the request. A client that is still writing to
 * a closed connection would not see the response. After {@link LONGEST_LINGER}, the connection is closed anyway.
 */
export function endAfterRequest(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.complete || incoming.destroyed) {
    outgoing.end()
    return
  }
  const timer = setTimeout(() => outgoing.destroy(), LONGEST_LINGER)
  incoming
    .removeAllListeners('readable')
    .once('close', () => {
      clearTimeout(timer)
      outgoing.end()
    })
    .resume()
}

/** Writes one chunk. Resolves when the socket has accepted it, or the client has disconnected. */
function write(outgoing: ServerResponse, chunk: Uint8Array, gone: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (gone.aborted) return resolve()
    const done = (): void => {
      gone.removeEventListener('abort', done)
      resolve()
    }
    gone.addEventListener('abort', done, { once: true })
    outgoing.write(chunk, done)
  })
}
