import { type Finding, findUses, type KnownNames } from './detect/matches.ts'
import { findInManifest } from './detect/packages.ts'
import { TRIGGER } from './detect/patterns.ts'
import { LEXICONS, languageOf } from './languages/languages.ts'
import { lex, readLines } from './languages/lexer.ts'
import { GRAMMARS, type Parsers } from './languages/parsers.ts'
import { readLiteral } from './languages/source-tokens.ts'
import { readTree } from './languages/tree-tokens.ts'
import type { Match } from './legacy-use.ts'
import { isOwnReport } from './report/report.ts'

/** A file, by its path below what is audited. */
export interface Source {
  file: string
  text: string
}

/** Whether a file is of a kind that is read, by its name. */
export function isReadable(file: string): boolean {
  return languageOf(file) !== undefined
}

/**
 * Whether a file is of a kind that is read, and has a word in it that calls for reading it. Reports of audits, which have
 * many, are left out.
 */
export function isWorthReading({ file, text }: Source): boolean {
  return languageOf(file) !== undefined && TRIGGER.test(text) && !isOwnReport(text)
}

/** What is of the old interface in a file, read in the manner of its language. */
export function findInSource({ file, text }: Source, parsers: Parsers, known: KnownNames): Finding {
  const language = languageOf(file)
  const byTree = (source: string, grammar: keyof typeof GRAMMARS): Finding => {
    const tree = parsers.parse(source, GRAMMARS[grammar])
    try {
      const tokens = readTree(source, tree.root(), GRAMMARS[grammar])
      return { ...findUses(source, tokens, known), isBroken: tree.hasSyntaxError() }
    } finally {
      tree.delete()
    }
  }
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
      return { ...inCells(text, cell => byTree(cell, 'python')), isBroken: !isJson(text) }
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
      return findUses(text, lex(text, LEXICONS[language]), known)
  }
}

function both({ matches, ...rest }: Finding, others: readonly Match[]): Finding {
  const isNew = ({ code, start }: Match): boolean =>
    !matches.some(one => one.code === code && one.start === start)
  return { ...rest, matches: [...matches, ...others.filter(isNew)] }
}

/** What is written about code is no code: it misleads people, and breaks nothing. */
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

function inCells(text: string, find: (code: string) => Finding): Finding {
  const cells = codeCells(text)
  const matches = cells.flatMap(({ code, offsets }) => {
    if (!TRIGGER.test(code)) return []
    const inFile = (at: number): number => offsets[at] ?? (offsets.at(-1) ?? 0) + 1
    return find(code).matches.map(
      ({ code: rule, start, end, model, isComment }): Match => ({
        code: rule,
        start: inFile(start),
        end: inFile(Math.max(start, end - 1)) + 1,
        ...(model !== undefined && { model }),
        ...(isComment && { isComment }),
      }),
    )
  })
  return { matches, defined: [] }
}

/** A cell's code, and where each of its units stands in the notebook. */
export interface Cell {
  code: string
  offsets: readonly number[]
}

const CELL = /"cell_type"\s*:\s*"code"/g
const LINE = /"((?:[^"\\]|\\.)*)"/gy

/**
 * The code cells of a notebook. The JSON is searched and not parsed: a broken notebook gives the cells that it still
 * has, and each unit keeps its offset in the file.
 */
export function codeCells(source: string): Cell[] {
  const starts = [...source.matchAll(CELL)].map(({ index }) => index)
  const sources = [...source.matchAll(/"source"\s*:\s*(?=\[|")/g)]
  return sources.flatMap(({ index, 0: key }) => {
    // The keys of a cell are written in the order of the alphabet: its kind comes before its source.
    const kind = source.lastIndexOf('"cell_type"', index)
    if (!starts.includes(kind)) return []
    return [cellAt(source, index + key.length)]
  })
}

function cellAt(source: string, open: number): Cell {
  let code = ''
  const offsets: number[] = []
  let at = source[open] === '[' ? open + 1 : open
  for (;;) {
    at += /^[\s,]*/.exec(source.slice(at, at + 400))?.[0].length ?? 0
    LINE.lastIndex = at
    const match = LINE.exec(source)
    if (match === null) return { code: magicsOut(code), offsets }
    const segment = readLiteral(source, at + 1, at + 1 + (match[1]?.length ?? 0))
    code += segment.text
    for (let unit = 0; unit < segment.text.length; unit++)
      offsets.push(segment.offsets?.[unit] ?? segment.start + unit)
    at = LINE.lastIndex
    if (source[open] !== '[') return { code: magicsOut(code), offsets }
  }
}

/** Lines for the shell and the notebook itself are no Python; blanks keep the places of the rest. */
function magicsOut(code: string): string {
  return code.replace(/^[ \t]*[!%][^\n]*/gm, line => ' '.repeat(line.length))
}
