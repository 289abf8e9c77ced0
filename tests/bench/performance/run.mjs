/**
 * Compares the package's cost with the alternatives: each section in a separate process, the programs taking turns,
 * medians of ratios within a round. Prints tables and each missed goal, and exits with 1 when a goal is missed. When all
 * sections were measured, it writes the tables into docs/benchmarks.md and draws the chart of docs/performance.md.
 *
 * Arguments are sections to measure alone; then nothing is written.
 */
import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { judge, median, tableOf } from '../goals.mjs'
import { chartOf } from './chart.mjs'
import { saidBy } from './measure.mjs'

const SECTIONS = ['parse', 'stream', 'call', 'start', 'memory']
/** Sections whose figures differ from process to process: so many are measured, and the median counts. */
const RUNS = { call: 4 }
const LIMIT = 10 * 60_000
const here = name => fileURLToPath(new URL(name, import.meta.url))
const page = here('../../../docs/benchmarks.md')
const chart = here('../../../docs/performance.svg')
const BEGIN = '<!-- npm run bench writes from here -->'
const END = '<!-- to here -->'

function run(section) {
  const child = fork(here('section.mjs'), [section], { timeout: LIMIT })
  return saidBy(child, `The section ${section}`)
}

async function measure(section) {
  const runs = []
  for (let count = 0; count < (RUNS[section] ?? 1); count++) runs.push(await run(section))
  const [{ title, rows }] = runs
  const medianOf = index => median(runs.map(each => each.rows[index].measured))
  return {
    title,
    rows: runs.length === 1 ? rows : rows.map((row, at) => ({ ...row, measured: medianOf(at) })),
  }
}

const sectionOf = ({ title, rows }) => `## ${title}\n\n${tableOf(rows)}\n`

const asked = process.argv.slice(2)
const unknown = asked.filter(section => !SECTIONS.includes(section))
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}: there are ${SECTIONS.join(', ')}.`)
  process.exit(2)
}
const results = []
for (const section of asked.length > 0 ? asked : SECTIONS) {
  const result = await measure(section)
  results.push(result)
  console.log(sectionOf(result))
}

const rows = results.flatMap(result => result.rows)
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Node.js ${process.version}, ${new Date().toISOString().slice(0, 10)}`
const verdict = judge(rows)
console.log(`${verdict}\n\nMeasured on ${machine}.`)
if (asked.length === 0) {
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)]
  const [summary] = verdict.split('\n')
  const tables = results.map(sectionOf).join('\n')
  writeFileSync(
    page,
    `${text.slice(0, before)}${BEGIN}\n\n${summary} Measured on ${machine}.\n\n${tables}\n${text.slice(after)}`,
  )
  writeFileSync(chart, chartOf(rows, machine))
}
