/** A place in a text as people count it: the first character stands at line 1, column 1. */
export interface Position {
  line: number
  /** In UTF-16 units. */
  column: number
}

/**
 * The line and column of an offset. Lines end at `\n`; an offset past the end counts as the end.
 *
 * @example
 * lineColumn('a\nbc', 3) // { line: 2, column: 2 }
 */
export function lineColumn(source: string, offset: number): Position {
  const end = Math.max(0, Math.min(offset, source.length))
  let line = 1
  let lineStart = 0
  for (let at = source.indexOf('\n'); at !== -1 && at < end; at = source.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  return { line, column: end - lineStart + 1 }
}
