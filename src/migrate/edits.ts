import type { Span } from '../diagnostics/index.ts'

/** A stretch of a source, and what is to stand in its place. */
export interface Edit extends Span {
  text: string
}

/**
 * The source with the edits made. What is not within an edit stays as it is, character by character.
 *
 * @throws RangeError when two edits overlap: each was made without knowing of the other.
 */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  let edited = ''
  let at = 0
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw new RangeError(`Two edits meet at offset ${start}.`)
    edited += source.slice(at, start) + text
    at = end
  }
  return edited + source.slice(at)
}

/** Where what stands at an offset of the edited source stood before; within an edit, where that begins. */
export function offsetBefore(edits: readonly Edit[], offset: number): number {
  let shift = 0
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (offset < start + shift) break
    if (offset < start + shift + text.length) return start
    shift += text.length - (end - start)
  }
  return offset - shift
}

/** Takes a whole line out where nothing else stands in it, or else only the span. */
export function removal(source: string, { start, end }: Span): Edit {
  const from = lineStart(source, start)
  const next = source.indexOf('\n', end)
  const lineEnd = next === -1 ? source.length : next + 1
  const isAlone =
    source.slice(from, start).trim() === '' && ['', ';'].includes(source.slice(end, lineEnd).trim())
  return isAlone ? { start: from, end: lineEnd, text: '' } : { start, end, text: '' }
}

/** The blanks that a line begins with. */
export function indentAt(source: string, offset: number): string {
  const from = lineStart(source, offset)
  return /^[ \t]*/.exec(source.slice(from, offset))?.[0] ?? ''
}

/** Where the line begins that an offset is in. */
export function lineStart(source: string, offset: number): number {
  return offset === 0 ? 0 : source.lastIndexOf('\n', offset - 1) + 1
}
