import type { ServerResponse } from 'node:http'
import type { CallPlan } from '../../core/call-plan.ts'
import { errorBody, type LegacyDialect, legacyJson, legacyWriter, statusOf } from '../../core/legacy-http.ts'
import type { ResponseDecoder } from '../../core/response-decoder.ts'
import { hopByHop } from '../../http.ts'
import { endAfter } from '../../listen.ts'
import type { Completion } from '../../wire.ts'
import { diagnosticsHeader, type Exchange, one, type ReplyHeaders, writeHead } from './exchange.ts'
import type { Reply } from './upstream.ts'

/** Hands an answer on as it came: its bytes, its encoding, its headers but those of the connection. */
export async function passOn(exchange: Exchange, reply: Reply): Promise<void> {
  const { incoming, outgoing } = exchange
  writeHead(exchange, reply.status, keptHeaders(reply, NONE), reply.reason)
  sendHead(outgoing)
  await reply.read(piece => write(outgoing, reply, piece))
  endAfter(incoming, outgoing)
}

export async function writeWhole(
  exchange: Exchange,
  reply: Reply,
  plan: CallPlan,
  dialect: LegacyDialect,
): Promise<void> {
  const { outgoing, record } = exchange
  let body: string
  try {
    body = legacyJson(await decode(reply, decoderOf(reply, plan)), dialect)
  } catch (error) {
    record.outcome = 'upstream-failed'
    const id = one(reply.headers['request-id'])
    writeHead(exchange, statusOf(error), {
      'content-type': 'application/json',
      ...(id !== undefined && { 'request-id': id }),
      ...diagnosticsHeader(record.diagnostics),
    })
    outgoing.end(JSON.stringify(errorBody(error)))
    return
  }
  const length = Buffer.byteLength(body)
  const headers = headersFor(reply, 'application/json')
  headers['content-length'] = `${length}`
  Object.assign(headers, diagnosticsHeader(record.diagnostics))
  writeHead(exchange, 200, headers)
  // Head and text go out as one string, in one encoding: of ASCII it can be the head's.
  outgoing.end(length === body.length ? body : Buffer.from(body), 'latin1')
}

export async function writeStream(
  exchange: Exchange,
  reply: Reply,
  plan: CallPlan,
  dialect: LegacyDialect,
): Promise<void> {
  const { outgoing, record } = exchange
  const headers = headersFor(reply, 'text/event-stream; charset=utf-8')
  headers['cache-control'] = 'no-cache'
  Object.assign(headers, diagnosticsHeader(record.diagnostics))
  writeHead(exchange, 200, headers)
  sendHead(outgoing)
  const writer = legacyWriter(dialect)
  /** What has come of one read, which is written in one go: each write costs more than the event it carries. */
  let waiting = ''
  const decoder = decoderOf(reply, plan)
  decoder.onPing = opening => {
    waiting += writer.ping(opening)
  }
  const take = (chunks: readonly Completion[]): void => {
    for (const chunk of chunks) waiting += writer.chunk(chunk)
    if (waiting !== '' && !decoder.isOver) {
      write(outgoing, reply, waiting)
      waiting = ''
    }
  }
  try {
    await decode(reply, decoder, take)
    outgoing.end(waiting + writer.end)
  } catch (error) {
    record.outcome = 'upstream-failed'
    const event = writer.error(error)
    if (event !== undefined) outgoing.end(waiting + event)
    // The client gets what has come, and then no end.
    else if (waiting === '') outgoing.destroy()
    else outgoing.write(waiting, () => outgoing.destroy())
  }
}

/** Writes, and has the upstream wait for a client that is slow to take it. */
function write(outgoing: ServerResponse, reply: Reply, piece: string | Uint8Array): void {
  if (outgoing.write(piece) || outgoing.listenerCount('drain') > 0) return
  reply.pause()
  outgoing.once('drain', () => reply.resume())
}

const NOTHING = Buffer.alloc(0)

/**
 * A slow body must not hold back the status. `flushHeaders`, and a text that is written first, would have Node write the
 * head as UTF-8, and so garble a header of Latin-1.
 */
function sendHead(outgoing: ServerResponse): void {
  outgoing.write(NOTHING)
}

function decoderOf({ headers }: Reply, { decoder, upstreamStream }: CallPlan): ResponseDecoder {
  const type = one(headers['content-type']) ?? ''
  const isEventStream = type.includes('text/event-stream') || (upstreamStream && !type.includes('json'))
  return decoder(isEventStream ? 'events' : 'whole')
}

/** Reads a response through its decoder, and resolves to the whole completion. */
async function decode(
  reply: Reply,
  decoder: ResponseDecoder,
  onChunks: (chunks: readonly Completion[]) => void = () => {},
): Promise<Completion> {
  const take = (bytes: Buffer): void => {
    onChunks(decoder.push(bytes))
    if (decoder.isEndSent) reply.letGo()
    else if (decoder.isOver) reply.cancel()
  }
  await reply.read(take).catch((cause: unknown) => onChunks(decoder.end(cause)))
  onChunks(decoder.end())
  const whole = decoder.whole()
  if (whole === undefined) throw new TypeError('The reply ended without a completion.')
  return whole
}

/** Headers that tell of bytes which are not handed on. */
const OF_THE_BODY: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'content-type'])
const NONE: ReadonlySet<string> = new Set()

function headersFor(reply: Reply, type: string): ReplyHeaders {
  const headers = keptHeaders(reply, OF_THE_BODY)
  headers['content-type'] = type
  return headers
}

/** All but those of the connection. They are left out from the beginning: V8 is slow with an object that had one deleted. */
function keptHeaders({ headers }: Reply, without: ReadonlySet<string>): ReplyHeaders {
  const { connection } = headers
  const hops = hopByHop(Array.isArray(connection) ? connection.join(',') : connection)
  const kept: ReplyHeaders = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined && !hops.has(name) && !without.has(name)) kept[name] = value
  }
  return kept
}
