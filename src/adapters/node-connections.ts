import { subscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'

/**
 * Tells the failure of a request from that of its connection. A server may close a connection that was kept, and a
 * request that is on its way then is answered by nobody: llama.cpp closes after every stream, and says the contrary.
 */

/** What a connection had carried when the last request was written to it. */
interface Use {
  requests: number
  bytesRead: number
}

const uses = new WeakMap<Socket, Use>()
const fromStale = new WeakSet<Error>()

/** Whether a request failed because its connection, which had served others, ended before any of an answer came. */
export function wasStale(error: Error): boolean {
  return fromStale.has(error)
}

let isWatching = false

/** Has undici say what it writes to which connection. */
export function watchConnections(): void {
  if (isWatching) return
  isWatching = true
  subscribe('undici:client:sendHeaders', message => {
    const { socket }: { socket?: unknown } = Object(message)
    if (!(socket instanceof Socket)) return
    const { bytesRead } = socket
    const use = uses.get(socket)
    if (use !== undefined) Object.assign(use, { requests: use.requests + 1, bytesRead })
    else {
      const first = { requests: 1, bytesRead }
      uses.set(socket, first)
      socket.once('error', error => {
        if (first.requests > 1 && socket.bytesRead === first.bytesRead) fromStale.add(error)
      })
    }
  })
}
