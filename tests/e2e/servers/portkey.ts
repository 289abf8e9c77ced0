import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** Whether the machine gives a program a network of its own, in which it can listen where it likes. */
const { error, status } = spawnSync('unshare', ['--map-root-user', '--net', 'ip', 'link', 'set', 'lo', 'up'])
const reason =
  error === undefined && status === 0
    ? ''
    : ': not run: it listens everywhere, and unshare --net does not work here'
if (reason !== '') console.log(`Portkey${reason}`)

interface Answered {
  stream: boolean
  status: number
  body: string
  asked: { path: string; body: unknown }
}

describe.skipIf(reason !== '')(`Portkey 1.15.2 as a client of the old endpoint${reason}`, () => {
  const script = fileURLToPath(new URL('portkey.mjs', import.meta.url))
  const running =
    reason === ''
      ? promisify(execFile)('unshare', ['--map-root-user', '--net', process.execPath, script], {
          timeout: 60_000,
        })
      : undefined
  const answer = async (isStreamed: boolean): Promise<Answered> => {
    const lines = (await running)?.stdout.trim().split('\n') ?? []
    const answers: Answered[] = lines.map(line => JSON.parse(line))
    const found = answers.find(({ stream }) => stream === isStreamed)
    if (found === undefined) throw new Error('Portkey logged nothing about this call.')
    return found
  }
  const MODEL = 'claude-opus-4-8'
  const REQUEST = {
    model: MODEL,
    max_tokens: 20,
    messages: [{ role: 'user', content: 'Count.' }],
    stop_sequences: ['X'],
  }

  test('understands a whole completion', async () => {
    const { status, body, asked } = await answer(false)
    expect(asked).toEqual({ path: '/v1/messages', body: REQUEST })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({
      object: 'text_completion',
      model: MODEL,
      choices: [{ text: ' One two ', finish_reason: 'stop' }],
    })
  })

  test('understands a stream', async () => {
    const { status, body, asked } = await answer(true)
    expect(asked).toEqual({ path: '/v1/messages', body: { ...REQUEST, stream: true } })
    expect(status).toBe(200)
    const chunks: { choices: { text: string; finish_reason: string | null }[] }[] = body
      .trim()
      .split('\n\n')
      .map(event => JSON.parse(event.replace(/^data: /, '')))
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe(' One two ')
    const reasons = chunks.map(({ choices }) => choices[0]?.finish_reason)
    expect(reasons.at(-1)).toBe('stop')
    expect(reasons.slice(0, -1).every(reason => reason === null)).toBe(true)
  })
})
