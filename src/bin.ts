#!/usr/bin/env node
import { addAbortSignal } from 'node:stream'
import { main, unexpectedError } from './cli/main.ts'
import { createLogWriter, type LogWriter } from './cli/serve-log.ts'

/** Exit codes that shells report for a process that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const
/** Milliseconds in which the reader of a log can take the last lines. */
const LOG_FLUSH_TIMEOUT = 2000

let end: AbortController | undefined
let ending: keyof typeof EXIT_CODES | undefined
let isLogOpen = false

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
  isColored: isColored(process.stderr),
  isStdoutColored: isColored(process.stdout),
  get signal() {
    return listen().signal
  },
})
process.exitCode = ending === undefined || code === 0 ? code : EXIT_CODES[ending]
// Node waits for pending writes, which would never end if the reader of the log has stalled.
if (isLogOpen) setTimeout(() => process.exit(), LOG_FLUSH_TIMEOUT).unref()

/**
 * Returns a controller that the first SIGINT or SIGTERM aborts. A second one ends the process. A command that never
 * reads the signal is ended by the first one, because nothing listens for it.
 */
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

/**
 * Returns whether a stream shows colours. A non-empty NO_COLOR or FORCE_COLOR decides (https://no-color.org,
 * https://force-color.org); without them, the terminal does.
 */
function isColored({ isTTY }: { isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY === true && TERM !== 'dumb'
}

function openLog(): LogWriter {
  // A write error of a closed terminal must not end a server.
  process.stderr.on('error', () => {})
  isLogOpen = true
  return createLogWriter(process.stdout)
}

function writeOutput(text: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', endWithOutput)
  process.stdout.write(text)
}

/**
 * Ends the process when standard output fails. A reader that closes the pipe early (EPIPE) is not an error; a full disk
 * is reported.
 */
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
