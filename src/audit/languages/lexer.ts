import type { Span } from '../../diagnostics/index.ts'
import { COMMENT_PATTERN, isPromptText, NAME_PATTERN, TEXT_PATTERN } from '../detect/patterns.ts'
import type { PromptText, Segment, TextSegment } from '../legacy-use.ts'
import { checkTime } from '../time-limit.ts'
import type { Lexicon, TextForm } from './lexicons.ts'
import { EMPTY, type NameToken, readLiteral, type SourceTokens, type Token } from './source-tokens.ts'

const IN_TEXT = new RegExp(TEXT_PATTERN, 'i')
const IN_COMMENT = new RegExp(COMMENT_PATTERN, 'i')
const AS_NAME = new RegExp(NAME_PATTERN, 'i')
const LABEL = /Human:|Assistant:/

/** A literal, with its text as written in the source. */
interface Literal extends Span {
  form: TextForm
}

/** Splits a source into code, texts and comments by the rules of a lexicon. */
export function lex(source: string, lexicon: Lexicon): SourceTokens {
  const { comments, texts, functions } = lexicon
  const tokens: Token[] = []
  const opaque: Span[] = []
  const literals: Literal[] = []
  const absentEnds = new Set<string>()
  const letter = lexicon.isDollarOperator ? '_' : '_$'
  const search = new RegExp(
    [
      ...(comments.length > 0 ? [`(?<comment>${comments.join('|')})`] : []),
      ...texts.map(({ pattern }, index) => `(?<text${index}>${pattern.replace('?<end>', `?<end${index}>`)})`),
      `[\\p{L}${letter}][\\p{L}\\p{N}${letter}]*`,
    ].join('|'),
    'gu',
  )
  for (let match = search.exec(source); match !== null; match = search.exec(source)) {
    checkTime()
    const { index: start, groups = {} } = match
    let end = start + match[0].length
    if (groups.comment !== undefined) {
      opaque.push({ start, end })
      if (IN_COMMENT.test(match[0])) tokens.push({ type: 'comment', text: match[0], start, end })
      continue
    }
    const index = texts.findIndex((_, at) => groups[`text${at}`] !== undefined)
    const form = texts[index]
    if (form === undefined) {
      if (AS_NAME.test(match[0])) tokens.push({ type: 'name', name: match[0], start, end })
      continue
    }
    if (form.isHeredoc) {
      const closed = heredocEnd(source, end, groups[`end${index}`] ?? '', absentEnds)
      if (closed === undefined) {
        search.lastIndex = start + 2
        continue
      }
      end = closed
      search.lastIndex = end
    }
    opaque.push({ start, end })
    const literal = { start, end, form }
    literals.push(literal)
    if (IN_TEXT.test(source.slice(start, end)))
      tokens.push({ type: 'text', segment: segmentOf(source, literal), start, end })
  }
  const code = functions === 'none' ? '' : blank(source, opaque)
  const named = (names: readonly string[]): NameToken[] => {
    if (names.length === 0) return []
    const pattern = new RegExp(`(?<![\\w$])(?:${names.map(escapeName).join('|')})(?![\\w$])`, 'g')
    return [...code.matchAll(pattern)].map(({ index, 0: name }) => ({
      type: 'name',
      name,
      start: index,
      end: index + name.length,
    }))
  }
  return {
    ...EMPTY,
    tokens,
    named,
    scopes: functionsOf(source, code, functions),
    prompts: promptsOf(source, literals, lexicon),
  }
}

const escapeName = (name: string): string => name.replaceAll('$', '\\$')

function segmentOf(source: string, { start, end, form }: Literal): TextSegment {
  if (!form.isHeredoc) return readLiteral(source, start + form.open, end - form.close, form.isRaw)
  // The opening line of a heredoc is not part of its text, but its line end is: it counts as the blank line before a
  // marker.
  return readLiteral(source, source.indexOf('\n', start), source.lastIndexOf('\n', end - 1))
}

/**
 * Returns the end of a heredoc. `absent` holds the names already found to have no end, so that each is searched only
 * once.
 */
function heredocEnd(source: string, from: number, name: string, absent: Set<string>): number | undefined {
  if (absent.has(name)) return undefined
  const closing = new RegExp(`^[ \\t]*${name}\\b`, 'gm')
  closing.lastIndex = from
  const match = closing.exec(source)
  if (match === null) absent.add(name)
  return match === null ? undefined : match.index + match[0].length
}

/** Returns the prompts: each text with a label, and the texts that it is joined to. */
function promptsOf(source: string, literals: readonly Literal[], lexicon: Lexicon): PromptText[] {
  const prompts: PromptText[] = []
  const joint = new RegExp(`^\\s*(?:${lexicon.joint})\\s*(?:([\\s\\S]*?)\\s*(?:${lexicon.joint})\\s*)?$`)
  const hasLabel = ({ start, end }: Literal): boolean => LABEL.test(source.slice(start, end))
  for (let index = 0; index < literals.length; ) {
    const first = literals[index]
    if (first === undefined) break
    let isLabelled = hasLabel(first)
    const segments: Segment[] = [segmentOf(source, first)]
    let last = first
    index++
    const isInCall = isArgumentOf(source, first.start, lexicon.joinedBy)
    for (let next = literals[index]; next !== undefined; next = literals[index]) {
      const gap = source.slice(last.end, next.start)
      const between =
        gap.length > MAX_GAP
          ? undefined
          : valueBetween(gap, joint, isInCall, lexicon.isAdjacentJoined === true)
      if (between === undefined) break
      if (between !== '') {
        const at = last.end + gap.indexOf(between)
        segments.push({ type: 'placeholder', code: between, start: at, end: at + between.length })
      }
      isLabelled ||= hasLabel(next)
      segments.push(segmentOf(source, next))
      last = next
      index++
    }
    if (isLabelled) prompts.push({ start: first.start, end: last.end, segments })
  }
  return prompts
}

const MAX_GAP = 300

/** Returns the value between two joined literals, '' if nothing is between them; `undefined` if they are not joined. */
function valueBetween(
  gap: string,
  joint: RegExp,
  isInCall: boolean,
  isAdjacent: boolean,
): string | undefined {
  if (/[;{}]|=[^=]/.test(gap)) return undefined
  const inner = isInCall
    ? gap.trim().replace(/^,|,$/g, '').trim()
    : isAdjacent && gap.trim() === ''
      ? ''
      : joint.test(gap)
        ? (joint.exec(gap)?.[1] ?? '')
        : undefined
  return inner === undefined || !isBalanced(inner, isInCall) ? undefined : inner
}

/** Returns whether an expression closes every bracket that it opens and has no comma at its top level. */
function isBalanced(code: string, isInCall: boolean): boolean {
  let depth = 0
  for (const character of code) {
    if (character === '(' || character === '[') depth++
    else if (character === ')' || character === ']') depth--
    else if (character === ',' && depth === 0 && !isInCall) return false
    if (depth < 0) return false
  }
  return depth === 0
}

const isArgumentOf = (source: string, start: number, functions: string | undefined): boolean =>
  functions !== undefined &&
  new RegExp(`(?:${functions})\\s*\\(?\\s*(?:[\\w.]+\\s*,?\\s*)?$`).test(
    source.slice(Math.max(0, start - 60), start),
  )

/** Returns the source with its texts and comments replaced by blanks, so that only code remains. */
function blank(source: string, opaque: readonly Span[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end } of opaque) {
    parts.push(source.slice(at, start), source.slice(start, end).replace(/[^\n]/g, ' '))
    at = end
  }
  return parts.join('') + source.slice(at)
}

/**
 * Returns the approximate bodies of functions: the outermost braces after a closing parenthesis, or `def` to its `end`.
 */
function functionsOf(source: string, code: string, how: Lexicon['functions']): Span[] {
  if (how === 'none') return []
  if (how === 'def-end') return definitionsOf(source)
  const scopes: Span[] = []
  const heads = /\)[^(){};=]{0,200}\{/g
  for (let head = heads.exec(code); head !== null; head = heads.exec(code)) {
    const end = braceEnd(code, head.index + head[0].length - 1)
    // The parameters belong to the function, so its span starts at the line of the head.
    scopes.push({ start: code.lastIndexOf('\n', head.index) + 1, end })
    heads.lastIndex = end
  }
  return scopes
}

/** Returns the spans from each `def` to the `end` with the same indentation. */
function definitionsOf(source: string): Span[] {
  const scopes: Span[] = []
  const open = new Map<string, number>()
  for (const { index, 1: indent = '', 2: word } of source.matchAll(/^([ \t]*)(def|defp|end)\b/gm)) {
    const start = open.get(indent)
    if (word !== 'end') open.set(indent, index)
    else if (start !== undefined) {
      scopes.push({ start, end: index + indent.length + 'end'.length })
      open.delete(indent)
    }
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

/** A quoted text within one line, including its escapes. */
const QUOTED = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'/g

/**
 * Reads a file that has no grammar: configuration, shell, prose. Each line is a text token, and so is each quoted text
 * in it.
 */
export function readLines(source: string): SourceTokens {
  const tokens: Token[] = []
  const prompts: PromptText[] = []
  for (const line of linesOf(source)) {
    const text = source.slice(line.start, line.end)
    if (!/claude|anthropic|complete|sample|_prompt|human:|assistant:|completion|2023-01-01/i.test(text))
      continue
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

/** A transcript on lines of its own, from a `Human:` to the next `Assistant:`. */
const BLOCK = /^[ \t]*Human:[^\n]*(?:\n(?![ \t]*(?:AI:|```))[^\n]*){0,80}?\n[ \t]*Assistant:[^\n]*/gm

function blocks(source: string, quoted: readonly PromptText[]): PromptText[] {
  let next = 0
  return [...source.matchAll(BLOCK)]
    .map(({ index, 0: text }) => ({ start: index, end: index + text.length, text }))
    .filter(({ start, end }) => {
      // Both lists are in source order, so one pass is enough.
      while (next < quoted.length && (quoted[next]?.end ?? 0) <= start) next++
      return (quoted[next]?.start ?? end) >= end
    })
    .map(({ start, end, text }) => ({
      start,
      end,
      segments: [{ type: 'text', text: `\n\n${text.trimStart()}`, start, end }],
    }))
}
