import { lookup } from 'node:dns/promises'
import { appendFileSync } from 'node:fs'
import { GEOGRAPHIES } from '../../adapters/bedrock-models.ts'
import type { ComparisonOptions } from '../../core/compare.ts'
import { startEmulator } from '../../emulator/index.ts'
import {
  type Listening,
  type ServeOptions,
  type Serving,
  serveProxy,
  serveRoutes,
} from '../../proxy/node/server.ts'
import { choice, flag, number, text, texts } from '../arguments.ts'
import { awsOptions } from '../aws-credentials.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { readScriptFile } from '../emulator-script.ts'
import { withFile } from '../files.ts'
import { createMetrics } from '../monitoring.ts'
import {
  createServeLog,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogWriter,
  type ServeLog,
} from '../serve-log.ts'
import { readTokens } from '../tokens-file.ts'
import {
  policy,
  readAdaptations,
  readEndpoint,
  readTranslation,
  TRANSLATION_HEADING,
  TRANSLATION_OPTIONS,
} from '../translation-options.ts'

const OPTIONS = {
  Listening: {
    host: text('HOST', 'Address to listen on', { default: '127.0.0.1' }),
    port: number('PORT', 'Port to listen on', { short: 'p', default: 8080 }),
    upstream: text('URL', 'Base URL of the upstream', { default: 'https://api.anthropic.com' }),
    emulate: flag('Use a built-in emulator of the API as the upstream'),
    'bedrock-model': text('MODEL', 'Model for Bedrock calls whose ARN does not name one'),
    'bedrock-geography': choice(
      'PREFIX',
      GEOGRAPHIES,
      'Geography of replaced models when the upstream is Bedrock',
    ),
    script: text('FILE', 'Replies and faults of the emulator by request: JSON or YAML; needs --emulate'),
  },
  [TRANSLATION_HEADING]: {
    endpoint: text('WHERE', 'Upstream endpoint: messages, complete, or rollout:FRACTION for both', {
      default: 'messages',
    }),
    ...TRANSLATION_OPTIONS,
    'max-tokens': policy('max_tokens_to_sample above the limit of the model'),
    'adapt-messages': texts('WHAT', 'What to adapt in calls of /v1/messages: prefill, or retired-model'),
  },
  Comparison: {
    'compare-rate': text(
      'FRACTION',
      'Share of the calls that are also made on the other endpoint, from 0 to 1',
    ),
    'compare-baseline': text('FRACTION', 'Share of those that are made twice on the same endpoint', {
      default: '0.5',
    }),
    'compare-output': text('FILE', 'File for differences, one JSON line each, without texts', {
      default: 'differences.jsonl',
    }),
  },
  Keys: {
    'hold-key': flag('Use ANTHROPIC_API_KEY for all clients; needs --tokens-file'),
    'aws-credentials': flag(
      'Sign requests to Bedrock with the AWS credentials of the environment or of a profile; needs --tokens-file',
    ),
    'aws-profile': text('NAME', 'Profile in the AWS credentials file (default: AWS_PROFILE)'),
    'tokens-file': text(
      'FILE',
      'Tokens that clients send instead of a key, one on each line, with at least 16 characters; name:token names the client in the log',
    ),
    allow: texts(
      'PATH',
      'Path that clients may call; PATH/* allows all paths below it (default: all paths; with --hold-key or --aws-credentials only completions, messages and models)',
    ),
    'key-header': choice(
      'NAME',
      ['x-api-key', 'authorization'],
      'Header in which the upstream expects the key',
    ),
  },
  Limits: {
    'max-body': number('BYTES', 'Largest body of a translated request', { default: 2097152 }),
    'max-response': number(
      'BYTES',
      'Largest translated response that is held in memory; a larger one is cut',
      {
        default: 8388608,
      },
    ),
    'max-buffered': number('BYTES', 'Memory for the bodies of all requests; beyond it the answer is 529', {
      default: 25165824,
    }),
    'max-header': number('BYTES', 'Largest head of a request', { default: 16384 }),
    'max-concurrent': number('N', 'Maximum of concurrent requests; others get 529 (default: no limit)'),
    'max-connections': number('N', 'Maximum of open connections; others are closed', { default: 1024 }),
    'request-timeout': number('MS', 'Maximum pause of a client that sends a request, in milliseconds', {
      default: 60000,
    }),
    'write-timeout': number('MS', 'Maximum pause of a client that reads a response, in milliseconds', {
      default: 60000,
    }),
    'drain-timeout': number('MS', 'Maximum time of open requests after SIGTERM, in milliseconds', {
      default: 600000,
    }),
    timeout: number('MS', 'Maximum pause of the upstream, in milliseconds', { default: 600000 }),
  },
  Monitoring: {
    'log-level': choice('LEVEL', LOG_LEVELS, 'Lowest level that is logged', { default: 'info' }),
    'log-format': choice(
      'FORMAT',
      LOG_FORMATS,
      'One readable line or one JSON line a request (default: text at a terminal, json otherwise)',
    ),
    'metrics-port': number('PORT', 'Port for /metrics (default: the port of the proxy)'),
  },
} as const

/** `legacy-completions serve`: runs the proxy until a signal ends it. */
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

# In front of Amazon Bedrock, with AWS credentials; clients of Bedrock send a token as their access key id.
legacy-completions serve --aws-credentials --tokens-file tokens.txt

# A tenth of the users to the Messages API, the others to a server that still has the old endpoint.
legacy-completions serve --upstream https://gateway.example --endpoint rollout:0.1

# A gateway's own models, and an error where a prefill would have to be adapted.
legacy-completions serve --upstream http://127.0.0.1:11434 --models models.json --prefill error`,
  options: OPTIONS,
  notes: `GET /healthz answers while the proxy runs, GET /readyz with 200 while it accepts requests, and GET /metrics
with counters for Prometheus.

SIGTERM and SIGINT let open requests finish, within --drain-timeout. A second signal ends them. SIGHUP reads
--tokens-file again.`,
  run: runProxy,
})

async function runProxy(given: ValuesOf<typeof OPTIONS>, context: CliContext): Promise<number> {
  const { env, signal, isStdoutTerminal } = context
  const options = await readOptions(given, env)
  if (given.script !== undefined && !given.emulate) throw new UsageError('--script needs --emulate.')
  const rules = given.script === undefined ? undefined : readScriptFile(given.script)
  const emulator = given.emulate ? await startEmulator({ ...(rules && { rules }) }) : undefined
  const writer: LogWriter = context.openLog?.() ?? { write: context.out, lost: 0 }
  const format = given['log-format'] ?? (isStdoutTerminal ? 'text' : 'json')
  const log = createServeLog(format, given['log-level'] ?? 'info', writer.write)
  let proxy: Serving | undefined
  const metrics = createMetrics({ openRequests: () => proxy?.open ?? 0, lostLogLines: () => writer.lost })
  const routes = { '/metrics': metrics.page }
  const metricsPort = given['metrics-port']
  let metricsServer: Listening | undefined
  try {
    if (metricsPort !== undefined)
      metricsServer = await serveRoutes(routes, { host: given.host, port: metricsPort })
    proxy = await serveProxy({
      ...options,
      ...(emulator && { upstream: emulator.url }),
      routes: metricsPort === undefined ? routes : {},
      onDiagnostic({ code, severity, message, url }) {
        log[severity === 'info' ? 'info' : 'warn'](message, { code, url })
      },
      compare: comparisonOf(given),
      onRequest(record) {
        metrics.count(record)
        log.request(record)
      },
    })
  } catch (error) {
    await Promise.all([emulator?.close(), metricsServer?.close()])
    throw asUsage(error, options)
  }
  const upstream = emulator ? 'emulator' : (options.upstream ?? 'https://api.anthropic.com')
  announce(format, writer, log, { url: proxy.url, upstream, metrics: metricsServer?.url })
  warnAboutExposure(log, options)
  if (!emulator) void warnAboutUpstream(log, upstream)
  const { replaceTokens } = proxy
  context.onReload?.(() => reloadTokens(given['tokens-file'], replaceTokens, log))
  await ended(signal)
  log.info('draining', { open: proxy.open })
  const cut = await proxy.drain(given['drain-timeout'] ?? 600_000)
  if (cut > 0) log.warn('cut off open requests after --drain-timeout', { cut })
  await Promise.all([emulator?.close(), metricsServer?.close()])
  return 0
}

/** Returns the comparison options; `undefined` without `--compare-rate`. */
function comparisonOf(given: ValuesOf<typeof OPTIONS>): ComparisonOptions | undefined {
  if (given['compare-rate'] === undefined) return undefined
  const output = given['compare-output'] ?? 'differences.jsonl'
  const sampleRate = fraction(given['compare-rate'], '--compare-rate')
  const baseline = fraction(given['compare-baseline'] ?? '0.5', '--compare-baseline')
  withFile(output, () => appendFileSync(output, ''))
  return {
    sampleRate,
    baseline,
    onDifference: difference => appendFileSync(output, `${JSON.stringify(difference)}\n`),
  }
}

function fraction(value: string, name: string): number {
  const share = Number(value)
  if (value.trim() !== '' && share >= 0 && share <= 1) return share
  throw new UsageError(`${name} must be a number from 0 to 1.`)
}

/** Prints the address of the proxy and, on a terminal, how to use it. */
function announce(
  format: LogFormat,
  writer: LogWriter,
  log: ServeLog,
  { url, upstream, metrics }: { url: string; upstream: string; metrics: string | undefined },
): void {
  if (format === 'json') log.info('listening', { url, upstream, ...(metrics && { metrics }) })
  else
    writer.write(
      `legacy-completions listens on ${url}\n` +
        `Upstream: ${upstream}\n${metrics ? `Metrics: ${metrics}/metrics\n` : ''}` +
        `To use it:\n  export ANTHROPIC_BASE_URL=${url}\n\n`,
    )
}

/** Reads the tokens again, for later requests. Keeps the old tokens if the file is not usable. */
function reloadTokens(
  path: string | undefined,
  replaceTokens: Serving['replaceTokens'],
  log: ServeLog,
): void {
  if (path === undefined) {
    log.info('nothing to reload: the proxy has no --tokens-file')
    return
  }
  try {
    const tokens = readTokens(path, true)
    replaceTokens(tokens)
    log.info('reloaded tokens', { tokens: tokens.length })
  } catch (error) {
    log.warn(`kept the old tokens: ${error instanceof Error ? error.message : error}`)
  }
}

/** Warns at the start if the upstream's host name cannot be resolved, because then every request would fail. */
async function warnAboutUpstream(log: ServeLog, upstream: string): Promise<void> {
  const { hostname } = new URL(upstream)
  try {
    await lookup(hostname.replace(/^\[|\]$/g, ''))
  } catch {
    log.warn('the upstream cannot be resolved: check --upstream and the DNS of this machine', {
      upstream,
      cause: 'dns',
    })
  }
}

/** Collects the proxy's options from the arguments. The proxy validates them. */
async function readOptions(given: ValuesOf<typeof OPTIONS>, env: CliContext['env']): Promise<ServeOptions> {
  const tokens = given['tokens-file'] === undefined ? undefined : readTokens(given['tokens-file'])
  return {
    host: given.host,
    port: given.port ?? 8080,
    upstream: given.upstream,
    ...(await awsOptions(given, env)),
    bedrockModel: given['bedrock-model'],
    bedrockGeography: given['bedrock-geography'],
    endpoint: readEndpoint(given.endpoint),
    ...(await readTranslation(given)),
    maxTokens: given['max-tokens'],
    adaptMessages: readAdaptations(given['adapt-messages']),
    apiKey: given['hold-key'] ? heldKey(env) : undefined,
    tokens,
    keyHeader: given['key-header'],
    allow: given.allow.length > 0 ? given.allow : undefined,
    maxBodyBytes: given['max-body'],
    maxResponseBytes: given['max-response'],
    maxBufferedBytes: given['max-buffered'],
    maxHeaderBytes: given['max-header'],
    maxConcurrent: given['max-concurrent'],
    maxConnections: given['max-connections'],
    requestTimeout: given['request-timeout'],
    writeTimeout: given['write-timeout'],
    timeout: given.timeout,
  }
}

function heldKey(env: CliContext['env']): string {
  const key = env.ANTHROPIC_API_KEY?.trim()
  if (!key) throw new UsageError('--hold-key needs ANTHROPIC_API_KEY in the environment.')
  return key
}

/** Converts an error of `listen` to a UsageError with a one-line message. */
function asUsage(error: unknown, { host, port }: ServeOptions): unknown {
  const { code }: { code?: unknown } = Object(error)
  if (code === 'EADDRINUSE')
    return new UsageError('The port is taken. Choose another with --port, or stop the program that uses it.')
  if (code === 'EACCES')
    return new UsageError('The port may not be listened on. Choose one above 1023 with --port.')
  if (code === 'ERR_SOCKET_BAD_PORT')
    return new UsageError(`--port ${port} is not a port. Choose one from 0 to 65535.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new UsageError(`--host ${host} is not an address of this machine.`)
  return error
}

/** Warns if other machines can reach the proxy: keys and prompts then cross the network without TLS. */
function warnAboutExposure(log: ServeLog, options: ServeOptions): void {
  const { host = '127.0.0.1', apiKey, awsCredentials } = options
  const holdsKey = apiKey !== undefined || awsCredentials !== undefined
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (!isLocal) log.warn('listening beyond this machine, without TLS', { host, holdsKey })
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
