import type { ComparisonOptions, Difference } from 'legacy-completions'
import { startEmulator } from 'legacy-completions/emulator'
import { completionsFetch } from 'legacy-completions/fetch'
import { serveProxy } from 'legacy-completions/node'
import { createProxy } from 'legacy-completions/proxy'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const BODY = { model: 'claude-2.1', max_tokens_to_sample: 50, prompt: '\n\nHuman: Count.\n\nAssistant:' }
const HEADERS = { 'x-api-key': 'any', 'anthropic-version': '2023-06-01' }

type Send = (body: object, headers?: Record<string, string>) => Promise<Response>

/** Every entry point that speaks HTTP, in front of a server that has both endpoints. */
const entryPoints: [name: string, open: (upstream: string, compare: ComparisonOptions) => Promise<Send>][] = [
  [
    'completionsFetch',
    async (upstream, compare) => {
      const fetch = completionsFetch({ endpoint: 'complete', compare, logLevel: 'off' })
      return (body, headers) =>
        fetch(`${upstream}/v1/complete`, {
          method: 'POST',
          headers: { ...HEADERS, ...headers },
          body: JSON.stringify(body),
        })
    },
  ],
  [
    'createProxy',
    async (upstream, compare) => {
      const proxy = createProxy({ upstream, endpoint: 'complete', compare, logLevel: 'off' })
      return (body, headers) =>
        proxy(
          new Request('http://proxy.test/v1/complete', {
            method: 'POST',
            headers: { ...HEADERS, ...headers },
            body: JSON.stringify(body),
          }),
        )
    },
  ],
  [
    'serveProxy',
    async (upstream, compare) => {
      const proxy = await serveProxy({ upstream, endpoint: 'complete', compare, logLevel: 'off' })
      onTestFinished(() => proxy.close())
      return (body, headers) =>
        fetch(`${proxy.url}/v1/complete`, {
          method: 'POST',
          headers: { ...HEADERS, ...headers },
          body: JSON.stringify(body),
        })
    },
  ],
]

describe.each(entryPoints)('the option compare of %s', (_name, open) => {
  async function opened(compare: Partial<ComparisonOptions> = {}) {
    const emulator = await startEmulator({
      reply: (_, { path }) => (path === '/v1/complete' ? 'One, two.' : 'One, three.'),
    })
    onTestFinished(() => emulator.close())
    const differences: Difference[] = []
    const onDifference = (difference: Difference): void => void differences.push(difference)
    const send = await open(emulator.url, { sampleRate: 1, onDifference, ...compare })
    return { send, differences, paths: () => emulator.requests.map(({ path }) => path).sort() }
  }

  test.each([false, true])('compares a call with stream: %s', async stream => {
    const { send, differences, paths } = await opened()
    const text = await (await send({ ...BODY, stream })).text()
    expect(text).toContain(stream ? '" One,"' : ' One, two.')
    await vi.waitFor(() => expect(differences).toHaveLength(1))
    expect(differences[0]).toMatchObject({ differs: ['text'], partsAt: 7, length: 2 })
    expect(differences[0]?.messages.firstTextMilliseconds === null).toBe(!stream)
    expect(paths()).toEqual(['/v1/complete', '/v1/messages'])
    expect(JSON.stringify(differences)).not.toMatch(/One|Count/)
  })

  test('compares a cumulative stream', async () => {
    const { send, differences } = await opened()
    await (await send({ ...BODY, stream: true }, { 'anthropic-version': '2023-01-01' })).text()
    await vi.waitFor(() => expect(differences).toHaveLength(1))
    expect(differences[0]).toMatchObject({ differs: ['text'], partsAt: 7, length: 2 })
  })

  test('reports a call that both endpoints reject, without a text', async () => {
    const { send, differences } = await opened()
    const response = await send({ ...BODY, prompt: 'no turns' })
    expect(response.status).toBe(400)
    await vi.waitFor(() => expect(differences).toHaveLength(1))
    expect(differences[0]).toMatchObject({ differs: [], length: null, complete: { error: { status: 400 } } })
  })

  test('compares no call at the rate 0', async () => {
    const { send, differences, paths } = await opened({ sampleRate: 0 })
    expect((await send(BODY)).status).toBe(200)
    expect([differences, paths()]).toEqual([[], ['/v1/complete']])
  })
})
