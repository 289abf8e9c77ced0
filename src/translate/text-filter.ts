import { dropEcho, type PrefillEcho } from './prefill.ts'
import type { ReplyPlan } from './request.ts'

/** A chain of filters for a text that arrives in chunks. */
export interface TextPath {
  push(piece: string): StopResult
  /** Returns the text held back, at the end of the response. It may contain a stop sequence, too. */
  flush(): StopResult
}

/**
 * Creates the filters for the text of a response, in this order: join the halves of split surrogate pairs, which a
 * server may send separately; drop a repetition of the prefill; drop whitespace that the prompt already ended in; find
 * stop sequences; prepend the legacy leading space.
 *
 * The leading space comes last, because it is not the model's text and must not match a stop sequence.
 */
export function reshapeText(
  plan: Pick<ReplyPlan, 'stopSequences' | 'leadingSpace' | 'trimmedSuffix' | 'style'>,
  echo: PrefillEcho | undefined,
): TextPath {
  const { stopSequences, leadingSpace, trimmedSuffix, style } = plan
  const stops = matchStops(stopSequences)
  const givesSpace = style === 'legacy' && trimmedSuffix === '' && echo?.isContinued === true
  const afterEcho = echo && dropEcho(echo, givesSpace)
  /** The trailing whitespace of the prompt, until it is known how much of it the response repeats. */
  let suffix = trimmedSuffix
  /** Whitespace at the beginning of the response, held back until then. */
  let blanks = ''
  let isFirst = true
  /** The first half of a surrogate pair whose second half has not arrived. */
  let half = ''

  const dropSuffix = (piece: string, isEnd: boolean): string => {
    blanks += piece
    if (!isEnd && blanks.length < suffix.length && !/\S/.test(blanks)) return ''
    const rest = blanks.slice(repeatedLength(suffix, blanks))
    suffix = ''
    return rest
  }

  const lead = (text: string): string => {
    if (!isFirst || text === '') return text
    isFirst = false
    return leadingSpace && /^\S/.test(text) ? ` ${text}` : text
  }

  const look = (piece: string, isEnd: boolean): StopResult => {
    const result = stops.push(suffix === '' ? piece : dropSuffix(piece, isEnd))
    result.text = lead(result.text)
    return result
  }

  return {
    push(piece) {
      const text = half + piece
      const last = text.charCodeAt(text.length - 1)
      half = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : ''
      const whole = half === '' ? text : text.slice(0, -1)
      return look(afterEcho === undefined ? whole : afterEcho.push(whole), false)
    },
    flush() {
      const rest = half
      half = ''
      const { text, stop } = look(
        afterEcho === undefined ? rest : afterEcho.push(rest) + afterEcho.flush(),
        true,
      )
      return stop === null ? { text: text + lead(stops.flush()), stop } : { text, stop }
    },
  }
}

/** Characters of the suffix that are compared, so that long runs of blanks stay linear. */
const LONGEST_END = 256

/**
 * Returns how many leading characters of a text repeat the whitespace before it: the longest end of the whitespace that
 * the text begins with, or the longest common beginning.
 */
function repeatedLength(suffix: string, text: string): number {
  let same = 0
  while (same < suffix.length && suffix[same] === text[same]) same++
  for (let length = Math.min(suffix.length, LONGEST_END); length > same; length--) {
    if (text.startsWith(suffix.slice(-length))) return length
  }
  return same
}

/** The text that may be returned, and the stop sequence that ended it, if any. */
export interface StopResult {
  text: string
  stop: string | null
}

/** Finds stop sequences in a text that arrives in chunks. */
export interface StopMatcher {
  /** Takes the next chunk. Text that may begin a sequence is held back. */
  push(piece: string): StopResult
  /** Returns the text held back, when the text has ended without a match. */
  flush(): string
}

/** A node of the prefix tree of all sequences: the path to it is a prefix of at least one of them. */
interface Node {
  depth: number
  next: Map<number, Node>
  /** The node of the longest proper suffix of this prefix that is itself a prefix. */
  fallback: Node | undefined
  /** The longest sequence that ends here. */
  ends: string | undefined
}

/**
 * Finds the first of several stop sequences in a text that arrives in chunks, wherever the chunks are split.
 *
 * The text ends where a sequence is first complete, as when the server generated it token by token. If several are
 * complete at the same offset, the longest counts, so that no part of it is returned. Uses the Aho–Corasick automaton:
 * each character is examined once, however many sequences there are.
 */
export function matchStops(sequences: readonly string[]): StopMatcher {
  const root = treeOf(sequences)
  // If all sequences begin with the same character, searching for it is faster than the automaton.
  const [onlyStart] = root.next.size === 1 ? root.next.keys() : []
  const start = onlyStart === undefined ? undefined : String.fromCharCode(onlyStart)

  let state = root
  /** The prefix that `state` represents; all text before it has been returned. */
  let held = ''

  return {
    push(piece) {
      if (root.next.size === 0) return { text: piece, stop: null }
      // Most pieces do not contain that character.
      if (state === root && start !== undefined && !piece.includes(start)) return { text: piece, stop: null }
      const text = held + piece
      let at = held.length
      while (at < text.length) {
        if (state === root && start !== undefined) {
          at = text.indexOf(start, at)
          if (at === -1) break
        }
        state = step(state, text.charCodeAt(at), root)
        at++
        if (state.ends !== undefined) {
          const stop = state.ends
          held = ''
          state = root
          return { text: text.slice(0, at - stop.length), stop }
        }
      }
      const safe = text.length - state.depth
      held = text.slice(safe)
      return { text: text.slice(0, safe), stop: null }
    },
    flush() {
      const text = held
      held = ''
      state = root
      return text
    },
  }
}

function step(from: Node, unit: number, root: Node): Node {
  for (let node: Node | undefined = from; node !== undefined; node = node.fallback) {
    const next = node.next.get(unit)
    if (next !== undefined) return next
  }
  return root
}

/**
 * The last tree. A program usually sends the same sequences with every call, and building the tree takes four times as
 * long as the rest of converting a short response. A tree never changes after it is built.
 */
let last: { sequences: readonly string[]; root: Node } | undefined

function treeOf(sequences: readonly string[]): Node {
  const built = last
  const isSame =
    built?.sequences.length === sequences.length &&
    built.sequences.every((sequence, at) => sequence === sequences[at])
  if (isSame) return built.root
  const root = buildTree(sequences)
  last = { sequences: [...sequences], root }
  return root
}

function buildTree(sequences: readonly string[]): Node {
  const root: Node = { depth: 0, next: new Map(), fallback: undefined, ends: undefined }
  for (const sequence of sequences) {
    if (sequence === '') continue
    let node = root
    for (let at = 0; at < sequence.length; at++) {
      const unit = sequence.charCodeAt(at)
      let next = node.next.get(unit)
      if (next === undefined) {
        next = { depth: node.depth + 1, next: new Map(), fallback: root, ends: undefined }
        node.next.set(unit, next)
      }
      node = next
    }
    node.ends = sequence
  }
  // Breadth first (the loop appends to the queue): a fallback has less depth than its node, so it is complete when it
  // is needed.
  const queue = [...root.next.values()]
  for (const node of queue) {
    for (const [unit, next] of node.next) {
      next.fallback = node.fallback && step(node.fallback, unit, root)
      next.ends ??= next.fallback?.ends
      queue.push(next)
    }
  }
  return root
}

/** The text that a model wrote, and the same text after the filters. Most of their pieces are the same. */
export interface TextPair {
  written: string
  returned: string
  /** Pieces of both texts, after the others. */
  common: string[]
}

/** Pieces of a text that are joined at a time. */
const BLOCK = 64

/**
 * Adds a piece to each text.
 *
 * A common piece is kept once, and pieces are joined in blocks. With `+=` the garbage collector would copy each piece
 * until the text is read: a stream in large chunks takes 8 % longer, and 10 % longer again with two separate texts.
 */
export function addTexts(texts: TextPair, written: string, returned: string): void {
  const { common } = texts
  if (written !== returned) {
    joinTexts(texts)
    texts.written += written
    texts.returned += returned
  } else if (common.push(written) === BLOCK) {
    const [joined = '', ...block] = common.splice(0)
    common.push(joined + block.join(''))
  }
}

/** Joins all pieces that were added. */
export function joinTexts(texts: TextPair): TextPair {
  const common = texts.common.splice(0).join('')
  texts.written += common
  texts.returned += common
  return texts
}
