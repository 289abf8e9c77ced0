import type { Span } from '../../diagnostics/index.ts'
import type { LegacyCall, PromptText, TextSegment } from '../legacy-use.ts'

/** A word of a source that may be a match. */
export type Token = NameToken | TextToken | CommentToken

/** An identifier in code. */
export interface NameToken extends Span {
  type: 'name'
  name: string
}

/** A literal, or the part of one between two placeholders. */
export interface TextToken extends Span {
  type: 'text'
  segment: TextSegment
}

/** A comment, or a docstring. */
export interface CommentToken extends Span {
  type: 'comment'
  text: string
}

/** A token outside comments. */
export type Word = NameToken | TextToken

/** The parts of a source that the audit looks at, in any language. */
export interface SourceTokens {
  /** The words that may be matches, in source order. */
  tokens: readonly Token[]
  /** Whether the source was parsed into a syntax tree. */
  hasTree: boolean
  /** Whether the source is data instead of code. */
  isData?: boolean
  /** Finds the given names in code. */
  named: (names: readonly string[]) => NameToken[]
  /** The spans of the functions. A match in one function is no evidence for another. */
  scopes: readonly Span[]
  /** Legacy calls, recognised by their shape. Empty without a syntax tree. */
  calls: readonly LegacyCall[]
  /** Clients of the first generation. Empty without a syntax tree. */
  clients: readonly Span[]
  /** Prompt expressions, with their placeholders. */
  prompts: readonly PromptText[]
  /** Imports and constructors of framework classes that call the legacy interface. */
  frameworks: readonly Span[]
}

/** The result for a source without any matches. */
export const EMPTY: SourceTokens = {
  tokens: [],
  hasTree: false,
  named: () => [],
  scopes: [],
  calls: [],
  clients: [],
  prompts: [],
  frameworks: [],
}

/** The syntactic role of a word: `.completion`, `completion:`, `completion =`, `["completion"]`. */
export type Role = 'plain' | 'member' | 'assigned-member' | 'key' | 'assigned' | 'subscript'

/** The end of an expression, and the bracket of its subscript. R doubles the bracket. */
const SUBSCRIPTED = /[\w$)\]}?.!"'`]\[{1,2}:?[ \t]*$/

/** Returns the role of a word by the characters around it. The rules fit all languages closely enough. */
export function roleOf(source: string, { start, end }: Span): Role {
  const before = /(->\{|->|::|[\w)\]]\$|.)[ \t]*$/.exec(source.slice(Math.max(0, start - 40), start))?.[1]
  const after = /^\??\s*(=>|==|::|:=|\)\s*:|[:=\]])/.exec(source.slice(end, end + 24))?.[1]
  const isAssigned = after === '=' || after === ':='
  if (before === '.' || before === '->' || before?.endsWith('$'))
    return isAssigned ? 'assigned-member' : 'member'
  // `$response->{completion}` in Perl.
  if (before === '->{') return 'subscript'
  // `response["completion"]` reads a field, `["completion"]` is a list. `response[:completion]` is Ruby.
  if ((before === '[' || before === ':') && after === ']')
    return SUBSCRIPTED.test(source.slice(Math.max(0, start - 40), start)) ? 'subscript' : 'plain'
  if (isAssigned) return 'assigned'
  return after === ':' || after === '=>' ? 'key' : 'plain'
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
}

/** An escape of any of the languages, without its backslash. */
const ESCAPE = /u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|\r?\n[ \t]*|[\s\S]/y

/**
 * Decodes the inside of a literal and keeps the source offset of each UTF-16 unit. An escape that no language has stays
 * as written.
 */
export function readLiteral(source: string, start: number, end: number, isRaw = false): TextSegment {
  const inside = source.slice(start, end)
  if (isRaw || !inside.includes('\\')) return { type: 'text', text: inside, start, end }
  let text = ''
  const offsets: number[] = []
  for (let at = 0; at < inside.length; ) {
    const [segment, length] = inside[at] === '\\' ? readEscape(inside, at) : [inside[at] ?? '', 1]
    for (let unit = 0; unit < segment.length; unit++) offsets.push(start + at)
    text += segment
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
  // A backslash at the end of a line joins it to the next.
  if (/^\r?\n/.test(all)) return ['', length]
  const simple = SIMPLE[all]
  if (simple !== undefined) return [simple, length]
  return /^\w$/.test(all) ? [`\\${all}`, length] : [all, length]
}

/** Returns the source offset of a unit in the text of a segment. The end of the text maps to the end of the segment. */
export function sourceOffset(segment: TextSegment, unit: number): number {
  if (unit >= segment.text.length) return segment.end
  return segment.offsets?.[unit] ?? segment.start + unit
}
