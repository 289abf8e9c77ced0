/** A position in a text: the first character is at line 1, column 1. */
export interface Position {
  line: number
  /** In UTF-16 units. */
  column: number
}

/**
 * Indexes the lines of a text once, and returns a function that converts offsets to positions. Lines end at `\n`; an
 * offset past the end counts as the end.
 *
 * @example
 * const positionOf = lineIndex(prompt)
 * for (const { span } of parsePrompt(prompt).diagnostics) if (span) print(positionOf(span.start))
 */
export function lineIndex(source: string): (offset: number) => Position {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    const end = Math.max(0, Math.min(offset, source.length))
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= end) low = middle
      else high = middle
    }
    return { line: low + 1, column: end - (starts[low] ?? 0) + 1 }
  }
}

/**
 * Returns the line and column of one offset. For many offsets of one text use {@link lineIndex}.
 *
 * @example
 * lineColumn('a\nbc', 3) // { line: 2, column: 2 }
 */
export function lineColumn(source: string, offset: number): Position {
  return lineIndex(source.slice(0, Math.max(0, offset)))(offset)
}
