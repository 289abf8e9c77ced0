import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cases } from './cases.ts'
import { type ConformanceClient, candidates, references } from './clients.ts'
import { type Difference, describeDifference, differences } from './compare.ts'
import { EVERY_CASE, expected, findExpected } from './differences.ts'
import { firstCases } from './first-generation.ts'
import { formatTable, writeReports } from './report.ts'
import { type Observations, observeClient } from './run.ts'

// A key of the machine's user would be used where a case has none.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('ANTHROPIC_') && name !== 'ANTHROPIC_CONFIG_DIR') delete process.env[name]
}

/** What every client did, in every case of its generation. */
const observed = new Map<string, Observations>()

const titles = (client: ConformanceClient): string[] =>
  (client.generation === 1 ? firstCases : cases).map(({ title }) => title)

const observationsOf = (name: string): Observations => {
  const found = observed.get(name)
  if (found === undefined) throw new Error(`${name} is no client of this run`)
  return found
}

/** Every difference of a candidate in one case, the meant ones too. */
function differencesIn(client: ConformanceClient, title: string): Difference[] {
  const like = Object.fromEntries((client.like ?? []).map(name => [name, observationsOf(name)[title] ?? {}]))
  return differences(title, observationsOf(client.name)[title] ?? {}, like)
}

// One client after the other: they would take each other's time, which some cases measure.
beforeAll(async () => {
  for (const client of [...references, ...candidates]) observed.set(client.name, await observeClient(client))
})

describe.each(references)('$name', reference => {
  test.each(titles(reference))('%s comes to an end', title => {
    expect(observationsOf(reference.name)[title]).not.toHaveProperty('hangs')
  })
})

describe.each(candidates)('$name', candidate => {
  test.each(titles(candidate))('%s', title => {
    const unexpected = differencesIn(candidate, title).filter(one => !findExpected(candidate, one))
    expect(unexpected.map(describeDifference)).toEqual([])
  })
})

test('every expected difference is still there', () => {
  const found = new Set(
    candidates.flatMap(candidate =>
      titles(candidate).flatMap(title =>
        differencesIn(candidate, title).map(one => findExpected(candidate, one)),
      ),
    ),
  )
  expect(expected.filter(one => !found.has(one))).toEqual([])
})

// It loads every SDK in a process of its own.
test('the list of members is up to date', { timeout: 120_000 }, () => {
  const script = fileURLToPath(new URL('list-members.mjs', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})

afterAll(() => {
  const second = (clients: readonly ConformanceClient[]): readonly ConformanceClient[] =>
    clients.filter(({ generation }) => generation === 2)
  const table = second(candidates).map(candidate => ({
    client: candidate.name,
    cell(title: string) {
      const reasons = differencesIn(candidate, title).map(one => findExpected(candidate, one))
      const unexpected = reasons.filter(one => one === undefined).length
      if (unexpected > 0) return `**${unexpected} unexpected**`
      // What differs in every case says nothing of this one.
      const meant = reasons.filter(one => one?.cases !== EVERY_CASE).length
      return meant > 0 ? `${meant} expected` : 'equal'
    },
  }))
  // Differences between the references: compared with the last one, without the version that each sends.
  const [newest] = second(references).slice(-1)
  const generations = second(references).map(({ name }) => ({
    client: name,
    cell(title: string) {
      const like = newest ? { [newest.name]: observationsOf(newest.name)[title] ?? {} } : {}
      const all = differences(title, observationsOf(name)[title] ?? {}, like)
      const paths = all.map(({ path }) => path).filter(path => !/\.headers\./.test(path))
      return paths.length > 3 ? `${paths.length} differ` : paths.join(', ') || 'equal'
    },
  }))
  const all = candidates.flatMap(candidate =>
    titles(candidate)
      .flatMap(title => differencesIn(candidate, title))
      .map(one => ({ client: candidate.name, ...one, reason: findExpected(candidate, one)?.reason })),
  )
  const rows = cases.map(({ title }) => title)
  writeReports({
    observed,
    differences: all,
    table: formatTable(rows, table),
    generations: formatTable(rows, generations),
  })
  process.stdout.write(formatTable(rows, table))
})
