import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { Anthropic, type FetchLike, InternalServerError } from 'legacy-completions'
import { startEmulator } from 'legacy-completions/emulator'
import { expect, onTestFinished, test } from 'vitest'
import { params } from './adapters.ts'
import { collect, failure, join, until } from './outcomes.ts'

/**
 * A fetch as node-fetch 2 has it, which the old SDK used and many give as `fetch` still: its responses are not the
 * platform's, and their bodies are Node streams.
 */
const nodeFetch = (url: string, init: RequestInit): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers, body, signal } = init
    const outgoing = request(
      url,
      { method, headers: headers as Record<string, string>, ...(signal && { signal }) },
      incoming => {
        const { statusCode: status = 0, statusMessage: statusText = '' } = incoming
        const read = new Headers()
        for (const [name, value] of Object.entries(incoming.headers)) read.set(name, String(value))
        resolve({
          ok: status >= 200 && status < 300,
          status,
          statusText,
          headers: read,
          body: incoming,
          bodyUsed: false,
          text: () => text(incoming),
          json: async () => JSON.parse(await text(incoming)),
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })

async function open() {
  const emulator = await startEmulator()
  onTestFinished(() => emulator.close())
  const client = new Anthropic({ apiKey: 'k', baseURL: emulator.url, fetch: nodeFetch as FetchLike })
  return { emulator, client }
}

test('a whole reply', async () => {
  const { client, emulator } = await open()
  emulator.reply('Hi.')
  expect((await client.completions.create(params)).completion).toBe(' Hi.')
})

test('a failure', async () => {
  const { client, emulator } = await open()
  emulator.reply({ error: { type: 'api_error', message: 'No.' } })
  const error = await failure(() => client.completions.create(params, { maxRetries: 0 }), InternalServerError)
  expect(error.message).toContain('No.')
})

test('a failure that is tried again', async () => {
  const { client, emulator } = await open()
  emulator.reply({ error: { type: 'api_error', message: 'No.' }, headers: { 'retry-after-ms': '1' } }, 'Hi.')
  expect((await client.completions.create(params)).completion).toBe(' Hi.')
  expect(emulator.requests).toHaveLength(2)
})

test('a stream', async () => {
  const { client, emulator } = await open()
  emulator.reply('Hi there.')
  expect(join(await collect(client.completions.stream(params))).completion).toBe(' Hi there.')
})

test('a stop that is enforced here', async () => {
  const { client, emulator } = await open()
  emulator.reply({ text: `One.\n\n${'word '.repeat(2000)}`, faults: { delayMs: 1 } })
  const { completion } = await client.completions.create({
    ...params,
    max_tokens_to_sample: 10_000,
    stop_sequences: ['\n\n'],
  })
  expect(completion).toBe(' One.')
  await until(() => emulator.requests[0]?.aborted === true)
})
