import type { Span } from '../diagnostics/index.ts'
import { type Finding, findUses, type KnownNames } from './detect/matches.ts'
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

/** A file, by its path below the directory that is audited. */
export interface Source {
  file: string
  text: string
}

/** Whether a file is of a kind that is read, by its name. */
export function isReadable(file: string): boolean {
  return languageOf(file) !== undefined
}

/** Whether a file is of a kind that is read, and has a word in it that calls for reading it. An audit's own report is not. */
export function isWorthReading({ file, text }: Source): boolean {
  return languageOf(file) !== undefined && TRIGGER.test(text) && !isOwnReport(text)
}

/** Finds the uses of the legacy interface in a file, which is read in the manner of its language. */
export function findInSource({ file, text }: Source, parsers: Parsers, known: KnownNames): Finding {
  const language = languageOf(file)
  const byTree = (source: string, grammar: keyof typeof GRAMMARS, cells: readonly Span[] = []): Finding => {
    const tree = parsers.parse(source, GRAMMARS[grammar])
    try {
      const tokens = readTree(source, tree.root(), GRAMMARS[grammar])
      const scopes = [...cells, ...tokens.scopes]
      return { ...findUses(source, { ...tokens, scopes }, known), isBroken: tree.hasSyntaxError() }
    } finally {
      tree.delete()
    }
  }
  const byLexicon = (source: string, name: LexiconName): Finding =>
    findUses(source, { ...lex(source, LEXICONS[name]), isData: isData(file) }, known)
  switch (language) {
    case undefined:
      return { matches: [], defined: [] }
    case 'typescript':
    case 'tsx':
    case 'python':
      return byTree(text, language)
    case 'markup':
      return both(byTree(scriptsOf(text), language), inConfiguration(text, known))
    case 'notebook':
      return inNotebook(text, byTree, byLexicon, known)
    case 'prose':
      return asProse(findUses(text, readLines(text), known))
    case 'lines':
      return findUses(text, readLines(text), known)
    case 'manifest':
      return {
        matches: [...findInManifest(text), ...inConfiguration(text, known)],
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

/** Text about code is no code: it misleads people, and breaks nothing. */
function asProse({ matches, ...rest }: Finding): Finding {
  return { ...rest, matches: matches.map(use => ({ ...use, isComment: true })) }
}

/** A manifest or the markup of a page may also set a model for a tool. */
function inConfiguration(text: string, known: KnownNames): Match[] {
  return findUses(text, readLines(text), known).matches.filter(({ code }) => code.endsWith('model'))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The scripts of a page at their places, all else blank. */
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

/** The kernels whose language is not Python, by the name that a notebook gives them. */
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

/** All code cells are one program, so a client of one cell is known in the next; Markdown cells are prose. */
function inNotebook(
  text: string,
  byTree: (source: string, grammar: 'python' | 'tsx', cells: readonly Span[]) => Finding,
  byLexicon: (source: string, name: LexiconName) => Finding,
  known: KnownNames,
): Finding {
  const kernel = /"language(?:_info)?"\s*:\s*(?:\{[^{}]*?"name"\s*:\s*)?"([^"]{1,20})"/
    .exec(text)?.[1]
    ?.toLowerCase()
  const lexicon = kernel === undefined ? undefined : KERNELS[kernel]
  const { code, prose } = cellsOf(text)
  const inCode = lexicon
    ? byLexicon(code.text, lexicon)
    : byTree(code.text, /^(?:java|type)script$/.test(kernel ?? '') ? 'tsx' : 'python', code.spans)
  const inProse = asProse(findUses(prose.text, readLines(prose.text), known))
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

/** Text taken out of a notebook, and where each of its units is in the file. */
interface Cells {
  text: string
  offsets: number[]
  /** The span of each cell in that text: a cell is a scope. */
  spans: Span[]
}

/** Only the location is kept: the spans of a call in a cell are no spans of the file. */
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
 * The cells of a notebook, joined. The JSON is searched and not parsed: a broken notebook gives the cells that it still
 * has, and each unit keeps its offset in the file.
 */
function cellsOf(source: string): { code: Cells; prose: Cells } {
  const code: Cells & { parts: string[] } = { text: '', offsets: [], spans: [], parts: [] }
  const prose: Cells & { parts: string[] } = { text: '', offsets: [], spans: [], parts: [] }
  let kind = ''
  for (const match of source.matchAll(KEYS)) {
    // The keys of a cell are in alphabetical order: its type comes before its source.
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

/** Of the prose between the cells, only the code in it is looked at. */
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

/** Lines for the shell and the notebook are no code; blanks keep the places of the rest. */
function magicsOut(code: string): string {
  return code.replace(/^[ \t]*[!%][^\n]*/gm, line => ' '.repeat(line.length))
}

/** A text with plain line ends, and where its offsets are in the text as it was. */
export interface PlainLines {
  text: string
  toOriginal: (offset: number) => number
}

/** Takes the carriage returns out of line ends: the languages do so, and a prompt has none at run time. */
export function plainLines(original: string): PlainLines {
  if (!original.includes('\r\n')) return { text: original, toOriginal: offset => offset }
  const text = original.replaceAll('\r\n', '\n')
  const ends: number[] = []
  for (
    let at = original.indexOf('\r\n'), count = 0;
    at !== -1;
    at = original.indexOf('\r\n', at + 2), count++
  )
    ends.push(at - count)
  // An offset is past as many carriage returns as there are line ends before it.
  return {
    text,
    toOriginal: offset => offset + lastAtMost(ends.length, index => ends[index] ?? 0, offset - 1) + 1,
  }
}
