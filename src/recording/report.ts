/** The report of `verify` as a table, JSON, Markdown or HTML. */

import type { RecordedCall } from './format.ts'
import type { CallComparison, Verdict } from './match.ts'
import { labelOf, REASONS, type RequestChange } from './requests.ts'

export const FORMATS = ['table', 'json', 'markdown', 'html'] as const
export type Format = (typeof FORMATS)[number]

const VERDICTS: readonly Verdict[] = ['identical', 'equivalent', 'changed', 'missing', 'new']

/** Returns whether every call is identical or equivalent. */
export const isSame = (calls: readonly CallComparison[]): boolean =>
  calls.every(({ verdict }) => verdict === 'identical' || verdict === 'equivalent')

/** Formats the comparison of two runs. */
export function report(calls: readonly CallComparison[], format: Format): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ same: isSame(calls), counts: counts(calls), calls: calls.map(asJson) }, null, 2)}\n`
    case 'markdown':
      return markdown(calls)
    case 'html':
      return html(calls)
    default:
      return table(calls)
  }
}

function counts(calls: readonly CallComparison[]): Record<Verdict, number> {
  const result = { identical: 0, equivalent: 0, changed: 0, missing: 0, new: 0 }
  for (const { verdict } of calls) result[verdict]++
  return result
}

/** Returns a summary such as `5 calls: 4 identical, 1 changed.` */
function summary(calls: readonly CallComparison[]): string {
  const by = counts(calls)
  const listed = VERDICTS.filter(verdict => by[verdict] > 0).map(verdict => `${by[verdict]} ${verdict}`)
  const total = `${calls.length} ${calls.length === 1 ? 'call' : 'calls'}`
  if (calls.length === 0) return 'No calls were recorded before or after.'
  const sentence = isSame(calls)
    ? 'The program makes the same calls.'
    : 'The program does not make the same calls.'
  const legacy = calls.filter(call => 'after' in call && call.after.legacy !== undefined).length
  const left = legacy === 0 ? '' : ` ${legacy} of them still ${legacy === 1 ? 'uses' : 'use'} /v1/complete.`
  return `${total}: ${listed.join(', ')}. ${sentence}${left}`
}

const callOf = (call: CallComparison): RecordedCall => ('before' in call ? call.before : call.after)

function label(call: CallComparison): string {
  const { messages, legacy } = callOf(call)
  const text = (typeof legacy?.prompt === 'string' ? lastTurn(legacy.prompt) : labelOf(messages ?? {}))
    .replace(/\s+/g, ' ')
    .trim()
  const characters = [...text.slice(0, 120)]
  return text.length > 56 ? `${characters.slice(0, 55).join('')}…` : text
}

/** Returns the text of the last Human turn of a prompt, which labels the call. */
function lastTurn(prompt: string): string {
  const turns = prompt.split('\n\nHuman:')
  return (turns.at(-1) ?? '').split('\n\nAssistant:')[0] ?? ''
}

const place = (call: CallComparison): string => ('before' in call ? `${call.before.order}` : '–')

/** Returns lines that describe the differences of a call. */
function details(call: CallComparison): string[] {
  switch (call.verdict) {
    case 'missing':
      return ['The program no longer makes this call.']
    case 'new':
      return ['The program did not make this call before.']
    default:
      return [...call.reasons.map(reason => `${reason}: ${REASONS[reason]}`), ...call.changes.map(change)]
  }
}

function change({ field, kind, before, after }: RequestChange): string {
  if (kind === 'lost') return `${field}: lost ${before}`
  if (kind === 'added') return `${field}: added ${after}`
  return `${field}: ${before} → ${after}`
}

function table(calls: readonly CallComparison[]): string {
  const width = Math.max(1, ...calls.map(call => place(call).length))
  const rows = calls.map(call => {
    const head = `${place(call).padStart(width)}  ${call.verdict.padEnd(10)}  ${label(call)}`
    return [head.trimEnd(), ...details(call).map(line => `${' '.repeat(width + 4)}${line}`)].join('\n')
  })
  return `${[...rows, summary(calls)].join('\n')}\n`
}

function asJson(call: CallComparison): object {
  const { verdict } = call
  if (verdict === 'missing') return { verdict, before: call.before.order, label: label(call) }
  if (verdict === 'new') return { verdict, after: call.after.order, label: label(call) }
  const { before, after, reasons, changes } = call
  return { verdict, before: before.order, after: after.order, label: label(call), reasons, changes }
}

const inTable = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function markdown(calls: readonly CallComparison[]): string {
  const rows = calls.map(call => {
    const lines = details(call)
      .map(line => inTable(line))
      .join('<br>')
    return `| ${place(call)} | ${call.verdict} | ${inTable(label(call))} | ${lines} |`
  })
  return [
    '# Calls before and after',
    '',
    summary(calls),
    '',
    '| call | verdict | last user text | details |',
    '| ---: | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

/** Escapes a text for HTML. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** CSS for the HTML reports. */
export const STYLE = `:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td ul{margin:0;padding-left:1.1rem}code{overflow-wrap:anywhere}
.identical,.equivalent,.same{color:#18794e}.changed,.missing,.new,.differs{color:#c62a2f}
@media (prefers-color-scheme:dark){.identical,.equivalent,.same{color:#4cc38a}.changed,.missing,.new,.differs{color:#ff8a8f}}`

function html(calls: readonly CallComparison[]): string {
  const rows = calls.map(call => {
    const lines = details(call).map(line => `<li><code>${escapeHtml(line)}</code></li>`)
    const list = lines.length === 0 ? '' : `<ul>${lines.join('')}</ul>`
    return `<tr><td>${place(call)}</td><td class="${call.verdict}">${call.verdict}</td><td>${escapeHtml(label(call))}</td><td>${list}</td></tr>`
  })
  const verdict = isSame(calls) ? 'same' : 'differs'
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Calls before and after</title>
<style>${STYLE}</style>
<h1>Calls before and after</h1>
<p class="${verdict}"><strong>${escapeHtml(summary(calls))}</strong></p>
<table>
<thead><tr><th scope="col">Call<th scope="col">Verdict<th scope="col">Last user text<th scope="col">Details</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</html>
`
}
