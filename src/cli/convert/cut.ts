const U = 117

/** Cuts a part out of a JSON string, given the offsets of its value. */
export type Cut = (from: number, to: number) => string

/**
 * Cuts parts out of a JSON string as they are spelled there, escapes and all: they need no writing anew, which takes
 * longer than all the rest of a conversion. Offsets have to ascend from one cut to the next.
 *
 * An escape, whatever its length, is one UTF-16 unit of the value, and nothing else is spelled in more than its own.
 */
export function cutFrom(text: string, openingQuote: number): Cut {
  /** How much further an offset of the value is in the text. */
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
