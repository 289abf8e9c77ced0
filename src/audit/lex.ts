import type { Span } from '../diagnostics/index.ts'
import type { Lexicon } from './lexicons.ts'
import { readLiteral } from './literal.ts'
import { EMPTY, type NameToken, type Reading, type Token } from './reading.ts'
import { COMMENT_WORDS, NAME_WORDS, TEXT_WORDS } from './words.ts'

const NAME = '[\\p{L}_$][\\p{L}\\p{N}_$]*'
const IN_TEXT = new RegExp(TEXT_WORDS, 'i')
const IN_COMMENT = new RegExp(COMMENT_WORDS, 'i')
const AS_NAME = new RegExp(NAME_WORDS, 'i')

/** Reads a source whose grammar is not at hand: what is code, what is text, what is a comment. */
export function lex(source: string, { comments, texts, functions }: Lexicon): Reading {
  const tokens: Token[] = []
  const opaque: Span[] = []
  const search = new RegExp(
    [...comments, ...texts.map(({ pattern }) => pattern), NAME].map(one => `(${one})`).join('|'),
    'gu',
  )
  for (const match of source.matchAll(search)) {
    const [all] = match
    const start = match.index
    const end = start + all.length
    const form = match.findIndex((group, index) => index > 0 && group !== undefined) - 1
    const text = texts[form - comments.length]
    if (form < comments.length) {
      opaque.push({ start, end })
      if (IN_COMMENT.test(all)) tokens.push({ type: 'comment', text: all, start, end })
    } else if (text !== undefined) {
      opaque.push({ start, end })
      if (!IN_TEXT.test(all)) continue
      tokens.push({
        type: 'text',
        piece: readLiteral(source, start + text.open, end - text.close, text.isRaw),
        start,
        end,
      })
    } else if (AS_NAME.test(all)) tokens.push({ type: 'name', name: all, start, end })
  }
  const code = functions === 'none' ? '' : blank(source, opaque)
  const named = (names: readonly string[]): NameToken[] => {
    const pattern = new RegExp(
      `(?<![\\w$])(?:${names.map(name => name.replaceAll('$', '\\$')).join('|')})(?![\\w$])`,
      'g',
    )
    return [...code.matchAll(pattern)].map(({ index, 0: name }) => ({
      type: 'name',
      name,
      start: index,
      end: index + name.length,
    }))
  }
  return { ...EMPTY, tokens, named, scopes: functionsOf(source, code, functions) }
}

/** The source with its texts and comments blanked out, so that only code is left. */
function blank(source: string, opaque: readonly Span[]): string {
  let code = ''
  let at = 0
  for (const { start, end } of opaque) {
    code += source.slice(at, start) + source.slice(start, end).replace(/[^\n]/g, ' ')
    at = end
  }
  return code + source.slice(at)
}

/** The bodies of functions, near enough: the outermost braces behind a closing parenthesis, or `def` to its `end`. */
function functionsOf(source: string, code: string, how: Lexicon['functions']): Span[] {
  if (how === 'def-end') {
    return [...source.matchAll(/^([ \t]*)def\s[^\n]*\n[\s\S]*?^\1end\b/gm)].map(match => ({
      start: match.index,
      end: match.index + match[0].length,
    }))
  }
  const scopes: Span[] = []
  const heads = /\)[^(){};=]{0,200}\{/g
  for (let head = heads.exec(code); head !== null; head = heads.exec(code)) {
    const end = braceEnd(code, head.index + head[0].length - 1)
    // The head holds the parameters, and the line that it begins in.
    scopes.push({ start: code.lastIndexOf('\n', head.index) + 1, end })
    heads.lastIndex = end
  }
  return scopes
}

function braceEnd(code: string, open: number): number {
  let depth = 0
  const braces = /[{}]/g
  braces.lastIndex = open
  for (let brace = braces.exec(code); brace !== null; brace = braces.exec(code)) {
    depth += brace[0] === '{' ? 1 : -1
    if (depth === 0) return brace.index + 1
  }
  return code.length
}
