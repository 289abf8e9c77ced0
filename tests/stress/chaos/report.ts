import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import type { Result } from './chaos.ts'

/** Prints what became of the cases, by adapter and by fault, and ends with a line that a script can add up. */
export default class ChaosReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    // What nobody caught is the fault of one of the cases.
    let failed = errors.length
    let passed = 0
    for (const { message, stack } of errors) console.log(`nobody caught: ${message}\n${stack}`)
    for (const module of modules) {
      for (const error of module.errors()) console.log(error.message)
      for (const test of module.children.allTests()) {
        const { chaos } = test.meta()
        if (chaos === undefined) {
          failed++
          for (const { message } of test.result().errors ?? []) console.log(message)
          continue
        }
        print(chaos.seed, chaos.results)
        const wrong = chaos.results.filter(({ kind }) => kind === 'wrong').length
        failed += wrong
        passed += chaos.results.length - wrong
      }
      if (module.errors().length > 0) failed++
    }
    console.log(`${passed} passed, ${failed} failed`)
  }
}

function print(seed: string, results: readonly Result[]): void {
  console.log(`SEED=${seed} CASES=${results.length}\n`)
  const groups = new Map<string, Result[]>()
  for (const result of results) {
    const group = `${result.adapter.padEnd(17)} ${result.fault.padEnd(27)}`
    groups.set(group, [...(groups.get(group) ?? []), result])
  }
  console.log(`${'adapter'.padEnd(17)} ${'fault'.padEnd(27)}  cases  right  named unseen  wrong  errors`)
  for (const group of [...groups.keys()].sort()) console.log(group + line(groups.get(group) ?? []))
  console.log(''.padEnd(45) + line(results, false))
  for (const { number, adapter, says } of results.filter(({ kind }) => kind === 'wrong')) {
    const variable = adapter === 'serve' ? 'SERVE_CASE' : 'CASE'
    console.log(`\ncase ${number}: ${says}\n  again: SEED=${seed} ${variable}=${number} npm run test:chaos`)
  }
}

function line(results: readonly Result[], withErrors = true): string {
  const counts = (['right', 'named', 'unseen', 'wrong'] as const).map(
    kind => results.filter(result => result.kind === kind).length,
  )
  const names = new Map<string, number>()
  for (const { kind, says } of results) if (kind === 'named') names.set(says, (names.get(says) ?? 0) + 1)
  const errors = [...names].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`)
  const numbers = [results.length, ...counts].map(count => `${count}`.padStart(7)).join('')
  return withErrors ? `${numbers}  ${errors.join(', ')}` : numbers
}
