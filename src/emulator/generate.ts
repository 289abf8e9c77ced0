import type { ContentBlock, OtherBlock, TextBlock } from '../wire.ts'
import type { AnswerReply } from './script.ts'
import { countTokens, splitTokens } from './tokens.ts'

/** What a thinking block costs of `max_tokens`. */
export const THINKING_TOKENS = 12

export interface Limits {
  maxTokens: number
  /** In the caller's order: of two that end at the same place the first one listed is reported. */
  stops: readonly string[]
  /** Sequences that end the text even if the reply says `ignoreStops`. */
  builtInStops?: readonly string[]
  /** The thinking block that comes first, on a model that thinks. */
  thinking?: OtherBlock
  /** Put before the text unless it begins with whitespace. */
  leadingSpace?: boolean
}

/** A text in the pieces a stream sends it in, or any other block. */
export type GeneratedBlock = { type: 'text'; pieces: string[] } | { type: 'other'; block: OtherBlock }

export interface Generation {
  blocks: GeneratedBlock[]
  stopReason: string
  stopSequence: string | null
  outputTokens: number
  thinkingTokens: number
}

/** Lets a reply run until a limit ends it. */
export function generate(reply: AnswerReply, limits: Limits): Generation {
  const blocks = blocksOf(reply, limits)
  const text = blocks.map(block => (isText(block) ? block.text : '')).join('')
  const thoughts = blocks.filter(block => block.type === 'thinking').length
  const thinkingTokens = Math.min(thoughts * THINKING_TOKENS, limits.maxTokens)

  // Thinking that uses everything up leaves nothing for the text, not even an empty block.
  const budget = limits.maxTokens - thinkingTokens
  const tokens = splitTokens(text)
  const cutByBudget = thoughts * THINKING_TOKENS + tokens.length > limits.maxTokens
  const affordable = cutByBudget ? tokens.slice(0, budget).join('') : text

  const stops = [...(reply.ignoreStops ? [] : limits.stops), ...(limits.builtInStops ?? [])]
  const hit = firstStop(affordable, stops)
  const end = hit?.start ?? affordable.length

  const reason = hit ? 'stop_sequence' : cutByBudget ? 'max_tokens' : 'end_turn'
  const matched = hit && reply.stopReason === undefined ? hit.stop : null
  return {
    blocks: piecesUpTo(
      end,
      blocks,
      reply.content ? undefined : reply.deltas,
      hit !== undefined || cutByBudget,
    ),
    stopReason: reply.stopReason ?? (typeof reply.stopSequence === 'string' ? 'stop_sequence' : reason),
    stopSequence: reply.stopSequence === undefined ? matched : reply.stopSequence,
    outputTokens: thinkingTokens + countTokens(affordable.slice(0, hit?.end)),
    thinkingTokens,
  }
}

/** The sequence whose match ends earliest: generation stops there, whatever else would match later. */
export function firstStop(
  text: string,
  stops: readonly string[],
): { stop: string; start: number; end: number } | undefined {
  let first: { stop: string; start: number; end: number } | undefined
  for (const stop of stops) {
    const start = stop === '' ? -1 : text.indexOf(stop)
    const end = start + stop.length
    if (start !== -1 && (first === undefined || end < first.end)) first = { stop, start, end }
  }
  return first
}

function isText(block: ContentBlock): block is TextBlock {
  return block.type === 'text' && 'text' in block && typeof block.text === 'string'
}

function blocksOf(reply: AnswerReply, limits: Limits): ContentBlock[] {
  const text = reply.text ?? reply.deltas?.join('') ?? ''
  // An answer of nothing has no block at all: `end_turn` with `content: []` is documented.
  const written: ContentBlock[] = text === '' ? [] : [{ type: 'text', text }]
  const blocks = reply.content ?? (limits.thinking ? [limits.thinking, ...written] : written)
  if (!limits.leadingSpace) return [...blocks]
  const first = blocks.findIndex(isText)
  return blocks.map((block, index) =>
    index === first && isText(block) && !/^\s/.test(block.text)
      ? { ...block, text: ` ${block.text}` }
      : block,
  )
}

/** Splits the text blocks into pieces, as far as `end` in their joined text; what lies behind a cut is gone. */
function piecesUpTo(
  end: number,
  blocks: readonly ContentBlock[],
  deltas: readonly string[] | undefined,
  wasCut: boolean,
): GeneratedBlock[] {
  const generated: GeneratedBlock[] = []
  let offset = 0
  for (const block of blocks) {
    if (wasCut && offset >= end && block.type !== 'thinking') break
    if (!isText(block)) {
      generated.push({ type: 'other', block: { ...block } })
      continue
    }
    const text = block.text.slice(0, end - offset)
    generated.push({ type: 'text', pieces: deltas ? splitLike(deltas, text) : splitTokens(text) })
    offset += block.text.length
  }
  return generated
}

/** Cuts a text at the places where the given pieces end; a leading space that was added joins the first one. */
function splitLike(deltas: readonly string[], text: string): string[] {
  const added = text.startsWith(' ') && !deltas.join('').startsWith(' ') ? 1 : 0
  const pieces: string[] = []
  let start = 0
  let end = added
  for (const delta of deltas) {
    end += delta.length
    if (start < text.length || end <= text.length) pieces.push(text.slice(start, end))
    start = end
  }
  if (start < text.length) pieces.push(text.slice(start))
  return pieces
}
