import type { ContentBlock, OtherBlock, TextBlock } from '../wire.ts'
import type { AnswerReply, Conversation } from './script.ts'

/** Tokens that a thinking block takes from `max_tokens`. */
const THINKING_TOKENS = 12

/** Limits at which generation ends, and additions to the text. */
export interface Limits {
  maxTokens: number
  /** In the caller's order: if two end at the same offset, the one listed first is reported. */
  stops: readonly string[]
  /** Sequences that end the text even with `ignoreStops`. */
  builtInStops?: readonly string[]
  /** The thinking block at the start of the response of a model that thinks. */
  thinking?: OtherBlock
  /** Whether to add a space before a text that does not begin with whitespace. */
  leadingSpace?: boolean
}

/** A text, split as a stream sends it, or any other block. */
export type GeneratedBlock = { type: 'text'; pieces: string[] } | { type: 'other'; block: OtherBlock }

export interface Generation {
  blocks: GeneratedBlock[]
  stopReason: string
  stopSequence: string | null
  outputTokens: number
  thinkingTokens: number
}

/** Generates a response up to its first limit: a stop sequence, the token budget, or the end of the text. */
export function generate(reply: AnswerReply, limits: Limits): Generation {
  const blocks = blocksOf(reply, limits)
  const text = blocks.map(block => (isText(block) ? block.text : '')).join('')
  const thoughts = blocks.filter(block => block.type === 'thinking').length
  const thinkingTokens = Math.min(thoughts * THINKING_TOKENS, limits.maxTokens)

  // If thinking uses the whole budget, the response has no text block, not even an empty one.
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

/** Finds the stop sequence whose match ends first, which is where generation stops. */
function firstStop(
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
  // An empty response has no block: `end_turn` with `content: []` is documented.
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

/** Splits the text blocks into pieces up to the offset `end` of their joined text. Drops blocks after a cut. */
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

/** Splits a text where the given pieces end. An added leading space belongs to the first piece. */
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

// Whitespace belongs to the piece after it. A piece has at most 8 UTF-16 units of a word. A character outside the basic
// plane counts as two units and is never split.
const TOKEN = /\s{0,8}(?:[^\s\u{10000}-\u{10FFFF}]{1,8}|[\u{10000}-\u{10FFFF}]{1,4})|\s{1,8}/gu

/** Splits a text into token-like pieces whose concatenation is the text. */
function splitTokens(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** Returns the number of pieces of {@link splitTokens}. This is an estimate, not Claude's tokenizer. */
export function countTokens(text: string): number {
  return splitTokens(text).length
}

/** Random generator: returns numbers from 0 up to, but not including, 1. The same seed gives the same sequence. */
export type Random = () => number

/** Creates a generator seeded with a text (FNV-1a): equal requests get equal responses, ids and padding. */
export function seededRandom(seed: string): Random {
  let state = 0x811c9dc5
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)
  // mulberry32: short, and random enough for ids and padding.
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const HEX = '0123456789abcdef'

/** Creates an id such as `msg_01…`: a prefix, "01" and 22 base58 characters, as recorded since 2024. */
export function apiId(prefix: 'msg' | 'req' | 'compl', random: Random): string {
  return `${prefix}_01${letters(BASE58, 22, random)}`
}

/** Creates a `log_id` of version 2023-01-01: 32 hex digits. */
export function hexId(random: Random): string {
  return letters(HEX, 32, random)
}

/** Creates the opaque signature of a thinking block. */
export function signature(random: Random): string {
  return letters(BASE64, 64, random)
}

function letters(alphabet: string, length: number, random: Random): string {
  return Array.from({ length }, () => pick([...alphabet], random)).join('')
}

/** Picks one of the choices. Throws a RangeError if there are none. */
export function pick<T>(choices: readonly T[], random: Random): T {
  const chosen = choices[Math.floor(random() * choices.length)]
  if (chosen === undefined) throw new RangeError('nothing to pick from')
  return chosen
}

/** A valid request to one of the endpoints, with the data for its response. */
export interface Call {
  conversation: Conversation
  /** The type of a block in the last user turn that the emulator does not read, such as `image`. */
  attached?: string | undefined
  temperature: number
  stream: boolean
  /** Throws a Problem if the emulator cannot generate a response to the request without a scripted reply. */
  checkDefaultReply?(): void
  /** Generates the body of the response: one JSON text, or the events of a stream. */
  write(reply: AnswerReply, context: RenderContext): Iterable<string>
}

/** Data for generating a response, in addition to the request. */
export interface RenderContext {
  random: Random
  requestId: string
  pings: boolean
}

/** Serializes as both endpoints have streamed since 2024-08, with up to 15 random spaces before the closing brace. */
export function padded(value: object, random: Random): string {
  return `${JSON.stringify(value).slice(0, -1)}${' '.repeat(Math.floor(random() * 16))}}`
}
