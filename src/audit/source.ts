import type { Span } from '../diagnostics/index.ts'
import type { FileContext } from './detect/file-context.ts'
import { type Finding, findUses } from './detect/matches.ts'
import { findInManifest } from './detect/packages.ts'
import { TRIGGER } from './detect/patterns.ts'
import { lastAtMost } from './detect/span-index.ts'
import { isData, languageOf } from './languages/languages.ts'
import { lex, readLines } from './languages/lexer.ts'
import { LEXICONS, type LexiconName } from './languages/lexicons.ts'
import { GRAMMARS, type Parsers } from './languages/parsers.ts'
import { readLiteral } from './languages/source-tokens.ts'
import { readTree } from './languages/tree-tokens.ts'
import type { Match } from './legacy-use.ts'
import { isOwnReport } from './report/report.ts'

/** A file, with its path relative to the audited directory. */
export interface Source {
  file: string
  text: string
}

/** Returns whether the audit reads files with this name. */
export function isReadable(file: string): boolean {
  return languageOf(file) !== undefined
}

/**
 * Returns whether the audit has to read a file: its kind is read, and it contains a word of the legacy interface. The
 * audit's own reports are excluded.
 */
export function isWorthReading({ file, text }: Source): boolean {
  if (languageOf(file) === undefined) return false
  // The class of a response may name the vendor in its path alone.
  const isNamed = /anthropic|claude/i.test(file) && /completion/i.test(text)
  return (isNamed || TRIGGER.test(text)) && !isOwnReport(text)
}

/** Finds the uses of the legacy interface in a file, by the rules of its language. */
export function findInSource({ file, text }: Source, parsers: Parsers, context: FileContext): Finding {
  const language = languageOf(file)
  const byTree = (source: string, grammar: keyof typeof GRAMMARS, cells: readonly Span[] = []): Finding => {
    const tree = parsers.parse(source, GRAMMARS[grammar])
    try {
      const tokens = readTree(source, tree.root(), GRAMMARS[grammar])
      const scopes = [...cells, ...tokens.scopes]
      return { ...findUses(source, { ...tokens, scopes }, context), isBroken: tree.hasSyntaxError() }
    } finally {
      tree.delete()
    }
  }
  const byLexicon = (source: string, name: LexiconName): Finding =>
    findUses(source, { ...lex(source, LEXICONS[name]), isData: isData(file) }, context)
  switch (language) {
    case undefined:
      return { matches: [], defined: [] }
    case 'typescript':
    case 'tsx':
    case 'python':
      return byTree(text, language)
    case 'markup':
      return both(byTree(scriptsOf(text), language), inConfiguration(text, context))
    case 'notebook':
      return inNotebook(text, byTree, byLexicon, context)
    case 'prose':
      return asProse(findUses(text, readLines(text), context))
    case 'lines':
      return findUses(text, readLines(text), context)
    case 'manifest':
      return {
        matches: [...findInManifest(text), ...inConfiguration(text, context)],
        defined: [],
        isBroken: file.endsWith('.json') && !isJson(text),
      }
    default:
      return byLexicon(text, language)
  }
}

function both({ matches, ...rest }: Finding, others: readonly Match[]): Finding {
  const known = new Set(matches.map(({ code, start }) => `${code}:${start}`))
  return { ...rest, matches: [...matches, ...others.filter(one => !known.has(`${one.code}:${one.start}`))] }
}

/** Marks matches as comments: text about code misleads readers, but it breaks nothing. */
function asProse({ matches, ...rest }: Finding): Finding {
  return { ...rest, matches: matches.map(use => ({ ...use, isComment: true })) }
}

/** Finds the models in a manifest or in the markup of a page: either may configure a tool. */
function inConfiguration(text: string, context: FileContext): Match[] {
  return findUses(text, readLines(text), context).matches.filter(({ code }) => code.endsWith('model'))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Returns the scripts of a page at their original offsets, with blanks for everything else. */
function scriptsOf(page: string): string {
  let scripts = ''
  let at = 0
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
  for (const match of page.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>|^---\n([\s\S]*?)^---$/gm)) {
    const body = match[2] ?? match[3] ?? ''
    const start = match.index + (match[1]?.length ?? '---\n'.length)
    scripts += blank(page.slice(at, start)) + body
    at = start + body.length
  }
  return scripts + blank(page.slice(at))
}

/** The languages of notebook kernels other than Python, by the name in the notebook. */
const KERNELS: Readonly<Record<string, LexiconName>> = {
  r: 'r',
  julia: 'julia',
  ruby: 'ruby',
  scala: 'java',
  kotlin: 'kotlin',
  java: 'java',
  csharp: 'csharp',
  'c#': 'csharp',
  go: 'go',
  rust: 'rust',
}

/**
 * Finds the uses in a notebook. All code cells form one program, so a client from one cell is known in the next.
 * Markdown cells are prose.
 */
function inNotebook(
  text: string,
  byTree: (source: string, grammar: 'python' | 'tsx', cells: readonly Span[]) => Finding,
  byLexicon: (source: string, name: LexiconName) => Finding,
  context: FileContext,
): Finding {
  const kernel = /"language(?:_info)?"\s*:\s*(?:\{[^{}]*?"name"\s*:\s*)?"([^"]{1,20})"/
    .exec(text)?.[1]
    ?.toLowerCase()
  const lexicon = kernel === undefined ? undefined : KERNELS[kernel]
  const { code, prose } = cellsOf(text)
  const inCode = lexicon
    ? byLexicon(code.text, lexicon)
    : byTree(code.text, /^(?:java|type)script$/.test(kernel ?? '') ? 'tsx' : 'python', code.spans)
  const inProse = asProse(findUses(prose.text, readLines(prose.text), context))
  const placed = [
    ...inCode.matches.map(match => inFile(match, code)),
    ...inProse.matches.map(match => inFile(match, prose)),
  ]
  return {
    matches: placed.sort((a, b) => a.start - b.start),
    defined: inCode.defined,
    isBroken: !isJson(text),
  }
}

/** Text extracted from a notebook, with the offset of each UTF-16 unit in the file. */
interface Cells {
  text: string
  offsets: number[]
  /** The span of each cell in that text. A cell is a scope. */
  spans: Span[]
}

/** Returns a match with its span in the file. Drops the call: its inner spans would not be spans of the file. */
function inFile({ code, start, end, model, isComment, isQuoted }: Match, { offsets }: Cells): Match {
  const at = (offset: number): number => offsets[offset] ?? (offsets.at(-1) ?? 0) + 1
  return {
    code,
    start: at(start),
    end: at(Math.max(start, end - 1)) + 1,
    ...(model !== undefined && { model }),
    ...(isComment && { isComment }),
    ...(isQuoted && { isQuoted }),
  }
}

const KEYS = /"cell_type"\s*:\s*"(\w+)"|"source"\s*:\s*(\[|(?="))/g
const LINE = /[\s,]*"((?:[^"\\]|\\.)*)"/gy

/**
 * Returns the joined cells of a notebook. Searches the JSON instead of parsing it, so a broken notebook still yields
 * its intact cells, and each unit keeps its offset in the file.
 */
function cellsOf(source: string): { code: Cells; prose: Cells } {
  const code: Cells & { parts: string[] } = { text: '', offsets: [], spans: [], parts: [] }
  const prose: Cells & { parts: string[] } = { text: '', offsets: [], spans: [], parts: [] }
  let kind = ''
  for (const match of source.matchAll(KEYS)) {
    // Notebooks write the keys of a cell in alphabetical order, so its type comes before its source.
    if (match[1] !== undefined) kind = match[1]
    else {
      const cells = kind === 'code' ? code : kind === 'markdown' ? prose : undefined
      if (cells !== undefined) readCell(source, match.index + match[0].length, match[2] === '[', cells)
    }
  }
  code.text = magicsOut(code.parts.join(''))
  prose.text = onlyFences(prose.parts.join(''))
  return { code, prose }
}

function readCell(source: string, from: number, isList: boolean, cells: Cells & { parts: string[] }): void {
  LINE.lastIndex = from
  let end = from
  const start = cells.offsets.length
  for (let match = LINE.exec(source); match !== null; match = isList ? LINE.exec(source) : null) {
    end = match.index + match[0].length
    const inside = match[1] ?? ''
    const segment = readLiteral(source, end - 1 - inside.length, end - 1)
    cells.parts.push(segment.text)
    for (let unit = 0; unit < segment.text.length; unit++)
      cells.offsets.push(segment.offsets?.[unit] ?? segment.start + unit)
  }
  cells.spans.push({ start, end: cells.offsets.length })
  cells.parts.push('\n')
  cells.offsets.push(end)
}

/** Returns prose with everything blanked out except its fenced code. */
function onlyFences(text: string): string {
  let isFenced = false
  return text
    .split('\n')
    .map(line => {
      const isFence = /^\s*```/.test(line)
      if (isFence) isFenced = !isFenced
      return isFenced && !isFence ? line : ' '.repeat(line.length)
    })
    .join('\n')
}

/** Blanks out shell commands and magics, which are not Python. Blanks keep the offsets of the rest. */
function magicsOut(code: string): string {
  return code.replace(/^[ \t]*[!%][^\n]*/gm, line => ' '.repeat(line.length))
}

/** A text with `\n` line ends, and a map from its offsets to the original text. */
export interface PlainLines {
  text: string
  toOriginal: (offset: number) => number
}

/**
 * Removes a byte order mark and the carriage returns from line ends, as the languages do: at run time, a prompt has
 * none.
 */
export function plainLines(original: string): PlainLines {
  const mark = original.startsWith('\ufeff') ? 1 : 0
  const marked = original.slice(mark)
  if (!marked.includes('\r\n')) return { text: marked, toOriginal: offset => offset + mark }
  const text = marked.replaceAll('\r\n', '\n')
  const ends: number[] = []
  for (let at = marked.indexOf('\r\n'), count = 0; at !== -1; at = marked.indexOf('\r\n', at + 2), count++)
    ends.push(at - count)
  // The original offset is larger by the number of line ends before it.
  return {
    text,
    toOriginal: offset => offset + mark + lastAtMost(ends.length, index => ends[index] ?? 0, offset - 1) + 1,
  }
}
