import type { Dispatcher } from 'undici'
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
import { decodeEvents, type ServerSentEvent } from '../sse.ts'
import type { Completion } from '../wire.ts'
import { hopByHop } from './hop-by-hop.ts'
import { endAfter } from './node.ts'
import { type Exchange, one, write, writeHead } from './node-exchange.ts'

/** Hands an answer on as it came: its bytes, its encoding, its headers but those of the connection. */
export async function passOn(exchange: Exchange, reply: Dispatcher.ResponseData): Promise<void> {
  const { incoming, outgoing } = exchange
  writeHead(exchange, reply.statusCode, keptHeaders(reply), reply.statusText)
  // A slow body must not hold back the status.
  outgoing.flushHeaders()
  for await (const piece of reply.body) await write(exchange, piece)
  endAfter(incoming, outgoing)
}

export async function writeWhole(
  exchange: Exchange,
  reply: Dispatcher.ResponseData,
  { isStreamed, grammar }: Outgoing,
  dialect: LegacyDialect,
): Promise<void> {
  let completion: Completion
  try {
    if (isEventStream(reply, isStreamed)) {
      const fold = grammar.events()
      for await (const _ of foldEvents(reply, fold));
      completion = fold.end()
    } else completion = grammar.whole(readAnswer(await reply.body.text()))
  } catch (error) {
    exchange.record.outcome = 'upstream-failed'
    const id = one(reply.headers['request-id'])
    writeHead(exchange, statusOf(error), {
      'content-type': 'application/json',
      ...(id !== undefined && { 'request-id': id }),
    })
    exchange.outgoing.end(JSON.stringify(errorBody(error)))
    return
  }
  const body = legacyJson(completion, dialect)
  writeHead(exchange, 200, {
    ...keptHeaders(reply, OF_THE_BODY),
    'content-type': 'application/json',
    'content-length': `${Buffer.byteLength(body)}`,
  })
  exchange.outgoing.end(body)
}

export async function writeStream(
  exchange: Exchange,
  reply: Dispatcher.ResponseData,
  { isStreamed, grammar }: Outgoing,
  dialect: LegacyDialect,
): Promise<void> {
  const { outgoing, record } = exchange
  writeHead(exchange, 200, {
    ...keptHeaders(reply, OF_THE_BODY),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
  outgoing.flushHeaders()
  const writer = legacyWriter(dialect)
  try {
    if (isEventStream(reply, isStreamed)) {
      for await (const chunks of foldEvents(reply, grammar.events())) {
        let text = ''
        for (const chunk of chunks) text += writer.chunk(chunk)
        await write(exchange, text)
      }
    } else await write(exchange, writer.chunk(grammar.whole(readAnswer(await reply.body.text()))))
    outgoing.end(writer.end)
  } catch (error) {
    record.outcome = 'upstream-failed'
    outgoing.end(legacyErrorEvent(error))
  }
}

function isEventStream({ headers }: Dispatcher.ResponseData, isStreamed: boolean): boolean {
  const type = one(headers['content-type']) ?? ''
  return type.includes('text/event-stream') || (isStreamed && !type.includes('json'))
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

/** The chunks that come of the events of an answer, as many at once as came; ends with the completion. */
async function* foldEvents(
  { body }: Dispatcher.ResponseData,
  fold: EventFold,
): AsyncGenerator<readonly Completion[], void, undefined> {
  const events: ServerSentEvent[] = []
  const decoder = decodeEvents(event => events.push(event))
  let fault: { error: unknown } | undefined
  // Whoever stops reading need not hear what becomes of the rest.
  body.on('error', () => {})
  try {
    for await (const bytes of body.iterator({ destroyOnReturn: false })) {
      decoder.feed(bytes)
      const chunks: Completion[] = []
      try {
        for (const event of events.splice(0)) chunks.push(...fold.push(event))
      } catch (error) {
        fault = { error }
      }
      if (chunks.length > 0) yield chunks
      if (fold.done) return
      if (fault !== undefined) throw fault.error
    }
  } catch (cause) {
    if (fault !== undefined) throw fault.error
    fold.end(cause)
  } finally {
    if (fold.isEndSaid) letGo(body)
    else body.destroy()
  }
  fold.end()
}

/** How long the end of a body may take, in milliseconds, once all that counts has been read. */
const LONGEST_END = 1000

/** Reads the end that is sure to come, which lets the connection be used again; cuts it off if it does not. */
function letGo(body: Dispatcher.ResponseData['body']): void {
  const timer = setTimeout(() => body.destroy(), LONGEST_END)
  body.once('close', () => clearTimeout(timer)).resume()
}

/** Headers that tell of bytes which are not handed on. */
const OF_THE_BODY: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'content-type'])

function keptHeaders(
  { headers }: Dispatcher.ResponseData,
  without: ReadonlySet<string> = new Set(),
): Record<string, string | string[]> {
  const hops = hopByHop([headers.connection ?? ''].flat().join(','))
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hops.has(name) && !without.has(name)) kept[name] = value
  }
  return kept
}
