import { RULES } from '../rules.ts'
import { excerptOf, printable } from './quote.ts'
import {
  type AuditReport,
  countBy,
  countCalls,
  directoryOf,
  groupRecords,
  type ReportedUse,
  SEVERITIES,
  summary,
} from './report.ts'

/** Writes the report as Markdown, for a wiki page or an issue. */
export function toMarkdown(report: AuditReport): string {
  const { uses, problems, target } = report
  const { single, groups } = groupRecords(uses)
  const parts = [
    '# Uses of Text Completions',
    cell(summary(report)),
    ...(target ? [`Target: \`${target}\`.`] : []),
    ...(uses.length > 0
      ? [
          codeTable(uses),
          table(
            ['Where', 'Uses'],
            countBy(uses, ({ file }) => directoryOf(file)).map(([name, count]) => [
              cell(name),
              String(count),
            ]),
          ),
          '## All findings',
          table(
            ['Location', 'Severity', 'Code', 'Line'],
            [
              ...single.map(use => [
                cell(`${use.file}:${use.line}:${use.column}`),
                use.severity,
                use.code,
                asCode(excerptOf(use)),
              ]),
              ...groups.map(({ folder, code, uses: alike }) => [
                cell(`${folder}/`),
                alike[0]?.severity ?? 'info',
                code,
                `${alike.length} in data files`,
              ]),
            ],
          ),
        ]
      : []),
    ...lint(report),
    ...(problems.length > 0
      ? ['## Problems', problems.map(({ file, message }) => `- ${cell(file)}: ${cell(message)}`).join('\n')]
      : []),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Keeps the summary within 60 lines, whatever the size of the report. */
const MOST_ROWS = 10

/** Writes the report as at most 60 lines of Markdown, for the description of a pull request. */
export function toSummary(report: AuditReport): string {
  const { uses } = report
  const calls = report.calls ?? countCalls(uses)
  const reasons = countBy(
    uses.filter(({ plan }) => plan?.state === 'left' || plan?.state === 'stage-1'),
    ({ plan }) => `${plan?.code ?? ''}: ${plan?.reason ?? ''}`,
  )
  const directories = countBy(
    uses.filter(({ plan }) => plan !== undefined),
    ({ file }) => directoryOf(file),
  )
  const parts = [
    '## Text Completions',
    cell(summary(report)),
    ...(uses.some(({ plan }) => plan !== undefined)
      ? [
          table(
            ['Calls', 'Number'],
            [
              ['rewritten by `migrate --stage 2`', String(calls.rewritten)],
              ['kept running by stage 1', String(calls['stage-1'])],
              ['left to a person', String(calls.left)],
              ['on legacy-completions already', String(calls['on-shim'])],
            ],
          ),
        ]
      : []),
    ...(reasons.length > 0 ? [shortTable(['Reason', 'Calls'], reasons)] : []),
    ...(directories.length > 0 ? [shortTable(['Directory', 'Calls'], directories)] : []),
    ...(uses.length > 0
      ? [
          shortTable(
            ['Code', 'Uses'],
            countBy(uses, ({ code }) => code),
          ),
        ]
      : []),
  ]
  return `${parts.join('\n\n')}\n`
}

function shortTable(head: readonly string[], counts: readonly (readonly [string, number])[]): string {
  const rest = counts.slice(MOST_ROWS)
  const rows = counts.slice(0, MOST_ROWS).map(([name, count]) => [cell(clip(name)), String(count)])
  const others = rest.reduce((sum, [, count]) => sum + count, 0)
  return table(head, rest.length > 0 ? [...rows, [`${rest.length} more`, String(others)]] : rows)
}

const clip = (text: string): string => (text.length > 160 ? `${text.slice(0, 159)}…` : text)

function codeTable(uses: readonly ReportedUse[]): string {
  const severityOf = (code: string): number =>
    SEVERITIES.findIndex(severity => uses.some(use => use.code === code && use.severity === severity))
  const codes = countBy(uses, ({ code }) => code)
    .map(([code, count]) => ({ code, count, severity: severityOf(code) }))
    .sort((a, b) => a.severity - b.severity || b.count - a.count)
  return table(
    ['What', 'Uses', 'Fix'],
    codes.map(({ code, count }) => [
      cell(rule(code)?.title ?? code),
      String(count),
      cell(rule(code)?.fix ?? ''),
    ]),
  )
}

function lint({ uses }: AuditReport): string[] {
  const rows = uses.flatMap(({ file, lint }) =>
    lint.map(({ line, column, code, message, fix }) => [
      cell(`${file}:${line}:${column}`),
      code,
      cell(`${message} ${fix}`),
    ]),
  )
  return rows.length > 0 ? ['## On prompts and calls', table(['Place', 'Code', 'What'], rows)] : []
}

const rule = (code: string): { title: string; fix: string } | undefined =>
  Object.entries(RULES).find(([name]) => name === code)?.[1]

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Escapes a text for a table cell: every character that would end the cell or start other markup. */
function cell(text: string): string {
  return printable(text).replace(/[\\|`*_<>[\]]/g, '\\$&')
}

function asCode(text: string): string {
  const line = printable(text.trim().replaceAll('\t', ' ')).slice(0, 160).replaceAll('|', '\\|')
  if (line === '') return ''
  const fence = '`'.repeat(Math.max(0, ...(line.match(/`+/g) ?? []).map(run => run.length)) + 1)
  const pad = /^`|`$/.test(line) ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}
