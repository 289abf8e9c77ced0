import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { recordAnswers } from './answers.ts'
import { runServeCases, SERVE_FAULTS } from './serve-faults.ts'
import { startRawServer } from './servers.ts'

const { SEED = '1' } = process.env
const script = fileURLToPath(new URL('../../support/run-source.mjs', import.meta.url))

// `npm run test:chaos` runs more of them, against the built command.
test.each(Object.keys(SERVE_FAULTS).map((name, number) => [name, number] as const))(
  'serve survives: %s',
  { timeout: 60_000 },
  async (_, number) => {
    const server = await startRawServer()
    onTestFinished(() => server.close())
    const stage = { seed: SEED, answers: await recordAnswers(), server, script }
    const [result] = await runServeCases(stage, [number])
    expect(result?.says).toBe('')
    expect(result?.kind).toBe('right')
  },
)
