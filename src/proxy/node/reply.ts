import type { ServerResponse } from 'node:http'
import type { Outgoing } from '../../core/call-plan.ts'
import {
  errorBody,
  type LegacyDialect,
  legacyErrorEvent,
  legacyJson,
  legacyWriter,
  statusOf,
} from '../../core/legacy-http.ts'
import type { EventFold } from '../../core/response-decoder.ts'
import { APIError } from '../../errors.ts'
import { hopByHop } from '../../http.ts'
import { endAfter } from '../../listen.ts'
import { decodeEvents } from '../../sse.ts'
import { damaged, wholeText } from '../../utf8.ts'
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
  { isStreamed, grammar }: Outgoing,
  dialect: LegacyDialect,
): Promise<void> {
  const { outgoing, record } = exchange
  let body: string
  try {
    const completion = isEventStream(reply, isStreamed)
      ? await foldEvents(reply, grammar.events())
      : grammar.whole(await readAnswer(reply))
    body = legacyJson(completion, dialect)
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
  { isStreamed, grammar }: Outgoing,
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
  const listener: FoldListener = {
    onChunk(chunk) {
      waiting += writer.chunk(chunk)
    },
    onPing() {
      waiting += writer.ping
    },
    onPause() {
      if (waiting !== '') write(outgoing, reply, waiting)
      waiting = ''
    },
  }
  try {
    if (isEventStream(reply, isStreamed)) await foldEvents(reply, grammar.events(), listener)
    else listener.onChunk(grammar.whole(await readAnswer(reply)))
    outgoing.end(waiting + writer.end)
  } catch (error) {
    record.outcome = 'upstream-failed'
    outgoing.end(waiting + legacyErrorEvent(error))
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

function isEventStream({ headers }: Reply, isStreamed: boolean): boolean {
  const type = one(headers['content-type']) ?? ''
  return type.includes('text/event-stream') || (isStreamed && !type.includes('json'))
}

async function readAnswer(reply: Reply): Promise<object> {
  const text = wholeText(await reply.readWhole())
  if (text === undefined) throw damaged()
  const answer = parseObject(text)
  // Some gateways answer 200 and put the failure in the body.
  if ('error' in answer && answer.error) throw new APIError(undefined, answer, undefined, undefined)
  return answer
}

function parseObject(text: string): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    throw new TypeError('The upstream’s answer is not JSON.')
  }
}

/** Hears what the events of an answer come to. */
interface FoldListener {
  onChunk(chunk: Completion): void
  onPing(): void
  /** That was all for now. */
  onPause(): void
}

const NOBODY: FoldListener = { onChunk() {}, onPing() {}, onPause() {} }

/** Reads the events of an answer; resolves with the whole completion. */
async function foldEvents(
  reply: Reply,
  fold: EventFold,
  listener: FoldListener = NOBODY,
): Promise<Completion> {
  let fault: { error: unknown } | undefined
  const decoder = decodeEvents(event => {
    if (event.event === 'ping' && !fold.isDone()) listener.onPing()
    for (const chunk of fold.push(event)) listener.onChunk(chunk)
  })
  const take = (bytes: Buffer): void => {
    try {
      const damage = decoder.feed(bytes)
      if (damage !== undefined) throw damage
    } catch (error) {
      // Once the end is said, nothing behind it counts.
      if (!fold.isDone()) fault = { error }
    }
    if (fold.isEndSaid()) reply.letGo()
    else if (fold.isDone() || fault !== undefined) reply.cancel()
    else listener.onPause()
  }
  await reply.read(take).catch((cause: unknown) => fold.end(cause))
  if (fault !== undefined) throw fault.error
  return fold.end()
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
