import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from 'legacy-completions/emulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { VERSION } from '../../../src/client/version.ts'
import { CREDENTIALS, startAws } from '../bedrock/aws-server.ts'

interface Running {
  url: string
  /** What it logged so far, a line each. */
  log(): Record<string, unknown>[]
  output(): string
  /** Asks it to end; resolves with its exit code. */
  end(): Promise<number>
}

interface Ended {
  code: number
  out: string
  err: string
}

const KEY = 'sk-test-key-0123456789'
const PROMPT = '\n\nHuman: A secret question\n\nAssistant:'

function run(
  args: readonly string[],
  env: Record<string, string>,
): { ended: Promise<Ended>; out: () => string; end: () => void } {
  const texts = { out: '', err: '' }
  const controller = new AbortController()
  const ended = main(args, {
    env,
    out: text => {
      texts.out += text
    },
    err: text => {
      texts.err += text
    },
    stdin: async function* () {},
    stdout: 1,
    signal: controller.signal,
  }).then(code => ({ code, ...texts }))
  return { ended, out: () => texts.out, end: () => controller.abort() }
}

const once = async (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  run(args, env).ended

async function serve(args: readonly string[], env: Record<string, string> = {}): Promise<Running> {
  const { ended, out, end } = run(['serve', '--port', '0', ...args], env)
  const log = (): Record<string, unknown>[] =>
    out()
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  const stop = async (): Promise<number> => {
    end()
    return (await ended).code
  }
  onTestFinished(async () => {
    await stop()
  })
  const listening = (): Record<string, unknown> | undefined => log().find(({ msg }) => msg === 'listening')
  while (listening() === undefined) {
    const over = await Promise.race([ended, new Promise<undefined>(resolve => setTimeout(resolve, 10))])
    if (over !== undefined) throw new Error(`ended with ${over.code}: ${over.err}`)
  }
  return { url: String(listening()?.url), log, output: out, end: stop }
}

const complete = (url: string, fields: object = {}, key = KEY): Promise<Response> =>
  fetch(`${url}/v1/complete`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-2.1', prompt: PROMPT, max_tokens_to_sample: 50, ...fields }),
  })

const inFile = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'file')
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

describe('without a command', () => {
  test.each([
    [['--version'], 0, `${VERSION}\n`],
    [['--help'], 0, 'Usage: legacy-completions <command>'],
    [['serve', '--help'], 0, 'Usage: legacy-completions serve'],
    [['-v'], 0, `${VERSION}\n`],
    [['-h'], 0, 'Usage: legacy-completions <command>'],
    [['help', 'serve'], 0, 'Usage: legacy-completions serve'],
    [['serve', '--port', '1', '-h'], 0, 'Usage: legacy-completions serve'],
  ])('%j says it', async (args, code, says) => {
    const ended = await once(args)
    expect(ended).toMatchObject({ code, err: '' })
    expect(ended.out).toContain(says)
  })

  test.each<[readonly string[], string]>([
    [[], 'Usage: legacy-completions'],
    [['sevre'], 'There is no command "sevre". Did you mean serve?'],
    [['help', 'sevre'], 'There is no command "sevre". Did you mean serve?'],
    [['serve', '--nope'], 'There is no option --nope.'],
    [['serve', '--prot', '1'], 'There is no option --prot. Did you mean --port?'],
    [['serve', '--port'], 'argument missing'],
    [['serve', 'here'], 'Unexpected argument "here".'],
    [['serve', '--port', 'x'], '--port must be a whole number.'],
    [['serve', '--endpoint', 'both'], '--endpoint must be messages, complete or rollout:FRACTION.'],
    [['serve', '--endpoint', 'rollout:2'], 'rollout: takes a fraction'],
    [['serve', '--prefill', 'maybe'], '--prefill must be adapt, error or pass.'],
    [['serve', '--models', '/nowhere/models.json'], 'does not exist'],
    [['serve', '--upstream', 'example'], 'upstream must be an absolute URL'],
    [['serve', '--hold-key'], '--hold-key needs ANTHROPIC_API_KEY'],
    [['serve', '--log-level', 'loud'], '--log-level must be fatal, error, warn, info, debug or silent.'],
  ])('rejects %j and names the fix', async (args, says) => {
    const ended = await once(args)
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toContain(says)
    if (args.length > 0) expect(ended.err).toMatch(/See legacy-completions (serve )?--help\./)
  })
})

describe('an unexpected error', () => {
  const broken = (env: Record<string, string>): Promise<Ended> => {
    let err = ''
    const out = (): never => {
      throw new RangeError('broken\nin two lines')
    }
    return main(['--version'], {
      env,
      out,
      err: text => {
        err += text
      },
      stdin: async function* () {},
      stdout: 1,
      signal: new AbortController().signal,
    }).then(code => ({ code, out: '', err }))
  }

  test('is one line with the address for reports', async () => {
    const { code, err } = await broken({})
    expect(code).toBe(2)
    expect(err).toMatch(/^Unexpected error: broken\. Please report it: https:\S+\/issues DEBUG=1 [^\n]*\n$/)
  })

  test('shows its stack with DEBUG', async () => {
    expect((await broken({ DEBUG: '1' })).err).toMatch(/\/issues\nRangeError: broken[\s\S]* at /)
  })
})

describe('serve', () => {
  test('--emulate answers without a key of anybody', async () => {
    const { url, end } = await serve(['--emulate'])
    const response = await complete(url)
    expect(await response.json()).toMatchObject({ type: 'completion', stop_reason: 'stop_sequence' })
    expect(await end()).toBe(0)
  })

  test('logs one line a request, without a key or a word of a prompt', async () => {
    const { url, log, output } = await serve(['--emulate'])
    await (await complete(url, { temperature: 0 })).text()
    await (await complete(url, { prompt: 'A secret question' })).text()
    await new Promise(resolve => setTimeout(resolve, 20))
    const requests = log().filter(({ msg }) => msg === 'request')
    expect(requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/complete',
        status: 200,
        endpoint: 'messages',
        outcome: 'answered',
        diagnostics: expect.arrayContaining(['retired-model', 'sampling-dropped']),
        requestId: expect.stringMatching(/^req_/),
      },
      { status: 400, endpoint: 'none', diagnostics: expect.arrayContaining(['missing-human-turn']) },
    ])
    expect(output()).not.toMatch(/secret|sk-test/)
  })

  test('has metrics that count what happened', async () => {
    const { url } = await serve(['--emulate'])
    await (await complete(url, { stop_sequences: ['\n'] })).text()
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain(
      'legacy_completions_requests_total{endpoint="messages",status="200",outcome="answered"} 1',
    )
    expect(metrics).toContain('legacy_completions_diagnostics_total{code="stop-enforced-here"} 1')
    expect(metrics).toContain('legacy_completions_open_requests 0')
    expect(metrics).toContain('legacy_completions_first_byte_seconds_count{endpoint="messages"} 1')
  })

  test('uses the models, the policies and the endpoint of its options', async () => {
    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const models = inFile('{"claude-2.1": {"replacement": "claude-haiku-4-5"}}')
    const { url } = await serve(['--upstream', emulator.url, '--models', models, '--sampling', 'error'])
    expect(await (await complete(url)).json()).toMatchObject({ model: 'claude-haiku-4-5-20251001' })
    expect((await complete(url, { temperature: 0.5, top_p: 0.5 })).status).toBe(400)

    const old = await serve(['--upstream', emulator.url, '--endpoint', 'complete'])
    expect(await (await complete(old.url)).json()).toMatchObject({ model: 'claude-2.1' })
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/complete'])
  })

  test('--hold-key serves only who presents a token', async () => {
    const emulator = await startEmulator({ apiKeys: [KEY] })
    onTestFinished(() => emulator.close())
    const tokens = inFile('# the search team\ntoken-of-the-search-team\n\n')
    const args = ['--upstream', emulator.url, '--hold-key', '--tokens-file', tokens]
    const { url, output } = await serve(args, { ANTHROPIC_API_KEY: KEY })
    expect((await complete(url, {}, 'token-of-the-search-team')).status).toBe(200)
    expect((await complete(url, {}, 'token-of-somebody-else')).status).toBe(401)
    expect((await complete(url, {}, KEY)).status).toBe(401)
    expect(emulator.requests).toHaveLength(1)
    expect(output()).not.toMatch(/token-of|sk-test/)
  })

  test('--aws-credentials signs the calls of those who present a token', async () => {
    const aws = await startAws({ reply: 'Hello!' })
    const tokens = inFile('token-of-the-search-team\n')
    const args = ['--upstream', aws.url, '--aws-credentials', '--tokens-file', tokens]
    const { accessKeyId, secretAccessKey } = CREDENTIALS
    const { url, output } = await serve(args, {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
    })
    expect((await complete(url, {}, 'token-of-the-search-team')).status).toBe(200)
    expect((await complete(url, {}, 'token-of-somebody-else')).status).toBe(401)
    expect(aws.received.map(({ target }) => target)).toEqual(['/model/us.anthropic.claude-opus-4-8/invoke'])
    expect(output()).not.toMatch(/token-of|the-secret/)
  })

  test('finishes an open stream after a signal, and accepts no new requests', async () => {
    const emulator = await startEmulator({
      reply: { deltas: ['one', ' two', ' three'], faults: { delayMs: 40 } },
    })
    onTestFinished(() => emulator.close())
    const { url, end } = await serve(['--upstream', emulator.url])
    const stream = await complete(url, { stream: true })
    const ending = end()
    await new Promise(resolve => setTimeout(resolve, 20))
    await expect(complete(url)).rejects.toThrow()
    expect((await stream.text()).match(/"stop_reason":"stop_sequence"/g)).toHaveLength(1)
    expect(await ending).toBe(0)
  })

  test('reports a port that is in use', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void taken.close())
    const address = taken.address()
    const port = typeof address === 'object' ? `${address?.port}` : ''
    const { code, err } = await once(['serve', '--port', port, '--emulate'])
    expect([code, err]).toEqual([2, expect.stringContaining('The port is taken.')])
  })
})
