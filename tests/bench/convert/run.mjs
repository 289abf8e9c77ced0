/**
 * How fast `convert` is compared with a naive loop, in one run: each round runs every candidate in a process of its own,
 * and of the rounds the medians are quoted. The output of all has to be the same, byte for byte.
 *
 * MEGABYTES and ROUNDS change the size of the input and the number of rounds.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { judge, median, tableOf } from '../goals.mjs'
import { writeInput, writeLongLines } from './input.mjs'

const MEGABYTES = Number(process.env.MEGABYTES ?? 300)
const ROUNDS = Number(process.env.ROUNDS ?? 5)
/**
 * The speed of one thread and of two, × that of the loop; the most memory, in MB, whatever the file; CPU of two × one; the
 * CPU time and the memory of a file of ten times the size, × those of the smaller one.
 */
const GOALS = { speed: [2.5, 3.5], memory: 200, cpu: 1.15, growth: { cpu: 10.5, memory: 1.15 } }

const here = name => fileURLToPath(new URL(name, import.meta.url))
const command = here('../../../dist/bin.js')
const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-bench-'))
const input = join(folder, 'in.jsonl')
const output = name => join(folder, `${name}.jsonl`)

const candidates = [
  { name: 'naive', args: [here('naive.mjs'), input, output('naive')] },
  ...[1, 2].map(threads => ({
    name: `convert, ${threads} thread${threads === 1 ? '' : 's'}`,
    args: [command, 'convert', input, '--threads', `${threads}`, '--out', output(`convert-${threads}`)],
  })),
]

/** Runs a candidate; resolves with what it took, as the process itself says at its end. */
function measure(args) {
  const report = pathToFileURL(here('report.mjs')).href
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', report, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const started = performance.now()
    let usage
    let said = ''
    child.stderr.on('data', data => {
      said += data
    })
    child.on('message', message => {
      usage = message
    })
    child.on('close', code => {
      const seconds = (performance.now() - started) / 1000
      if (code === 0) resolve({ seconds, ...usage })
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${said}`))
    })
  })
}

async function digest(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function runRounds(contestants) {
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const results = []
    for (const { args } of contestants) results.push(await measure(args))
    rounds.push(results)
  }
  return rounds
}

const figures = []

async function compareWithLoop() {
  writeInput(input, MEGABYTES * 1e6)
  const size = statSync(input).size / 1e6
  const rounds = await runRounds(candidates)
  console.log(`${size.toFixed(0)} MB, ${ROUNDS} rounds, medians\n`)
  console.log('| | MB/s | × naive (time) | × naive (CPU) | most memory, MB |')
  console.log('| --- | --- | --- | --- | --- |')
  for (const [index, { name }] of candidates.entries()) {
    const of = field => median(rounds.map(results => results[index][field]))
    // A ratio within a round: what else the machine does falls on both.
    const ratio = field => median(rounds.map(results => results[0][field] / results[index][field]))
    const row = [(size / of('seconds')).toFixed(0), ratio('seconds').toFixed(2), ratio('cpu').toFixed(2)]
    console.log(`| ${name} | ${row.join(' | ')} | ${of('memory').toFixed(0)} |`)
    if (index === 0) continue
    figures.push(
      { what: `${name}, × naive`, measured: ratio('seconds'), atLeast: GOALS.speed[index - 1] },
      { what: `${name}, MB`, measured: of('memory'), atMost: GOALS.memory },
    )
  }
  figures.push({
    what: 'convert, CPU of 2 threads × that of one',
    measured: median(rounds.map(results => results[2].cpu / results[1].cpu)),
    atMost: GOALS.cpu,
  })
  const digests = new Set(
    await Promise.all(['naive', 'convert-1', 'convert-2'].map(name => digest(output(name)))),
  )
  if (digests.size > 1) throw new Error('The outputs differ.')
  console.log('\nAll outputs are the same.')
}

/** Compares the whole file with a tenth of it. The two are converted alternately. */
async function measureGrowth() {
  const [, ...converters] = candidates
  const tenth = join(folder, 'tenth.jsonl')
  writeInput(tenth, MEGABYTES * 1e5)
  const smaller = converters.map(({ args }) => ({ args: args.map(arg => (arg === input ? tenth : arg)) }))
  const rounds = await runRounds([...converters, ...smaller])
  for (const [index, { name }] of converters.entries()) {
    for (const field of ['cpu', 'memory']) {
      const measured = median(
        rounds.map(results => results[index][field] / results[index + converters.length][field]),
      )
      figures.push({
        what: `${name}, 10 × the size: × the ${field === 'cpu' ? 'CPU time' : 'memory'}`,
        measured,
        atMost: GOALS.growth[field],
      })
    }
  }
}

/** Measures the memory of `convert` on long lines. The naive loop has no limit. */
async function weighLongLines() {
  writeLongLines(input, MEGABYTES * 1e6)
  const [, ...converters] = candidates
  const rounds = await runRounds(converters)
  for (const [index, { name }] of converters.entries()) {
    const measured = median(rounds.map(results => results[index].memory))
    figures.push({ what: `${name}, nothing but lines of 6 to 8 MB, MB`, measured, atMost: GOALS.memory })
  }
}

try {
  await compareWithLoop()
  await measureGrowth()
  await weighLongLines()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`\n${tableOf(figures)}\n\n${judge(figures)}`)
