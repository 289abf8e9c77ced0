import type { TextPiece } from './legacy-use.ts'

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
}

/** An escape of any of the languages: what follows the backslash. */
const ESCAPE = /u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|\r?\n[ \t]*|[\s\S]/y

/**
 * The text of a literal's inside, with where each of its units stands in the source. An escape that no language
 * knows stays as it is written.
 */
export function readLiteral(source: string, start: number, end: number, isRaw = false): TextPiece {
  const inside = source.slice(start, end)
  if (isRaw || !inside.includes('\\')) return { type: 'text', text: inside, start, end }
  let text = ''
  const offsets: number[] = []
  for (let at = 0; at < inside.length; ) {
    const [piece, length] = inside[at] === '\\' ? readEscape(inside, at) : [inside[at] ?? '', 1]
    for (let unit = 0; unit < piece.length; unit++) offsets.push(start + at)
    text += piece
    at += length
  }
  return { type: 'text', text, offsets, start, end }
}

function readEscape(inside: string, at: number): [text: string, length: number] {
  ESCAPE.lastIndex = at + 1
  const match = ESCAPE.exec(inside)
  if (match === null) return ['\\', 1]
  const [all, braced, short, long, byte] = match
  const length = 1 + all.length
  const code = braced ?? short ?? long ?? byte
  if (code !== undefined) {
    const point = Number.parseInt(code, 16)
    return point <= 0x10ffff ? [String.fromCodePoint(point), length] : [`\\${all}`, length]
  }
  // A backslash at a line's end joins the lines.
  if (/^\r?\n/.test(all)) return ['', length]
  const simple = SIMPLE[all]
  if (simple !== undefined) return [simple, length]
  return /^\w$/.test(all) ? [`\\${all}`, length] : [all, length]
}

/** Where a unit of a piece's text stands in the source; the end of the text stands at the end of the piece. */
export function sourceOffset(piece: TextPiece, unit: number): number {
  if (unit >= piece.text.length) return piece.end
  return piece.offsets?.[unit] ?? piece.start + unit
}
