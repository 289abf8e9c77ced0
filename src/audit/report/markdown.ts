import { RULES } from '../rules.ts'
import { type AuditReport, countBy, directoryOf, summary } from './report.ts'

/** The report as Markdown: for a pull request, or a page of a wiki. */
export function toMarkdown(report: AuditReport): string {
  const { uses, problems, target } = report
  const codes = countBy(uses, ({ code }) => code)
  const parts = [
    '# Uses of Text Completions',
    summary(report),
    ...(target ? [`Target: \`${target}\`.`] : []),
    ...(uses.length > 0
      ? [
          table(
            ['What', 'Uses', 'Fix'],
            codes.map(([code, count]) => [titleOf(code), String(count), fixOf(code)]),
          ),
          table(
            ['Where', 'Uses'],
            countBy(uses, ({ file }) => directoryOf(file)).map(([name, count]) => [
              cell(name),
              String(count),
            ]),
          ),
          '## Each of them',
          table(
            ['Location', 'Severity', 'Code', 'Line'],
            uses.map(({ file, line, column, severity, code, excerpt }) => [
              cell(`${file}:${line}:${column}`),
              severity,
              code,
              asCode(excerpt),
            ]),
          ),
        ]
      : []),
    ...lint(report),
    ...(problems.length > 0
      ? [
          '## What could not be read',
          problems.map(({ file, message }) => `- ${cell(file)}: ${cell(message)}`).join('\n'),
        ]
      : []),
  ]
  return `${parts.join('\n\n')}\n`
}

function lint({ uses }: AuditReport): string[] {
  const rows = uses.flatMap(({ file, lint }) =>
    lint.map(({ line, column, code, message, fix }) => [
      cell(`${file}:${line}:${column}`),
      code,
      cell(`${message} ${fix}`),
    ]),
  )
  return rows.length > 0 ? ['## On prompts and calls', table(['Location', 'Code', 'What'], rows)] : []
}

const rule = (code: string): { title: string; fix: string } | undefined =>
  Object.entries(RULES).find(([name]) => name === code)?.[1]
const titleOf = (code: string): string => cell(rule(code)?.title ?? code)
const fixOf = (code: string): string => cell(rule(code)?.fix ?? '')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** What would end a cell, or begin something else in it. */
function cell(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ')
}

function asCode(text: string): string {
  const line = text.trim().slice(0, 160).replaceAll('|', '\\|')
  if (line === '') return ''
  const fence = '`'.repeat(Math.max(0, ...(line.match(/`+/g) ?? []).map(run => run.length)) + 1)
  const pad = /^`|`$/.test(line) ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}
