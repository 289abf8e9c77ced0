import type { Span } from '../diagnostics/index.ts'

/** A span of a source, and the text that replaces it. */
export interface Edit extends Span {
  text: string
}

/** Edits in another file than that of a call. */
export interface FileEdits {
  file: string
  edits: readonly Edit[]
}

/**
 * Returns the source with the edits applied. Text outside of the edits is unchanged.
 *
 * @throws RangeError if two edits overlap. Such edits were made independently and cannot both apply.
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

/**
 * Maps an offset in the edited source to the original one. An offset within the text of an edit maps to the start of
 * that edit.
 */
export function offsetBefore(edits: readonly Edit[], offset: number): number {
  let shift = 0
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (offset < start + shift) break
    if (offset < start + shift + text.length) return start
    shift += text.length - (end - start)
  }
  return offset - shift
}

/** Returns an edit that removes a span, with its whole line if the line has nothing else. */
export function removal(source: string, { start, end }: Span): Edit {
  const from = lineStart(source, start)
  const next = source.indexOf('\n', end)
  const lineEnd = next === -1 ? source.length : next + 1
  const isAlone =
    source.slice(from, start).trim() === '' && ['', ';'].includes(source.slice(end, lineEnd).trim())
  return isAlone ? { start: from, end: lineEnd, text: '' } : { start, end, text: '' }
}

/** Returns the whitespace at the start of the line at an offset. */
export function indentAt(source: string, offset: number): string {
  const from = lineStart(source, offset)
  return /^[ \t]*/.exec(source.slice(from, offset))?.[0] ?? ''
}

/** Returns the offset at which the line of an offset begins. */
export function lineStart(source: string, offset: number): number {
  return offset === 0 ? 0 : source.lastIndexOf('\n', offset - 1) + 1
}

/** Returns one level of indentation, taken from the first indented line of a source; two blanks by default. */
export function indentUnit(source: string): string {
  return /^(?:\t| {2,4})(?=\S)/m.exec(source)?.[0] ?? '  '
}

const [TOKEN_OPEN, TOKEN_CLOSE] = ['\uE0A2', '\uE0A3']
const TOKEN = new RegExp(`${TOKEN_OPEN}(\\d+)${TOKEN_CLOSE}`, 'g')
const TOKEN_DIGITS = 10

/**
 * Returns a placeholder for a line number, which is known only after all edits of a file. Placeholders have a fixed
 * length, so resolving the offset in one does not move any text.
 */
export const lineToken = (offset: number): string =>
  `${TOKEN_OPEN}${String(offset).padStart(TOKEN_DIGITS, '0')}${TOKEN_CLOSE}`

/** Applies edits, and updates the placeholders for line numbers to the new offsets. */
export function applyWithLines(source: string, edits: readonly Edit[]): string {
  const edited = applyEdits(source, edits)
  if (!edited.includes(TOKEN_OPEN)) return edited
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end)
  return edited.replace(TOKEN, (_, offset) => lineToken(offsetAfter(sorted, Number(offset))))
}

function offsetAfter(sorted: readonly Edit[], offset: number): number {
  let shift = 0
  for (const { start, end, text } of sorted) {
    if (end > offset && start <= offset && end > start) return start + shift
    if (start > offset) break
    shift += text.length - (end - start)
  }
  return offset + shift
}

/** Replaces the placeholders with line numbers. */
export function writeLines(text: string): string {
  if (!text.includes(TOKEN_OPEN)) return text
  return text.replace(TOKEN, (_, offset) => String(text.slice(0, Number(offset)).split('\n').length))
}

/** Collects edits that do not overlap, in source order. */
export class EditSet {
  readonly all: Edit[] = []

  /** Adds all given edits, or none of them if one overlaps an edit of the set. Returns whether they were added. */
  add(edits: readonly Edit[]): boolean {
    const unique = new Map(edits.map(edit => [`${edit.start},${edit.end},${edit.text}`, edit]))
    const fresh = [...unique.values()].filter(edit => !this.#isKnown(edit))
    if (fresh.some(edit => this.#meets(edit))) return false
    for (const edit of fresh) this.all.splice(this.#indexOf(edit.start, edit.end), 0, edit)
    return true
  }

  /** Returns the index of the first edit that is not before a span. */
  #indexOf(start: number, end: number): number {
    let [low, high] = [0, this.all.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const one = this.all[middle]
      if (one !== undefined && (one.start < start || (one.start === start && one.end < end))) low = middle + 1
      else high = middle
    }
    return low
  }

  #isKnown({ start, end, text }: Edit): boolean {
    for (let index = this.#indexOf(start, end); ; index++) {
      const one = this.all[index]
      if (one === undefined || one.start !== start || one.end !== end) return false
      if (one.text === text) return true
    }
  }

  #meets({ start, end }: Edit): boolean {
    const index = this.#indexOf(start, end)
    for (let at = index; at < this.all.length; at++) {
      const one = this.all[at]
      if (one === undefined || one.start >= end) break
      if (start < one.end) return true
    }
    for (let at = index - 1; at >= 0; at--) {
      const one = this.all[at]
      if (one === undefined) break
      if (start < one.end && one.start < end) return true
      // An insertion may share its offset with others. Edits before a longer one that ends here cannot reach the span.
      if (one.end > one.start && one.end <= start) break
    }
    return false
  }
}

/** The text of a file without its byte order mark and with `\n` line ends, and how to restore both. */
export interface TextFile {
  /** The text, without a byte order mark and with `\n` line ends. */
  text: string
  /** Restores the byte order mark and the line ends in a changed text. */
  restore: (text: string) => string
}

/** Opens the text of a file; `undefined` if the file mixes line ends, because these cannot be restored. */
export function openText(contents: string): TextFile | undefined {
  const bom = contents.startsWith('\uFEFF') ? '\uFEFF' : ''
  const text = contents.slice(bom.length)
  const isCrlf = text.includes('\r\n')
  if (isCrlf && /(?<!\r)\n/.test(text)) return undefined
  const restore = (edited: string): string => bom + (isCrlf ? edited.replaceAll('\n', '\r\n') : edited)
  return { text: isCrlf ? text.replaceAll('\r\n', '\n') : text, restore }
}
