import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { isSilent, type Plan } from './faults.ts'

/** The attempts of one call that a server still has to answer, and the outcome of the last one. */
export interface Script {
  plans: Plan[]
  /** The framing of a body on a real connection. */
  framing: Framing
  /** Resolves when a client has left an answer that stalls. */
  left: Promise<void>
  leave(): void
  /** Resolves when a server has said all that it will say, and goes silent. */
  silent: Promise<void>
  fallSilent(): void
  /** Resolves when a server may go on with an answer that it holds. */
  resumed: Promise<void>
  resume(): void
}

export type Framing = 'chunked' | 'length' | 'close'

export function scriptOf(plans: readonly Plan[], framing: Framing): Script {
  const [left, leave] = signpost()
  const [silent, fallSilent] = signpost()
  const [resumed, resume] = signpost()
  return { plans: [...plans], framing, left, leave, silent, fallSilent, resumed, resume }
}

function signpost(): [promise: Promise<void>, resolve: () => void] {
  let resolve = (): void => {}
  const promise = new Promise<void>(given => {
    resolve = given
  })
  return [promise, resolve]
}

const wait = (pause: Plan['pause']): Promise<unknown> | undefined =>
  pause === 'none' ? undefined : pause === 'turn' ? turn() : sleep(pause)

/** A `fetch` that answers as planned, without a network. It heeds its signal, as that of the platform does. */
export function fetchOf(script: Script): (input: unknown, init?: RequestInit) => Promise<Response> {
  return async (_, { signal } = {}) => {
    signal?.throwIfAborted()
    const plan = script.plans.shift()
    if (plan === undefined || isSilent(plan)) throw new TypeError('fetch failed')
    return new Response(bodyOf(plan, signal ?? undefined, script), {
      status: plan.status,
      headers: { ...plan.headers },
    })
  }
}

function bodyOf(
  { pieces, ending, pause }: Plan,
  signal: AbortSignal | undefined,
  script: Script,
): ReadableStream<Uint8Array> {
  const left = [...pieces]
  let fail = (_: unknown): void => {}
  const abort = (): void => {
    script.leave()
    fail(signal?.reason)
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = reason => controller.error(reason)
        signal?.addEventListener('abort', abort, { once: true })
      },
      async pull(controller) {
        await wait(pause)
        if (signal?.aborted) return
        const piece = left.shift()
        if (piece !== undefined) controller.enqueue(new Uint8Array(piece))
        else if (ending === 'stall') {
          script.fallSilent()
          await script.left
        } else {
          signal?.removeEventListener('abort', abort)
          if (ending === 'end') controller.close()
          else controller.error(new TypeError('terminated'))
        }
      },
      cancel() {
        signal?.removeEventListener('abort', abort)
        script.leave()
      },
    },
    { highWaterMark: 0 },
  )
}

/** A server that writes bytes to a socket. Which script a request follows is said by its key. */
export interface RawServer {
  url: string
  scripts: Map<string, Script>
  openSockets(): number
  close(): Promise<void>
}

export async function startRawServer(): Promise<RawServer> {
  const scripts = new Map<string, Script>()
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    // Each request on a connection adds a listener.
    socket.setMaxListeners(0)
    onRequests(socket, key => {
      const script = scripts.get(key)
      const plan = script?.plans.shift()
      if (script === undefined || plan === undefined || isSilent(plan)) return void socket.resetAndDestroy()
      socket.once('close', script.leave)
      void write(socket, plan, script).catch(() => socket.destroy())
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    scripts,
    openSockets: () => open.size,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return address.port
}

/** Calls back with the key of each request, once all of it has come. */
function onRequests(socket: Socket, answer: (key: string) => void): void {
  let heard = ''
  socket.on('data', piece => {
    heard += piece.toString('latin1')
    const head = heard.slice(0, heard.indexOf('\r\n\r\n') + 4)
    if (head.length < 5) return
    const [, length = '0'] = /^content-length: *(\d+)/im.exec(head) ?? []
    if (heard.length < head.length + Number(length)) return
    heard = ''
    const [, key = ''] = /^(?:x-api-key|authorization): *(?:Bearer +)?(\S+)/im.exec(head) ?? []
    answer(key)
  })
}

async function write(socket: Socket, plan: Plan, script: Script): Promise<void> {
  const { status, headers, pieces, ending, pause, heldAt } = plan
  // If the connection's end is the body's end, a cut cannot be detected.
  const framing = ending === 'cut' && script.framing === 'close' ? 'chunked' : script.framing
  const length = pieces.reduce((sum, { length }) => sum + length, 0)
  // A body that breaks off is shorter than its head said.
  const promised = ending === 'end' ? length : length + 1
  const header = {
    chunked: 'transfer-encoding: chunked',
    length: `content-length: ${promised}`,
    close: 'connection: close',
  }[framing]
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  await say(socket, `HTTP/1.1 ${status} Said\r\n${head.join('')}${header}\r\n\r\n`)
  for (const [at, piece] of pieces.entries()) {
    await wait(pause)
    if (at === heldAt) {
      script.fallSilent()
      await script.resumed
    }
    if (framing !== 'chunked') await say(socket, piece)
    else await say(socket, Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]))
  }
  if (ending === 'stall') return script.fallSilent()
  if (ending === 'reset') return void socket.resetAndDestroy()
  if (ending === 'cut' || framing === 'close') socket.end()
  else if (framing === 'chunked') await say(socket, '0\r\n\r\n')
}

const CRLF = Buffer.from('\r\n')

function say(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, error => (error ? reject(error) : resolve()))
  })
}
