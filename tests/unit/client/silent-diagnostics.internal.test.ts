import { expect, it } from 'vitest'
import { DiagnosticReporter } from '../../../src/core/report-diagnostics.ts'
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts'

const CALLS = 1_000_000

it('allocates nothing for a call without diagnostics', () => {
  const reporter = new DiagnosticReporter({ diagnosticsPer: 'message', logLevel: 'warn' })
  const none: readonly Diagnostic[] = []
  const report = (): void => {
    for (let call = 0; call < CALLS; call++) reporter.report(none)
  }
  report()
  const before = process.memoryUsage().heapUsed
  report()
  // The smallest object has 16 bytes. Something else in the process may allocate a little.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(CALLS)
})
