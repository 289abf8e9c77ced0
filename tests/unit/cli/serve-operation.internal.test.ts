/** How `serve` is operated: its log, its metrics, its tokens, its stop. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { createLogWriter, createServeLog } from '../../../src/cli/serve-log.ts'
import type { RequestRecord } from '../../../src/proxy/node/server.ts'

interface Served {
  url: string
  output(): string
  reload(): void
  end(): Promise<number>
}

interface Terminal {
  env?: Record<string, string>
  isStdoutTerminal?: boolean
}

async function run(args: readonly string[], { env = {}, isStdoutTerminal = false }: Terminal = {}) {
  const texts = { out: '', err: '' }
  const controller = new AbortController()
  let reload = (): void => {}
  const ended = main(['serve', '--port', '0', ...args], {
    env,
    out: text => {
      texts.out += text
    },
    err: text => {
      texts.err += text
    },
    stdin: async function* () {},
    stdout: 1,
    isStdoutTerminal,
    onReload: listener => {
      reload = listener
    },
    signal: controller.signal,
  })
  onTestFinished(async () => {
    controller.abort()
    await ended
  })
  return { texts, ended, end: () => controller.abort(), reload: () => reload() }
}

async function serve(args: readonly string[], terminal: Terminal = {}): Promise<Served> {
  const { texts, ended, end, reload } = await run(args, terminal)
  const find = (): string | undefined =>
    /"url":"(http:[^"]+)"|listens on (http:\S+)/.exec(texts.out)?.slice(1).find(Boolean)
  await expect.poll(find, { timeout: 5000 }).toBeDefined()
  return {
    url: find() ?? '',
    output: () => texts.out,
    reload,
    end: () => {
      end()
      return ended
    },
  }
}

/** What a command says that it cannot do. */
async function refusal(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { texts, ended } = await run(args, { env })
  expect(await ended).toBe(2)
  return texts.err
}

const complete = (url: string, key: string, fields: object = {}): Promise<Response> =>
  fetch(`${url}/v1/complete`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-2.1',
      prompt: '\n\nHuman: A secret question\n\nAssistant:',
      max_tokens_to_sample: 50,
      ...fields,
    }),
  })

const inFile = (text: string, mode = 0o600): string => {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'tokens')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

async function emulator(options = {}): Promise<RunningEmulator> {
  const running = await startEmulator(options)
  onTestFinished(() => running.close())
  return running
}

const KEY = 'sk-test-key-0123456789'
const SEARCH = 'token-of-the-search-team'
const BATCH = 'token-of-the-batch-jobs'

describe('the log of serve', () => {
  test('is readable at a terminal: how to use it, then one line a request', async () => {
    const { url, output } = await serve(['--emulate'], { isStdoutTerminal: true })
    expect(output()).toContain(`legacy-completions listens on ${url}\nUpstream: emulator\n`)
    expect(output()).toContain(`  export ANTHROPIC_BASE_URL=${url}\n`)
    await (await complete(url, KEY, { temperature: 0 })).text()
    await expect
      .poll(output)
      .toMatch(/^\d\d:\d\d:\d\d POST \/v1\/complete 200 messages \d+ ms retired-model,sampling-dropped$/m)
    expect(output()).not.toMatch(/secret|sk-test/)
  })

  test('is JSON at a terminal, too, with --log-format json', async () => {
    const { output } = await serve(['--emulate', '--log-format', 'json'], { isStdoutTerminal: true })
    expect(JSON.parse(output().split('\n')[0] ?? '')).toMatchObject({ msg: 'listening', level: 30 })
  })

  test('rounds its numbers, and names the cause of a failure', async () => {
    const { url, output } = await serve(['--upstream', 'http://127.0.0.1:9', '--timeout', '2000'])
    expect((await complete(url, KEY)).status).toBe(502)
    await expect.poll(output).toContain('"msg":"request"')
    const line = JSON.parse(output().trim().split('\n').at(-1) ?? '')
    expect(line).toMatchObject({ level: 40, outcome: 'upstream-failed', cause: 'refused', status: 502 })
    expect(line.milliseconds * 10).toBe(Math.round(line.milliseconds * 10))
    const metrics = await (await fetch(`${url}/metrics?x=1`)).text()
    expect(metrics).toContain('legacy_completions_upstream_errors_total{cause="refused"} 1')
  })

  test('warns at the start when the upstream cannot be resolved', async () => {
    const { output } = await serve(['--upstream', 'http://upstream.invalid'])
    await expect
      .poll(output, { timeout: 10_000 })
      .toMatch(/"cause":"dns","msg":"the upstream cannot be resolved/)
  })

  test('keeps control characters of a path from the terminal', () => {
    let written = ''
    const log = createServeLog('text', 'info', line => {
      written += line
    })
    const record: RequestRecord = {
      method: 'GET',
      path: '/\u001b[2Ja\nb',
      status: 200,
      endpoint: 'passed-on',
      client: undefined,
      isStreamed: false,
      diagnostics: [],
      outcome: 'answered',
      cause: undefined,
      firstByte: 1,
      milliseconds: 1234,
      requestId: undefined,
    }
    log.request(record)
    expect(written).toMatch(/^\d\d:\d\d:\d\d GET \/\\u001b\[2Ja\\nb 200 passed-on 1\.2 s\n$/)
  })

  test('counts lines that an output does not take, and keeps only some', () => {
    const stalled = new Writable({ write() {} })
    const writer = createLogWriter(stalled)
    for (let line = 0; line < 3000; line++) writer.write(`${'x'.repeat(1023)}\n`)
    expect(writer.lost).toBeGreaterThan(1900)
    expect(stalled.writableLength).toBeLessThan(1.1 * 1024 * 1024)
  })

  test('counts lines that an output fails to write', async () => {
    const full = new Writable({
      autoDestroy: false,
      write: (_chunk, _encoding, done) => done(new Error('ENOSPC')),
    })
    const writer = createLogWriter(full)
    writer.write('a\n')
    await expect.poll(() => writer.lost).toBe(1)
  })
})

describe('the tokens of serve', () => {
  test('have names, which the log tells', async () => {
    const { url } = await emulator({ apiKeys: [KEY] })
    const tokens = inFile(`search:${SEARCH}\n${BATCH}\n`)
    const served = await serve(['--upstream', url, '--hold-key', '--tokens-file', tokens], {
      env: { ANTHROPIC_API_KEY: KEY },
    })
    expect((await complete(served.url, SEARCH)).status).toBe(200)
    expect((await complete(served.url, BATCH)).status).toBe(200)
    expect((await complete(served.url, `search:${SEARCH}`)).status).toBe(401)
    await expect.poll(served.output).toContain('"client":"client-2"')
    expect(served.output()).toContain('"client":"search"')
    expect(served.output()).not.toMatch(/token-of/)
  })

  test('are read again on SIGHUP, and a file that cannot be used changes nothing', async () => {
    const { url } = await emulator({ apiKeys: [KEY] })
    const tokens = inFile(`search:${SEARCH}\n`)
    const served = await serve(['--upstream', url, '--hold-key', '--tokens-file', tokens], {
      env: { ANTHROPIC_API_KEY: KEY },
    })
    writeFileSync(tokens, `batch:${BATCH}\n`)
    served.reload()
    expect((await complete(served.url, SEARCH)).status).toBe(401)
    expect((await complete(served.url, BATCH)).status).toBe(200)
    for (const text of ['', 'short\n']) {
      writeFileSync(tokens, text)
      served.reload()
      expect(served.output()).toContain('kept the old tokens')
      expect((await complete(served.url, BATCH)).status).toBe(200)
    }
    rmSync(tokens)
    served.reload()
    expect((await complete(served.url, BATCH)).status).toBe(200)
  })

  test('are refused in a file that every user can read, with the fix', async () => {
    const path = inFile(`${SEARCH}\n`, 0o644)
    const err = await refusal(['--emulate', '--hold-key', '--tokens-file', path], { ANTHROPIC_API_KEY: KEY })
    expect(err).toContain(
      `--tokens-file: every user of this machine can read ${path}. Run chmod 600 ${path}.`,
    )
  })

  test('reach only the paths that --allow names', async () => {
    const { url } = await emulator({ apiKeys: [KEY] })
    const tokens = inFile(`search:${SEARCH}\n`)
    const held = ['--upstream', url, '--hold-key', '--tokens-file', tokens]
    const env = { ANTHROPIC_API_KEY: KEY }
    const get = async (base: string, path: string): Promise<number> =>
      (await fetch(base + path, { headers: { 'x-api-key': SEARCH, 'anthropic-version': '2023-06-01' } }))
        .status
    const usual = await serve(held, { env })
    expect(await get(usual.url, '/v1/models')).toBe(200)
    expect(await get(usual.url, '/v1/files')).toBe(403)
    const narrow = await serve([...held, '--allow', '/v1/complete'], { env })
    expect(await get(narrow.url, '/v1/models')).toBe(403)
    expect((await complete(narrow.url, SEARCH)).status).toBe(200)
  })
})

describe('the ports of serve', () => {
  test('--metrics-port has the metrics, and the port of the proxy has them no longer', async () => {
    const { url, output } = await serve(['--emulate', '--metrics-port', '0'])
    const metrics = /"metrics":"(http:[^"]+)"/.exec(output())?.[1]
    expect(await (await fetch(`${metrics}/metrics`)).text()).toContain('legacy_completions_open_requests 0')
    expect((await fetch(`${metrics}/healthz`)).status).toBe(200)
    expect((await fetch(`${metrics}/v1/models`)).status).toBe(404)
    expect((await fetch(`${url}/metrics`)).status).not.toBe(200)
  })

  test.each(['/healthz?probe=1', '/readyz?x', '/metrics?name=a'])(
    '%s is answered by the proxy',
    async path => {
      const { url } = await serve(['--emulate'])
      expect((await fetch(url + path)).status).toBe(200)
    },
  )

  test.each([
    [['--port', '99999'], '--port 99999 is not a port. Choose one from 0 to 65535.'],
    [['--host', '203.0.113.7'], '--host 203.0.113.7 is not an address of this machine.'],
  ])('%j is one clear line', async (args, sentence) => {
    expect((await refusal(['--emulate', ...args])).split('\n')[0]).toBe(sentence)
  })
})

test('--drain-timeout cuts open requests and reports their number', async () => {
  const { url } = await emulator({ reply: { text: 'Hello', faults: { stallAfterBytes: 300 } } })
  const served = await serve(['--upstream', url, '--drain-timeout', '200'])
  const response = await complete(served.url, KEY, { stream: true })
  const reading = response.text().catch((error: unknown) => error)
  expect(await served.end()).toBe(0)
  expect(await reading).toBeInstanceOf(Error)
  expect(served.output()).toContain('"cut":1')
  expect(served.output()).toContain('"outcome":"drained"')
})
