import { encodeEvent } from '../sse.ts'
import type { Completion } from '../wire.ts'
import { type Means, padded } from './call.ts'
import { type Generation, generate } from './generate.ts'
import { apiId, hexId } from './random.ts'
import type { AnswerReply } from './script.ts'

const HUMAN_PROMPT = '\n\nHuman:'

/** The version whose streams were cumulative and unnamed. */
const FIRST_VERSION = '2023-01-01'

export interface CompletionTerms {
  model: string
  maxTokens: number
  stops: readonly string[]
  /** The prompt ended in a bare `\n\nAssistant:`: every recorded answer to one begins with a space. */
  bare: boolean
  stream: boolean
  version: string
}

/** Writes the answer of `POST /v1/complete` in the shape of the version asked for. */
export function* writeCompletion(
  reply: AnswerReply,
  terms: CompletionTerms,
  means: Means,
): Generator<string> {
  const generation = generate(reply, {
    maxTokens: terms.maxTokens,
    stops: terms.stops,
    builtInStops: [HUMAN_PROMPT],
    leadingSpace: terms.bare,
  })
  const pieces = generation.blocks.flatMap(block => (block.type === 'text' ? block.pieces : []))
  const end = endOf(generation)
  const { model } = terms
  if (terms.version === FIRST_VERSION) {
    const logId = hexId(means.random)
    const write = (text: string, { stop, stop_reason }: End): object => ({
      completion: text,
      stop,
      stop_reason,
      truncated: false,
      log_id: logId,
      model,
      exception: null,
    })
    if (terms.stream) yield* cumulativeEvents(pieces, end, reply, means, write)
    else yield JSON.stringify(write(pieces.join(''), end))
    return
  }
  const id = apiId('compl', means.random)
  // In the order of the recorded bytes.
  const write = (text: string, { stop, stop_reason }: End): Completion => ({
    type: 'completion',
    id,
    completion: text,
    stop_reason,
    model,
    stop,
    log_id: id,
  })
  if (terms.stream) yield* namedEvents(pieces, end, reply, means, write)
  else yield JSON.stringify(write(pieces.join(''), end))
}

interface End {
  stop_reason: string | null
  stop: string | null
}
const NOT_YET: End = { stop_reason: null, stop: null }

/** A natural end was the model writing the next `\n\nHuman:`; the endpoint had no other word for it. */
function endOf({ stopReason, stopSequence }: Generation): End {
  return stopReason === 'end_turn'
    ? { stop_reason: 'stop_sequence', stop: stopSequence ?? HUMAN_PROMPT }
    : { stop_reason: stopReason, stop: stopSequence }
}

/**
 * 2023-06-01: named events, each with the text since the one before; a ping after the second. The last
 * event is an empty completion, but at `max_tokens` it is the last text itself (both recorded, 2024 and 2025).
 */
function* namedEvents(
  pieces: readonly string[],
  end: End,
  reply: AnswerReply,
  { random, pings, requestId }: Means,
  write: (text: string, end: End) => object,
): Generator<string> {
  const send = (text: string, end: End): string =>
    encodeEvent({ event: 'completion', data: padded(write(text, end), random) })
  const failsAfter = reply.streamError ? Math.min(reply.afterDeltas ?? 1, pieces.length) : undefined
  const closing = end.stop_reason === 'max_tokens' && failsAfter === undefined ? pieces.at(-1) : undefined
  const flowing = closing === undefined ? pieces : pieces.slice(0, -1)
  for (const [index, piece] of flowing.entries()) {
    if (index === failsAfter) break
    yield send(piece, NOT_YET)
    if (index === 1 && pings) yield encodeEvent({ event: 'ping', data: '{"type": "ping"}' })
  }
  if (reply.streamError) yield errorEvent(reply.streamError, requestId)
  else yield send(closing ?? '', end)
}

/**
 * 2023-01-01: unnamed events, each with the whole text so far, then `[DONE]`. Keys and their order are those of
 * the official sample; spacing and the ping's payload were never recorded.
 */
function* cumulativeEvents(
  pieces: readonly string[],
  end: End,
  reply: AnswerReply,
  { pings, requestId }: Means,
  write: (text: string, end: End) => object,
): Generator<string> {
  const send = (data: string): string => encodeEvent({ event: undefined, data })
  const failsAfter = reply.streamError ? (reply.afterDeltas ?? 1) : undefined
  let text = ''
  for (const [index, piece] of pieces.entries()) {
    if (index === failsAfter) break
    text += piece
    yield send(spaced(write(text, NOT_YET)))
    if (index === 1 && pings) yield encodeEvent({ event: 'ping', data: '{}' })
  }
  if (reply.streamError) return yield errorEvent(reply.streamError, requestId)
  yield send(spaced(write(text, end)))
  yield send('[DONE]')
}

function errorEvent(error: { type: string; message: string }, requestId: string): string {
  return encodeEvent({
    event: 'error',
    data: JSON.stringify({ type: 'error', error, request_id: requestId }),
  })
}

/** JSON with a space after commas and colons, as Python writes it. */
function spaced(value: object): string {
  const fields = Object.entries(value).map(([key, field]) => `"${key}": ${JSON.stringify(field)}`)
  return `{${fields.join(', ')}}`
}
