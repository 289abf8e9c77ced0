import type { IncomingMessage, ServerResponse } from 'node:http'
import { hopByHop } from '../../http.ts'
import { endAfter } from '../../listen.ts'
import type { DiagnosticCode } from '../../translate/index.ts'
import { KEY_HEADERS } from '../keys.ts'

/** How a request went. */
export interface RequestRecord {
  method: string
  /** Without its query. */
  path: string
  /** 0 where none was sent. */
  status: number
  /** Where it went; `none` for what was answered here. */
  endpoint: 'messages' | 'complete' | 'passed-on' | 'none'
  isStreamed: boolean
  /** Codes of what was noticed and changed. */
  diagnostics: readonly DiagnosticCode[]
  outcome: 'answered' | 'client-gone' | 'upstream-failed'
  /** Milliseconds until the head of the answer was sent; `undefined` where none was. */
  firstByte: number | undefined
  milliseconds: number
  /** The upstream's `request-id`. */
  requestId: string | undefined
}

/** One request on its way through. */
export interface Exchange {
  incoming: IncomingMessage
  outgoing: ServerResponse
  /** Whether the client has gone before it had all of the answer. */
  isGone: boolean
  /** What is to be given up when it goes. An `AbortController` for each request would cost a tenth of all there is to do. */
  onGone: () => void
  /** Resolves when the client has all of the answer, or has gone. */
  closed: Promise<void>
  path: string
  headers: Record<string, string>
  record: { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] }
  started: number
}

/**
 * The upstream is another host, the length is told by the body, 100 (Continue) has been said already, and whose key goes
 * on is yet to be chosen. They are left out from the beginning: V8 is slow with an object that had one deleted.
 */
const NOT_FORWARDED: ReadonlySet<string> = new Set(['host', 'content-length', 'expect', ...KEY_HEADERS])

export type ReplyHeaders = Record<string, string | string[]>

export function begin(incoming: IncomingMessage, outgoing: ServerResponse, path: string): Exchange {
  const hops = hopByHop(incoming.headers.connection)
  const headers: Record<string, string> = {}
  for (const name of Object.keys(incoming.headers)) {
    const value = incoming.headers[name]
    if (value === undefined || hops.has(name) || NOT_FORWARDED.has(name)) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  const exchange: Exchange = {
    incoming,
    outgoing,
    isGone: false,
    onGone() {},
    closed: new Promise(resolve => {
      outgoing.once('close', () => {
        if (!outgoing.writableFinished) {
          exchange.isGone = true
          exchange.onGone()
        }
        resolve()
      })
    }),
    path,
    headers,
    started: performance.now(),
    record: {
      method: incoming.method ?? '',
      path: split(path)[0] ?? '',
      status: 0,
      endpoint: 'none',
      isStreamed: false,
      diagnostics: [],
      outcome: 'answered',
      firstByte: undefined,
      milliseconds: 0,
      requestId: undefined,
    },
  }
  return exchange
}

/** The path, and its query with the question mark. */
export function split(path: string): [pathname: string, query: string] {
  const at = path.indexOf('?')
  return at === -1 ? [path, ''] : [path.slice(0, at), path.slice(at)]
}

export function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/**
 * The whole body where it came along with the head; nothing where it is still to come, or empty. To listen to a stream
 * takes longer.
 */
export async function bodyAtHand(incoming: IncomingMessage): Promise<Buffer | undefined> {
  // What has read the head reads on to the end of what has come before any promise is settled.
  await undefined
  const { readableLength } = incoming
  if (readableLength === 0 || readableLength !== Number(incoming.headers['content-length'])) return undefined
  return incoming.read()
}

/** The whole body, or nothing where it is larger than allowed; what is too much is not kept. */
export async function readBody(incoming: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > most) return undefined
  return (await bodyAtHand(incoming)) ?? readStream(incoming, most)
}

function readStream(incoming: IncomingMessage, most: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const take = (piece: Buffer): void => {
      size += piece.length
      pieces.push(piece)
      if (size <= most) return
      incoming.off('data', take).pause()
      resolve(undefined)
    }
    incoming
      .on('data', take)
      .once('end', () => resolve(Buffer.concat(pieces)))
      .once('error', reject)
  })
}

/** The codes of the diagnostics of a translated request, separated by commas: `retired-model, sampling-dropped`. */
const DIAGNOSTICS_HEADER = 'x-legacy-completions-diagnostics'
/** A request reports a few codes. The limit keeps the header small whatever a request holds. */
const MOST_CODES = 16

/** The header that reports the diagnostics of a translated request to clients in every language. */
export function diagnosticsHeader(codes: readonly string[]): Record<string, string> {
  const distinct = [...new Set(codes)]
  return distinct.length === 0 ? {} : { [DIAGNOSTICS_HEADER]: distinct.slice(0, MOST_CODES).join(', ') }
}

export function writeHead(exchange: Exchange, status: number, headers: ReplyHeaders, reason?: string): void {
  const { outgoing, record, started } = exchange
  record.firstByte = performance.now() - started
  const id = headers['request-id']
  record.requestId = one(id)
  outgoing.writeHead(status, reason, headers)
}

export function refuse(
  exchange: Exchange,
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  const { incoming, outgoing } = exchange
  const body = JSON.stringify({ type: 'error', error: { type, message } })
  const length = `${Buffer.byteLength(body)}`
  writeHead(exchange, status, { 'content-type': 'application/json', 'content-length': length, ...headers })
  outgoing.write(body)
  endAfter(incoming, outgoing)
}

/** An upstream that does not answer is told in the old API's words; half an answer is cut, so that it looks like one. */
export function fail(exchange: Exchange, error: unknown): void {
  const { outgoing, record, isGone } = exchange
  record.outcome = 'upstream-failed'
  if (outgoing.headersSent || isGone) outgoing.destroy()
  else if (Object(error).code === 'UND_ERR_HEADERS_TIMEOUT') {
    refuse(exchange, 504, 'timeout_error', 'The upstream took too long to answer.', RETRY)
  } else refuse(exchange, 502, 'api_error', 'The upstream could not be reached.', RETRY)
}

const RETRY = { 'x-should-retry': 'true' }
