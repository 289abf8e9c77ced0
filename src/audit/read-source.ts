import { type Finding, findUses } from './find.ts'
import type { KnownNames } from './followed-names.ts'
import type { Found } from './found.ts'
import { languageOf } from './languages.ts'
import { lex } from './lex.ts'
import { LEXICONS } from './lexicons.ts'
import { readLines } from './lines.ts'
import { findInManifest } from './manifest.ts'
import { codeCells } from './notebook.ts'
import { GRAMMARS, type Parsers } from './parsers.ts'
import { isOwnReport } from './report.ts'
import { readTree } from './syntax.ts'
import { TRIGGER } from './words.ts'

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
      const reading = readTree(source, tree.root(), GRAMMARS[grammar])
      return { ...findUses(source, reading, known), isBroken: tree.hasSyntaxError() }
    } finally {
      tree.delete()
    }
  }
  switch (language) {
    case undefined:
      return { found: [], defined: [] }
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
        found: [...findInManifest(text), ...inConfiguration(text, known)],
        defined: [],
        isBroken: file.endsWith('.json') && !isJson(text),
      }
    default:
      return findUses(text, lex(text, LEXICONS[language]), known)
  }
}

function both({ found, ...rest }: Finding, others: readonly Found[]): Finding {
  const isNew = ({ code, start }: Found): boolean =>
    !found.some(one => one.code === code && one.start === start)
  return { ...rest, found: [...found, ...others.filter(isNew)] }
}

/** What is written about code is no code: it misleads people, and breaks nothing. */
function asProse({ found, ...rest }: Finding): Finding {
  return { ...rest, found: found.map(use => ({ ...use, isComment: true })) }
}

/** A manifest or the markup of a page may also set a model for a tool. */
function inConfiguration(text: string, known: KnownNames): Found[] {
  return findUses(text, readLines(text), known).found.filter(({ code }) => code.endsWith('model'))
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
  const found = cells.flatMap(({ code, offsets }) => {
    if (!TRIGGER.test(code)) return []
    const inFile = (at: number): number => offsets[at] ?? (offsets.at(-1) ?? 0) + 1
    return find(code).found.map(
      ({ code: rule, start, end, model, isComment }): Found => ({
        code: rule,
        start: inFile(start),
        end: inFile(Math.max(start, end - 1)) + 1,
        ...(model !== undefined && { model }),
        ...(isComment && { isComment }),
      }),
    )
  })
  return { found, defined: [] }
}
