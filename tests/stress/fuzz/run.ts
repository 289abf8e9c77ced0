/**
 * Feeds every reader of the package with inputs that are changed at random, and keeps those that reach code that none
 * before them did. `SECONDS` for each target, `SEED` for the same again, `TARGET` for one of them; with `SAVE=1` what
 * was kept replaces the corpus, which the test suite then reads.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Random, seeded } from '../chaos/random.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { mutate } from './mutate.ts'
import type { Target } from './promises.ts'
import { TARGETS } from './targets.ts'

const { SECONDS = '30', SEED = `${Date.now()}`, TARGET, SAVE } = process.env
const CORPUS = join(process.cwd(), 'tests/stress/fuzz/corpus')
/** So many run before the coverage is looked at: looking takes longer than running. */
const BATCH = 100
/** The corpus that is saved is to be read by people, too. */
const MOST_SAVED = 60
const LONGEST_SAVED = 400

interface Crash {
  input: string
  error: unknown
}

async function failureOf({ run }: Target, input: string): Promise<Crash | undefined> {
  try {
    await run(input)
    return undefined
  } catch (error) {
    return { input, error }
  }
}

function whereOf(error: unknown): string {
  return `${Object(error).stack ?? error}`.split('\n').slice(0, 2).join()
}

interface Ended {
  executions: number
  corpus: number
  fresh: number
  crashes: Crash[]
}

async function fuzz(name: string, target: Target, random: Random, coverage: Coverage): Promise<Ended> {
  const file = join(CORPUS, `${name.replaceAll(' ', '-')}.json`)
  const saved: string[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const corpus = [...target.seeds, ...saved]
  const crashes = new Map<string, Crash>()
  let executions = 0
  const execute = async (input: string): Promise<void> => {
    executions++
    const crash = await failureOf(target, input)
    // The same line fails in many ways.
    if (crash !== undefined) crashes.set(whereOf(crash.error), crash)
  }
  for (const input of corpus) await execute(input)
  coverage.news()
  const end = performance.now() + Number(SECONDS) * 1000
  while (performance.now() < end) {
    const batch = Array.from({ length: BATCH }, () => mutate(corpus, target.words, random))
    for (const input of batch) await execute(input)
    if (!coverage.hasNews()) continue
    // Which of them it was is found by running each of them once more.
    for (const input of batch) {
      await execute(input)
      if (coverage.news() > 0) corpus.push(input)
    }
  }
  if (SAVE !== undefined) {
    const kept = corpus.slice(target.seeds.length).filter(input => input.length <= LONGEST_SAVED)
    writeFileSync(file, `${JSON.stringify(kept.slice(0, MOST_SAVED), undefined, 1)}\n`)
  }
  return {
    executions,
    corpus: corpus.length,
    fresh: corpus.length - target.seeds.length - saved.length,
    crashes: [...crashes.values()],
  }
}

console.log(`SEED=${SEED} SECONDS=${SECONDS}\n`)
console.log(`${'target'.padEnd(22)} executions  parts run  corpus    new  crashes`)
const coverage = coverageOf('/fuzz.mjs')
let failed = 0
const names = Object.keys(TARGETS).filter(name => TARGET === undefined || TARGET === name)
for (const name of names) {
  const target = TARGETS[name]
  if (target === undefined) continue
  const before = coverage.total()
  const { executions, corpus, fresh, crashes } = await fuzz(name, target, seeded(`${SEED}:${name}`), coverage)
  const numbers = [executions, coverage.total() - before, corpus, fresh, crashes.length]
  const widths = [11, 10, 7, 6, 8]
  console.log(name.padEnd(22) + numbers.map((number, at) => `${number}`.padStart(widths[at] ?? 0)).join(' '))
  if (crashes.length > 0) failed++
  for (const { input, error } of crashes) {
    console.log(`  ${JSON.stringify(input)}\n  ${Object(error).stack ?? error}`)
    console.log(`  again: SEED=${SEED} TARGET='${name}' npm run test:fuzz`)
  }
}
console.log(`${names.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 && names.length > 0 ? 0 : 1
