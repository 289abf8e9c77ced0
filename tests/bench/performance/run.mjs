/**
 * Compares the package's cost with the alternatives: each section in a separate process, the programs taking turns,
 * medians of ratios within a round. Prints tables, writes them into docs/performance.md where all of them were measured,
 * and exits with 1 when a goal is missed.
 *
 * Arguments are sections to measure alone; then nothing is written.
 */
import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { judge, tableOf } from '../goals.mjs'
import { saidBy } from './measure.mjs'

const SECTIONS = ['parse', 'stream', 'call', 'start', 'memory']
const LIMIT = 10 * 60_000
const here = name => fileURLToPath(new URL(name, import.meta.url))
const page = here('../../../docs/performance.md')
const BEGIN = '<!-- npm run bench writes from here -->'
const END = '<!-- to here -->'

function measure(section) {
  const child = fork(here('section.mjs'), [section], { timeout: LIMIT })
  return saidBy(child, `The section ${section}`)
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

const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Node.js ${process.version}, ${new Date().toISOString().slice(0, 10)}`
const summary = `${judge(results.flatMap(({ rows }) => rows))} Measured on ${machine}.`
console.log(summary)
if (asked.length === 0) {
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)]
  const tables = results.map(sectionOf).join('\n')
  writeFileSync(page, `${text.slice(0, before)}${BEGIN}\n\n${summary}\n\n${tables}\n${text.slice(after)}`)
}
