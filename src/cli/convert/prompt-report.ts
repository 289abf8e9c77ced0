import type { Diagnostic, DiagnosticCode, Severity } from '../../diagnostics/diagnostic.ts'
import { remedyFor, wordFor } from '../../diagnostics/remedies.ts'
import { lineIndex } from '../../transcript/index.ts'
import type { CliContext } from '../context.ts'
import { paint } from '../terminal.ts'

/** A diagnostic with its location in the text. */
export interface Noticed {
  code: DiagnosticCode
  severity: Severity
  message: string
  fix: string
  line?: number
  column?: number
  /** Number of further diagnostics with this code; only on the last listed one. */
  more?: number
}

/** Maximum listed diagnostics per code. A text of labels has thousands of the same kind. */
const MOST_OF_ONE_CODE = 3

/** Returns the diagnostics of a prompt with line and column: the first few of each code, and a count of the others. */
export function locateDiagnostics(prompt: string, diagnostics: readonly Diagnostic[]): Noticed[] {
  const counts = new Map<DiagnosticCode, number>()
  const last = new Map<DiagnosticCode, Noticed>()
  const noticed: Noticed[] = []
  const positionOf = lineIndex(prompt)
  for (const { code, severity, message, fix, span } of diagnostics) {
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    if (count > MOST_OF_ONE_CODE) continue
    const one: Noticed = {
      code,
      severity,
      message: wordFor(message, 'command').replaceAll('\n', '\\n'),
      fix: remedyFor({ code, fix }, 'command').replaceAll('\n', '\\n'),
      ...(span && positionOf(span.start)),
    }
    noticed.push(one)
    last.set(code, one)
  }
  for (const [code, one] of last) {
    const more = (counts.get(code) ?? 0) - MOST_OF_ONE_CODE
    if (more > 0) one.more = more
  }
  return noticed
}

/** Formats each diagnostic as a line: `prompt.txt:3:1: warning crlf-marker: …`. */
export function diagnosticLines(name: string, noticed: readonly Noticed[], context: CliContext): string {
  return noticed
    .map(({ code, severity, message, fix, line, column, more }) => {
      const place = line === undefined ? name : `${name}:${line}:${column}`
      const others = more === undefined ? '' : `${name}: and ${more.toLocaleString('en')} more of ${code}\n`
      return `${place}: ${paint(`${severity} ${code}`, severity, context)}: ${message} ${fix}\n${others}`
    })
    .join('')
}
