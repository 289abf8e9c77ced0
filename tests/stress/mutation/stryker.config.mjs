/** Mutates the two pure modules, and runs their own tests against the mutants. */
import { createRequire } from 'node:module'

const { resolve } = createRequire(import.meta.url)

export default {
  plugins: [resolve('@stryker-mutator/vitest-runner')],
  testRunner: 'vitest',
  vitest: { configFile: 'tests/stress/mutation/vitest.config.ts' },
  mutate: [
    'src/transcript/**/*.ts',
    'src/repair/**/*.ts',
    'src/translate/**/*.ts',
    // Tables, whose rows tests compare with documents and sources: a changed word in them is no changed behaviour.
    '!src/translate/model-table.ts',
  ],
  coverageAnalysis: 'perTest',
  // What is computed once at the start is in place before a test can look at it changed.
  ignoreStatic: true,
  concurrency: 2,
  // Wide, or tests that are slow on a busy machine count as a loop without an end, and so as a change that was noticed.
  timeoutMS: 10_000,
  timeoutFactor: 4,
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  htmlReporter: { fileName: '.tmp/mutation/report.html' },
  jsonReporter: { fileName: '.tmp/mutation/report.json' },
  tempDirName: '.tmp/mutation/sandbox',
  ignorePatterns: ['/.tmp', '/docs/api', '/dist', '/tests/bench', '/tests/e2e'],
  thresholds: { high: 95, low: 90, break: 90 },
}
