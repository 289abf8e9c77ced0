/**
 * Runs the contract in every runtime that is here, and tells how it went in each. Names of runtimes can be given, to run
 * only those: `npm run test:runtimes -- bun deno`.
 */
import { join } from 'node:path'
import { build, entriesOfPackage, made } from './build.mjs'
import { runtimes as bun } from './bun.mjs'
import { runtimes as chromium } from './chromium.mjs'
import { runtimes as deno } from './deno.mjs'
import { runtimes as node } from './node.mjs'
import { runtimes as workerd } from './workerd.mjs'

/** More failures than this of one runtime are only counted. */
const MOST_SHOWN = 20

const wanted = process.argv.slice(2).map(name => name.toLowerCase())
const runtimes = [...node, ...bun, ...deno, ...workerd, ...chromium].filter(
  ({ name }) => wanted.length === 0 || wanted.some(word => name.toLowerCase().includes(word)),
)

await build()
const { startServer } = await import(join(made, 'server.mjs'))

/** How the contract went in a runtime. */
async function outcomeOf({ run, lacks = [] }) {
  const server = await startServer(join(made, 'page'))
  try {
    const { passed, failures, entries } = await run({ url: server.url })
    const forgotten = entriesOfPackage().filter(entry => ![...entries, ...lacks].includes(entry))
    const unloaded = forgotten.map(entry => ({ title: `the entry ${entry}`, reason: 'is not loaded' }))
    return { passed, failures: [...failures, ...unloaded] }
  } catch (error) {
    return { passed: 0, failures: [{ title: 'the run', reason: error.message }] }
  } finally {
    await server.close()
  }
}

const rows = []
const total = { passed: 0, failed: 0 }
for (const runtime of runtimes) {
  const { name, missing } = runtime
  if (missing) {
    rows.push([name, `not run: ${missing}`])
    continue
  }
  const start = performance.now()
  const { passed, failures } = await outcomeOf(runtime)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  for (const { title, reason } of failures.slice(0, MOST_SHOWN))
    console.log(`FAILED  ${name}: ${title}\n        ${reason}`)
  if (failures.length > MOST_SHOWN)
    console.log(`        … and ${failures.length - MOST_SHOWN} more in ${name}`)
  rows.push([name, passed, failures.length, `${seconds} s`])
  total.passed += passed
  total.failed += failures.length
}

const [first, ...others] = ['runtime', 'passed', 'failed', 'time']
const width = Math.max(...rows.map(([name]) => name.length))
const line = (name, ...cells) =>
  console.log([name.padEnd(width), ...cells.map(cell => `${cell}`.padStart(8))].join(' '))
line(first, ...others)
for (const [name, ...cells] of rows) line(name, ...cells)
console.log(`${total.passed} passed, ${total.failed} failed`)
if (total.failed > 0) process.exitCode = 1
