import type { RepairCode, Span } from '../diagnostics/diagnostic.ts'

/** One change to a prompt: replaces `source.slice(span.start, span.end)` by `replacement`. */
export interface Repair {
  code: RepairCode
  span: Span
  replacement: string
}

/** Creates the repair of `source.slice(start, end)`; without a replacement it removes the text. */
export const replace = (code: RepairCode, start: number, end: number, replacement = ''): Repair => ({
  code,
  span: { start, end },
  replacement,
})

/** Applies repairs to a prompt. They have to be in order of their offsets and must not overlap. */
export function applyRepairs(source: string, repairs: readonly Repair[]): string {
  let prompt = ''
  let done = 0
  for (const { span, replacement } of repairs) {
    prompt += source.slice(done, span.start) + replacement
    done = span.end
  }
  return prompt + source.slice(done)
}

/**
 * Returns a function that maps spans of a repaired prompt to its source, so that diagnostics can point into the source.
 * Inserted text maps to the span that it replaced.
 *
 * @example
 * const { prompt, repairs } = repairPrompt(source)
 * const inSource = locateInSource(repairs)
 * for (const { span } of parsePrompt(prompt).diagnostics) if (span) inSource(span)
 */
export function locateInSource(repairs: readonly Repair[]): (span: Span) => Span {
  /** The offset of each repair in the repaired prompt; ascending, for the binary search. */
  const starts: number[] = []
  let shift = 0
  for (const { span, replacement } of repairs) {
    starts.push(span.start + shift)
    shift += replacement.length - (span.end - span.start)
  }

  /** Returns the span in the source of the character at an offset. */
  const locate = (offset: number): Span => {
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    const repair = repairs[low - 1]
    if (repair === undefined) return { start: offset, end: offset + 1 }
    const behind = offset - (starts[low - 1] ?? 0) - repair.replacement.length
    return behind < 0 ? repair.span : { start: repair.span.end + behind, end: repair.span.end + behind + 1 }
  }

  return ({ start, end }) => {
    const first = locate(start)
    return { start: first.start, end: end > start ? locate(end - 1).end : first.start }
  }
}
