/** A member of a JSON object, by its offsets in the text. */
export interface Member {
  name: string
  /** Offset of the name's opening quote. */
  start: number
  /** Offset of the value. */
  value: number
  end: number
}

/**
 * Returns the members of an object in order, including duplicates. The text at `from` must begin with a valid JSON
 * object. Only locates the members, so that unchanged ones can be copied byte for byte.
 */
export function membersOf(text: string, from = 0): Member[] {
  const members: Member[] = []
  let at = skipBlanks(text, text.indexOf('{', from) + 1)
  while (text[at] === '"') {
    const start = at
    const nameEnd = endOfString(text, start)
    const value = skipBlanks(text, skipBlanks(text, nameEnd) + 1)
    const end = endOfValue(text, value)
    members.push({ name: nameOf(text.slice(start, nameEnd)), start, value, end })
    at = skipBlanks(text, end)
    if (text[at] !== ',') break
    at = skipBlanks(text, at + 1)
  }
  return members
}

/** Returns the text with one member replaced, and others removed with their commas. */
export function replaceMember(
  text: string,
  members: readonly Member[],
  anchor: Member,
  replacement: string,
  removed: ReadonlySet<string> = new Set(),
): string {
  let replaced = text.slice(0, members[0]?.start)
  let isFirst = true
  for (const [index, member] of members.entries()) {
    if (member !== anchor && removed.has(member.name)) continue
    if (!isFirst) replaced += text.slice(members[index - 1]?.end, member.start)
    replaced += member === anchor ? replacement : text.slice(member.start, member.end)
    isFirst = false
  }
  return replaced + text.slice(members.at(-1)?.end)
}

/** Returns the elements of a valid JSON array as source text. */
export function elementsOf(text: string): string[] {
  const elements: string[] = []
  let at = skipBlanks(text, text.indexOf('[') + 1)
  while (at < text.length && text[at] !== ']') {
    const end = endOfValue(text, at)
    elements.push(text.slice(at, end))
    at = skipBlanks(text, end)
    if (text[at] === ',') at = skipBlanks(text, at + 1)
  }
  return elements
}

/** Puts JSON on one line. This is safe because a JSON string never contains a raw line break. */
export const onOneLine = (json: string): string => json.replace(/[\t ]*[\r\n]+[\t ]*/g, '')

function nameOf(token: string): string {
  return token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
}

function skipBlanks(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code === 32 || (code >= 9 && code <= 13); )
    code = text.charCodeAt(++at)
  return at
}

/** Returns the offset after the closing quote of the string that begins at `open`. */
function endOfString(text: string, open: number): number {
  let quote = text.indexOf('"', open + 1)
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1)
  return quote + 1
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

function endOfValue(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return endOfString(text, start)
  let at = start
  if (first !== '{' && first !== '[') {
    while (/[^,}\]\s]/.test(text[at] ?? ',')) at++
    return at
  }
  let depth = 0
  do {
    const character = text[at]
    if (character === '"') at = endOfString(text, at) - 1
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    at++
  } while (depth > 0)
  return at
}

const U = 117

/**
 * Returns the source text of a part of a JSON string, given offsets in its value. Offsets must ascend from call to
 * call.
 */
export type JsonSlicer = (from: number, to: number) => string

/**
 * Creates a slicer that copies parts of a JSON string with their escapes. Serializing them again would take longer than
 * the rest of the conversion.
 *
 * Each escape, whatever its length, is one UTF-16 unit of the value; every other character has the same length in both.
 */
export function sliceJsonString(text: string, openingQuote: number): JsonSlicer {
  /** Difference between an offset in the text and the same offset in the value. */
  let shift = openingQuote + 1
  let next = nextEscape(text, shift)
  const locate = (offset: number): number => {
    while (next - shift < offset) {
      const length = text.charCodeAt(next + 1) === U ? '\\u0000'.length : '\\n'.length
      shift += length - 1
      next = nextEscape(text, next + length)
    }
    return offset + shift
  }
  return (from, to) => {
    const start = locate(from)
    return text.slice(start, locate(to))
  }
}

function nextEscape(text: string, from: number): number {
  const at = text.indexOf('\\', from)
  return at === -1 ? Number.POSITIVE_INFINITY : at
}
