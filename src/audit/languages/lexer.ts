import type { Span } from '../../diagnostics/index.ts'
import { COMMENT_WORDS, isPromptText, NAME_WORDS, TEXT_WORDS } from '../detect/patterns.ts'
import type { PromptText } from '../legacy-use.ts'
import type { Lexicon } from './languages.ts'
import { EMPTY, type NameToken, readLiteral, type SourceTokens, type Token } from './source-tokens.ts'

const NAME = '[\\p{L}_$][\\p{L}\\p{N}_$]*'
const IN_TEXT = new RegExp(TEXT_WORDS, 'i')
const IN_COMMENT = new RegExp(COMMENT_WORDS, 'i')
const AS_NAME = new RegExp(NAME_WORDS, 'i')

/** Reads a source whose grammar is not at hand: what is code, what is text, what is a comment. */
export function lex(source: string, { comments, texts, functions }: Lexicon): SourceTokens {
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
        segment: readLiteral(source, start + text.open, end - text.close, text.isRaw),
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

/** A quoted text within a line, escapes and all. */
const QUOTED = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'/g

/** Reads a file without a grammar: configuration, shell, prose. Each line is a text, and what is quoted in it another. */
export function readLines(source: string): SourceTokens {
  const tokens: Token[] = []
  const prompts: PromptText[] = []
  for (const line of linesOf(source)) {
    const text = source.slice(line.start, line.end)
    if (!/claude|anthropic|complete|sample|_prompt|human:|assistant:|completion/i.test(text)) continue
    tokens.push({ type: 'text', segment: { type: 'text', text, ...line }, ...line })
    for (const { index, 0: quoted } of text.matchAll(QUOTED)) {
      const start = line.start + index
      const segment = readLiteral(source, start + 1, start + quoted.length - 1, quoted.startsWith("'"))
      if (/\bHuman:|\bAssistant:/.test(segment.text))
        prompts.push({ start, end: start + quoted.length, segments: [segment] })
    }
  }
  const quoted = prompts.filter(
    ({ segments: [segment] }) => segment?.type === 'text' && isPromptText(segment.text),
  )
  return { ...EMPTY, tokens, prompts: [...quoted, ...blocks(source, quoted)] }
}

function* linesOf(source: string): Generator<Span> {
  for (let start = 0; start <= source.length; ) {
    const end = source.indexOf('\n', start)
    yield { start, end: end === -1 ? source.length : end }
    if (end === -1) return
    start = end + 1
  }
}

/** Turns that stand as lines of their own, from a `Human:` to the `Assistant:` that it ends in. */
const BLOCK = /^[ \t]*Human:[^\n]*(?:\n(?![ \t]*(?:AI:|```))[^\n]*){0,80}?\n[ \t]*Assistant:[^\n]*/gm

function blocks(source: string, quoted: readonly PromptText[]): PromptText[] {
  return [...source.matchAll(BLOCK)]
    .map(({ index, 0: text }) => ({ start: index, end: index + text.length, text }))
    .filter(({ start, end }) => !quoted.some(one => one.start < end && start < one.end))
    .map(({ start, end, text }) => ({
      start,
      end,
      segments: [{ type: 'text', text: `\n\n${text.trimStart()}`, start, end }],
    }))
}
