import type { ServerResponse } from 'node:http'
import type { EventFold } from '../completions/grammar.ts'
import {
  errorBody,
  type LegacyDialect,
  legacyErrorEvent,
  legacyJson,
  legacyWriter,
  statusOf,
} from '../completions/legacy-response.ts'
import type { Outgoing } from '../completions/outgoing.ts'
import { APIError } from '../errors.ts'
import { decodeEvents } from '../sse.ts'
import type { Completion } from '../wire.ts'
import { endAfter } from './node.ts'
import { type Exchange, one, writeHead } from './node-exchange.ts'
import type { Reply } from './node-upstream.ts'

/** Hands an answer on as it came: its bytes, its encoding, its headers but those of the connection. */
export async function passOn(exchange: Exchange, reply: Reply): Promise<void> {
  const { incoming, outgoing } = exchange
  writeHead(exchange, reply.status, reply.headers, reply.reason)
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
      ? await foldEvents(reply, grammar.events(), () => {})
      : grammar.whole(readAnswer(await textOf(reply)))
    body = legacyJson(completion, dialect)
  } catch (error) {
    record.outcome = 'upstream-failed'
    const id = one(reply.headers['request-id'])
    writeHead(exchange, statusOf(error), {
      'content-type': 'application/json',
      ...(id !== undefined && { 'request-id': id }),
    })
    outgoing.end(JSON.stringify(errorBody(error)))
    return
  }
  const bytes = Buffer.from(body)
  writeHead(exchange, 200, headersFor(reply, 'application/json', { 'content-length': `${bytes.length}` }))
  outgoing.end(bytes)
}

export async function writeStream(
  exchange: Exchange,
  reply: Reply,
  { isStreamed, grammar }: Outgoing,
  dialect: LegacyDialect,
): Promise<void> {
  const { outgoing, record } = exchange
  writeHead(
    exchange,
    200,
    headersFor(reply, 'text/event-stream; charset=utf-8', { 'cache-control': 'no-cache' }),
  )
  sendHead(outgoing)
  const writer = legacyWriter(dialect)
  // What comes in one go is written in one go: each write costs more than the event it carries.
  let waiting = ''
  const flush = (): void => {
    if (waiting !== '') write(outgoing, reply, waiting)
    waiting = ''
  }
  const give = (chunk: Completion): void => {
    if (waiting === '') queueMicrotask(flush)
    waiting += writer.chunk(chunk)
  }
  const end = (last: string): void => {
    outgoing.end(waiting + last)
    waiting = ''
  }
  try {
    if (isEventStream(reply, isStreamed)) await foldEvents(reply, grammar.events(), give)
    else give(grammar.whole(readAnswer(await textOf(reply))))
    end(writer.end)
  } catch (error) {
    record.outcome = 'upstream-failed'
    end(legacyErrorEvent(error))
  }
}

/** Writes, and has the upstream wait for a client that is slow to take it. */
function write(outgoing: ServerResponse, reply: Reply, piece: string | Uint8Array): void {
  if (outgoing.write(piece) || outgoing.listenerCount('drain') > 0) return
  reply.pause()
  outgoing.once('drain', reply.resume)
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

async function textOf(reply: Reply): Promise<string> {
  const pieces: Buffer[] = []
  await reply.read(piece => void pieces.push(piece))
  return Buffer.concat(pieces).toString('utf8')
}

function readAnswer(text: string): object {
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

/** Hands out the chunks that come of the events of an answer; resolves with the whole completion. */
async function foldEvents(
  reply: Reply,
  fold: EventFold,
  give: (chunk: Completion) => void,
): Promise<Completion> {
  let fault: { error: unknown } | undefined
  const decoder = decodeEvents(event => {
    for (const chunk of fold.push(event)) give(chunk)
  })
  const take = (bytes: Buffer): void => {
    try {
      decoder.feed(bytes)
    } catch (error) {
      fault = { error }
    }
    if (fold.isEndSaid) reply.letGo()
    else if (fold.done || fault !== undefined) reply.cancel()
  }
  await reply.read(take).catch((cause: unknown) => fold.end(cause))
  if (fault !== undefined) throw fault.error
  return fold.end()
}

/** Headers that tell of bytes which are not handed on. */
const OF_THE_BODY: readonly string[] = ['content-encoding', 'content-length', 'content-type']

function headersFor(
  { headers }: Reply,
  type: string,
  more: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const kept = { ...headers }
  for (const name of OF_THE_BODY) delete kept[name]
  return { ...kept, 'content-type': type, ...more }
}
