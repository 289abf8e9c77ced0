import { RULES } from '../rules.ts'
import { SCRIPT, STYLE } from './html-page.ts'
import { promptPair } from './html-prompt.ts'
import { escapeHtml, excerptOf, printable, printableLine } from './quote.ts'
import {
  type AuditReport,
  type CallPlan,
  type CallState,
  countBy,
  countCalls,
  directoryOf,
  groupRecords,
  MADE_BY,
  plural,
  type ReportedUse,
  SEVERITIES,
  summary,
  type UseGroup,
} from './report.ts'

const MOST_ROWS = 15
const LONGEST_EXCERPT = 240
const STATES: Readonly<Record<CallState, string>> = {
  rewritten: 'migrate rewrites it',
  'stage-1': 'stage 1 keeps it running',
  left: 'left to a person',
  'on-shim': 'runs on legacy-completions',
}

/**
 * Writes the report as one self-contained HTML page. It loads nothing from the network, and it can be read without
 * JavaScript.
 */
export function toHtml(report: AuditReport): string {
  const { uses } = report
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${MADE_BY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>Uses of Text Completions</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Uses of Text Completions</h1>
<p>${text(summary(report))}</p>
<p class="soft">No live model answers the Text Completions API (<code>/v1/complete</code>). Each call listed here fails, or will fail, until it runs on legacy-completions or is rewritten for the Messages API.${report.target ? ` Target model: <code>${text(report.target)}</code>.` : ''}</p>
${cards(report)}
${uses.length > 0 ? `${states(report)}${firstSteps(report)}${effort(uses)}${reasons(uses)}${meanings(uses)}${table(uses)}` : ''}
${problems(report)}
</main>
<script>${uses.length > 0 ? SCRIPT : ''}</script>
</body>
</html>
`
}

const text = (value: string): string => escapeHtml(printable(value))

/** Escapes a sentence and renders its `commands` as code. */
const words = (value: string): string => text(value).replace(/(?<!\w)`([^`]+)`/g, '<code>$1</code>')

/** Escapes code, and lets it break after its punctuation. */
const code = (value: string): string =>
  value
    .split(/(?<=[(,.=[])/)
    .map(escapeHtml)
    .join('<wbr>')

/** Escapes a path or a name, and lets it break only after separators, never within a word. */
const name = (value: string): string => text(value).replace(/[/_-]/g, '$&<wbr>')

function cards(report: AuditReport): string {
  const { uses, files, progress } = report
  const calls = report.calls ?? countCalls(uses)
  const inFiles = new Set(uses.map(({ file }) => file)).size
  const numbers: [string, string][] = [
    [calls.total.toLocaleString('en'), calls.total === 1 ? 'call' : 'calls'],
    [inFiles.toLocaleString('en'), `of ${plural(files, 'file')}`],
    ...(report.programs === undefined
      ? []
      : [
          [String(report.programs), report.programs === 1 ? 'program' : 'programs'] satisfies [
            string,
            string,
          ],
        ]),
    [String(uses.filter(({ severity }) => severity === 'error').length), 'errors'],
    [uses.length.toLocaleString('en'), 'uses in all'],
    ...(progress === undefined
      ? []
      : [[`${progress.done}/${progress.calls}`, 'calls of the baseline done'] satisfies [string, string]]),
  ]
  return `<ul class="cards">${numbers.map(([count, label]) => `<li><b>${count}</b>${text(label)}</li>`).join('')}</ul>`
}

/** Renders the calls by state, as a bar with numbers. */
function states(report: AuditReport): string {
  const calls = report.calls ?? countCalls(report.uses)
  if (!report.uses.some(({ plan }) => plan !== undefined)) return ''
  const order: CallState[] = ['rewritten', 'stage-1', 'left', 'on-shim']
  const present = order.filter(state => calls[state] > 0)
  const parts = present.map(
    state =>
      `<span class="state ${state}" style="flex-grow:${calls[state]}" title="${STATES[state]}"></span>`,
  )
  const legend = present.map(
    state => `<li><span class="key ${state}"></span><b>${calls[state]}</b> ${STATES[state]}</li>`,
  )
  return `<h2>State of the calls</h2><div class="states" aria-hidden="true">${parts.join('')}</div><ul class="legend">${legend.join('')}</ul>`
}

/** Renders the first steps, in order: the SDK, what a tool can do, what needs a person. */
function firstSteps(report: AuditReport): string {
  const { uses } = report
  const calls = report.calls ?? countCalls(uses)
  const of = (code: string): ReportedUse[] => uses.filter(use => use.code === code)
  const sdks = [...of('legacy-sdk'), ...of('old-sdk')]
  const addresses = of('legacy-endpoint').filter(({ severity }) => severity !== 'info').length
  const invokes = of('legacy-invoke').length
  const frameworks = of('legacy-framework').length
  const steps = [
    ...sdks
      .slice(0, 3)
      .map(
        ({ file, line, excerpt, code }) =>
          `${code === 'legacy-sdk' ? 'Upgrade the SDK, which has no Messages API' : 'Plan the upgrade of the SDK, which loses Text Completions in 1.0'}: <code>${name(`${file}:${line}`)}</code> has <code>${text(printableLine(excerpt, 80).replace(/,$/, ''))}</code>.`,
      ),
    ...(calls.rewritten > 0
      ? [
          `Run <code>npx legacy-completions migrate --stage 2 --write .</code>: it rewrites ${plural(calls.rewritten, 'call')}.`,
        ]
      : []),
    ...(calls['stage-1'] > 0
      ? [
          `Run <code>npx legacy-completions migrate --write .</code>: it keeps ${plural(calls['stage-1'], 'more call')} running on legacy-completions.`,
        ]
      : []),
    ...(addresses + invokes + frameworks > 0
      ? [
          `Start <code>npx legacy-completions serve</code> for what calls the API without an SDK: ${[
            ...(addresses > 0 ? [plural(addresses, 'address', 'addresses')] : []),
            ...(invokes > 0 ? [plural(invokes, 'Bedrock call')] : []),
            ...(frameworks > 0 ? [`${plural(frameworks, 'use')} of framework classes`] : []),
          ].join(', ')}.`,
        ]
      : []),
    ...(calls.left > 0
      ? [`Rewrite ${plural(calls.left, 'call')} by hand. The reasons are below, the most frequent first.`]
      : []),
    'Compare the responses before and after with <code>npx legacy-completions verify</code>.',
  ]
  return `<h2>What to do first</h2><ol class="steps">${steps.map(step => `<li>${step}</li>`).join('')}</ol>`
}

function effort(uses: readonly ReportedUse[]): string {
  const directories = countBy(uses, ({ file }) => directoryOf(file))
  const byDirectory = new Map<string, ReportedUse[]>()
  for (const use of uses) {
    const list = byDirectory.get(directoryOf(use.file))
    if (list === undefined) byDirectory.set(directoryOf(use.file), [use])
    else list.push(use)
  }
  const rows = directories
    .map(([directory, count]) => ({ directory, count, calls: countCalls(byDirectory.get(directory) ?? []) }))
    .sort((a, b) => b.calls.total - a.calls.total || b.count - a.count)
  const line = (label: string, calls: ReturnType<typeof countCalls>, count: number): string => {
    const numbers = [calls.total, calls.rewritten, calls['stage-1'], calls.left, calls['on-shim'], count]
    return `<tr><th scope="row">${label}</th>${numbers.map(one => `<td${one === 0 ? ' class="zero"' : ''}>${one}</td>`).join('')}</tr>`
  }
  const rest = rows.slice(MOST_ROWS)
  const others = countCalls(rest.flatMap(({ directory }) => byDirectory.get(directory) ?? []))
  const total = rest.reduce((sum, { count }) => sum + count, 0)
  return `<h2 id="effort">Effort by directory</h2>
<table class="numbers" aria-labelledby="effort"><thead><tr><th>Directory</th><th>Calls</th><th>Rewritten</th><th>Stage 1</th><th>Left</th><th>On shim</th><th>Uses</th></tr></thead><tbody>
${rows
  .slice(0, MOST_ROWS)
  .map(({ directory, count, calls }) => line(name(directory), calls, count))
  .join('\n')}
${rest.length > 0 ? line(plural(rest.length, 'more directory', 'more directories'), others, total) : ''}
</tbody></table>`
}

function reasons(uses: readonly ReportedUse[]): string {
  const open = uses.filter(({ plan }) => plan?.state === 'left' || plan?.state === 'stage-1')
  const codes = countBy(open, ({ plan }) => plan?.code ?? '')
  if (codes.length === 0) return ''
  const rows = codes.slice(0, MOST_ROWS).map(([code, count]) => {
    const reason = open.find(({ plan }) => plan?.code === code)?.plan?.reason ?? ''
    return `<tr><th scope="row"><code class="code">${text(code)}</code></th><td>${count}</td><td class="words">${words(reason)}</td></tr>`
  })
  return `<h2 id="reasons">Why calls are left</h2><table class="numbers" aria-labelledby="reasons"><thead><tr><th>Code</th><th>Calls</th><th class="words">For example</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

/** Explains each code once, so that the rows need not repeat it. */
function meanings(uses: readonly ReportedUse[]): string {
  const rows = countBy(uses, one => one.code).map(([name, count]) => {
    const own = uses.filter(one => one.code === name)
    const [{ message, severity } = RULES['legacy-call']] = own.map(one => RULES[one.code])
    const fixes = [...new Set(own.map(({ fix }) => fix))]
    return `<tr><th scope="row"><code class="code">${name}</code></th><td>${count}</td><td class="words"><span class="label ${severity}">${severity}</span> ${words(message)} <span class="soft">${fixes.map(words).join('<br>')}</span></td></tr>`
  })
  return `<h2 id="meanings">What the codes mean</h2><table class="numbers" aria-labelledby="meanings"><thead><tr><th>Code</th><th>Uses</th><th class="words">Meaning and remedy</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

/** A row of the table: a call with its parts, a single use outside calls, or a group of similar uses in data. */
interface Row {
  use: ReportedUse
  parts: readonly ReportedUse[]
}

/** Returns the rows: calls first, then the others, errors first. Each part of a call is in the row of that call. */
function rowsOf(uses: readonly ReportedUse[]): Row[] {
  const rows: Row[] = []
  const rest: ReportedUse[] = []
  let call: { row: { use: ReportedUse; parts: ReportedUse[] }; end: number } | undefined
  const byStart = [...uses].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : (a.call?.start ?? a.start) - (b.call?.start ?? b.start),
  )
  for (const use of byStart) {
    if (use.plan !== undefined && use.call !== undefined) {
      call = { row: { use, parts: [] }, end: use.call.end }
      rows.push(call.row)
    } else if (call !== undefined && call.row.use.file === use.file && use.end <= call.end)
      call.row.parts.push(use)
    else if (use.plan !== undefined) rows.push({ use, parts: [] })
    else rest.push(use)
  }
  const rank = ({ use }: Row): number => SEVERITIES.indexOf(use.severity)
  const bySeverity = (a: Row, b: Row): number => rank(a) - rank(b)
  return [...rows.sort(bySeverity), ...rest.map((use): Row => ({ use, parts: [] })).sort(bySeverity)]
}

function table(uses: readonly ReportedUse[]): string {
  const options = (names: readonly string[]): string =>
    ['<option value="">all</option>', ...names.map(one => `<option>${text(one)}</option>`)].join('')
  const kinds = countBy(uses, ({ kind }) => kind).map(([kind]) => kind)
  const { single, groups } = groupRecords(uses)
  return `<h2 id="each">All findings</h2>
<form class="filters" hidden>
<label>Search <input type="search" name="text" placeholder="file, code or text"></label>
<label>Kind <select name="kind">${options(kinds)}</select></label>
<label>Severity <select name="severity">${options(SEVERITIES)}</select></label>
<label class="tick"><input type="checkbox" name="migrate"> only what migrate rewrites</label>
<output id="count" aria-live="polite"></output>
</form>
<table class="uses" role="table" aria-labelledby="each">
<thead role="rowgroup"><tr role="row"><th role="columnheader" class="place">Location</th><th role="columnheader">Finding</th><th role="columnheader" class="severity">Severity</th><th role="columnheader" class="migrate">State</th></tr></thead>
<tbody role="rowgroup">
${[...rowsOf(single).map(row), ...groups.map(groupRow)].join('\n')}
</tbody>
</table>`
}

function row({ use, parts }: Row): string {
  const { file, line, column, severity, isMigratable } = use
  // Contains the values of all parts, so that a filter finds the row by any of them.
  const listOf = (value: (one: ReportedUse) => string): string =>
    [...new Set([use, ...parts].map(value))].join(' ')
  const folded = parts.map(
    part => `<div class="part"><code class="place">${part.line}:${part.column}</code> ${body(part)}</div>`,
  )
  const locations = parts.map(part => `${part.file}:${part.line}:${part.column}`).join(' ')
  return `<tr role="row" data-kind="${listOf(({ kind }) => kind)}" data-severity="${listOf(one => one.severity)}" data-migrate="${isMigratable ? 'yes' : 'no'}">
<td role="cell" class="place"><code>${name(`${file}:${line}:${column}`)}</code></td>
<td role="cell">${body(use)}${
    parts.length > 0
      ? `<details class="parts" data-places="${text(locations)}"><summary>${plural(parts.length, 'part')} of this call</summary>${folded.join('')}</details>`
      : ''
  }</td>
<td role="cell" class="severity"><span class="label ${severity}">${severity}</span></td>
<td role="cell" class="migrate">${use.plan ? planCell(use.plan, use.fix) : isMigratable ? 'migrate rewrites it' : 'by hand'}</td>
</tr>`
}

function body(use: ReportedUse): string {
  const { message, lint, prompt } = use
  const messages = lint.map(
    ({ code, line, message, fix }) =>
      `<li><b>${text(code)}</b> (line ${line}): ${words(`${message} ${fix}`)}</li>`,
  )
  const own = message === RULES[use.code].message ? '' : `<div class="soft">${words(message)}</div>`
  return `<b>${use.code}</b><pre>${code(printableLine(excerptOf(use), LONGEST_EXCERPT))}</pre>${own}${
    messages.length > 0 ? `<ul class="lint">${messages.join('')}</ul>` : ''
  }${prompt ? promptPair(prompt) : ''}`
}

function planCell({ state, code, reason }: CallPlan, fix: string): string {
  // A reason equal to the fix of the use is in the row already.
  const why = reason === undefined || reason === fix ? '' : `<div class="soft">${words(reason)}</div>`
  return `<span class="key ${state}"></span>${STATES[state]}${code === undefined ? '' : `<br><code class="code">${text(code)}</code>`}${why}`
}

function groupRow({ folder, code, uses }: UseGroup): string {
  const [first] = uses
  const files = new Set(uses.map(({ file }) => file)).size
  const severity = first?.severity ?? 'info'
  return `<tr role="row" data-kind="${first?.kind ?? ''}" data-severity="${severity}" data-migrate="no">
<td role="cell" class="place"><code>${name(`${folder}/`)}</code></td>
<td role="cell"><b>${code}</b> ${uses.length} times in ${plural(files, 'data file')}, the first in <code>${name(`${first?.file}:${first?.line}:${first?.column}`)}</code></td>
<td role="cell" class="severity"><span class="label ${severity}">${severity}</span></td>
<td role="cell" class="migrate">by hand</td>
</tr>`
}

function problems({ problems }: AuditReport): string {
  if (problems.length === 0) return ''
  const items = problems.map(({ file, message }) => `<li><code>${name(file)}</code>: ${text(message)}</li>`)
  return `<h2>Problems</h2><ul>${items.join('')}</ul>`
}
