import { RULES } from '../rules.ts'
import { printable, printableLine } from './quote.ts'
import {
  type AuditReport,
  countBy,
  groupRecords,
  type ReportedUse,
  summary,
  type UseGroup,
} from './report.ts'

const WIDEST_LINE = 100

/** Writes the report for a terminal: each file with its uses, then the meaning of each code once. */
export function toTable(report: AuditReport): string {
  const { single, groups } = groupRecords(report.uses)
  const files = new Map<string, ReportedUse[]>()
  for (const use of single) {
    const known = files.get(use.file)
    if (known === undefined) files.set(use.file, [use])
    else known.push(use)
  }
  const sections = [...files].map(([file, list]) => `${printable(file)}\n${columns(list.flatMap(rows))}`)
  const codes = countBy(report.uses, ({ code }) => code)
  const legend = codes.flatMap(([code, count]) => {
    const rule = Object.entries(RULES).find(([name]) => name === code)?.[1]
    return rule ? [`${code} (${count})\n  ${rule.message}\n  ${rule.fix}`] : []
  })
  return `${[...sections, ...groups.map(groupLine), ...legend, summary(report)].join('\n\n')}\n`
}

function groupLine({ folder, code, uses }: UseGroup): string {
  const [first] = uses
  const files = new Set(uses.map(({ file }) => file)).size
  return `${printable(folder)}/\n  ${uses.length} × ${code} in ${files} data files, the first in ${printable(first?.file ?? '')}:${first?.line}`
}

function rows({ line, column, severity, code, excerpt, lint, plan }: ReportedUse): string[][] {
  const reason = plan === undefined || plan.state === 'rewritten' ? [] : [planLine(plan)]
  return [
    [`  ${line}:${column}`, severity, code, printableLine(excerpt, WIDEST_LINE)],
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

function columns(lines: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map(index =>
    lines.reduce((most, cells) => Math.max(most, cells[index]?.length ?? 0), 0),
  )
  return lines
    .map(cells =>
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
