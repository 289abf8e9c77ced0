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

/** One level of indentation, as the first indented line of a source has it. */
export function indentUnit(source: string): string {
  return /^(?:\t| {2,4})(?=\S)/m.exec(source)?.[0] ?? '  '
}

const [TOKEN_OPEN, TOKEN_CLOSE] = ['\uE0A2', '\uE0A3']
const TOKEN = new RegExp(`${TOKEN_OPEN}(\\d+)${TOKEN_CLOSE}`, 'g')
const TOKEN_DIGITS = 10

/** Stands for the number of a line, which is known when all edits of a file are. Its length never changes. */
export const lineToken = (offset: number): string =>
  `${TOKEN_OPEN}${String(offset).padStart(TOKEN_DIGITS, '0')}${TOKEN_CLOSE}`

/** Makes edits, and moves the lines that the text speaks of along with the text. */
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

/** Writes the numbers of the lines. */
export function writeLines(text: string): string {
  if (!text.includes(TOKEN_OPEN)) return text
  return text.replace(TOKEN, (_, offset) => String(text.slice(0, Number(offset)).split('\n').length))
}

/** Edits that do not overlap, in the order of the source. */
export class EditSet {
  readonly all: Edit[] = []

  /** Adds edits that belong together, or none of them where one would overlap another. */
  add(edits: readonly Edit[]): boolean {
    const fresh = edits.filter(edit => !this.#isKnown(edit))
    if (fresh.some(edit => this.#meets(edit))) return false
    for (const edit of fresh) this.all.splice(this.#indexOf(edit.start, edit.end), 0, edit)
    return true
  }

  /** The index of the first edit that does not come before a place. */
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
      // Edits of no length share their place with others; what comes before a longer one cannot reach this far.
      if (one.end > one.start && one.end <= start) break
    }
    return false
  }
}

/** What of a file's text says nothing of its meaning, and is to come back as it was. */
export interface TextFile {
  /** Without a byte order mark, lines ended by `\n`. */
  text: string
  /** Puts back what was taken off. */
  restore: (text: string) => string
}

/** The text of a file as it is worked on; nothing where its lines end in more than one way. */
export function openText(contents: string): TextFile | undefined {
  const bom = contents.startsWith('\uFEFF') ? '\uFEFF' : ''
  const text = contents.slice(bom.length)
  const isCrlf = text.includes('\r\n')
  if (isCrlf && /(?<!\r)\n/.test(text)) return undefined
  const restore = (edited: string): string => bom + (isCrlf ? edited.replaceAll('\n', '\r\n') : edited)
  return { text: isCrlf ? text.replaceAll('\r\n', '\n') : text, restore }
}
