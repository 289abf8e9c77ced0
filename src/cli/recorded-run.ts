import { spawn } from 'node:child_process'
import { createEmulator, type Reply, type ScriptRule } from '../emulator/index.ts'
import { listen } from '../listen.ts'
import {
  createRecorder,
  createReplay,
  type RecordedCall,
  type RecordedReply,
  type ReplySource,
} from '../recording/index.ts'
import type { ContentBlock } from '../wire.ts'
import { type CliContext, UsageError } from './context.ts'

/** Source of the responses in a recorded run. */
export interface RunSource {
  source: ReplySource
  /** Recorded calls whose responses are replayed. */
  calls?: readonly RecordedCall[]
  /** Rules for the emulator. */
  rules?: readonly ScriptRule[] | undefined
  upstream?: string | undefined
}

/** Options of {@link runRecorded}. */
export interface RecordedRunOptions extends RunSource {
  port?: number | undefined
  /** Whether responses are recorded. */
  replies: boolean
  onCall: (call: RecordedCall) => void
  /** Program and its arguments. Without a program, the run lasts until the signal aborts. */
  command: readonly string[]
  /** Called with the base URL after the recorder has started to listen. */
  onListening?: (url: string) => void
  /** Receives the standard output of the program. Default: the standard output of this process. */
  onOutput?: (text: string) => void
}

/** Runs a program against a recording proxy. Resolves with the program's exit code; 0 without a program. */
export async function runRecorded(options: RecordedRunOptions, context: CliContext): Promise<number> {
  const { source, calls = [], rules, upstream, replies, onCall } = options
  const emulator =
    source === 'upstream'
      ? undefined
      : createEmulator({ ...(rules && { rules }), ...(source === 'replay' && { reply: replayed(calls) }) })
  const recorder = createRecorder({
    onCall,
    replies,
    onDiagnostic: () => {},
    ...(emulator && { fetch: emulator.fetch }),
    ...(upstream !== undefined && { upstream }),
  })
  const server = await listen(recorder.handler, { port: options.port }).catch((error: unknown) => {
    const { code }: { code?: unknown } = Object(error)
    if (code === 'EADDRINUSE') throw new UsageError('The port is in use. Choose another one with --port.')
    throw error
  })
  try {
    options.onListening?.(server.url)
    if (options.command.length === 0) {
      await aborted(context.signal)
      return 0
    }
    return await runProgram(options, environment(context.env, server.url, emulator !== undefined), context)
  } finally {
    await recorder.settled()
    await server.close()
  }
}

/** Creates a reply function that returns the recorded response of a request. */
function replayed(
  calls: readonly RecordedCall[],
): (conversation: object, request: { body: unknown }) => Reply {
  const find = createReplay(calls)
  return (_conversation, { body }) => {
    const reply = find(Object(body))?.reply
    if (reply !== undefined) return asReply(reply)
    const message = 'The recording has no reply to this request. Record it with --replies.'
    return { status: 501, error: { type: 'replay_error', message }, headers: { 'x-should-retry': 'false' } }
  }
}

function asReply(reply: RecordedReply): Reply {
  if ('error' in reply) {
    const { status, error } = reply
    // An error inside a stream was recorded with status 200. Replay it as a stream error.
    return status >= 400 ? { status, error } : { text: '', streamError: error, afterDeltas: 0 }
  }
  const content: ContentBlock[] = [...reply.content]
  return {
    content,
    ignoreStops: true,
    ...(reply.stop_reason !== null && { stopReason: reply.stop_reason }),
    stopSequence: reply.stop_sequence,
  }
}

/** Environment variables in which SDKs and frameworks look for the API's base URL. */
const BASE_URL_VARIABLES = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_URL'] as const
const KEY_VARIABLES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'] as const

function environment(
  env: CliContext['env'],
  url: string,
  needsNoKey: boolean,
): Record<string, string | undefined> {
  const hasKey = KEY_VARIABLES.some(name => env[name])
  const direct = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1'].filter(Boolean).join(',')
  return {
    ...env,
    ...Object.fromEntries(BASE_URL_VARIABLES.map(name => [name, url])),
    // Requests to this process must not go through an HTTP proxy of the environment.
    NO_PROXY: direct,
    no_proxy: direct,
    ...(needsNoKey && !hasKey && { ANTHROPIC_API_KEY: 'recorded-without-a-key' }),
  }
}

function runProgram(
  { command, onOutput }: RecordedRunOptions,
  env: Record<string, string | undefined>,
  { signal, err }: CliContext,
): Promise<number> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      stdio: [
        'inherit',
        onOutput === undefined ? 'inherit' : 'pipe',
        onOutput === undefined ? 'inherit' : 'pipe',
      ],
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => err(text))
    const stop = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    child.once('error', error => {
      signal.removeEventListener('abort', stop)
      const { code }: { code?: unknown } = Object(error)
      const reason = code === 'ENOENT' ? 'was not found' : 'could not be started'
      reject(new UsageError(`The program ${JSON.stringify(program)} ${reason}.`))
    })
    child.once('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop)
      resolve(code ?? (killedBy === null ? 1 : 128))
    })
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
