/** The style sheet of the report: system fonts, light and dark colours, and rows that stack on narrow screens. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #fff; --panel: #f6f7f9; --line: #d9dde3; --text: #1a1f27; --soft: #525c69; --link: #0b57c2;
  --error: #b3261e; --warning: #8a5300; --info: #35608f;
  --user: #e6effc; --assistant: #e4f4e8; --system: #fdf1d3; --placeholder: #6b3fa0; --bar: #4b7fc4; --good: #2e7d4f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1d2229; --line: #363d48; --text: #e8ebef; --soft: #a9b3c0; --link: #8ab8ff;
    --error: #ff9d94; --warning: #f2bd6b; --info: #9cc4f2;
    --user: #1c2f4a; --assistant: #1b3725; --system: #40341a; --placeholder: #d0b3f5; --bar: #6fa0e0; --good: #5fb985;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem }
p { max-width: 60rem; margin: .5rem 0 }
a { color: var(--link) }
code, pre { font: .84em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: break-word }
pre { margin: 0; white-space: pre-wrap }
.soft { color: var(--soft) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none }
.cards li { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem }
.cards b { display: block; font-size: 1.8rem; line-height: 1.1; font-variant-numeric: tabular-nums }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1.5rem; align-items: start }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem }
.states { display: flex; gap: 2px; height: 1.4rem; border-radius: .35rem; overflow: hidden }
.state, .key { background: var(--bar) }
.rewritten { background: var(--good) } .stage-1 { background: var(--bar) } .left { background: var(--error) } .on-shim { background: var(--soft) }
.key { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem; margin-right: .35rem }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; list-style: none; padding: 0; margin: .5rem 0 }
.steps { max-width: 60rem; padding-left: 1.4rem } .steps li { margin: .3rem 0 }
.numbers { max-width: 60rem }
.numbers th, .numbers td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; font-weight: 400; vertical-align: top }
.numbers thead th { font-weight: 600 }
.numbers td.zero { color: var(--soft) }
.numbers th:first-child, .numbers .words { text-align: left }
.parts .part > code.place { margin-right: .5rem; color: var(--soft) }
.parts .part { border-left: 3px solid var(--line); padding-left: .75rem; margin: .6rem 0 }
.bars th { font-weight: 400; text-align: left; padding: .15rem .75rem .15rem 0; width: 45%; overflow-wrap: anywhere }
.bars td { padding: .15rem 0 }
.bars td:last-child { text-align: right; width: 3.5rem; font-variant-numeric: tabular-nums }
.bar { display: block; height: .8rem; min-width: 2px; background: var(--bar); border-radius: .2rem }
.bar.error { background: var(--error) } .bar.warning { background: var(--warning) } .bar.info { background: var(--info) }
.filters { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-bottom: .75rem }
.filters label { display: grid; gap: .15rem; font-size: .875rem; color: var(--soft) }
.filters .tick { display: flex; gap: .4rem; align-items: center }
.filters .tick, output, input[type=search], select { min-height: 2.4rem }
output { display: grid; align-items: center }
input, select { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--soft); border-radius: .35rem; padding: .35rem .5rem; min-width: 0 }
input[type=search] { width: 18rem; max-width: 100% }
::placeholder { color: var(--soft); opacity: 1 }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.uses { table-layout: fixed }
.uses th { text-align: left; border-bottom: 2px solid var(--line); padding: .4rem .6rem }
.uses td { border-bottom: 1px solid var(--line); padding: .6rem; vertical-align: top; overflow-wrap: anywhere }
.uses .place { width: 24% } .uses .severity { width: 7.5rem } .uses .migrate { width: 14rem }
.code { white-space: nowrap }
.label { font-weight: 600 }
.label.error { color: var(--error) } .label.warning { color: var(--warning) } .label.info { color: var(--info) }
details { margin-top: .5rem }
summary { cursor: pointer; color: var(--link) }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .75rem; margin-top: .5rem }
.pair h3 { font-size: .875rem; margin: 0 0 .35rem }
.turn { border-radius: .35rem; padding: .4rem .6rem; margin-bottom: .35rem; color: var(--text) }
.turn.user { background: var(--user) } .turn.assistant { background: var(--assistant) } .turn.system { background: var(--system) }
.turn span { font-size: .78rem; font-weight: 600; display: block }
.turn mark { background: none; color: var(--placeholder); font-weight: 600 }
.lint { margin: .5rem 0 0; padding-left: 1.1rem }
[hidden] { display: none !important }
@media (max-width: 44rem) {
  .uses thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
  .uses tr { display: block; border-bottom: 2px solid var(--line); padding: .5rem 0 }
  .uses td { display: block; width: auto !important; border: 0; padding: .15rem 0 }
  .uses td.migrate::before { content: 'State: ' }
  .pair { grid-template-columns: minmax(0, 1fr) }
  .numbers { width: 100% }
  .numbers th, .numbers td { padding: .25rem .2rem; font-size: .78rem; overflow-wrap: anywhere }
  .numbers thead th { font-size: .68rem; overflow-wrap: normal }
  .cards b { font-size: 1.25rem }
  .filters label, input[type=search], select { width: 100% }
}
@media print { .filters { display: none } details > * { display: block } }
`

/** The script of the page, which filters the rows. Without JavaScript, all rows are visible. */
export const SCRIPT: string = `
const form = document.querySelector('.filters')
const rows = [...document.querySelectorAll('.uses tbody tr')]
const count = document.getElementById('count')
const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]))
function filter() {
  const { text, kind, severity, migrate } = form.elements
  const words = text.value.toLowerCase().split(/\\s+/)
  let shown = 0
  for (const row of rows) {
    const fits = words.every(word => texts.get(row).includes(word))
      && (kind.value === '' || row.dataset.kind.split(' ').includes(kind.value))
      && (severity.value === '' || row.dataset.severity.split(' ').includes(severity.value))
      && (!migrate.checked || row.dataset.migrate === 'yes')
    row.hidden = !fits
    if (fits) shown++
  }
  count.textContent = shown + ' of ' + rows.length + ' shown'
}
form.hidden = false
form.addEventListener('input', filter)
form.addEventListener('submit', event => event.preventDefault())
filter()
`
