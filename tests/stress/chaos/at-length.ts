import { serveProxy } from 'legacy-completions/node'
import { expect, onTestFinished, test } from 'vitest'
import {
  clientAdapter,
  fetchAdapter,
  forwardingAdapter,
  proxyAdapter,
  sdkAdapter,
  serverAdapter,
  v0Adapter,
} from './adapters.ts'
import { recordAnswers } from './answers.ts'
import { runAll, type Stage } from './chaos.ts'
import { officialSdk } from './official-sdk.ts'
import { runServeCases } from './serve-faults.ts'
import { startRawServer } from './servers.ts'

const { SEED = `${Date.now()}`, CASES = '100000', CASE, SERVE_CASES = '60', SERVE_CASE } = process.env
const AT_ONCE = 64

test('calls with trouble end right or in a named error', { timeout: 15 * 60_000 }, async ({ task }) => {
  const server = await startRawServer()
  const proxy = await serveProxy({ upstream: server.url })
  onTestFinished(async () => {
    await proxy.close()
    await server.close()
  })
  const sdk = sdkAdapter('withCompletions', await officialSdk(), true)
  const adapters = [
    clientAdapter(),
    sdk,
    fetchAdapter(),
    v0Adapter(),
    proxyAdapter(),
    serverAdapter(proxy),
    forwardingAdapter(proxy),
  ]
  const stage: Stage = { seed: SEED, answers: await recordAnswers(), adapters, server, byTCP: 0.1 }
  const numbers = numbersOf(CASES, CASE, SERVE_CASE)
  const serveNumbers = numbersOf(SERVE_CASES, SERVE_CASE, CASE)
  const results = [...(await runAll(stage, numbers, AT_ONCE)), ...(await runServeCases(stage, serveNumbers))]
  task.meta.chaos = { seed: SEED, results }
  expect(results.filter(({ kind }) => kind === 'wrong')).toHaveLength(0)
  expect(results).toHaveLength(numbers.length + serveNumbers.length)
})

/** All numbers up to a count, or the one that is asked for; none if another kind of case is. */
function numbersOf(count: string, one: string | undefined, other: string | undefined): number[] {
  if (one !== undefined) return [Number(one)]
  return other === undefined ? [...Array(Number(count)).keys()] : []
}

declare module 'vitest' {
  interface TaskMeta {
    chaos?: { seed: string; results: import('./chaos.ts').Result[] }
  }
}
