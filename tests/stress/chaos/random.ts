/** Chance that can be had again: the same seed gives the same numbers, on every machine. */
export interface Random {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number
  /** Picks one of the items. Throws a RangeError for an empty list. */
  pick<Item>(items: readonly Item[]): Item
  /** True in that share of all cases. */
  chance(share: number): boolean
}

export function seeded(seed: string): Random {
  let state = hash(seed)
  // Mulberry32: 32 bits of state, which is enough to pick cases with.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number): number => Math.floor(next() * count)
  return {
    below,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('There is nothing to pick from.')
      return item
    },
    chance: share => next() < share,
  }
}

/** FNV-1a: one character more or less changes every number. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value
}
