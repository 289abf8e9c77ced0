import { request } from 'node:http'
import { startEmulator } from 'legacy-completions/emulator'
import { installCompletionsFetch } from 'legacy-completions/fetch'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

/** Sends a request with Node's own HTTP client, as node-fetch does. */
async function sendWithNodeHttp(path: string): Promise<void> {
  const emulator = await startEmulator()
  onTestFinished(() => emulator.close())
  await new Promise<void>((done, failed) => {
    const sent = request(`${emulator.url}${path}`, { method: 'POST' }, response => {
      response.resume().on('end', done)
    })
    sent.on('error', failed).end('{}')
  })
}

function install(options: Parameters<typeof installCompletionsFetch>[0] = {}): {
  warnings: unknown[][]
  undo: () => void
} {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const undo = installCompletionsFetch(options)
  onTestFinished(undo)
  return { warnings: warn.mock.calls, undo }
}

describe('installCompletionsFetch, with a client that does not use the global fetch', () => {
  test('warns once of a legacy request that it cannot translate', async () => {
    const { warnings } = install()
    await sendWithNodeHttp('/v1/complete')
    await sendWithNodeHttp('/v1/complete?beta=true')
    expect(warnings).toEqual([[expect.stringContaining('Pass fetch: completionsFetch() to its client')]])
  })

  test('does not warn of other requests', async () => {
    const { warnings } = install()
    await sendWithNodeHttp('/v1/messages')
    expect(warnings).toEqual([])
  })

  test('does not warn once it is undone', async () => {
    const { warnings, undo } = install()
    undo()
    await sendWithNodeHttp('/v1/complete')
    expect(warnings).toEqual([])
  })

  test("does not warn with logLevel 'off'", async () => {
    const { warnings } = install({ logLevel: 'off' })
    await sendWithNodeHttp('/v1/complete')
    expect(warnings).toEqual([])
  })
})
