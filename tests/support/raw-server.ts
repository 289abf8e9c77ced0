import { createServer, type RequestListener } from 'node:http'
import { createServer as createSocketServer, type Server, type Socket } from 'node:net'
import { Anthropic, type ClientOptions } from 'legacy-completions'
import { onTestFinished } from 'vitest'

/** A server for what an emulator cannot do: it counts its sockets and writes what it likes. */
export interface RawServer {
  url: string
  /** How many connections there have been. */
  sockets(): number
  /** How many are open. */
  openSockets(): number
  client(options?: ClientOptions): Anthropic
}

/** Answers with a handler of node:http. */
export function serve(handler: RequestListener): Promise<RawServer> {
  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => handler(request, response))
  })
  return listen(server)
}

/** Answers with bytes: `onRequest` is called once a connection has said something. */
export function serveBytes(onRequest: (socket: Socket, connection: number) => void): Promise<RawServer> {
  let connections = 0
  return listen(
    createSocketServer(socket => {
      connections += 1
      const connection = connections
      socket.on('error', () => {})
      socket.once('data', () => onRequest(socket, connection))
    }),
  )
}

async function listen(server: Server): Promise<RawServer> {
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
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    sockets: () => count,
    openSockets: () => open.size,
    client: options => new Anthropic({ apiKey: 'test-key', authToken: null, baseURL: url, ...options }),
  }
}

/** One event of a Messages stream. */
export const event = (data: { type: string; [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

export const START: string = event({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null },
})
export const delta = (text: string): string =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
export const END: string = event({ type: 'message_stop' })
/** The end of a message, with why it ended. */
export const ending = (stop_reason: string | null = 'end_turn'): string =>
  event({ type: 'message_delta', delta: { stop_reason, stop_sequence: null } }) + END

/** A whole message as JSON. */
export const messageJson = (fields: object = {}): string =>
  JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    ...fields,
  })
