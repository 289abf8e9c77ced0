import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { candidates, references, type SecondEntry } from './clients.ts'
import { type Expectation, expectations } from './expectations.ts'
import type { Observed } from './observe.ts'
import { type CaseRunner, caseRunner } from './run.ts'

// A key of the machine's user would be used where a case has none.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('ANTHROPIC_') && name !== 'ANTHROPIC_CONFIG_DIR') delete process.env[name]
}

/** A result that is meant to differ from the expectation. */
interface Exception {
  reason: string
  of: (client: SecondEntry) => boolean
  title: string
  seen: Observed
}

const exceptions: readonly Exception[] = [
  {
    reason: 'the warning has the words and the prefix of this package',
    of: ({ name }) => name === 'ours',
    title: 'an invalid level of the environment warns, unless the client has a valid one',
    seen: {
      without: [
        'legacy-completions: ANTHROPIC_LOG is "not a log level". It must be one of off, error, warn, info, debug.',
      ],
      with: [],
    },
  },
]

const VERSIONS = ['0.9.1', '0.20.9', '0.39.0', '0.60.0', '0.100.1', '0.137.0']

/** The version whose expectations apply: of an official SDK its own, of this package the newest. */
const versionOf = ({ name }: SecondEntry): string =>
  VERSIONS.find(version => name.startsWith(version)) ?? '0.137.0'

const isTested = (client: (typeof candidates)[number]): client is SecondEntry =>
  client.generation === 2 &&
  (client.name === 'ours' || VERSIONS.some(version => client.name.startsWith(version)))

const applies = ({ since }: Expectation, version: string): boolean =>
  since === undefined || VERSIONS.indexOf(since) <= VERSIONS.indexOf(version)

const exceptOf = ({ except = {} }: Expectation, client: SecondEntry): Observed | undefined => {
  const version = versionOf(client)
  return (
    (client.name === version ? except[`${version} alone`] : undefined) ??
    except[client.name === 'ours' ? client.name : version]
  )
}

/** The official SDKs as published show that the expectations are theirs. */
const clients = [...references, ...candidates].filter(isTested)
const differing: string[] = []

describe.each(clients)('$name', client => {
  let run: CaseRunner
  beforeAll(async () => {
    run = await caseRunner(client)
  })

  const version = versionOf(client)
  test.each(expectations.filter(row => applies(row, version)))('$title', async row => {
    const { requests: _, ...seen } = await run(row)
    const exception = exceptions.find(one => one.of(client) && one.title === row.title)
    if (exception) differing.push(`${client.name}: ${row.title}: ${exception.reason}`)
    expect(seen).toEqual(exception?.seen ?? exceptOf(row, client) ?? row.expects)
  })
})

afterAll(() => {
  process.stdout.write(
    `${expectations.length} expectations, ${clients.length} clients, ${differing.length} intended differences\n${differing.map(line => `  ${line}\n`).join('')}`,
  )
})
