import {
  apiId,
  type GeneratedBlock,
  type Generation,
  generate,
  padded,
  type RenderContext,
  signature,
} from './generate.ts'
import type { AnswerReply } from './script.ts'

export interface MessageParameters {
  model: string
  maxTokens: number
  stops: readonly string[]
  thinks: boolean
  inputTokens: number
  stream: boolean
}

/** Generates the response body of `POST /v1/messages`. */
export function* writeMessage(
  reply: AnswerReply,
  parameters: MessageParameters,
  context: RenderContext,
): Generator<string> {
  const id = apiId('msg', context.random)
  // The thinking text is empty but signed: `display` is "omitted" by default since 4.7.
  const thinking = { type: 'thinking', thinking: '', signature: signature(context.random) }
  const generation = generate(reply, {
    maxTokens: parameters.maxTokens,
    stops: parameters.stops,
    ...(parameters.thinks && parameters.maxTokens > 0 ? { thinking } : {}),
  })
  if (!parameters.stream) {
    const content = generation.blocks.map(block =>
      block.type === 'text' ? { type: 'text', text: block.pieces.join('') } : block.block,
    )
    yield JSON.stringify(message(id, parameters, content, endOf(generation), usageOf(generation, parameters)))
    return
  }
  const events = eventsOf(generation, id, reply, parameters, context)
  // No recording shows a padded ping.
  for (const event of events) yield named(event, event.type === 'ping' ? PING : padded(event, context.random))
}

interface StreamEvent {
  type: string
  [field: string]: unknown
}

const PING = '{"type": "ping"}'

/** Writes a named event. Line ends are LF on this endpoint. */
const named = ({ type }: StreamEvent, data: string): string => `event: ${type}\ndata: ${data}\n\n`

function* eventsOf(
  generation: Generation,
  id: string,
  reply: AnswerReply,
  parameters: MessageParameters,
  { pings, requestId }: RenderContext,
): Generator<StreamEvent> {
  const begun = { ...inputUsage(parameters), output_tokens: 1, service_tier: 'standard' }
  yield { type: 'message_start', message: message(id, parameters, [], NOT_YET, begun) }

  const failure = reply.streamError && { type: 'error', error: reply.streamError, request_id: requestId }
  let textBefore = failure ? (reply.afterDeltas ?? 1) : Number.POSITIVE_INFINITY
  for (const [index, block] of generation.blocks.entries()) {
    yield { type: 'content_block_start', index, content_block: opened(block) }
    if (index === 0 && pings) yield { type: 'ping' }
    for (const delta of deltasOf(block)) {
      if (delta.type === 'text_delta' && textBefore-- <= 0 && failure) return yield failure
      yield { type: 'content_block_delta', index, delta }
    }
    yield { type: 'content_block_stop', index }
  }
  if (failure) return yield failure
  const usage = usageOf(generation, parameters)
  yield { type: 'message_delta', delta: endOf(generation), usage }
  yield { type: 'message_stop' }
}

/** Returns the block of `content_block_start`, without the content that its deltas contain. */
function opened(block: GeneratedBlock): object {
  if (block.type === 'text') return { type: 'text', text: '' }
  return block.block.type === 'thinking' ? { ...block.block, thinking: '', signature: '' } : block.block
}

/** Generates the deltas of a text or thinking block. Other blocks are complete in `content_block_start`. */
function* deltasOf(block: GeneratedBlock): Generator<StreamEvent> {
  if (block.type === 'text') {
    for (const text of block.pieces) yield { type: 'text_delta', text }
    return
  }
  if (block.block.type !== 'thinking') return
  const { thinking, signature } = block.block
  if (typeof thinking === 'string' && thinking !== '') yield { type: 'thinking_delta', thinking }
  if (typeof signature === 'string') yield { type: 'signature_delta', signature }
}

interface End {
  stop_reason: string | null
  stop_sequence: string | null
  stop_details: { type: 'refusal'; category: null; explanation: null } | null
}
const NOT_YET: End = { stop_reason: null, stop_sequence: null, stop_details: null }

function endOf({ stopReason, stopSequence }: Generation): End {
  return {
    stop_reason: stopReason,
    stop_sequence: stopSequence,
    stop_details: stopReason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
  }
}

/** Creates a message in the field order recorded since 2025. `diagnostics` is always present since 2026-09-23. */
function message(
  id: string,
  { model }: MessageParameters,
  content: object[],
  end: End,
  usage: object,
): object {
  return {
    model,
    id,
    type: 'message',
    role: 'assistant',
    content,
    ...end,
    container: null,
    usage,
    diagnostics: null,
  }
}

function inputUsage({ inputTokens }: MessageParameters): object {
  return { input_tokens: inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
}

function usageOf({ outputTokens, thinkingTokens }: Generation, parameters: MessageParameters): object {
  return {
    ...inputUsage(parameters),
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: thinkingTokens },
    service_tier: 'standard',
  }
}
