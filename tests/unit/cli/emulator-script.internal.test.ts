import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Anthropic from 'legacy-completions'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { main } from '../../../src/cli/main.ts'

function script(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'script.yaml')
  writeFileSync(path, text)
  return path
}

/** Runs `serve` until it listens or ends. */
async function serve(args: readonly string[]): Promise<{ url: string; code?: number; err: string }> {
  const controller = new AbortController()
  const said = { out: '', err: '' }
  const ended = main(['serve', '--port', '0', ...args], {
    env: {},
    out: text => {
      said.out += text
    },
    err: text => {
      said.err += text
    },
    stdin: async function* () {},
    stdout: 1,
    signal: controller.signal,
  })
  onTestFinished(async () => {
    controller.abort()
    await ended
  })
  for (;;) {
    const url = /"url":"([^"]+)"/.exec(said.out)?.[1]
    if (url !== undefined) return { url, err: said.err }
    const code = await Promise.race([ended, new Promise<undefined>(resolve => setTimeout(resolve, 10))])
    if (code !== undefined) return { url: '', code, err: said.err }
  }
}

const legacy = (url: string, prompt: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/complete`, {
    method: 'POST',
    headers: { 'x-api-key': 'any', 'anthropic-version': '2023-06-01', ...headers },
    body: JSON.stringify({
      model: 'claude-2.1',
      max_tokens_to_sample: 50,
      prompt: `\n\nHuman: ${prompt}\n\nAssistant:`,
    }),
  })

const RULES = `
rules:
  - when: { prompt: busy, attempt: 1-2 }
    error: overloaded_error
    headers: { retry-after: "7" }
  - when: { model: "*-opus-*", prompt: broken }
    faults: { cutAfterBytes: 20 }
  - when: { prompt: weather }
    reply: It is sunny.
`

describe('serve --emulate --script', () => {
  test('fails the attempts that the rules name, through the proxy', async () => {
    const { url } = await serve(['--emulate', '--script', script(RULES)])
    const first = await legacy(url, 'busy?')
    expect([first.status, first.headers.get('retry-after')]).toEqual([529, '7'])
    expect((await legacy(url, 'busy?')).status).toBe(529)
    expect((await legacy(url, 'busy?')).status).toBe(200)
    expect(await (await legacy(url, 'weather?')).json()).toMatchObject({ completion: ' It is sunny.' })
    expect((await legacy(url, 'broken?')).ok).toBe(false)
  })

  test('lets a client retry until the script lets it through', async () => {
    const { url } = await serve([
      '--emulate',
      '--script',
      script('[{ "when": { "attempt": 1 }, "status": 529 }]'),
    ])
    const client = new Anthropic({ apiKey: 'any', baseURL: url, endpoint: 'complete', maxRetries: 1 })
    const params = { model: 'claude-2.1', max_tokens_to_sample: 9, prompt: '\n\nHuman: Hi\n\nAssistant:' }
    expect((await client.completions.create(params)).completion).toContain('Hello')
  })

  test('passes a one-off fault in the header of a request through the proxy', async () => {
    const { url } = await serve(['--emulate'])
    const fault = { 'x-emulator-fault': 'error=rate_limit_error, retry-after=3' }
    const first = await legacy(url, 'Hi', fault)
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3'])
    expect((await legacy(url, 'Hi', fault)).status).toBe(200)
  })

  test.each([
    ['nowhere', '--script: ', 'does not exist'],
    ['{', 'is not a script', ''],
    ['- reply: 5', 'rules[0].reply must be a text or an object.', ''],
    ['rules: none', 'A script is a list of rules', ''],
  ])('rejects the file %j', async (text, message, otherwise) => {
    const path = text === 'nowhere' ? '/nowhere/script.yaml' : script(text)
    const { code, err } = await serve(['--emulate', '--script', path])
    expect(code).toBe(2)
    expect(err).toContain(otherwise === '' ? message : otherwise)
  })

  test('needs --emulate', async () => {
    expect(await serve(['--script', script('[]')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--emulate'),
    })
  })
})

describe('serve --compare-rate', () => {
  test('appends the differences of both endpoints, without texts', async () => {
    const output = script('')
    const args = ['--emulate', '--endpoint', 'complete', '--compare-rate', '1', '--compare-baseline', '0']
    const { url } = await serve([...args, '--compare-output', output])
    expect((await legacy(url, 'Tell me a joke')).status).toBe(200)
    await vi.waitFor(() => expect(readFileSync(output, 'utf8')).toContain('\n'))
    const difference = JSON.parse(readFileSync(output, 'utf8'))
    expect(difference).toMatchObject({ kind: 'comparison', complete: { endpoint: 'complete' } })
    expect(JSON.stringify(difference)).not.toContain('joke')
  })

  test.each(['2', 'x', ''])('rejects the share %j', async share => {
    expect(await serve(['--emulate', '--compare-rate', share])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--compare-rate must be a number from 0 to 1.'),
    })
  })
})
