/**
 * The contract, without a test runner: every case through every adapter, by every road, in whatever runtime this is.
 * Fetch-standard only.
 */
import { callOf, cases } from '../../contract/contract-cases.ts'
import { soon } from '../../unit/client/outcomes.ts'
import { adapters, type NodeEntry, type Official } from './adapters.ts'
import { behaviours } from './behaviours.ts'
import { entries } from './entries.ts'
import { assertSame } from './equality.ts'
import { replyOfCase } from './replies.ts'
import { byFetch, byHTTP, byOwnServer } from './transports.ts'

export interface Setting {
  /** Where the emulator is that Node serves. */
  url: string
  /** The class of the official SDK's client, as this runtime has loaded it. */
  Official: Official
  /** The entry that needs `node:http`, where this runtime has that, and so can serve. */
  node?: NodeEntry
}

export interface Result {
  passed: number
  failures: { title: string; reason: string }[]
  /** The entries of the package that were loaded. */
  entries: string[]
}

interface Check {
  title: string
  run(): Promise<void>
}

/** How many checks run at a time: most of their time they wait. A worker has six connections. */
const AT_ONCE = 5

/** A check that takes longer than this hangs. */
const PATIENCE = 15_000

export async function runContract({ url, Official, node }: Setting): Promise<Result> {
  const transports = [byFetch(), byHTTP(url), ...(node ? [await byOwnServer()] : [])]
  const loaded = { ...entries, ...(node && { './node': { module: node, has: ['serveProxy', 'listen'] } }) }
  const checks: Check[] = Object.entries(loaded).map(([entry, { module, has }]) => ({
    title: `the entry ${entry}`,
    async run() {
      assertSame(
        has.filter(name => !(name in module)),
        [],
        'what is missing',
      )
    },
  }))
  for (const transport of transports) {
    for (const adapter of adapters(Official, node)) {
      if (adapter.needsHTTP && !transport.isHTTP) continue
      for (const [title, road] of Object.entries(adapter.roads)) {
        for (const [index, given] of cases.entries()) {
          checks.push({
            title: `${adapter.name} by ${transport.name} › ${title} › ${given.title}`,
            async run() {
              const reach = transport.reach(replyOfCase(index))
              const answer = await road(reach, callOf(given, adapter))
              assertSame(answer, adapter.expected(given, answer))
              assertSame((await reach.fate()).asked, 1, 'the number of requests')
            },
          })
        }
      }
    }
  }
  const result: Result = { passed: 0, failures: [], entries: Object.keys(loaded) }
  await runAll(checks, AT_ONCE, result)
  // One after the other: some replace what is global, and some hold a connection until they are done.
  const calm = transports.flatMap(transport =>
    behaviours.map(({ title, run }) => ({
      title: `by ${transport.name} › ${title}`,
      run: () => run(transport),
    })),
  )
  await runAll(calm, 1, result)
  for (const transport of transports) await transport.close()
  return result
}

async function runAll(checks: readonly Check[], atOnce: number, result: Result): Promise<void> {
  const waiting = [...checks]
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      try {
        await soon(check.run(), PATIENCE)
        result.passed += 1
      } catch (error) {
        result.failures.push({ title: check.title, reason: describe(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : ` (because of ${describe(error.cause)})`
  return `${error.name}: ${error.message}${cause}`
}
