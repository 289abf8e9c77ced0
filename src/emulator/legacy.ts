import { encodeEvent } from '../sse.ts'
import type { Completion } from '../wire.ts'
import { common, complete, invalid, Problem } from './errors.ts'
import {
  boolean,
  integer,
  list,
  number,
  object,
  pydantic1,
  readFields,
  readStrings,
  string,
} from './fields.ts'
import {
  apiId,
  type Call,
  countTokens,
  type Generation,
  generate,
  hexId,
  padded,
  type RenderContext,
} from './generate.ts'
import { findLegacyModel, findModel, type LegacyModel, RETIRED_MESSAGES_MODELS } from './models.ts'
import type { AnswerReply, Conversation } from './script.ts'

/** Output limit of the last legacy models. Documented as "No validation, but capped values per-model". */
const MAX_OUTPUT_TOKENS = 4096

/** Validates a request to `POST /v1/complete`. Throws a Problem if it is invalid. */
export function readCompleteCall(body: unknown, version: string): Call {
  const read = readFields(body, pydantic1)
  const modelId = read.required('model', string)
  const prompt = read.required('prompt', string)
  const maxTokens = read.required('max_tokens_to_sample', integer)
  const stops = readStrings(read.optional('stop_sequences', list) ?? [], 'stop_sequences', pydantic1)
  const temperature = read.optional('temperature', number)
  const topP = read.optional('top_p', number)
  const topK = read.optional('top_k', integer)
  const metadata = read.optional('metadata', object)
  const stream = read.optional('stream', boolean) ?? false
  read.nothingElse()

  if (prompt === '') throw invalid(complete.emptyPrompt)
  if (maxTokens < 1 || maxTokens > 1_000_000) throw invalid(complete.maxTokensRange)
  checkUnit('temperature', temperature)
  checkUnit('top_p', topP)
  if (topK !== undefined && (topK < -1 || topK > 1_000_000)) throw invalid(complete.topKRange)
  if (metadata !== undefined) checkMetadata(metadata)

  const model = legacyModel(modelId)
  const { bare, ...parsed } = readPrompt(prompt)
  const tokens = countTokens(prompt)
  if (tokens > model.maxPromptTokens) throw invalid(common.promptTooLong(tokens, model.maxPromptTokens))

  const conversation: Conversation = { ...parsed, model: model.id }
  return {
    conversation,
    // The early documentation defined -1 as "not set".
    temperature: temperature === undefined || temperature === -1 ? 1 : temperature,
    stream,
    write: (reply: AnswerReply, context) =>
      writeCompletion(
        reply,
        { model: model.id, maxTokens: Math.min(maxTokens, MAX_OUTPUT_TOKENS), stops, bare, stream, version },
        context,
      ),
  }
}

function checkUnit(field: string, value: number | undefined): void {
  if (value !== undefined && value !== -1 && !(value >= 0 && value <= 1))
    throw invalid(complete.unsetOr0to1(field))
}

function checkMetadata(metadata: object): void {
  const read = readFields(metadata, pydantic1, 'metadata')
  const userId = read.optional('user_id', string)
  read.nothingElse()
  if (userId !== undefined && userId.length > 256) throw invalid(complete.userIdTooLong)
}

function legacyModel(id: string): LegacyModel {
  const model = findLegacyModel(id)
  if (model) return model
  if (findModel(id) || RETIRED_MESSAGES_MODELS.includes(id)) throw invalid(complete.unsupportedModel(id))
  throw new Problem('not_found_error', common.unknownModel(id))
}

/** A parsed prompt. `bare`: the last turn is `\n\nAssistant:` without a prefill. */
export interface LegacyPrompt extends Omit<Conversation, 'model'> {
  bare: boolean
}

/**
 * Parses a prompt by the old server's rules. Text before the first turn is the system prompt. Throws a Problem
 * unless the first turn is Human and the last one Assistant.
 */
function readPrompt(prompt: string): LegacyPrompt {
  const tidy = sanitize(prompt)
  const parts = tidy.split(/\n\n(Human|Assistant):/)
  const [preamble = '', ...rest] = parts
  const turns: { role: 'user' | 'assistant'; text: string }[] = []
  for (let i = 0; i + 1 < rest.length; i += 2)
    turns.push({ role: rest[i] === 'Human' ? 'user' : 'assistant', text: rest[i + 1] ?? '' })

  const last = turns.at(-1)
  const wrong: string[] = []
  if (turns[0]?.role !== 'user') wrong.push(complete.mustStartWithHuman)
  if (last?.role !== 'assistant') wrong.push(complete.mustEndWithAssistant)
  if (wrong.length > 0) throw invalid(wrong.join(complete.join))

  const begun = (last?.text ?? '').replace(/^ /, '')
  const bare = begun.trim() === ''
  const system = preamble.trim()
  return {
    ...(system === '' ? {} : { system }),
    messages: turns.slice(0, -1).map(({ role, text }) => ({ role, text: text.trim() })),
    ...(bare ? {} : { prefill: begun }),
    bare,
  }
}

/**
 * Applies the documented sanitizing: removes trailing spaces and restores the newlines before a leading `Human:`.
 * The server accepted "Human: Hello, Claude\n\nAssistant:" (recorded 2025-03) and "…\n\nAssistant: ".
 */
function sanitize(prompt: string): string {
  let end = prompt.length
  while (prompt[end - 1] === ' ') end--
  return prompt.slice(0, end).replace(/^\n?Human:/, '\n\nHuman:')
}

const HUMAN_PROMPT = '\n\nHuman:'

/** The API version with cumulative, unnamed stream events. */
const FIRST_VERSION = '2023-01-01'

export interface CompletionParameters {
  model: string
  maxTokens: number
  stops: readonly string[]
  /**
   * Whether the prompt ended in a bare `\n\nAssistant:`. Every recorded response to such a prompt begins with a space.
   */
  bare: boolean
  stream: boolean
  version: string
}

/** Generates the response body of `POST /v1/complete` in the format of the requested API version. */
function* writeCompletion(
  reply: AnswerReply,
  parameters: CompletionParameters,
  context: RenderContext,
): Generator<string> {
  const generation = generate(reply, {
    maxTokens: parameters.maxTokens,
    stops: parameters.stops,
    builtInStops: [HUMAN_PROMPT],
    leadingSpace: parameters.bare,
  })
  const pieces = generation.blocks.flatMap(block => (block.type === 'text' ? block.pieces : []))
  const end = endOf(generation)
  const { model } = parameters
  if (parameters.version === FIRST_VERSION) {
    const logId = hexId(context.random)
    const write = (text: string, { stop, stop_reason }: End): object => ({
      completion: text,
      stop,
      stop_reason,
      truncated: false,
      log_id: logId,
      model,
      exception: null,
    })
    if (parameters.stream) yield* cumulativeEvents(pieces, end, reply, context, write)
    else yield JSON.stringify(write(pieces.join(''), end))
    return
  }
  const id = apiId('compl', context.random)
  // Keep the recorded order of the keys.
  const write = (text: string, { stop, stop_reason }: End): Completion => ({
    type: 'completion',
    id,
    completion: text,
    stop_reason,
    model,
    stop,
    log_id: id,
  })
  if (parameters.stream) yield* namedEvents(pieces, end, reply, context, write)
  else yield JSON.stringify(write(pieces.join(''), end))
}

interface End {
  stop_reason: string | null
  stop: string | null
}
const NOT_YET: End = { stop_reason: null, stop: null }

/**
 * Converts the stop reason. At a natural end the model wrote `\n\nHuman:`, so the endpoint reported a stop sequence.
 */
function endOf({ stopReason, stopSequence }: Generation): End {
  return stopReason === 'end_turn'
    ? { stop_reason: 'stop_sequence', stop: stopSequence ?? HUMAN_PROMPT }
    : { stop_reason: stopReason, stop: stopSequence }
}

/**
 * Generates the events of API version 2023-06-01: named, incremental, with a ping after the second. The last event is
 * an empty completion, except for `max_tokens`, where it contains the last text (both recorded, 2024 and 2025).
 */
function* namedEvents(
  pieces: readonly string[],
  end: End,
  reply: AnswerReply,
  { random, pings, requestId }: RenderContext,
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
 * Generates the events of API version 2023-01-01: unnamed, cumulative, then `[DONE]`. Keys and their order follow the
 * official sample. No recording shows the spacing or the payload of a ping.
 */
function* cumulativeEvents(
  pieces: readonly string[],
  end: End,
  reply: AnswerReply,
  { pings, requestId }: RenderContext,
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

/** Serializes with a space after commas and colons, as Python does. */
function spaced(value: object): string {
  const fields = Object.entries(value).map(([key, field]) => `"${key}": ${JSON.stringify(field)}`)
  return `{${fields.join(', ')}}`
}
