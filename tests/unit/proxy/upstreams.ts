import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as the upstream of a test received it. */
export interface Received {
  method: string
  /** As it stood in the request line. */
  target: string
  headers: Readonly<Record<string, readonly string[] | undefined>>
  /** What of the body has come so far. */
  body: Buffer
  /** The body has come to its end. */
  isWhole: boolean
  /** The connection ended before the answer did. */
  isCancelled: boolean
}

/** A server for what an emulator cannot do: it looks at bytes and writes what it likes. */
export interface Upstream {
  url: string
  requests: readonly Received[]
  /** How many connections there have been. */
  sockets(): number
  openSockets(): number
}

type Handler = (request: IncomingMessage, response: ServerResponse, received: Received) => void

/** Writes down each request, and answers as soon as its head is there. */
export async function upstream(handler: Handler): Promise<Upstream> {
  const requests: Received[] = []
  const server = createServer((request, response) => {
    const received: Received = {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headersDistinct,
      body: Buffer.alloc(0),
      isWhole: false,
      isCancelled: false,
    }
    requests.push(received)
    request.on('data', piece => {
      received.body = Buffer.concat([received.body, piece])
    })
    request.once('end', () => {
      received.isWhole = true
    })
    response.once('close', () => {
      received.isCancelled = !response.writableFinished
    })
    handler(request, response, received)
  })
  return { requests, ...(await listening(server)) }
}

/** The same, answering when the whole request has come. */
export function patient(handler: Handler): Promise<Upstream> {
  return upstream((request, response, received) => {
    request.once('end', () => handler(request, response, received))
  })
}

/** Answers with bytes, once a connection has said something. */
export async function bytes(onRequest: (socket: Socket) => void): Promise<Upstream> {
  const requests: Received[] = []
  const server = createSocketServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => onRequest(socket))
  })
  return { requests, ...(await listening(server)) }
}

async function listening(server: Server): Promise<Omit<Upstream, 'requests'>> {
  const open = new Set<Socket>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    count += 1
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of open) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${portOf(server)}`, sockets: () => count, openSockets: () => open.size }
}

export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return address.port
}

/** An address of the loopback where nobody listens. */
export async function nowhere(): Promise<string> {
  const server = createSocketServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${portOf(server)}`
  await new Promise(resolve => server.close(resolve))
  return url
}
