#!/usr/bin/env node
import { addAbortSignal } from 'node:stream'
import { main, unexpectedError } from './cli/main.ts'
import { createLogWriter, type LogWriter } from './cli/serve-log.ts'

/** The exit codes that shells give to a process that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

let end: AbortController | undefined
let ending: keyof typeof EXIT_CODES | undefined

process.on('uncaughtException', error => {
  process.stderr.write(unexpectedError(error, process.env))
  process.exit(2)
})

const code = await main(process.argv.slice(2), {
  env: process.env,
  out: writeOutput,
  err: text => process.stderr.write(text),
  stdin: readInput,
  isStdinTerminal: process.stdin.isTTY,
  stdout: 1,
  terminal: process.stderr.isTTY ? process.stderr : undefined,
  columns: process.stdout.columns,
  isStdoutTerminal: process.stdout.isTTY,
  openLog,
  onReload: listener => void process.on('SIGHUP', listener),
  isColored: isColored(),
  get signal() {
    return listen().signal
  },
})
process.exitCode = ending === undefined || code === 0 ? code : EXIT_CODES[ending]

/** The first signal asks the command to end; the second is the system's own. A command that never asks has only that. */
function listen(): AbortController {
  if (end !== undefined) return end
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      ending ??= name
      controller.abort()
    })
  end = controller
  return controller
}

/** https://no-color.org and https://force-color.org: a value that is not empty decides, and then the terminal. */
function isColored(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return process.stderr.isTTY && TERM !== 'dumb'
}

function openLog(): LogWriter {
  // A terminal that was closed must not end a server.
  process.stderr.on('error', () => {})
  return createLogWriter(process.stdout)
}

function writeOutput(text: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', endWithOutput)
  process.stdout.write(text)
}

/** The reader of the output may close it early, and knows; a full disk is reported. */
function endWithOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(1)
  process.stderr.write(`Cannot write the output: ${error.message}.\n`)
  process.exit(2)
}

async function* readInput(): AsyncGenerator<Uint8Array> {
  if (end === undefined) {
    yield* process.stdin
    return
  }
  try {
    yield* addAbortSignal(end.signal, process.stdin)
  } catch (error) {
    if (!end.signal.aborted) throw error
  }
}
