import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:http2'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { type ServeOptions, type Serving, serveProxy } from 'legacy-completions/node'
import { Agent, fetch as fetchThrough, type RequestInit, type Response } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { serve } from '../../src/cli/commands/serve.ts'
import { help } from '../../src/cli/main.ts'
import { createMetrics } from '../../src/cli/monitoring.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = resolve(root, 'docs/deploy')
const recipe = (name: string): string => readFileSync(join(folder, name), 'utf8')
const page = readFileSync(resolve(root, 'docs/deploy.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(match => ({
  language: match[1] ?? '',
  code: match[2] ?? '',
}))

const PORT = 8080
const SILENCE_SECONDS = 600
const BODY = { model: 'claude-2.1', max_tokens_to_sample: 100, prompt: '\n\nHuman: Hi\n\nAssistant:' }
const HEADERS = { 'x-api-key': 'any', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' }

/** Whether a program is there to be asked. */
const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds))

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The options that a command line gives to `serve`. */
const optionsIn = (text: string): string[] => [...text.matchAll(/--([a-z-]+)/g)].map(match => match[1] ?? '')

describe('docs/deploy.md', () => {
  it('contains each recipe word for word (update with: npx vitest run tests/docs/deploy.test.ts -u)', async () => {
    const included = page.replaceAll(
      /(\[`([^`]+)`\]\(deploy\/\2\)[^\n]*(?:\n[^\n]+)*\n\n```\w+\n)[\s\S]*?(?=^```$)/gm,
      (_, before: string, name: string) => before + recipe(name),
    )
    for (const name of readdirSync(folder)) expect(included, name).toContain(`\n${recipe(name)}\`\`\`\n`)
    await expect(included).toMatchFileSnapshot('../../docs/deploy.md')
  })

  it('names every metric, and no other', async () => {
    const { body } = await createMetrics({ openRequests: () => 0, lostLogLines: () => 0 }).page()
    const own = [...body.matchAll(/^# TYPE (legacy_completions_\w+)/gm)].map(match => match[1])
    const named = new Set(
      [...page.matchAll(/legacy_completions_\w+_(?:total|seconds|requests)\b/g)].map(String),
    )
    expect([...named].sort()).toEqual(own.sort())
    // Of the process itself, those that are named as examples.
    for (const [name] of page.matchAll(/\b(?:process|nodejs)_\w+/g)) expect(body).toContain(`# TYPE ${name} `)
  })

  it('has shell blocks that name options and files which exist', () => {
    const shell = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code)
    expect(shell.length).toBeGreaterThan(2)
    for (const code of shell) {
      for (const [, file = ''] of code.matchAll(/\bdocs\/deploy\/([\w@.-]+)/g))
        expect(readdirSync(folder)).toContain(file)
      for (const [, given = ''] of code.matchAll(/legacy-completions(?::\S+)? serve (.*)/g))
        for (const option of optionsIn(given)) expect(Object.keys(serve.options)).toContain(option)
    }
  })

  it('says of each limit what there is without it, as the help does', async () => {
    const helpOfServe = await help('serve')
    const rows = [...page.matchAll(/^\| `--([a-z-]+)` \| (\w+)/gm)]
    expect(rows.length).toBeGreaterThan(3)
    for (const [, option, value = ''] of rows) {
      const line = new RegExp(`--${option} .*?\\(.*?\\)`).exec(helpOfServe.replace(/\s+/g, ' '))?.[0]
      expect(line).toContain(value === 'none' ? '(default: no limit)' : `(default: ${value})`)
    }
  })

  it('says what a replica answers beyond its limits', async () => {
    const slow = { reply: { text: 'Hello', faults: { responseDelayMs: 10_000 } } }
    const { url } = await startProxy(await startBackend(slow), { maxConcurrent: 1, timeout: 100 })
    const ask = (headers = {}): Promise<globalThis.Response> =>
      fetch(`${url}/v1/complete`, {
        method: 'POST',
        headers: { ...HEADERS, ...headers },
        body: JSON.stringify(BODY),
      })
    const [first, second] = await Promise.all([ask(), ask()])
    expect([first?.status, second?.status].sort()).toEqual([504, 529])
    expect([first, second].find(one => one?.status === 529)?.headers.get('retry-after')).toBe('1')
    expect((await ask({ 'x-long': 'x'.repeat(17_000) })).status).toBe(431)
  })

  it('names every field of the log', async () => {
    let fields: string[] = []
    const proxy = await startProxy(await startBackend(), {
      onRequest: record => {
        fields = Object.keys(record)
      },
    })
    const url = `${proxy.url}/v1/complete`
    await (await fetch(url, { method: 'POST', headers: HEADERS, body: JSON.stringify(BODY) })).text()
    while (fields.length === 0) await pause(5)
    const section = /^## Log$([\s\S]*?)^## /m.exec(page)?.[1] ?? ''
    for (const field of fields) expect(section).toContain(`\`${field}\``)
  })
})

async function startBackend(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

async function startProxy(emulator: RunningEmulator, options: ServeOptions): Promise<Serving> {
  const proxy = await serveProxy({ upstream: emulator.url, ...options })
  onTestFinished(() => proxy.close())
  return proxy
}

interface Fleet {
  emulator: RunningEmulator
  replicas: [Serving, Serving]
  origin: string
  ca: string
  complete(fields?: object, init?: RequestInit): Promise<Response>
  get(path: string): Promise<Response>
  /** What nginx logged. */
  log(): string
}

/** nginx with the recipe, on loopback, in front of two replicas. */
async function startFleet(options: EmulatorOptions = {}, serveOptions: ServeOptions = {}): Promise<Fleet> {
  const home = temporaryFolder()
  const emulator = await startBackend(options)
  const replicas: [Serving, Serving] = [
    await startProxy(emulator, serveOptions),
    await startProxy(emulator, serveOptions),
  ]
  const port = await freePort()
  const name = 'completions.example.com'
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ...['-keyout', join(home, `${name}.key`), '-out', join(home, `${name}.pem`)],
  ])
  const site = [
    ['server 127.0.0.1:8081 ', `server ${new URL(replicas[0].url).host} `],
    ['server 127.0.0.1:8082 ', `server ${new URL(replicas[1].url).host} `],
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['/etc/nginx/tls/completions.example.com.pem', join(home, `${name}.pem`)],
    ['/etc/nginx/tls/completions.example.com.key', join(home, `${name}.key`)],
    ['/var/log/nginx/legacy-completions.log', join(home, 'access.log')],
  ].reduce((text, [from = '', to = '']) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }, recipe('nginx.conf'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const isRoot = process.getuid?.() === 0
  writeFileSync(
    join(home, 'nginx.conf'),
    `${isRoot ? 'user root;' : ''} worker_processes 2; daemon off; pid ${home}/pid; error_log ${home}/error.log;
events { worker_connections 512; }
http {
${temporary.map(kind => `${kind}_temp_path ${home}/${kind};`).join('\n')}
${site}
}`,
  )
  const nginx = spawn('nginx', ['-p', home, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')])
  let complaint = ''
  nginx.stderr.on('data', text => {
    complaint += text
  })
  const gone = once(nginx, 'exit')
  const ca = readFileSync(join(home, `${name}.pem`), 'utf8')
  const dispatcher = new Agent({ connect: { ca, servername: name } })
  onTestFinished(async () => {
    await dispatcher.destroy()
    nginx.kill('SIGTERM')
    await gone
  })
  const origin = `https://127.0.0.1:${port}`
  const get = (path: string): Promise<Response> => fetchThrough(`${origin}${path}`, { dispatcher })
  for (let tries = 0; ; tries++) {
    if (nginx.exitCode !== null || tries > 100)
      throw new Error(`nginx does not serve: ${complaint}${readFileSync(join(home, 'error.log'), 'utf8')}`)
    if (
      await get('/readyz').then(
        () => true,
        () => false,
      )
    )
      break
    await pause(20)
  }
  return {
    emulator,
    replicas,
    origin,
    ca,
    complete: (fields = {}, init = {}) =>
      fetchThrough(`${origin}/v1/complete`, {
        method: 'POST',
        headers: HEADERS,
        body: JSON.stringify({ ...BODY, ...fields }),
        dispatcher,
        ...init,
      }),
    get,
    log: () => readFileSync(join(home, 'access.log'), 'utf8'),
  }
}

async function freePort(): Promise<number> {
  const server = createSocketServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('nginx.conf', () => {
  const site = recipe('nginx.conf')
  const seconds = (directive: string): number =>
    Number(new RegExp(`^ *${directive} (\\d+)s;`, 'm').exec(site)?.[1])

  it('closes idle connections before a replica does, and waits longer than one', () => {
    const server = createServer()
    expect(seconds('keepalive_timeout') * 1000).toBeLessThan(server.keepAliveTimeout)
    expect(seconds('proxy_read_timeout')).toBeGreaterThan(SILENCE_SECONDS)
  })

  const missing = ['nginx', 'openssl'].filter(command => !has(command))
  const withNginx = (name: string, test: () => Promise<void>): void =>
    it(name, async ({ skip }) => {
      if (missing.length > 0) skip(`not installed: ${missing.join(', ')}`)
      await test()
    })

  withNginx('passes whole answers, and spreads them over both replicas', async () => {
    const { complete, get, emulator, log } = await startFleet()
    for (let i = 0; i < 6; i++) {
      const response = await complete()
      expect(response.status).toBe(200)
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
      expect(await response.json()).toMatchObject({ type: 'completion', stop_reason: 'stop_sequence' })
    }
    expect((await get('/metrics')).status).toBe(404)
    expect((await get('/readyz')).status).toBe(200)
    // What one replica logs and what nginx logs have the id of the API in common.
    const lines = log()
      .trimEnd()
      .split('\n')
      .filter(line => line.includes('/v1/complete'))
    expect(lines[0]).toMatch(/^\S+ [0-9a-f]{32} req_\S+ "POST \/v1\/complete" 200 127\.0\.0\.1:\d+ 200 /)
    expect(new Set(lines.map(line => /200 (127\S+)/.exec(line)?.[1])).size).toBe(2)
    expect(log()).not.toMatch(/Human|any/)
    expect(emulator.requests.every(({ headers }) => !('x-forwarded-for' in headers))).toBe(true)
  })

  const slow: EmulatorOptions = {
    pings: false,
    reply: { deltas: ['one', ' two', ' three', ' four'], faults: { delayMs: 50 } },
  }

  withNginx('hands a stream on event by event, over HTTP/1.1', async () => {
    const { complete } = await startFleet(slow)
    const arrivals = []
    for await (const piece of (await complete({ stream: true })).body ?? [])
      if (/completion/.test(new TextDecoder().decode(piece))) arrivals.push(performance.now())
    expect(arrivals.length).toBeGreaterThan(3)
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(120)
  })

  withNginx('hands a stream on event by event, over HTTP/2', async () => {
    const { origin, ca } = await startFleet(slow)
    const session = connect(origin, { ca, servername: 'completions.example.com' })
    onTestFinished(() => session.destroy())
    const request = session.request({ ':method': 'POST', ':path': '/v1/complete', ...HEADERS })
    request.end(JSON.stringify({ ...BODY, stream: true }))
    const [head] = await once(request, 'response')
    expect(head).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' })
    const arrivals = []
    for await (const piece of request) if (/completion/.test(String(piece))) arrivals.push(performance.now())
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(120)
  })

  withNginx('tells the API when a client has gone', async () => {
    const { complete, emulator } = await startFleet({
      reply: { text: 'Hello', faults: { stallAfterBytes: 300 } },
    })
    const controller = new AbortController()
    const response = await complete({ stream: true }, { signal: controller.signal })
    expect(response.status).toBe(200)
    controller.abort()
    for (let tries = 0; tries < 100 && !emulator.requests[0]?.aborted; tries++) await pause(20)
    expect(emulator.requests[0]?.aborted).toBe(true)
  })

  withNginx(
    'refuses what is too large in the words of the API, its own limit and the replica’s',
    async () => {
      const { complete, emulator } = await startFleet({}, { maxBodyBytes: 1_000_000 })
      for (const size of [2_000_000, 33 * 1024 * 1024]) {
        const response = await complete({ prompt: 'x'.repeat(size) })
        expect(response.status).toBe(413)
        expect(await response.json()).toMatchObject({ error: { type: 'request_too_large' } })
      }
      expect(emulator.requests).toHaveLength(0)
    },
  )

  withNginx('hands on what the API refuses, as it is', async () => {
    const { complete, emulator } = await startFleet()
    const failure = {
      error: { type: 'overloaded_error', message: 'Overloaded' },
      headers: { 'retry-after': '7' },
    }
    emulator.reply(failure)
    const response = await complete()
    expect([response.status, response.headers.get('retry-after')]).toEqual([529, '7'])
    expect(emulator.requests).toHaveLength(1)
    // A 503 looks like that of a replica which is being stopped: the other one is asked, and its answer stands.
    for (let i = 0; i < 3; i++) {
      const unavailable = { status: 503, error: { type: 'api_error', message: 'Unavailable' } }
      emulator.reply(unavailable, unavailable)
      const refused = await complete()
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ error: { message: 'Unavailable' } })
    }
    expect(emulator.requests).toHaveLength(7)
  })

  withNginx('goes on when a replica dies, and says so when both have', async () => {
    const { complete, replicas } = await startFleet({
      reply: { text: 'Hello', faults: { responseDelayMs: 300 } },
    })
    const open = Array.from({ length: 8 }, () => complete())
    while (replicas[0].open + replicas[1].open < open.length) await pause(5)
    expect(replicas[0].open).toBeGreaterThan(0)
    await replicas[0].close()
    // Those that were with it are with the other one now.
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual(Array(8).fill(200))
    for (let i = 0; i < 4; i++) expect((await complete()).status).toBe(200)
    await replicas[1].close()
    const response = await complete()
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ error: { type: 'api_error' } })
  })

  withNginx('loses no request when a replica is drained under load', async () => {
    const { complete, replicas } = await startFleet({
      reply: { deltas: ['one', ' two'], faults: { delayMs: 5 } },
    })
    const seen = { answered: 0, failed: [] as unknown[] }
    let isOver = false
    const client = async (stream: boolean): Promise<void> => {
      while (!isOver) {
        try {
          const response = await complete({ stream })
          const text = await response.text()
          const isWhole = response.status === 200 && text.includes('"stop_reason":"stop_sequence"')
          if (isWhole) seen.answered++
          else seen.failed.push([response.status, text])
        } catch (error) {
          seen.failed.push(error)
        }
      }
    }
    const clients = Array.from({ length: 16 }, (_, i) => client(i % 2 === 0))
    // By answers and not by time: a busy machine takes longer over as many.
    const answers = (count: number) =>
      expect.poll(() => seen.answered + seen.failed.length, { timeout: 8000 }).toBeGreaterThan(count)
    await answers(20)
    await replicas[0].drain()
    await answers(seen.answered + 20)
    isOver = true
    await Promise.all(clients)
    expect(seen.failed).toEqual([])
  })
})

describe('legacy-completions@.service', () => {
  const unit = recipe('legacy-completions@.service')
  const dropIn = recipe('hold-key.conf')
  const command = (text: string): string => /^ExecStart=(\S.*)$/m.exec(text)?.[1] ?? ''

  it('is of sections and settings', () => {
    for (const text of [unit, dropIn]) {
      const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
      for (const line of lines) expect(line).toMatch(/^(\[(Unit|Service|Install)\]|[A-Z]\w+=.*)$/)
    }
  })

  it('starts what there is, with options that there are', () => {
    const { bin } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { bin: object }
    for (const line of [command(unit), command(dropIn)]) {
      expect(line).toMatch(new RegExp(`/bin/${Object.keys(bin)[0]} serve `))
      expect(Object.keys(serve.options)).toEqual(expect.arrayContaining(optionsIn(line)))
    }
    // The key comes in the environment, and never in an argument, which all of the machine can read.
    expect(dropIn).toContain('EnvironmentFile=')
    expect(`${unit}${dropIn}`).not.toMatch(/^(Environment|ExecStart)=.*(sk-|API_KEY)/m)
  })

  it('is started again after every exit, and reads the tokens again on reload', () => {
    expect(unit).toMatch(/^Restart=always$/m)
    expect(unit).not.toContain('RestartPreventExitStatus')
    expect(unit).toMatch(/^ExecReload=.* -HUP \$MAINPID$/m)
  })

  it('gives open streams longer to finish than a silent one takes', () => {
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(SILENCE_SECONDS)
  })

  it('waits for a replica that serves', async ({ skip }) => {
    if (!has('curl')) skip('curl is not installed')
    const { url } = await startProxy(await startBackend(), {})
    const line = /^ExecStartPost=\S+ (.*)$/m.exec(unit)?.[1] ?? ''
    const child = spawn('curl', line.replace('127.0.0.1:%i', new URL(url).host).split(' '))
    expect((await once(child, 'exit'))[0]).toBe(0)
  })

  it('is what systemd understands, and exposes little', async ({ skip }) => {
    if (!has('systemd-analyze')) skip('systemd is not installed: only the syntax was looked at')
    const home = temporaryFolder()
    const path = join(home, 'legacy-completions@8081.service')
    // The program is not installed here, and systemd looks for it.
    const here = (text: string): string => text.replaceAll(/^(Exec\w+=)\/\S+/gm, `$1${process.execPath}`)
    writeFileSync(path, here(unit))
    mkdirSync(`${path}.d`)
    writeFileSync(join(`${path}.d`, 'hold-key.conf'), here(dropIn))
    const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })
    // Complaints that name other units are about this machine.
    const complaints = verified.stderr.split('\n').filter(line => line.includes('legacy-completions'))
    expect([verified.status, complaints]).toEqual([0, []])
    const security = spawnSync('systemd-analyze', ['security', '--offline=true', path], { encoding: 'utf8' })
    if (/unrecognized option/.test(security.stderr)) return
    expect(Number(/exposure level for .*: (\d+\.\d+)/.exec(security.stdout)?.[1])).toBeLessThan(2)
  })
})

describe('Dockerfile', () => {
  const text = recipe('Dockerfile')
  const instructions = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .trim()
    .split(/\n+/)
    .map(line => /^([A-Z]+) +(.+)$/.exec(line) ?? expect.fail(`not an instruction: ${line}`))
    .map(([, name = '', rest = '']) => ({ name, rest }))
  const last = (name: string): string => instructions.filter(one => one.name === name).at(-1)?.rest ?? ''
  const form = (rest: string): string[] => JSON.parse(/\[.*\]$/.exec(rest)?.[0] ?? '')

  it('is of instructions that there are, in an order that works', () => {
    const known = [
      'FROM',
      'ARG',
      'LABEL',
      'WORKDIR',
      'RUN',
      'ENV',
      'COPY',
      'USER',
      'EXPOSE',
      'HEALTHCHECK',
      'ENTRYPOINT',
    ]
    for (const { name } of instructions) expect(known).toContain(name)
    expect(instructions.slice(0, 2).map(({ name }) => name)).toEqual(['ARG', 'FROM'])
    for (const label of ['title', 'description', 'licenses', 'version'])
      expect(last('LABEL')).toContain(`org.opencontainers.image.${label}=`)
    expect(text).toMatch(/^FROM \S+ AS install$/m)
    expect(last('COPY')).toMatch(/^--from=install /)
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(last('EXPOSE')).toBe(`${PORT}`)
  })

  it('starts the version there is, with a file and options that there are', () => {
    const { version, bin, engines } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))
    expect(instructions[0]?.rest).toBe(`VERSION=${version}`)
    const [node, file = '', ...args] = form(last('ENTRYPOINT'))
    expect([node, resolve(root, 'dist', file.split('/dist/')[1] ?? '')]).toEqual([
      'node',
      resolve(root, bin['legacy-completions']),
    ])
    expect(args).toEqual(['serve', '--host', '0.0.0.0'])
    expect(Number(/^FROM node:(\d+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(
      Number(engines.node.match(/\d+/)),
    )
  })

  it('asks a replica for its health, and tells one that has gone', async () => {
    const proxy = await startProxy(await startBackend(), {})
    const [node = '', flag = '', program = ''] = form(last('HEALTHCHECK'))
    expect([node, program]).toEqual(['node', expect.stringContaining(`127.0.0.1:${PORT}/healthz`)])
    const check = async (): Promise<unknown> => {
      const asked = program.replace(`127.0.0.1:${PORT}`, new URL(proxy.url).host)
      return (await once(spawn(process.execPath, [flag, asked]), 'exit'))[0]
    }
    expect(await check()).toBe(0)
    await proxy.close()
    expect(await check()).toBe(1)
  })

  it('is what hadolint lets pass', ({ skip }) => {
    if (!has('hadolint')) skip('hadolint is not installed: only the instructions were looked at')
    const { status, stdout } = spawnSync('hadolint', [join(folder, 'Dockerfile')], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  })
})

describe('kubernetes.yaml', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what is looked at.
  const read = (name: string): any[] =>
    parseAllDocuments(recipe(name)).map(document => {
      expect(document.errors).toEqual([])
      return document.toJS()
    })
  const objects = read('kubernetes.yaml')
  const [deployment, service, budget, scaler] = objects
  const [patch] = read('kubernetes-hold-key.yaml')
  const pod = deployment.spec.template.spec
  const [container] = pod.containers

  it('is a Deployment, a Service, a PodDisruptionBudget and a HorizontalPodAutoscaler of one name', () => {
    expect(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      'apps/v1 Deployment',
      'v1 Service',
      'policy/v1 PodDisruptionBudget',
      'autoscaling/v2 HorizontalPodAutoscaler',
    ])
    expect(new Set(objects.map(({ metadata }) => metadata.name)).size).toBe(1)
    const { labels } = deployment.spec.template.metadata
    expect(deployment.spec.selector.matchLabels).toEqual(labels)
    expect(service.spec.selector).toEqual(labels)
    expect(budget.spec.selector.matchLabels).toEqual(labels)
    expect(scaler.spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: deployment.metadata.name })
    expect(budget.spec.minAvailable).toBeLessThan(deployment.spec.replicas)
    expect(scaler.spec.minReplicas).toBe(deployment.spec.replicas)
  })

  it('asks for what a replica answers, at the port it listens on', async () => {
    const { url } = await startProxy(await startBackend(), {})
    for (const probe of [container.readinessProbe, container.livenessProbe])
      expect((await fetch(`${url}${probe.httpGet.path}`)).status).toBe(200)
    expect(container.ports[0]).toEqual({ name: 'http', containerPort: PORT })
    const { annotations } = deployment.spec.template.metadata
    const metricsPort = container.args[container.args.indexOf('--metrics-port') + 1]
    expect([annotations['prometheus.io/port'], `${container.ports[1].containerPort}`]).toEqual([
      metricsPort,
      metricsPort,
    ])
    expect(service.spec.ports[0].targetPort).toBe('http')
  })

  it('gives open streams the time that they may take', () => {
    const [, grace = 0] = container.lifecycle.preStop.exec.command
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(grace) + SILENCE_SECONDS)
  })

  it('runs without rights', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(recipe('Dockerfile')).toContain(
      `USER ${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`,
    )
  })

  it('has the memory limit that npm run test:attacks holds', () => {
    const attacks = readFileSync(resolve(root, 'tests/stress/attacks/run.mjs'), 'utf8')
    const [, megabytes] = /^const MOST_MEGABYTES = (\d+)$/m.exec(attacks) ?? []
    expect(container.resources.limits.memory).toBe(`${megabytes}Mi`)
  })

  it('gives options that there are, with and without a key that is held', () => {
    const [held] = patch.spec.template.spec.containers
    expect(held.name).toBe(container.name)
    for (const { args } of [container, held])
      expect(Object.keys(serve.options)).toEqual(expect.arrayContaining(optionsIn(args.join(' '))))
    expect(held.args).toEqual(expect.arrayContaining(container.args))
    const [{ name, mountPath }] = held.volumeMounts
    const [{ secret, ...volume }] = patch.spec.template.spec.volumes
    expect(volume.name).toBe(name)
    expect(held.args.at(-1)).toBe(`${mountPath}/${secret.items[0].path}`)
    expect(secret.defaultMode).toBe(0o440)
  })

  it('is what the schemas of Kubernetes allow', ({ skip }) => {
    if (!has('kubernetes-validate'))
      skip('kubernetes-validate is not installed: only the structure was looked at')
    const path = join(temporaryFolder(), 'objects.yaml')
    const spec = pod
    const [held] = patch.spec.template.spec.containers
    const merged = { ...spec, ...patch.spec.template.spec, containers: [{ ...container, ...held }] }
    const holding = structuredClone(deployment)
    holding.spec.template.spec = merged
    writeFileSync(path, [...objects, holding].map(object => JSON.stringify(object)).join('\n---\n'))
    const { status, stdout, stderr } = spawnSync('kubernetes-validate', ['--strict', path], {
      encoding: 'utf8',
    })
    expect(status, stdout + stderr).toBe(0)
  })
})

describe('worker.js', () => {
  interface Worker {
    default: { fetch(request: Request, env: Record<string, string>): Promise<globalThis.Response> }
  }
  const asked = (key: string): globalThis.RequestInit => ({
    method: 'POST',
    headers: { ...HEADERS, 'x-api-key': key },
    body: JSON.stringify(BODY),
  })
  const TOKENS = 'token-of-the-search-team\ntoken-of-another-team'

  /** A worker of its own: each holds one proxy. */
  const load = async (): Promise<Worker['default']> => {
    const made = resolve(root, '.tmp/deploy')
    mkdirSync(made, { recursive: true })
    const path = join(mkdtempSync(join(made, 'worker-')), 'worker.ts')
    onTestFinished(() => rmSync(resolve(path, '..'), { recursive: true, force: true }))
    writeFileSync(path, `// @ts-nocheck\n${recipe('worker.js')}`)
    return ((await import(pathToFileURL(path).href)) as Worker).default
  }

  it('forwards a client’s key', async () => {
    const emulator = await startBackend()
    const worker = await load()
    const request = new Request('http://worker.test/v1/complete', asked('any'))
    const response = await worker.fetch(request, { UPSTREAM: emulator.url })
    expect(await response.json()).toMatchObject({ type: 'completion' })
    expect(emulator.requests[0]?.headers['x-api-key']).toBe('any')
  })

  it('holds a key for those who present a token', async () => {
    const emulator = await startBackend()
    const worker = await load()
    const env = { UPSTREAM: emulator.url, ANTHROPIC_API_KEY: 'the-key', TOKENS }
    const statusFor = async (key: string): Promise<number> =>
      (await worker.fetch(new Request('http://worker.test/v1/complete', asked(key)), env)).status
    expect(await statusFor('token-of-another-team')).toBe(200)
    expect(await statusFor('token-of-somebody-else')).toBe(401)
    expect(emulator.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['the-key'])
  })

  it('runs in workerd, whole and streamed', async ({ skip }) => {
    const miniflare = resolve(root, 'tests/e2e/runtimes/node_modules/miniflare')
    const built = resolve(root, 'dist/proxy.js')
    if (!existsSync(miniflare)) return skip('miniflare is not installed: tests/e2e/runtimes has it')
    if (!existsSync(built)) return skip('the package is not built: npm run build')
    const { rolldown } = await import('rolldown')
    const made = temporaryFolder()
    const bundle = await rolldown({
      input: join(folder, 'worker.js'),
      platform: 'browser',
      external: [/^node:/],
      resolve: {
        alias: { 'legacy-completions/proxy': built },
        conditionNames: ['workerd', 'worker', 'browser', 'import', 'default'],
      },
      // The sources are under the name of the package in the tsconfig.json above.
      tsconfig: false,
    })
    await bundle.write({ dir: made, format: 'esm', entryFileNames: 'main.js', chunkFileNames: '[name].js' })
    const emulator = await startBackend({
      pings: false,
      reply: { deltas: ['one', ' two', ' three', ' four'], faults: { delayMs: 50 } },
    })
    const { main } = JSON.parse(readFileSync(join(miniflare, 'package.json'), 'utf8')) as { main: string }
    const { Miniflare } = (await import(pathToFileURL(join(miniflare, main)).href)).default
    const files = readdirSync(made).sort((a, b) => Number(b === 'main.js') - Number(a === 'main.js'))
    const worker = new Miniflare({
      modules: files.map(path => ({
        type: 'ESModule',
        path,
        contents: readFileSync(join(made, path), 'utf8'),
      })),
      bindings: { UPSTREAM: emulator.url, ANTHROPIC_API_KEY: 'the-key', TOKENS },
      compatibilityDate: '2026-04-01',
    })
    onTestFinished(() => worker.dispose())
    const url = `${await worker.ready}v1/complete`
    expect((await fetch(url, asked('token-of-somebody-else'))).status).toBe(401)
    expect(await (await fetch(url, asked('token-of-the-search-team'))).json()).toMatchObject({
      type: 'completion',
      completion: ' one two three four',
    })
    const arrivals = []
    const streamed = { ...asked('token-of-the-search-team'), body: JSON.stringify({ ...BODY, stream: true }) }
    for await (const piece of (await fetch(url, streamed)).body ?? [])
      if (/completion/.test(new TextDecoder().decode(piece))) arrivals.push(performance.now())
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(120)
    expect(emulator.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['the-key', 'the-key'])
  })
})
