import { readFile } from 'node:fs/promises'
import { type Logger, pino } from 'pino'
import { startEmulator } from '../../emulator/index.ts'
import { type ServeOptions, type Serving, serveProxy } from '../../proxy/node/server.ts'
import { type Endpoint, type EndpointChoice, rollout } from '../../translate/index.ts'
import { type Arguments, count, flag, oneOf, readArguments, reasonOf, text } from '../arguments.ts'
import type { Surroundings } from '../main.ts'
import { createMetrics } from '../metrics.ts'
import { policyOf, readTranslation, TRANSLATION_OPTIONS } from '../translation-options.ts'
import { SERVE_HELP, UsageError } from '../usage.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']

const OPTIONS = {
  help: flag,
  host: text,
  port: text,
  upstream: text,
  emulate: flag,
  endpoint: text,
  ...TRANSLATION_OPTIONS,
  'max-tokens': text,
  'hold-key': flag,
  'tokens-file': text,
  'key-header': text,
  'max-body': text,
  'max-header': text,
  'max-concurrent': text,
  timeout: text,
  'log-level': text,
} as const

/** Every option there is, for the help to be held against. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

type Given = Arguments<typeof OPTIONS>['values']

/** `legacy-completions serve`: the proxy, until the signal asks it to end. */
export async function serve({ args, env, out, signal }: Surroundings): Promise<number> {
  const given = readArguments(args, OPTIONS).values
  if (given.help) {
    out(SERVE_HELP)
    return 0
  }
  const level = given['log-level'] ?? 'info'
  if (!LOG_LEVELS.includes(level))
    throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(', ')}.`)
  const log = pino({ name: 'legacy-completions', level }, { write: out })

  const options = await readOptions(given, env)
  const emulator = given.emulate ? await startEmulator() : undefined
  let proxy: Serving | undefined
  const metrics = createMetrics(() => proxy?.open ?? 0)
  try {
    proxy = await serveProxy({
      ...options,
      ...(emulator && { upstream: emulator.url }),
      pages: { '/metrics': metrics.page },
      onRequest(record) {
        metrics.count(record)
        log[record.status >= 500 ? 'warn' : 'info'](record, 'request')
      },
    })
  } catch (error) {
    await emulator?.close()
    throw asUsage(error)
  }
  const { host = '127.0.0.1' } = options
  log.info({ url: proxy.url, upstream: emulator ? 'emulator' : (options.upstream ?? 'default') }, 'listening')
  warnOfOpenDoor(log, host, options)
  await ended(signal)
  log.info({ open: proxy.open }, 'finishing what is open')
  await proxy.drain()
  await emulator?.close()
  return 0
}

/** The proxy's options, as far as they were said. What they say wrong, the proxy itself tells. */
async function readOptions(given: Given, env: Surroundings['env']): Promise<ServeOptions> {
  const tokens = given['tokens-file'] === undefined ? undefined : await readLines(given['tokens-file'])
  return {
    host: given.host,
    port: count(given.port, '--port') ?? 8080,
    upstream: given.upstream,
    endpoint: endpointOf(given.endpoint),
    ...(await readTranslation(given)),
    maxTokens: policyOf(given['max-tokens'], '--max-tokens'),
    apiKey: given['hold-key'] ? heldKey(env) : undefined,
    tokens,
    keyHeader: oneOf(given['key-header'], ['x-api-key', 'authorization'], '--key-header'),
    maxBodyBytes: count(given['max-body'], '--max-body'),
    maxHeaderBytes: count(given['max-header'], '--max-header'),
    maxConcurrent: count(given['max-concurrent'], '--max-concurrent'),
    timeout: count(given.timeout, '--timeout'),
  }
}

function heldKey(env: Surroundings['env']): string {
  const key = env.ANTHROPIC_API_KEY?.trim()
  if (!key) throw new UsageError('--hold-key needs ANTHROPIC_API_KEY in the environment.')
  return key
}

function endpointOf(said: string | undefined): EndpointChoice | undefined {
  const fraction = /^rollout:(.+)$/.exec(said ?? '')?.[1]
  if (fraction === undefined) return oneOf<Endpoint>(said, ['messages', 'complete'], '--endpoint')
  const share = Number(fraction)
  if (share >= 0 && share <= 1) return rollout(share)
  throw new UsageError('--endpoint rollout: takes a fraction from 0 to 1, such as rollout:0.1.')
}

async function readLines(path: string): Promise<string[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').map(line => line.trim())
    return lines.filter(line => line !== '' && !line.startsWith('#'))
  } catch (error) {
    throw new UsageError(`--tokens-file: ${path} ${reasonOf(error, 'cannot be read')}.`)
  }
}

/** A port that is taken is for the person at the terminal to hear of. */
function asUsage(error: unknown): unknown {
  const { code }: { code?: unknown } = Object(error)
  if (code === 'EADDRINUSE') return new UsageError('The port is taken. Choose another with --port.')
  if (code === 'EACCES')
    return new UsageError('The port may not be listened on. Choose one above 1023 with --port.')
  return error
}

/** Whoever reaches a proxy that forwards keys can use it; whoever reaches one on all addresses may be anybody. */
function warnOfOpenDoor(log: Logger, host: string, { apiKey }: ServeOptions): void {
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (!isLocal)
    log.warn({ host, holdsKey: apiKey !== undefined }, 'listening beyond this machine, without TLS')
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
