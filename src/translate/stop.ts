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
  if (last === undefined || !areSame(last.sequences, sequences))
    last = { sequences: [...sequences], root: buildTree(sequences) }
  return last.root
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((sequence, at) => sequence === others[at])
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
