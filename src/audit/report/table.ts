import { RULES } from '../rules.ts'
import { type AuditReport, countBy, type ReportedUse, summary } from './report.ts'

const WIDEST_LINE = 100

/** The report for a terminal: each file with its uses, then what the codes mean, once. */
export function toTable(report: AuditReport): string {
  const { uses } = report
  const files = new Map<string, ReportedUse[]>()
  for (const use of uses) files.set(use.file, [...(files.get(use.file) ?? []), use])
  const sections = [...files].map(([file, list]) => `${file}\n${columns(list.flatMap(rows))}`)
  const codes = countBy(uses, ({ code }) => code)
  const legend = codes.flatMap(([code, count]) => {
    const rule = Object.entries(RULES).find(([name]) => name === code)?.[1]
    return rule
      ? [
          `${code} (${count}${rule.isMigratable ? ', migrate' : ''})\n  ${oneLine(rule.message)}\n  ${oneLine(rule.fix)}`,
        ]
      : []
  })
  return `${[...sections, ...legend, summary(report)].join('\n\n')}\n`
}

function rows({ line, column, severity, code, excerpt, lint }: ReportedUse): string[][] {
  return [
    [`  ${line}:${column}`, severity, code, shorten(excerpt)],
    ...lint.map(lintMessage => [
      `  ${lintMessage.line}:${lintMessage.column}`,
      lintMessage.severity,
      `· ${lintMessage.code}`,
      oneLine(lintMessage.message),
    ]),
  ]
}

function columns(lines: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map(index => Math.max(...lines.map(cells => cells[index]?.length ?? 0)))
  return lines
    .map(cells =>
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A source may hold anything; what would steer the terminal is left out. */
const shorten = (line: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be left out
  const text = line.trim().replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  return text.length > WIDEST_LINE ? `${text.slice(0, WIDEST_LINE - 1)}…` : text
}

const oneLine = (text: string): string => text.replaceAll('\n', '\\n')
