import { kindOf, type SyntaxNode, type Tree } from './tree.ts'

/** A part of the text in a literal, with the source offset of each UTF-16 unit. */
export interface LiteralText {
  text: string
  offsets: readonly number[]
  /** The source offset of its end. */
  end: number
}

/** A part of a literal: a text, or an expression with its placeholder (`holder`). */
export type LiteralItem = LiteralText | { value: SyntaxNode; holder: SyntaxNode }

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' }

/**
 * Decodes a string literal by the rules of its language. A backslash at the end of a line joins the lines and keeps the
 * blanks that follow. Returns `undefined` for a literal that cannot be decoded, such as one with `\N{…}`.
 */
export function readLiteralText(node: SyntaxNode, { source, grammar }: Tree): LiteralItem[] | undefined {
  const isPython = grammar.language === 'python'
  const children = node.children()
  const opening = children[0]
  const closing = children.at(-1)
  if (opening === undefined || closing === undefined || opening === closing) return undefined
  const prefix = isPython ? opening.text().replace(/["']+$/, '') : ''
  if (/b/i.test(prefix)) return undefined
  const options: Decoding = {
    isPython,
    isRaw: /r/i.test(prefix),
    isFormat: /f/i.test(prefix),
  }
  const items: LiteralItem[] = []
  let at = opening.end
  const take = (end: number): boolean => {
    if (end === at) return true
    const piece = decode(source, at, end, options)
    if (piece !== undefined) items.push(piece)
    return piece !== undefined
  }
  for (const child of children) {
    if (!/^(?:interpolation|template_substitution)$/.test(kindOf(child))) continue
    if (!take(child.start)) return undefined
    const value = child.field('expression') ?? child.children().find(inner => inner.isNamed())
    if (!value) return undefined
    items.push({ value, holder: child })
    at = child.end
  }
  return take(closing.start) ? items : undefined
}

interface Decoding {
  isPython: boolean
  isRaw: boolean
  isFormat: boolean
}

function decode(source: string, start: number, end: number, options: Decoding): LiteralText | undefined {
  let text = ''
  const offsets: number[] = []
  for (let at = start; at < end; ) {
    const unit = source[at] ?? ''
    let [read, length] = [unit, 1]
    if (unit === '\\' && !options.isRaw) {
      const sequence = readEscape(source.slice(at + 1, Math.min(end, at + 12)), options.isPython)
      if (sequence === undefined) return undefined
      read = sequence.text
      length = 1 + sequence.length
    } else if (options.isFormat && /[{}]/.test(unit) && source[at + 1] === unit) length = 2
    for (let index = 0; index < read.length; index++) offsets.push(at)
    text += read
    at += length
  }
  return { text, offsets, end }
}

/** Decodes the escape after a backslash. Returns its text and its length. */
function readEscape(rest: string, isPython: boolean): { text: string; length: number } | undefined {
  const line = /^\r?\n/.exec(rest)?.[0]
  if (line !== undefined) return { text: '', length: line.length }
  const code =
    /^x([\da-fA-F]{2})|^u([\da-fA-F]{4})|^U([\da-fA-F]{8})/.exec(rest) ??
    (isPython ? null : /^u\{([\da-fA-F]{1,6})\}/.exec(rest))
  if (code !== null) {
    const point = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16)
    if (point > 0x10ffff) return undefined
    return { text: String.fromCodePoint(point), length: code[0].length }
  }
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0]
  if (octal !== undefined)
    return isPython || octal === '0'
      ? { text: String.fromCodePoint(Number.parseInt(octal, 8)), length: octal.length }
      : undefined
  const first = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  if (isPython && first === 'a') return { text: '\u0007', length: 1 }
  if (isPython && first === 'N') return undefined
  const simple = SIMPLE[first]
  if (simple !== undefined) return { text: simple, length: 1 }
  // Python keeps a backslash that begins no escape; JavaScript drops it.
  const isEscaped = /[\\'"]/.test(first) || !isPython
  return { text: isEscaped ? first : `\\${first}`, length: first.length }
}
