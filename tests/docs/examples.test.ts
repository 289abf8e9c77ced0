import { Anthropic } from 'legacy-completions'
import { type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examples, migrationPair } from '../../src/cli/demo-examples.ts'

let emulator: RunningEmulator
let client: Anthropic

beforeAll(async () => {
  emulator = await startEmulator()
  client = new Anthropic({ apiKey: 'test', baseURL: emulator.url })
})
afterAll(() => emulator.close())

/** What each example must have printed, and how often it must have printed something. */
const outcomes: Record<string, { says: RegExp; pieces?: number }> = {
  'A single question': { says: /^ Air scatters blue light/ },
  'A conversation: Alice says her name, and asks for it later': { says: /\n Your name is Alice\.$/ },
  'A story, streamed': { says: /^ In a small harbour town[\s\S]*\n\n[\s\S]*her book\.$/, pieces: 20 },
  'Three colours, by stop sequences': {
    says: /^ 1\. Red\n2\. Blue\n3\. Green\n\(stop_sequence: "4\."\)$/,
  },
  'A sum at temperature 0.0': { says: /^ 4$/ },
  'A creative opening at temperature 1.0': { says: /^ \S.{20,}\.$/ },
  'Several calls at once': { says: /^1\+1 = 2\n2\+3 = 5\n5\+8 = 13$/ },
  'A joke, streamed without await': { says: /^ Why did [\s\S]*\n\nOne of them[\s\S]*\.$/, pieces: 10 },
}

describe('the examples of the old documentation', () => {
  it('all have an outcome here', () => {
    expect(examples.map(({ title }) => title)).toEqual(Object.keys(outcomes))
  })

  it.each(examples)('$title', async ({ title, run }) => {
    const printed: string[] = []
    await run(client, text => printed.push(text))
    expect(printed.join('')).toMatch(outcomes[title]?.says ?? /$^/)
    expect(printed.length).toBeGreaterThanOrEqual(outcomes[title]?.pieces ?? 1)
  })

  it('the migration pair sends the same request', async () => {
    await client.completions.create(migrationPair.completion)
    const response = await fetch(`${emulator.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'test', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify(migrationPair.message),
    })
    expect(response.status).toBe(200)
    const [translated, written] = emulator.requests.slice(-2)
    expect(JSON.stringify(translated?.body)).toBe(JSON.stringify(written?.body))
    expect(translated?.headers['anthropic-version']).toBe(written?.headers['anthropic-version'])
  })
})
