// Runs the command from its sources, without a build: node tests/support/run-source.mjs demo
import { runnerImport } from 'vite'

await runnerImport(new URL('../../src/bin.ts', import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
})
