import type { Severity } from '../../diagnostics/index.ts'
import { RULES } from '../rules.ts'
import { excerptOf, printable, printableLine } from './quote.ts'
import {
  type AuditReport,
  countBy,
  groupRecords,
  type ReportedUse,
  summary,
  type UseGroup,
} from './report.ts'

const WIDEST_LINE = 100

/** Paints a text of the table in the colour of a severity, or in bold or dim letters. */
export type TablePainter = (text: string, style: Severity | 'bold' | 'dim') => string

/**
 * Writes the report for a terminal: each file with its uses, then the meaning of each code once.
 *
 * @param paint adds colours. By default, the table has none.
 */
export function toTable(report: AuditReport, paint: TablePainter = text => text): string {
  const { single, groups } = groupRecords(report.uses)
  const files = new Map<string, ReportedUse[]>()
  for (const use of single) {
    const known = files.get(use.file)
    if (known === undefined) files.set(use.file, [use])
    else known.push(use)
  }
  const sections = [...files].map(
    ([file, list]) => `${paint(printable(file), 'bold')}\n${columns(list.flatMap(rows), paint)}`,
  )
  const codes = countBy(report.uses, ({ code }) => code)
  const legend = codes.flatMap(([code, count]) => {
    const rule = Object.entries(RULES).find(([name]) => name === code)?.[1]
    return rule ? [`${paint(code, rule.severity)} (${count})\n  ${rule.message}\n  ${rule.fix}`] : []
  })
  return `${[...sections, ...groups.map(groupLine), ...legend, summary(report)].join('\n\n')}\n`
}

function groupLine({ folder, code, uses }: UseGroup): string {
  const [first] = uses
  const files = new Set(uses.map(({ file }) => file)).size
  return `${printable(folder)}/\n  ${uses.length} × ${code} in ${files} data files, the first in ${printable(first?.file ?? '')}:${first?.line}`
}

function rows(use: ReportedUse): string[][] {
  const { line, column, severity, code, lint, plan } = use
  const reason = plan === undefined || plan.state === 'rewritten' ? [] : [planLine(plan)]
  return [
    [`  ${line}:${column}`, severity, code, printableLine(excerptOf(use), WIDEST_LINE)],
    ...reason.map(text => ['', '', '', text]),
    ...lint.map(({ line, column, severity, code, message }) => [
      `  ${line}:${column}`,
      severity,
      `· ${code}`,
      printable(message),
    ]),
  ]
}

function planLine({ state, code, reason }: NonNullable<ReportedUse['plan']>): string {
  if (state === 'on-shim') return '↳ runs on legacy-completions'
  const how = state === 'stage-1' ? 'stage 1 only' : 'left'
  return `↳ ${how}${code === undefined ? '' : ` (${code})`}: ${printable(reason ?? '')}`
}

const isSeverity = (text: string): text is Severity => /^(?:error|warning|info)$/.test(text)

function columns(lines: readonly (readonly string[])[], paint: TablePainter): string {
  const widths = [0, 1, 2].map(index =>
    lines.reduce((most, cells) => Math.max(most, cells[index]?.length ?? 0), 0),
  )
  return lines
    .map(cells =>
      cells
        .map((cell, index) => {
          const text = cell.padEnd(widths[index] ?? 0)
          return isSeverity(cell) && index === 1
            ? paint(text, cell)
            : cell.startsWith('↳')
              ? paint(text, 'dim')
              : text
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
