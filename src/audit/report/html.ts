import { repairPrompt } from '../../repair/index.ts'
import { parsePrompt, toMessages } from '../../transcript/index.ts'
import { render } from '../detect/prompt-text.ts'
import type { PromptText } from '../legacy-use.ts'
import { SCRIPT, STYLE } from './html-page.ts'
import { escapeHtml, redact } from './quote.ts'
import {
  type AuditReport,
  countBy,
  directoryOf,
  MADE_BY,
  type ReportedUse,
  SEVERITIES,
  summary,
} from './report.ts'

const MOST_BARS = 12

/** The report as one page that needs nothing else: no network, and no script to be read. */
export function toHtml(report: AuditReport): string {
  const { uses, target } = report
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
<p>${escapeHtml(summary(report))}</p>
<p class="soft">The Text Completions API (<code>/v1/complete</code>) serves no live model. What is listed here stops working, or has stopped, unless it runs on a shim or is rewritten for the Messages API.${target ? ` Target model: <code>${escapeHtml(target)}</code>.` : ''}</p>
${cards(report)}
${uses.length > 0 ? `${charts(uses)}${table(uses)}` : ''}
${problems(report)}
</main>
<script>${uses.length > 0 ? SCRIPT : ''}</script>
</body>
</html>
`
}

function cards({ uses, files }: AuditReport): string {
  const of = (isWanted: (use: ReportedUse) => boolean): number => uses.filter(isWanted).length
  const numbers: [number, string][] = [
    [uses.length, 'uses'],
    [new Set(uses.map(({ file }) => file)).size, `files, of ${files} read`],
    [of(({ severity }) => severity === 'error'), 'errors'],
    [of(({ kind }) => kind === 'prompt'), 'prompts'],
    [of(({ isMigratable }) => isMigratable), 'for migrate to take'],
  ]
  return `<ul class="cards">${numbers.map(([count, name]) => `<li><b>${count}</b>${escapeHtml(name)}</li>`).join('')}</ul>`
}

function charts(uses: readonly ReportedUse[]): string {
  const bySeverity = SEVERITIES.map((name): [string, number] => [
    name,
    uses.filter(use => use.severity === name).length,
  ])
  return `<h2>Where and what</h2><div class="charts">${chart(
    'By kind',
    countBy(uses, ({ kind }) => kind),
  )}${chart(
    'By directory',
    countBy(uses, ({ file }) => directoryOf(file)),
  )}${chart('By severity', bySeverity)}</div>`
}

function chart(title: string, counts: readonly (readonly [string, number])[]): string {
  const most = Math.max(...counts.map(([, count]) => count))
  const rest = counts.slice(MOST_BARS).reduce((sum, [, count]) => sum + count, 0)
  const shown = [...counts.slice(0, MOST_BARS), ...(rest > 0 ? [['all others', rest] as const] : [])]
  const rows = shown.map(([name, count]) => {
    const width = Math.min(100, Math.round((count / most) * 100))
    const bar = count === 0 ? '' : `<span class="bar ${escapeHtml(name)}" style="width:${width}%"></span>`
    return `<tr><th scope="row">${escapeHtml(name)}</th><td>${bar}</td><td>${count}</td></tr>`
  })
  return `<table class="bars"><caption>${title}</caption><tbody>${rows.join('')}</tbody></table>`
}

function table(uses: readonly ReportedUse[]): string {
  const options = (names: readonly string[]): string =>
    ['<option value="">all</option>', ...names.map(name => `<option>${escapeHtml(name)}</option>`)].join('')
  const kinds = countBy(uses, ({ kind }) => kind).map(([kind]) => kind)
  return `<h2 id="each">Each of them</h2>
<form class="filters" hidden>
<label>Search <input type="search" name="text" placeholder="file, code or text"></label>
<label>Kind <select name="kind">${options(kinds)}</select></label>
<label>Severity <select name="severity">${options(SEVERITIES)}</select></label>
<label class="tick"><input type="checkbox" name="migrate"> for migrate to take</label>
<output id="count" aria-live="polite"></output>
</form>
<table class="uses" role="table" aria-labelledby="each">
<thead role="rowgroup"><tr role="row"><th role="columnheader" class="place">Location</th><th role="columnheader">What</th><th role="columnheader" class="severity">Severity</th><th role="columnheader" class="migrate">migrate</th></tr></thead>
<tbody role="rowgroup">
${uses.map(row).join('\n')}
</tbody>
</table>`
}

function row(use: ReportedUse): string {
  const { file, line, column, kind, severity, code, message, fix, excerpt, isMigratable, prompt, lint } = use
  const said = lint.map(
    lintMessage =>
      `<li><b>${escapeHtml(lintMessage.code)}</b> (line ${lintMessage.line}): ${escapeHtml(`${lintMessage.message} ${lintMessage.fix}`)}</li>`,
  )
  return `<tr role="row" data-kind="${kind}" data-severity="${severity}" data-migrate="${isMigratable ? 'yes' : 'no'}">
<td role="cell" class="place"><code>${escapeHtml(`${file}:${line}:${column}`)}</code></td>
<td role="cell"><b>${code}</b><pre>${escapeHtml(excerpt.trim().slice(0, 240))}</pre><div class="soft">${escapeHtml(`${message} ${fix}`.replaceAll('\n', '\\n'))}</div>${
    said.length > 0 ? `<ul class="lint">${said.join('')}</ul>` : ''
  }${prompt ? promptPair(prompt) : ''}</td>
<td role="cell" class="severity"><span class="label ${severity}">${severity}</span></td>
<td role="cell" class="migrate">${isMigratable ? 'can take it' : 'by hand'}</td>
</tr>`
}

function problems({ problems }: AuditReport): string {
  if (problems.length === 0) return ''
  const items = problems.map(
    ({ file, message }) => `<li><code>${escapeHtml(file)}</code>: ${escapeHtml(message)}</li>`,
  )
  return `<h2>What could not be read</h2><ul>${items.join('')}</ul>`
}

/** A prompt beside the messages that it becomes, its turns coloured alike on both sides. */
export function promptPair(prompt: PromptText): string {
  const { text } = render(prompt)
  const transcript = parsePrompt(repairPrompt(text).prompt)
  const { system, messages } = toMessages(transcript)
  const before = [
    ...(transcript.system === undefined
      ? []
      : [turn('system', 'text before the first turn', transcript.system)]),
    ...transcript.turns.map(({ role, span }) =>
      turn(
        role,
        role === 'user' ? 'Human' : 'Assistant',
        transcript.source.slice(span.start, span.end).trimStart(),
      ),
    ),
  ]
  const after = [
    ...(system === undefined ? [] : [turn('system', 'system', system)]),
    ...messages.map(({ role, content }) => turn(role, role, content)),
  ]
  return `<details><summary>Prompt and messages</summary><div class="pair"><div><h3>Prompt</h3>${before.join('')}</div><div><h3>Messages</h3>${after.join('')}</div></div></details>`
}

function turn(role: string, label: string, text: string): string {
  const shown = escapeHtml(redact(text)).replace(/\{[^{}\n]{1,60}\}/g, '<mark>$&</mark>')
  return `<div class="turn ${role}"><span>${escapeHtml(label)}</span><pre>${shown}</pre></div>`
}
