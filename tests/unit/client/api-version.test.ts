import type { ClientOptions, Diagnostic, RequestOptions } from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { quickest } from './adapters.ts'
import { beginnings } from './outcomes.ts'

const header = (value: string): { headers: { 'Anthropic-Version': string } } => ({
  headers: { 'Anthropic-Version': value },
})
const clientHeader = (value: string): ClientOptions => ({ defaultHeaders: header(value).headers })

const NEW = '2026-10-21'
const OLD = '2023-06-01'

const cases: readonly [title: string, ClientOptions, RequestOptions, version: string][] = [
  ['nothing', {}, {}, OLD],
  ['apiVersion', { apiVersion: NEW }, {}, NEW],
  ['a header of the client', clientHeader(NEW), {}, NEW],
  ['a header of the call', {}, header(NEW), NEW],
  ['a header of the call over the client’s', clientHeader(NEW), header(OLD), OLD],
  ['a header of the call over the option', { apiVersion: NEW }, header(OLD), OLD],
]

/** A model that takes sampling, while the version does. */
const params = { ...quickest.params, model: 'claude-haiku-4-5', temperature: 0, top_k: 5 }

describe.each(Object.entries(beginnings))('%s', (_, road) => {
  test.each(cases)('%s decides whether sampling can be sent', async (_, options, call, version) => {
    const { connect, emulator } = await quickest.open({ reply: 'Hi.' })
    const diagnostics: Diagnostic[] = []
    const client = connect({ ...options, onDiagnostic: diagnostic => diagnostics.push(diagnostic) })
    // The emulator refuses it where the real server does.
    expect((await road(client, params, call)).completion).toBe(' Hi.')
    const [request] = emulator.requests
    expect(request?.headers['anthropic-version']).toBe(version)
    const { temperature, top_k }: { temperature?: unknown; top_k?: unknown } = Object(request?.body)
    const [first] = diagnostics
    if (version === OLD) expect([temperature, top_k, diagnostics]).toEqual([0, 5, []])
    else {
      expect([temperature, top_k]).toEqual([undefined, undefined])
      expect(first?.code).toBe('sampling-dropped')
      expect(first?.message).toContain(
        `The API version ${NEW} does not accept \`temperature: 0\` and \`top_k: 5\`.`,
      )
      expect(first?.fix).toContain('set `apiVersion: "2023-06-01"`')
    }
  })
})

test('null removes the header', async () => {
  const { connect, emulator } = await quickest.open()
  const { completions } = connect({ apiVersion: OLD })
  // The server wants one: it says so.
  await completions.create(params, { headers: { 'anthropic-version': null } }).catch(() => {})
  expect(emulator.requests[0]?.headers).not.toHaveProperty('anthropic-version')
  expect(emulator.requests[0]?.body).toMatchObject({ temperature: 0, top_k: 5 })
})
