import { spanOf } from '../audit/languages/grammar.ts'
import { DOCUMENTATION_URL } from '../diagnostics/index.ts'
import { CODES } from './codes.ts'
import type { Note } from './diagnostic.ts'
import { type Edit, indentAt, lineStart, lineToken } from './edits.ts'
import type { SyntaxNode } from './tree.ts'
import { kindOf, type Tree } from './tree.ts'

const OURS = /^[ \t]*(?:\/\/|#) TODO\(legacy-completions: [a-z-]+\): [^\n]*$/

/** Returns the edit that puts a comment with the reason above a call that was left. */
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

/** Returns the edit that removes the comment above a call that is now rewritten. */
export function doneEdit(call: SyntaxNode, { source }: Tree): Edit[] {
  const before = lineBefore(source, statementStart(call, source))
  const isOurs = before !== undefined && OURS.test(source.slice(before.start, before.end))
  return isOurs ? [{ start: before.start, end: before.end + 1, text: '' }] : []
}

/** Returns the URL of the documentation of a code. */
const codeUrl = (code: string): string => `${DOCUMENTATION_URL}/migrate#${code}`

/**
 * Returns the message of a note, with its detail and the line of its cause.
 *
 * @param line formats the line number of an offset
 */
export function messageOf(note: Note, line: (offset: number) => string): string {
  if ('message' in note) return note.message
  const { message } = CODES[note.code]
  const { detail, cause } = note
  if (detail === undefined) return message
  if (cause === undefined) return `${message}: ${detail}`
  return `${message}: ${detail} (line ${line(cause)})`
}

/** Returns the start of the innermost statement that contains a call and is the first on its line. */
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
