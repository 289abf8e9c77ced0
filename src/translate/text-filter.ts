import { dropEcho, type PrefillEcho } from './prefill.ts'
import type { ReplyPlan } from './request.ts'

/** The way of a text that comes in pieces. */
export interface TextPath {
  push(piece: string): StopResult
  /** What was held back, once the text is known to have ended: it may hold a stop as well. */
  flush(): StopResult
}

/**
 * What happens to the text of a reply on its way back, in this order: a character that came in two halves is put together,
 * for a server may cut by UTF-16 units and no terminal can show a half; what it repeats of the prefill is dropped, then
 * whitespace that the prompt already ended in; stop sequences are looked for; the legacy leading space is given back.
 *
 * Stops are looked for before the space is given back: it is ours, not the model's.
 */
export function reshapeText(plan: ReplyPlan, echo: PrefillEcho | undefined): TextPath {
  const { stopSequences, leadingSpace, trimmedSuffix, style } = plan
  const stops = matchStops(stopSequences)
  const givesSpace = style === 'legacy' && trimmedSuffix === '' && echo?.isContinued === true
  const afterEcho = echo && dropEcho(echo, givesSpace)
  /** The whitespace that the prompt already ends in, until it is known what the response repeats of it. */
  let suffix = trimmedSuffix
  /** Whitespace at the beginning of the response, held back until then. */
  let blanks = ''
  let isFirst = true
  /** The first half of a character whose second half is still to come. */
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
    const { text, stop } = stops.push(suffix === '' ? piece : dropSuffix(piece, isEnd))
    return { text: lead(text), stop }
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

/** An end of the whitespace that is longer than this is not looked for, so that a flood of blanks costs its length. */
const LONGEST_END = 256

/**
 * How many characters at the beginning of a text repeat whitespace that precedes it: the longest end of that whitespace
 * that the text begins with, or as much of its beginning.
 */
function repeatedLength(suffix: string, text: string): number {
  let same = 0
  while (same < suffix.length && suffix[same] === text[same]) same++
  for (let length = Math.min(suffix.length, LONGEST_END); length > same; length--) {
    if (text.startsWith(suffix.slice(-length))) return length
  }
  return same
}

/** What a piece of text came to: what may be handed out, and the sequence that ended it, if one did. */
export interface StopResult {
  text: string
  stop: string | null
}

/** Watches a text that comes in pieces for the sequences that end it. */
export interface StopMatcher {
  /** Takes the next piece. What could still be the beginning of a sequence is held back. */
  push(piece: string): StopResult
  /** Hands out what is held back, once the text is known to have ended by itself. */
  flush(): string
}

/** A place in the tree of all sequences: the text that leads to it is a beginning of at least one of them. */
interface Node {
  depth: number
  next: Map<number, Node>
  /** The longest proper end of this beginning that is itself a beginning. */
  fallback: Node | undefined
  /** The longest sequence that ends here. */
  ends: string | undefined
}

/**
 * Finds the first of several stop sequences in a text that arrives in pieces, wherever the pieces are split.
 *
 * The text ends where a sequence is first complete, as it did when the server generated it token by token; of
 * several that are complete at the same place the longest counts, so that none of it is handed out. This is the
 * automaton of Aho and Corasick: each character is looked at once, however many sequences there are.
 */
export function matchStops(sequences: readonly string[]): StopMatcher {
  const root = treeOf(sequences)
  // Far from any sequence, the search for the one character they all begin with beats the automaton.
  const [onlyStart] = root.next.size === 1 ? root.next.keys() : []
  const start = onlyStart === undefined ? undefined : String.fromCharCode(onlyStart)

  let state = root
  /** Exactly the beginning that `state` stands for: everything before it has been handed out. */
  let held = ''

  return {
    push(piece) {
      if (root.next.size === 0) return { text: piece, stop: null }
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
 * The tree that was built last: a program asks for the same sequences again and again, and building their tree takes four
 * times as long as all the rest of a short reply's way back. Once built, a tree is only read.
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
  // Breadth first (the queue grows while it is walked): a fallback is shallower than its node, so it is complete
  // when it is needed.
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
