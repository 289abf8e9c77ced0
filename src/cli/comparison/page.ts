/** The report of a comparison as terminal text, Markdown, JSON or HTML. */
import { escapeHtml, STYLE } from '../../recording/report.ts'
import { PRICES_OF } from './prices.ts'
import type { Interval } from './statistics.ts'
import {
  type DifferenceLine,
  type Group,
  percent,
  type SideSummary,
  type Summary,
  sizeOf,
} from './summary.ts'

export const REPORT_FORMATS = ['table', 'json', 'markdown', 'html'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

interface ReportOptions {
  format: ReportFormat
  /** Whether to show the texts of the largest differences, if the file contains texts. */
  showText: boolean
}

/** Returns the report in a format. */
export function writeReport(summary: Summary, { format, showText }: ReportOptions): string {
  if (format === 'json') return `${JSON.stringify(withoutTexts(summary, showText), null, 2)}\n`
  const sections = sectionsOf(summary, showText)
  if (format === 'html') return html(summary, sections)
  return format === 'markdown' ? markdown(summary, sections) : table(summary, sections)
}

interface Section {
  title: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

const shareText = ({ value, low, high }: Interval): string =>
  `${percent(value)} (${percent(Math.max(0, low))} to ${percent(high)})`

function sectionsOf(summary: Summary, showText: boolean): Section[] {
  const { comparison, baseline, excess, aspects, left, right } = summary
  const sections: Section[] = [
    {
      title: 'Agreement',
      head: ['', 'calls', 'differing', 'share (95 % interval)'],
      rows: [
        ['left and right', `${comparison.calls}`, `${comparison.differing}`, shareText(comparison.share)],
        [
          'baseline',
          `${baseline.calls}`,
          `${baseline.differing}`,
          baseline.calls === 0 ? '–' : shareText(baseline.share),
        ],
        ['beyond the baseline', '', '', baseline.calls === 0 ? '–' : shareText(excess)],
      ],
    },
    {
      title: 'What differs',
      head: ['aspect', 'calls'],
      rows: Object.entries(aspects).map(([aspect, calls]) => [aspect, `${calls}`]),
    },
    { title: 'Both sides', head: ['', 'left', 'right'], rows: sideRows(left, right) },
  ]
  if (summary.sites.length > 0) sections.push(groupSection('Call sites', summary.sites))
  if (summary.models.length > 0) sections.push(groupSection('Models', summary.models))
  if (summary.largest.length > 0)
    sections.push({
      title: 'Largest differences',
      head: ['line', 'site', 'differs', 'size', ...(showText ? ['left', 'right'] : [])],
      rows: summary.largest.map(line => largestRow(line, showText)),
    })
  return sections
}

function groupSection(title: string, groups: readonly Group[]): Section {
  return {
    title,
    head: ['', 'calls', 'differing'],
    rows: groups.slice(0, 20).map(({ name, calls, differing }) => [name, `${calls}`, `${differing}`]),
  }
}

const whole = (value: number | null, unit = ''): string =>
  value === null ? '–' : `${Math.round(value)}${unit}`
const spread = ({ median, p95 }: { median: number | null; p95: number | null }, unit = ''): string =>
  `${whole(median, unit)} / ${whole(p95, unit)}`

function sideRows(left: SideSummary, right: SideSummary): string[][] {
  const row = (name: string, show: (side: SideSummary) => string): string[] => [name, show(left), show(right)]
  const reasons = new Set([...Object.keys(left.stopReasons), ...Object.keys(right.stopReasons)])
  return [
    ...[...reasons].map(reason => row(`stop reason ${reason}`, side => `${side.stopReasons[reason] ?? 0}`)),
    row('failures', side => `${side.failures}`),
    row('refusals', side => `${side.refusals}`),
    row('empty replies', side => `${side.empty}`),
    row('echoed prefills', side => `${side.echoedPrefills}`),
    row('length, median / p95', side => spread(side.length)),
    row('duration, median / p95', side => spread(side.milliseconds, ' ms')),
    row('first text, median / p95', side => spread(side.firstText, ' ms')),
    row('input tokens', side => whole(side.tokens?.input ?? null)),
    row('output tokens', side => whole(side.tokens?.output ?? null)),
    row(`price (table of ${PRICES_OF})`, side => (side.price === null ? '–' : `$${side.price.toFixed(4)}`)),
  ]
}

function largestRow(line: DifferenceLine, showText: boolean): string[] {
  const size = sizeOf(line)
  const texts = [line.complete, line.messages].map(
    ({ completion, error }) => completion?.text ?? error?.name ?? '',
  )
  return [
    line.line === undefined ? '–' : `${line.line}`,
    line.site ?? '–',
    line.differs.join(', '),
    size === Number.MAX_SAFE_INTEGER ? 'failure' : `${size} characters`,
    ...(showText ? texts.map(excerpt) : []),
  ]
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 160 ? `${[...line.slice(0, 320)].slice(0, 159).join('')}…` : line
}

/** Returns the summary for JSON output: never with requests, and with texts only if `showText` is set. */
function withoutTexts(summary: Summary, showText: boolean): object {
  const largest = summary.largest.map(line => ({
    line: line.line,
    site: line.site,
    differs: line.differs,
    partsAt: line.partsAt,
    length: line.length,
    ...(showText && { left: line.complete.completion?.text, right: line.messages.completion?.text }),
  }))
  return { ...summary, largest }
}

function table({ sentence }: Summary, sections: readonly Section[]): string {
  const texts = sections.map(({ title, head, rows }) => {
    const all = [head, ...rows]
    const widths = head.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)))
    const lines = all.map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    return `${title}\n${lines.map(line => `  ${line}`.trimEnd()).join('\n')}`
  })
  return `${sentence}\n\n${texts.join('\n\n')}\n`
}

const inTable = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function markdown({ sentence }: Summary, sections: readonly Section[]): string {
  const parts = sections.map(({ title, head, rows }) => {
    const row = (cells: readonly string[]): string => `| ${cells.map(inTable).join(' | ')} |`
    return [`## ${title}`, '', row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
  })
  return `# Comparison of replies\n\n**${sentence}**\n\n${parts.join('\n\n')}\n`
}

function html(summary: Summary, sections: readonly Section[]): string {
  const { decision, sentence } = summary
  const isGood = decision === 'same' || decision === 'small-difference'
  const parts = sections.map(({ title, head, rows }) => {
    const cells = (tag: string, row: readonly string[]): string =>
      row.map(cell => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')
    const body = rows.map(row => `<tr>${cells('td', row)}</tr>`).join('\n')
    return `<h2>${escapeHtml(title)}</h2>\n<table>\n<thead><tr>${cells('th', head)}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Comparison of replies</title>
<style>${STYLE}
figure{margin:1.5rem 0}svg{max-width:100%;height:auto}svg text{fill:currentColor;font:13px system-ui,sans-serif}</style>
<h1>Comparison of replies</h1>
<p class="${isGood ? 'same' : 'differs'}"><strong>${escapeHtml(sentence)}</strong></p>
${intervalChart(summary)}
${stopReasonChart(summary)}
${parts.join('\n')}
</html>
`
}

const WIDTH = 640
const LABELS = 170

/** Draws the shares of differing calls with their intervals, and the margin. */
function intervalChart({ comparison, baseline, excess, margin }: Summary): string {
  const rows: [label: string, interval: Interval][] = [
    ['left and right', comparison.share],
    ['baseline', baseline.share],
    ['beyond the baseline', excess],
  ]
  const shown = rows.filter(([label]) => baseline.calls > 0 || label === 'left and right')
  const most = Math.max(margin * 2, ...shown.map(([, { high }]) => high))
  const x = (share: number): number => LABELS + (Math.max(0, share) / most) * (WIDTH - LABELS - 60)
  const bars = shown.map(([label, { value, low, high }], index) => {
    const y = 24 + index * 28
    return `<text x="0" y="${y + 5}">${label}</text><line x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}" stroke="currentColor" stroke-width="2"/><circle cx="${x(value)}" cy="${y}" r="5" fill="currentColor"/><text x="${x(high) + 8}" y="${y + 5}">${percent(Math.max(0, value))}</text>`
  })
  const height = 24 + shown.length * 28
  return `<figure><svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Share of differing calls">${bars.join('')}<line x1="${x(margin)}" x2="${x(margin)}" y1="4" y2="${height - 8}" stroke="#c62a2f" stroke-dasharray="4 3"/></svg><figcaption>Share of differing calls with intervals of 95 %. The dashed line is the margin of ${percent(margin)}.</figcaption></figure>`
}

/** Draws the stop reasons of both sides as bars. */
function stopReasonChart({ left, right, comparison }: Summary): string {
  const reasons = [...new Set([...Object.keys(left.stopReasons), ...Object.keys(right.stopReasons)])]
  if (reasons.length === 0) return ''
  const scale = (WIDTH - LABELS - 80) / Math.max(1, comparison.calls)
  const rows = reasons.map((reason, index) => {
    const y = 8 + index * 40
    const [a, b] = [left.stopReasons[reason] ?? 0, right.stopReasons[reason] ?? 0]
    const bar = (count: number, top: number, opacity: number): string =>
      `<rect x="${LABELS}" y="${top}" width="${count * scale}" height="13" fill="currentColor" opacity="${opacity}"/><text x="${LABELS + count * scale + 6}" y="${top + 11}">${count}</text>`
    return `<text x="0" y="${y + 19}">${escapeHtml(reason)}</text>${bar(a, y, 0.4)}${bar(b, y + 16, 0.8)}`
  })
  const height = 8 + reasons.length * 40
  return `<figure><svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Stop reasons">${rows.join('')}</svg><figcaption>Stop reasons: left above, right below.</figcaption></figure>`
}
