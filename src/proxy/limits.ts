import type { DecoderBounds } from '../core/response-decoder.ts'
import { IncompleteReplyError } from '../errors.ts'
import type { CompletionRequest } from '../wire.ts'

/** Limits on what one request body may cost: its nesting, the number of its values, its content codings. */

/** Maximum nesting. A legacy request has two levels: its fields, and `metadata` or `stop_sequences`. */
const MOST_LEVELS = 32
/** Maximum number of JSON values. Each parsed value takes a multiple of its bytes in memory. */
const MOST_VALUES = 10_000
/**
 * Maximum number of labels such as `Human:`, valid markers or not. The translation takes some microseconds for each.
 */
const MOST_LABELS = 10_000

const TOO_MANY_LABELS = `The prompt has more than ${MOST_LABELS} labels such as "Human:" and "Assistant:".`

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const COLON = 0x3a
const LABELS: readonly Uint8Array[] = ['Human', 'Assistant', 'System', 'H', 'A'].map(label =>
  new TextEncoder().encode(label),
)
const LOWER_CASE = 0x20

const isLetter = (byte: number): boolean => (byte | LOWER_CASE) >= 0x61 && (byte | LOWER_CASE) <= 0x7a

/**
 * Returns whether a label ends before the colon at `colon`. Compares only the end of the word, so it also counts some
 * other words.
 */
function isLabel(json: Uint8Array, colon: number): boolean {
  for (const label of LABELS) {
    let at = label.length
    while (at > 0 && json[colon - label.length + at - 1] === label[at - 1]) at--
    if (at > 0) continue
    const before = colon - label.length - 1
    // In the JSON text `\nHuman:` the letter before the label belongs to an escape.
    return !isLetter(json[before] ?? 0) || json[before - 1] === BACKSLASH
  }
  return false
}

/**
 * Returns which limit a JSON text exceeds, if any. Checks the text before it is parsed: `JSON.parse` of four megabytes
 * of `[[],` takes 300 MB. Does not check that the text is valid JSON.
 */
export function excessOf(json: Uint8Array): string | undefined {
  let level = 0
  let values = 0
  let labels = 0
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        for (at++; at < json.length && json[at] !== QUOTE; at++) {
          if (json[at] === BACKSLASH) at++
          else if (json[at] === COLON && isLabel(json, at) && ++labels > MOST_LABELS) return TOO_MANY_LABELS
        }
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++level > MOST_LEVELS) return `The request body is nested more than ${MOST_LEVELS} levels deep.`
        values++
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        level--
        break
      case COMMA:
        values++
        break
    }
    if (values > MOST_VALUES) return `The request body has more than ${MOST_VALUES} values.`
  }
  return undefined
}

/** The HTTP content codings that some platform can decode. */
export const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const
/** HTTP content coding that can be decoded. */
export type Coding = (typeof CODINGS)[number]

const NAMES: Readonly<Record<string, Coding | 'none'>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
  identity: 'none',
  '': 'none',
}
/** Maximum number of content codings. One is usual; each further one multiplies how much a small body may expand. */
const MOST_CODINGS = 2

/** Reads a `content-encoding` header. Returns the codings in the order of decoding; `undefined` if one is not `known`. */
export function readCodings(
  contentEncoding: string | undefined,
  known: readonly Coding[] = CODINGS,
): readonly Coding[] | undefined {
  if (contentEncoding === undefined) return NO_CODINGS
  const codings: Coding[] = []
  for (const name of contentEncoding.toLowerCase().split(',')) {
    const coding = Object.hasOwn(NAMES, name.trim()) ? NAMES[name.trim()] : undefined
    if (coding === 'none') continue
    if (coding === undefined || !known.includes(coding)) return undefined
    codings.unshift(coding)
  }
  return codings.length > MOST_CODINGS ? undefined : codings
}

const NO_CODINGS: readonly Coding[] = []

/** Bytes of a response in addition to its text, such as the signatures of thinking. */
const BYTES_OF_FRAME = 1024 * 1024
/** Bytes that one token may have, written as JSON escapes. Few have more than 16, but a run of blanks may be one. */
const BYTES_PER_TOKEN = 128

/**
 * Returns the maximum bytes of a response to a request. A response may repeat the request, because some servers return
 * the prefill.
 */
export function mostResponseBytes(
  request: string,
  {
    max_tokens,
    max_tokens_to_sample: tokens = max_tokens,
  }: { max_tokens?: unknown; max_tokens_to_sample?: unknown },
  ceiling: number,
): number {
  const expected = typeof tokens === 'number' && tokens > 0 ? tokens * BYTES_PER_TOKEN : 0
  return Math.min(ceiling, BYTES_OF_FRAME + request.length + expected)
}

/** Memory that all calls share. */
export class MemoryBudget {
  #left: number

  constructor(most: number) {
    this.#left = most
  }

  /** Reserves `bytes` until they are released. Returns `false` if they exceed the limit. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  release(bytes: number): void {
    this.#left += bytes
  }
}

/** Bytes of the first array for a body. */
const FIRST_CAPACITY = 4096

/**
 * The bytes of a request body that arrives in chunks. In one array instead of a list: a client may send each byte as a
 * chunk, and a list would take 500 times its bytes.
 */
export class BodyBytes {
  readonly #most: number
  readonly #reserve: (bytes: number) => boolean
  #whole = new Uint8Array(0)
  #size = 0

  /** `reserve` is called before the array grows, and returns `false` if the memory for it is not available. */
  constructor(most: number, reserve: (bytes: number) => boolean = () => true) {
    this.#most = most
    this.#reserve = reserve
  }

  /** Adds a chunk. Returns why it is not kept, if so. */
  add(piece: Uint8Array): 'too-large' | 'overloaded' | undefined {
    const size = this.#size + piece.length
    const { length } = this.#whole
    if (size > this.#most) return 'too-large'
    if (size > length) {
      const capacity = Math.min(this.#most, Math.max(size, 2 * length, FIRST_CAPACITY))
      if (!this.#reserve(capacity - length)) return 'overloaded'
      const larger = new Uint8Array(capacity)
      larger.set(this.whole())
      this.#whole = larger
    }
    this.#whole.set(piece, this.#size)
    this.#size = size
    return undefined
  }

  /** Returns the bytes so far. */
  whole(): Uint8Array {
    return this.#whole.subarray(0, this.#size)
  }
}

/** Minimum memory for all responses together, in bytes. */
const LEAST_HELD_BYTES = 24 * 1024 * 1024

/** Returns the memory for all responses together, in bytes: enough for three of the maximum size. */
export function heldBytes(maxResponseBytes: number): number {
  return Math.max(LEAST_HELD_BYTES, 3 * maxResponseBytes)
}

/** Bytes of each response that do not count. Few responses have more, so most calls never use the budget. */
const UNCOUNTED_BYTES = 65_536

/** What the proxy may hold of one response. */
export class ResponseBounds implements DecoderBounds {
  maxLength: number
  keepsText = true
  copies: number | undefined
  keepsUsage: boolean | undefined
  readonly #budget: MemoryBudget
  readonly #end: Promise<void>
  #reserved = UNCOUNTED_BYTES

  /** `end`: resolves when the client has the response, or has left. */
  constructor(maxLength: number, budget: MemoryBudget, end: Promise<void>) {
    this.maxLength = maxLength
    this.#budget = budget
    this.#end = end
  }

  reserve(size: number): number {
    if (size > this.#reserved) {
      // In large steps, so that a long response rarely needs one.
      const next = Math.max(size, 2 * this.#reserved)
      if (!this.#take(next)) throw IncompleteReplyError.overloaded()
    }
    return this.#reserved
  }

  #take(size: number): boolean {
    const more = size - this.#reserved
    if (!this.#budget.take(more)) return false
    void this.#end.then(() => this.#budget.release(more))
    this.#reserved = size
    return true
  }
}

/** Maximum length of a model id. The API never accepted longer ones. */
const LONGEST_MODEL = 256
/** Maximum characters of all stop sequences together. */
const LONGEST_STOPS = 65_536

/**
 * Labels in a parsed prompt, including those that JSON escapes or another way of writing hide from {@link excessOf}:
 * lower case, a space before the colon, and a full-width colon.
 */
const LABEL = /(?:human|assistant|system|\b[ha])[*_\s]{0,4}[:：]/gi
/** Minimum characters of a label, such as `H:`. */
const SHORTEST_LABEL = 2

/** Returns whether a prompt has too many labels. Stops at the first one too many. */
function hasManyLabels(prompt: string): boolean {
  if (prompt.length < MOST_LABELS * SHORTEST_LABEL) return false
  let labels = 0
  LABEL.lastIndex = 0
  while (LABEL.test(prompt)) if (++labels > MOST_LABELS) return true
  return false
}

/** Returns which limit a field of the request exceeds, if any. Does not check the types. */
export function excessOfFields({
  model,
  prompt,
  stop_sequences: stops,
}: Partial<CompletionRequest>): string | undefined {
  if (typeof prompt === 'string' && hasManyLabels(prompt)) return TOO_MANY_LABELS
  if (typeof model === 'string' && model.length > LONGEST_MODEL)
    return `model: ensure this value has at most ${LONGEST_MODEL} characters`
  if (!Array.isArray(stops)) return undefined
  const length = stops.reduce((sum, stop) => sum + (typeof stop === 'string' ? stop.length : 0), 0)
  return length > LONGEST_STOPS
    ? `stop_sequences: ensure they have at most ${LONGEST_STOPS} characters`
    : undefined
}
