import type { IncomingMessage, ServerResponse } from 'node:http'

/** Number of requests that wait, by their connection. */
const waiting = new WeakMap<IncomingMessage['socket'], number>()

/**
 * Waits until all earlier responses on the connection are complete. Resolves to `false` if it closes before. Reads no
 * more requests meanwhile.
 */
export async function isNext(incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
  const { socket } = incoming
  waiting.set(socket, (waiting.get(socket) ?? 0) + 1)
  const next = new Promise<void>(resolve => {
    outgoing.once('socket', () => resolve())
    incoming.once('close', resolve)
  })
  // Node resumes the socket with each request that it parses. It parses all received bytes before a promise settles.
  await undefined
  socket.pause()
  await next
  const left = (waiting.get(socket) ?? 1) - 1
  waiting.set(socket, left)
  if (left === 0) socket.resume()
  return !socket.destroyed
}
