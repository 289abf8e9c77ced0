import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createEmulator } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'

const WIRE = new URL('../../../../shared/corpus/wire/', import.meta.url)
const isPresent = existsSync(WIRE)

interface Recorded {
  name: string
  path: '/v1/complete' | '/v1/messages'
  kind: string
  body: Record<string, unknown>
  version: string
  status: number
}

function* recordings(): Generator<Recorded> {
  for (const [folder, path] of [
    ['v1-complete', '/v1/complete'],
    ['v1-messages', '/v1/messages'],
  ] as const)
    for (const kind of ['ok', 'stream', 'error'])
      for (const file of readdirSync(new URL(`${folder}/${kind}/`, WIRE))) {
        if (!file.endsWith('.request.json')) continue
        const read = (suffix: string): unknown =>
          JSON.parse(
            readFileSync(new URL(`${folder}/${kind}/${file.replace('.request.json', suffix)}`, WIRE), 'utf8'),
          )
        const meta = read('.meta.json') as { status: number; request_headers?: Record<string, string> }
        yield {
          name: file.replace('.request.json', ''),
          path,
          kind,
          body: read('.request.json') as Record<string, unknown>,
          version: meta.request_headers?.['anthropic-version'] ?? '2023-06-01',
          status: meta.status,
        }
      }
}

/** A live model that accepts what the retired models of the recordings accepted. */
const STAND_IN = 'claude-sonnet-4-5'

/** All that the emulator does not do, as its page lists it. */
const DIFFERENCES = [
  '`output_config.format`',
  '`output_format`',
  '`tool_choice: {"type": "any"}`',
  '`tool_choice: {"type": "tool"}`',
]

describe.skipIf(!isPresent)('recorded requests', () => {
  const { fetch } = createEmulator({ today: '2026-11-29' })
  const headers = { 'x-api-key': 'any', 'anthropic-version': '2023-06-01' }
  const isServed = async (model: unknown): Promise<boolean> =>
    (await fetch(`http://emulator.test/v1/models/${model}`, { headers })).status === 200
  const send = async ({ path, version }: Recorded, body: object): Promise<[number, string, string]> => {
    const response = await fetch(`http://emulator.test${path}`, {
      method: 'POST',
      headers: { ...headers, 'anthropic-version': version },
      body: JSON.stringify(body),
    })
    if (response.status === 200) return [200, '', '']
    const { error } = (await response.json()) as { error: { type: string; message: string } }
    return [response.status, error.type, error.message]
  }

  test('that the API accepted are accepted, or answered in the name of the emulator', async () => {
    const rejected: unknown[] = []
    const unimplemented = new Map<string, number>()
    let accepted = 0
    for (const recorded of recordings()) {
      if (recorded.kind === 'error') continue
      const { body, path } = recorded
      const isRetired = path === '/v1/messages' && !(await isServed(body.model))
      const [status, type, message] = await send(recorded, isRetired ? { ...body, model: STAND_IN } : body)
      const field = /^The emulator does not implement (.*?): it /.exec(message)?.[1]
      if (status === 200) accepted++
      else if (type === 'emulator_not_implemented' && field !== undefined)
        unimplemented.set(field, (unimplemented.get(field) ?? 0) + 1)
      else rejected.push([recorded.name, status, message])
    }
    expect(rejected).toEqual([])
    console.info(`recorded requests: ${accepted} accepted, in the emulator's name:`, unimplemented)
    expect(accepted).toBeGreaterThan(0)
    expect(DIFFERENCES).toEqual(expect.arrayContaining([...unimplemented.keys()]))
  })

  test('that the API rejected are rejected with the same status, type and message', async () => {
    const differences: unknown[] = []
    for (const recorded of recordings()) {
      if (recorded.kind !== 'error' || recorded.status === 401) continue
      const folder = recorded.path === '/v1/complete' ? 'v1-complete' : 'v1-messages'
      const file = new URL(`${folder}/error/${recorded.name}.response.json`, WIRE)
      const { error } = JSON.parse(readFileSync(file, 'utf8')) as { error: { type: string; message: string } }
      const answer = await send(recorded, recorded.body)
      if (answer[0] !== recorded.status || answer[1] !== error.type || answer[2] !== error.message)
        differences.push([recorded.name, answer, error])
    }
    expect(differences).toEqual([])
  })
})

test.runIf(!isPresent)('recorded requests are absent: this checkout has no ../shared/corpus/wire', () => {
  expect(isPresent).toBe(false)
})
