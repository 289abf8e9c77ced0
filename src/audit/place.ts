import type { Span } from '../diagnostics/index.ts'
import type { Place } from './legacy-use.ts'

export interface Places {
  /** Counts from 0. */
  lineOf: (offset: number) => number
  place: (span: Span) => Place
  /** The text of a line; the first is 1. */
  line: (number: number) => string
}

/** Lines and columns of many places in one source: its lines are counted once. */
export function placesIn(source: string): Places {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  const place = ({ start, end }: Span): Place => {
    const [first, last] = [lineOf(start), lineOf(Math.max(start, end))]
    return {
      start,
      end,
      line: first + 1,
      column: start - (starts[first] ?? 0) + 1,
      endLine: last + 1,
      endColumn: end - (starts[last] ?? 0) + 1,
    }
  }
  const line = (number: number): string => {
    const start = starts[number - 1] ?? 0
    return source.slice(start, (starts[number] ?? source.length + 1) - 1).replace(/\r$/, '')
  }
  return { lineOf, place, line }
}
