import { serveProxy } from 'legacy-completions/node'
import { expect, onTestFinished, test } from 'vitest'
import {
  clientAdapter,
  fetchAdapter,
  forwardingAdapter,
  plainSdkAdapter,
  proxyAdapter,
  serverAdapter,
  v0Adapter,
} from './adapters.ts'
import { recordAnswers } from './answers.ts'
import { runAll, type Stage } from './chaos.ts'
import { startRawServer } from './servers.ts'

/** `npm run test:chaos` runs the same cases by the hundred thousand. */
const CASES = 2000
const AT_ONCE = 200

test(`${CASES} calls with trouble end right or in a named error`, { timeout: 120_000 }, async () => {
  const server = await startRawServer()
  const proxy = await serveProxy({ upstream: server.url })
  onTestFinished(async () => {
    await proxy.close()
    await server.close()
  })
  const adapters = [
    clientAdapter(),
    plainSdkAdapter(),
    fetchAdapter(),
    v0Adapter(),
    proxyAdapter(),
    serverAdapter(proxy),
    forwardingAdapter(proxy),
  ]
  const stage: Stage = { seed: '2', answers: await recordAnswers(), adapters, server, byTCP: 0.03 }
  const results = await runAll(stage, [...Array(CASES).keys()], AT_ONCE)
  const wrong = results.filter(({ kind }) => kind === 'wrong')
  expect(wrong.map(({ number, says }) => `case ${number}: ${says}`)).toEqual([])
  // Cases that all come to the same would not have been tried.
  for (const kind of ['right', 'named'] as const) {
    expect(results.filter(result => result.kind === kind).length).toBeGreaterThan(CASES / 5)
  }
})
