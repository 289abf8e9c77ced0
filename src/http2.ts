import { type IncomingHttpHeaders, type Server, request as sendRequest } from 'node:http'
import {
  constants,
  createServer,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { hopByHop } from './http.ts'

/** First bytes of an HTTP/2 client without TLS (RFC 9113, section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0')
/** Maximum number of open streams of one connection. Each takes a connection of the server to itself. */
const MOST_STREAMS = 100
/** Interval in milliseconds at which the bytes of a session are compared with those of its requests. */
const CHECK_MS = 1000
/** Bytes in an interval that belong to no request: settings, pings and window updates. */
const MOST_CONTROL_BYTES = 128 * 1024
/** Bytes of each stream in addition to its body: the maximum size of its head. */
const BYTES_PER_STREAM = 65_536
/** Bytes of each chunk of a body in addition to its data: frame headers. */
const BYTES_PER_CHUNK = 64

/**
 * Makes an HTTP server accept HTTP/2 without TLS on the same port, because the AWS SDKs for JavaScript and Java use it
 * by default. Forwards each HTTP/2 request to the server itself as HTTP/1.1, so that the same limits and timeouts
 * apply. The `headersTimeout` of the server also limits the time for the first bytes, and for idle connections.
 */
export function acceptHttp2(server: Server): void {
  const http2 = createServer({ settings: { maxConcurrentStreams: MOST_STREAMS } })
  const sessions = new Set<Http2Session>()
  /** Sockets that have not sent any bytes yet. */
  const silent = new Set<Socket>()
  http2.on('session', session => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  http2.on('sessionError', () => {})

  const serveHttp1 = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    const forget = (): void => void silent.delete(socket)
    const onError = (): void => void socket.destroy()
    socket.once('close', forget).on('error', onError).setTimeout(server.headersTimeout, onError)
    socket.once('readable', () => {
      forget()
      socket.off('close', forget).off('error', onError).setTimeout(0, onError)
      const first: Buffer | null = socket.read()
      if (first === null) return void socket.destroy()
      socket.unshift(first)
      if (first.subarray(0, PREFACE.length).equals(PREFACE.subarray(0, first.length))) {
        // Half-open sockets are only for HTTP/1.1 clients, which may end their side and still read the response.
        socket.allowHalfOpen = false
        http2.once('session', session => serveSession(session, socket, server))
        http2.emit('connection', socket)
      } else for (const serve of serveHttp1) Reflect.apply(serve, server, [socket])
    })
  })
  // Close the HTTP/2 sessions, too: an idle one would keep the server open.
  const { close, closeAllConnections } = server
  server.close = callback => {
    for (const session of sessions) session.close()
    for (const socket of silent) socket.destroy()
    return Reflect.apply(close, server, [callback])
  }
  server.closeAllConnections = () => {
    for (const session of sessions) session.destroy()
    for (const socket of silent) socket.destroy()
    Reflect.apply(closeAllConnections, server, [])
  }
}

function serveSession(session: ServerHttp2Session, socket: Socket, server: Server): void {
  const timeout = server.headersTimeout
  let open = 0
  let bytesRead = 0
  /** Bytes that the requests of this interval may have. */
  let expected = MOST_CONTROL_BYTES
  session.on('stream', (stream, headers) => {
    open++
    expected += BYTES_PER_STREAM
    stream.on('data', (piece: Buffer) => {
      expected += piece.length + BYTES_PER_CHUNK
    })
    // The client does not read the response. Until it begins, the limits of HTTP/1.1 apply.
    stream.setTimeout(timeout, () => {
      if (stream.writableLength > 0) stream.destroy(broken())
    })
    stream.once('close', () => {
      open--
      // The timer ends when it has fired, and only activity starts it again.
      session.setTimeout(timeout)
    })
    forward(stream, headers, server)
  })
  session.setTimeout(timeout, () => {
    if (open === 0) session.destroy()
  })
  // nghttp2 accepts any number of frames that do nothing, such as those of streams that have ended.
  const timer = setInterval(() => {
    if (socket.bytesRead - bytesRead > expected)
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
    bytesRead = socket.bytesRead
    expected = MOST_CONTROL_BYTES
  }, CHECK_MS)
  timer.unref()
  session.once('close', () => clearInterval(timer))
}

function forward(stream: ServerHttp2Stream, given: IncomingHttpHeaders, server: Server): void {
  stream.on('error', () => {})
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(given))
    if (!name.startsWith(':') && value !== undefined) headers[name] = value
  // AWS clients sign `:authority` instead of `host`.
  headers.host ??= String(given[':authority'] ?? '')
  const request = sendRequest({
    ...addressOf(server),
    method: String(given[':method']),
    path: String(given[':path']),
    headers,
    agent: false,
    setHost: false,
  })
  request.on('response', response => {
    const hops = hopByHop(response.headers.connection)
    const kept = Object.entries(response.headers).filter(([name]) => !hops.has(name))
    if (stream.destroyed) return void response.destroy()
    stream.respond({ ':status': response.statusCode ?? 500, ...Object.fromEntries(kept) })
    response.pipe(stream)
    // The client may still be sending its request, which nobody reads any more.
    stream.once('finish', () => stream.close())
    // The body is incomplete: destroy the stream, so that the client does not take it for a complete one.
    response.once('aborted', () => stream.destroy(broken()))
    response.on('error', () => {})
  })
  request.on('error', () => stream.destroy(broken()))
  stream.once('close', () => request.destroy())
  stream.pipe(request)
}

/** Error for resetting a stream. `stream.close` would end the body properly, as if it were complete. */
const broken = (): Error => new Error('The response broke off.')

function addressOf(server: Server): { host: string; port: number } {
  const address = server.address() as AddressInfo
  const isAny = address.address === '0.0.0.0' || address.address === '::'
  return { host: isAny ? '127.0.0.1' : address.address, port: address.port }
}
