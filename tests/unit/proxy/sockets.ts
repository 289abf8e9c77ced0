import { once } from 'node:events'
import { type IncomingMessage, request as openRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { soon } from '../client/outcomes.ts'
import { HEADERS } from './edges.ts'

/** A request as bytes: neither decoded, nor redirected, nor given headers, as fetch would. */
export interface Asking {
  method?: string
  headers?: Readonly<Record<string, string | readonly string[]>>
  body?: string | Uint8Array
}

/** An answer as bytes. */
export interface Answer {
  status: number
  reason: string
  /** Every value of each name. */
  headers: Readonly<Record<string, readonly string[] | undefined>>
  body: Buffer
  /** The body came to the end that its head announced. */
  isWhole: boolean
}

/** Posts a request, by default to the legacy endpoint, and reads the whole response. */
export async function send(
  url: string,
  { method = 'POST', headers = HEADERS, body }: Asking = {},
): Promise<Answer> {
  const response = await begin(url, { method, headers, ...(body !== undefined && { body }) })
  return soon(readAnswer(response))
}

/** The same, up to the head of the answer. */
export async function begin(
  url: string,
  { method = 'POST', headers = HEADERS, body }: Asking = {},
): Promise<IncomingMessage> {
  const given = Object.entries(headers).map(([name, value]): [string, string | string[]] => [
    name,
    typeof value === 'string' ? value : [...value],
  ])
  // The target as it is written: what a URL is made of has been tidied up.
  const path = url.slice(new URL(url).origin.length) || '/'
  const request = openRequest(new URL(url).origin, {
    method,
    path,
    agent: false,
    headers: Object.fromEntries(given),
  })
  // Before a text, Node would write the head as UTF-8.
  request.end(body === undefined ? body : Buffer.from(body))
  // One that is answered early may be cut while it still writes.
  request.on('error', () => {})
  const [response]: IncomingMessage[] = await soon(once(request, 'response'))
  if (response === undefined) throw new Error('no answer came')
  return response
}

export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of response) pieces.push(piece)
  } catch {
    // `isWhole` is false for a connection that was cut.
  }
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers: response.headersDistinct,
    body: Buffer.concat(pieces),
    isWhole: response.complete,
  }
}

/** A connection on which anything can be said. */
export interface Talk {
  socket: Socket
  say(bytes: string | Uint8Array): void
  /** All that has come, a character for a byte. */
  heard(): string
  /** Resolves when the connection has ended, however it did. */
  over: Promise<void>
}

export async function talk(url: string): Promise<Talk> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  let heard = ''
  socket.on('data', bytes => {
    heard += bytes.toString('latin1')
  })
  // A cut is an end like any other.
  socket.on('error', () => {})
  const over = new Promise<void>(resolve => socket.once('close', () => resolve()))
  await soon(once(socket, 'connect'))
  return { socket, say: bytes => void socket.write(bytes), heard: () => heard, over }
}

/** The head of a request, as HTTP/1.1 writes it; what is in `headers` comes behind the usual ones. */
export const head = (target: string, headers: string = '', method: string = 'POST'): string =>
  `${method} ${target} HTTP/1.1\r\nhost: proxy.test\r\nx-api-key: ${HEADERS['x-api-key']}\r\n` +
  `anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\n${headers}\r\n`

/** A whole request with a body of a known length. */
export const posted = (target: string, body: string, headers: string = ''): string =>
  head(target, `content-length: ${Buffer.byteLength(body)}\r\n${headers}`) + body

/** The chunks of a body in the chunked coding, as they were written. @throws for one that does not end as it should. */
export function chunksOf(answer: string): string[] {
  const chunks: string[] = []
  let rest = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  for (;;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? []
    const length = Number.parseInt(size, 16)
    if (line === '' || rest.slice(line.length + length, line.length + length + 2) !== '\r\n') {
      throw new Error(`a body that breaks off: ${rest.slice(0, 80)}`)
    }
    if (length === 0) return chunks
    chunks.push(rest.slice(line.length, line.length + length))
    rest = rest.slice(line.length + length + 2)
  }
}
