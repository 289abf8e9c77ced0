import { readFileSync } from 'node:fs'
import { startEmulator } from '../../emulator/index.ts'
import { type ServeOptions, type Serving, serveProxy } from '../../proxy/node/server.ts'
import { type EndpointChoice, rollout } from '../../translate/index.ts'
import { choice, flag, number, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { readScriptFile } from '../emulator-script.ts'
import { withFile } from '../files.ts'
import { createLog, createMetrics, LOG_LEVELS, type Log } from '../monitoring.ts'
import { policy, readTranslation, TRANSLATION_HEADING, TRANSLATION_OPTIONS } from '../translation-options.ts'

const OPTIONS = {
  Listening: {
    host: text('HOST', 'Address to listen on', { default: '127.0.0.1' }),
    port: number('PORT', 'Port to listen on', { short: 'p', default: 8080 }),
    upstream: text('URL', 'Where requests are sent', { default: 'https://api.anthropic.com' }),
    emulate: flag('Use a built-in emulator of the API as the upstream'),
    script: text('FILE', 'Replies and faults of the emulator by request: JSON or YAML; needs --emulate'),
  },
  [TRANSLATION_HEADING]: {
    endpoint: text('WHERE', 'Upstream endpoint: messages, complete, or rollout:FRACTION for both', {
      default: 'messages',
    }),
    ...TRANSLATION_OPTIONS,
    'max-tokens': policy('More tokens than a model can write'),
  },
  Keys: {
    'hold-key': flag('Use ANTHROPIC_API_KEY for all clients; needs --tokens-file'),
    'tokens-file': text(
      'FILE',
      'Tokens that clients send instead of a key, one a line, 16 characters or more',
    ),
    'key-header': choice(
      'NAME',
      ['x-api-key', 'authorization'],
      'Header in which the upstream expects the key',
    ),
  },
  Limits: {
    'max-body': number('BYTES', 'Largest body of a request', { default: 33554432 }),
    'max-header': number('BYTES', 'Largest head of a request', { default: 16384 }),
    'max-concurrent': number('N', 'Requests at once; the proxy answers more with 529 (default: no limit)'),
    timeout: number('MS', 'How long the upstream may send nothing, in milliseconds', { default: 600000 }),
  },
  Monitoring: {
    'log-level': choice('LEVEL', LOG_LEVELS, 'What is logged, one JSON line a request', { default: 'info' }),
  },
} as const

/** `legacy-completions serve`: the proxy, until the signal asks it to end. */
export const serve: Command = defineCommand({
  usage: '[options]',
  examples: String.raw`
# Try it: no key is needed, and nothing leaves the machine.
legacy-completions serve --emulate
curl http://127.0.0.1:8080/v1/complete -H 'x-api-key: any' -H 'anthropic-version: 2023-06-01' \
  -d '{"model":"claude-2.1","max_tokens_to_sample":100,"prompt":"\n\nHuman: Hi\n\nAssistant:"}'

# In front of the Messages API; each client sends its own key.
legacy-completions serve --port 8080

# The proxy holds the key (ANTHROPIC_API_KEY); clients send a token.
legacy-completions serve --hold-key --tokens-file tokens.txt

# A tenth of the users to the Messages API, the others to a server that still has the old endpoint.
legacy-completions serve --upstream https://gateway.example --endpoint rollout:0.1

# A gateway's own models, and an error where a prefill would have to be adapted.
legacy-completions serve --upstream http://127.0.0.1:11434 --models models.json --prefill error`,
  options: OPTIONS,
  notes: `GET /healthz answers while the proxy runs, GET /readyz with 200 while it accepts requests, and GET /metrics
with counters for Prometheus.

SIGTERM and SIGINT let open requests finish. A second signal ends them.`,
  run: runProxy,
})

async function runProxy(given: ValuesOf<typeof OPTIONS>, { env, out, signal }: CliContext): Promise<number> {
  const log = createLog(given['log-level'] ?? 'info', out)

  const options = await readOptions(given, env)
  if (given.script !== undefined && !given.emulate) throw new UsageError('--script needs --emulate.')
  const rules = given.script === undefined ? undefined : readScriptFile(given.script)
  const emulator = given.emulate ? await startEmulator({ ...(rules && { rules }) }) : undefined
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
async function readOptions(given: ValuesOf<typeof OPTIONS>, env: CliContext['env']): Promise<ServeOptions> {
  const tokens = given['tokens-file'] === undefined ? undefined : readTokens(given['tokens-file'])
  return {
    host: given.host,
    port: given.port ?? 8080,
    upstream: given.upstream,
    endpoint: endpointOf(given.endpoint),
    ...(await readTranslation(given)),
    maxTokens: given['max-tokens'],
    apiKey: given['hold-key'] ? heldKey(env) : undefined,
    tokens,
    keyHeader: given['key-header'],
    maxBodyBytes: given['max-body'],
    maxHeaderBytes: given['max-header'],
    maxConcurrent: given['max-concurrent'],
    timeout: given.timeout,
  }
}

function heldKey(env: CliContext['env']): string {
  const key = env.ANTHROPIC_API_KEY?.trim()
  if (!key) throw new UsageError('--hold-key needs ANTHROPIC_API_KEY in the environment.')
  return key
}

function endpointOf(said: string | undefined): EndpointChoice | undefined {
  if (said === undefined || said === 'messages' || said === 'complete') return said
  const fraction = /^rollout:(.+)$/.exec(said)?.[1]
  if (fraction === undefined)
    throw new UsageError('--endpoint must be messages, complete or rollout:FRACTION.')
  const share = Number(fraction)
  if (share >= 0 && share <= 1) return rollout(share)
  throw new UsageError('--endpoint rollout: takes a fraction from 0 to 1, such as rollout:0.1.')
}

function readTokens(path: string): string[] {
  const lines = withFile(path, () => readFileSync(path, 'utf8'))
    .split('\n')
    .map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#'))
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
function warnOfOpenDoor(log: Log, host: string, { apiKey }: ServeOptions): void {
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
