import { spanOf } from '../audit/languages/grammar.ts'
import { DOCUMENTATION_URL } from '../diagnostics/index.ts'
import { CODES } from './codes.ts'
import { type Edit, indentAt, lineStart, lineToken } from './edits.ts'
import type { Note } from './remark.ts'
import type { SyntaxNode } from './tree.ts'
import { kindOf, type Tree } from './tree.ts'

const OURS = /^[ \t]*(?:\/\/|#) TODO\(legacy-completions: [a-z-]+\): [^\n]*$/

/** The comment above a call that was left, which says why. */
export function todoEdit(note: Note, call: SyntaxNode, tree: Tree): Edit[] {
  const { source, grammar } = tree
  const start = statementStart(call, source)
  const indent = indentAt(source, start)
  const mark = grammar.language === 'python' ? '#' : '//'
  const text = `${indent}${mark} TODO(legacy-completions: ${note.code}): ${messageOf(note, lineToken)}, ${codeUrl(note.code)}`
  const before = lineBefore(source, start)
  if (before !== undefined && OURS.test(source.slice(before.start, before.end))) {
    return [{ ...before, text }]
  }
  const from = lineStart(source, start)
  return [{ start: from, end: from, text: `${text}\n` }]
}

/** Takes away the comment above a call that is now rewritten. */
export function doneEdit(call: SyntaxNode, { source }: Tree): Edit[] {
  const before = lineBefore(source, statementStart(call, source))
  const isOurs = before !== undefined && OURS.test(source.slice(before.start, before.end))
  return isOurs ? [{ start: before.start, end: before.end + 1, text: '' }] : []
}

/** The page that explains a code. */
const codeUrl = (code: string): string => `${DOCUMENTATION_URL}/migrate#${code}`

/**
 * What is said of a place.
 *
 * @param line writes the line of an offset
 */
export function messageOf(note: Note, line: (offset: number) => string): string {
  if ('message' in note) return note.message
  const { message } = CODES[note.code]
  const { detail, cause } = note
  if (detail === undefined) return message
  if (cause === undefined) return `${message}: ${detail}`
  return `${message}: ${detail} (line ${line(cause)})`
}

/** Where the statement begins that a call is part of, and that begins its line. */
function statementStart(call: SyntaxNode, source: string): number {
  for (const node of call.ancestors()) {
    const { start } = spanOf(node)
    const isStatement = /statement|declaration|definition|assignment|^pair$/.test(kindOf(node))
    const from = lineStart(source, start)
    if (isStatement && kindOf(node) !== 'statement_block' && source.slice(from, start).trim() === '')
      return start
  }
  return spanOf(call).start
}

function lineBefore(source: string, offset: number): { start: number; end: number } | undefined {
  const from = lineStart(source, offset)
  if (from === 0) return undefined
  return { start: lineStart(source, from - 1), end: from - 1 }
}
