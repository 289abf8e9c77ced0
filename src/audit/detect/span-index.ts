import type { Span } from '../../diagnostics/index.ts'

/** Finds the spans around a location in logarithmic time. A large file has many spans and many lookups. */
export interface SpanIndex<T extends Span> {
  /** Returns whether one of the spans covers the given span completely. */
  covers: (span: Span) => boolean
  /** Returns the spans around the given span, the innermost first. The spans must be nested, as functions are. */
  around: (span: Span) => T[]
}

export function indexSpans<T extends Span>(spans: readonly T[]): SpanIndex<T> {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end)
  const furthest: number[] = []
  const parents: number[] = []
  const open: number[] = []
  for (const [index, { start, end }] of sorted.entries()) {
    furthest.push(Math.max(end, furthest.at(-1) ?? end))
    while (open.length > 0 && (sorted[open.at(-1) ?? 0]?.end ?? 0) <= start) open.pop()
    parents.push(open.at(-1) ?? -1)
    open.push(index)
  }
  const lastBefore = (offset: number): number =>
    lastAtMost(sorted.length, index => sorted[index]?.start ?? 0, offset)
  return {
    covers: ({ start, end }) => (furthest[lastBefore(start)] ?? -1) >= end,
    around({ start, end }) {
      const found: T[] = []
      for (let index = lastBefore(start); index >= 0; index = parents[index] ?? -1) {
        const span = sorted[index]
        if (span !== undefined && end <= span.end) found.push(span)
      }
      return found
    },
  }
}

/** Returns the index of the last of `count` ascending values that is at most `limit`, or -1 if no value is. */
export function lastAtMost(count: number, valueAt: (index: number) => number, limit: number): number {
  let [low, high] = [-1, count - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (valueAt(middle) <= limit) low = middle
    else high = middle - 1
  }
  return low
}

/** Returns whether one of the ascending values is at most `distance` away from `value`. */
export function isWithin(values: readonly number[], value: number, distance: number): boolean {
  const at = lastAtMost(values.length, index => values[index] ?? 0, value)
  return [values[at], values[at + 1]].some(one => one !== undefined && Math.abs(one - value) <= distance)
}
