import { locationsIn } from '../audit/legacy-use.ts'

/** Code extracted from a page or a notebook as a source of its own, and how to put it back. */
export interface EmbeddedSource {
  /** The extension of the language, to append to the name of the file. */
  ending: '.ts' | '.tsx' | '.py'
  text: string
  restore: (edited: string) => string
  /** Maps a line of the source to the line in the file, both counted from 0. */
  lineInFile: (line: number) => number
}

/** Marks a comment that replaces a line without code. */
const LINE_MARK = '\uE0B1'
const CELL_MARK = '\uE0B0'

const isPage = (file: string): boolean => /\.(?:vue|svelte|astro|html?)$/i.test(file)

/**
 * Opens the scripts of a page or the cells of a notebook; `undefined` for other files, and for files that cannot be
 * parsed.
 */
export function openEmbedded(file: string, text: string): EmbeddedSource | undefined {
  if (isPage(file)) return openPage(text)
  return /\.ipynb$/i.test(file) ? openNotebook(text) : undefined
}

/** Opens a page: turns every line outside of its scripts into a comment, so that line numbers stay the same. */
function openPage(text: string): EmbeddedSource | undefined {
  let isCode = false
  let isTyped = false
  const lines = text.split('\n').map((line, index) => {
    const isFence = /^---\s*$/.test(line) && (isCode || index === 0)
    const opens = /<script\b[^>]*>\s*$/i.test(line)
    if (opens) isTyped ||= /lang=["']?tsx?\b/i.test(line)
    if (isCode && !isFence && !/<\/script>/i.test(line)) return line
    isCode = isFence ? !isCode : opens
    if (isFence) isTyped = true
    return `//${LINE_MARK}${line}`
  })
  if (lines.every(line => line.startsWith(`//${LINE_MARK}`))) return undefined
  return {
    ending: isTyped ? '.ts' : '.tsx',
    text: lines.join('\n'),
    restore: edited => edited.replace(new RegExp(`^//${LINE_MARK}`, 'gm'), ''),
    lineInFile: line => line,
  }
}

interface Cell {
  /** The offset of the value of `source` in the file, including its brackets. */
  start: number
  end: number
  code: string
  isList: boolean
  /** The line in the file for each line of the code. */
  lines: readonly number[]
}

const KEYS = /"cell_type"\s*:\s*"(\w+)"|"source"\s*:\s*(?=[["])/g
const TEXT = /[\s,]*"((?:[^"\\]|\\.)*)"/gy

function openNotebook(text: string): EmbeddedSource | undefined {
  const kernel = /"language(?:_info)?"\s*:\s*(?:\{[^{}]*?"name"\s*:\s*)?"([^"]{1,20})"/.exec(text)?.[1]
  if (kernel !== undefined && !/^python\d?$/i.test(kernel)) return undefined
  const cells = cellsOf(text)
  if (cells.length === 0) return undefined
  const separator = `\n# ${CELL_MARK}\n`
  const lines: number[] = []
  const parts = cells.map((cell, index) => {
    if (index > 0) lines.push(lines.at(-1) ?? 0)
    lines.push(...cell.lines)
    return cell.code.replace(/^([ \t]*)([!%?])/gm, `$1#${LINE_MARK}$2`)
  })
  return {
    ending: '.py',
    text: parts.join(separator),
    restore: edited => {
      const codes = edited.split(separator)
      if (codes.length !== cells.length) return text
      let restored = ''
      let at = 0
      cells.forEach((cell, index) => {
        const code = (codes[index] ?? '').replaceAll(`#${LINE_MARK}`, '')
        restored += text.slice(at, cell.start)
        restored += code === cell.code ? text.slice(cell.start, cell.end) : written(code, cell, text)
        at = cell.end
      })
      return restored + text.slice(at)
    },
    lineInFile: line => lines[line] ?? 0,
  }
}

/**
 * Returns the code cells of a notebook. Notebooks write the keys of a cell in alphabetical order, so its type comes
 * before its source.
 */
function cellsOf(text: string): Cell[] {
  const { lineOf } = locationsIn(text)
  const cells: Cell[] = []
  let kind = ''
  for (const match of text.matchAll(KEYS)) {
    if (match[1] !== undefined) kind = match[1]
    else if (kind === 'code') {
      const cell = cellAt(text, match.index + match[0].length, lineOf)
      if (cell !== undefined) cells.push(cell)
    }
  }
  return cells
}

function cellAt(text: string, start: number, lineOf: (offset: number) => number): Cell | undefined {
  const isList = text[start] === '['
  let at = isList ? start + 1 : start
  const pieces: string[] = []
  const lines: number[] = []
  /** Whether the last piece did not end its line. */
  let isContinued = false
  for (;;) {
    TEXT.lastIndex = at
    const match = TEXT.exec(text)
    if (match === null) break
    const value: unknown = parsed(`"${match[1] ?? ''}"`)
    if (typeof value !== 'string') return undefined
    const line = lineOf(TEXT.lastIndex)
    // An empty piece is not yet a line: its line begins in the next.
    const begun = value === '' ? [] : value.split('\n')
    for (const [index, content] of begun.entries()) {
      const isContinuation = index === 0 && isContinued
      const isEnd = index > 0 && index === begun.length - 1 && content === ''
      if (!isContinuation && !isEnd) lines.push(line)
    }
    if (value !== '') isContinued = !value.endsWith('\n')
    pieces.push(value)
    at = TEXT.lastIndex
    if (!isList) break
  }
  const end = isList ? text.indexOf(']', at) + 1 : at
  if (end === 0) return undefined
  // After its last line end, the code has an empty line.
  if (!isContinued && lines.length > 0) lines.push(lines.at(-1) ?? 0)
  const code = pieces.join('')
  return { start, end, code, isList, lines: lines.length === 0 ? [lineOf(start)] : lines }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Returns code in the form that the cell had: a list of lines, or one text. */
function written(code: string, { start, end, isList }: Cell, text: string): string {
  const isAscii = /\\u[\da-f]{4}/i.test(text.slice(start, end))
  const quoted = (line: string): string => {
    const json = JSON.stringify(line)
    return isAscii
      ? json.replace(/[\u0080-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : json
  }
  if (!isList) return quoted(code)
  const before = /^\[(\s*)"/.exec(text.slice(start, end))?.[1] ?? ''
  const after = /(\s*)\]$/.exec(text.slice(start, end))?.[1] ?? ''
  const lines = code.match(/[^\n]*\n|[^\n]+$/g) ?? []
  return `[${before}${lines.map(quoted).join(`,${before === '' ? ' ' : before}`)}${after}]`
}

/** Returns the end of the last script of a page. Lines after it are comments that stand for markup. */
export function endOfCode(source: string): number {
  const rest = new RegExp(`(?:\\n\\s*//${LINE_MARK}[^\\n]*|\\s)*$`)
  return source.replace(rest, '').length
}
