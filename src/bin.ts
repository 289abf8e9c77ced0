#!/usr/bin/env node
import { addAbortSignal } from 'node:stream'
import { main } from './cli/main.ts'
import { createLogWriter, type LogWriter } from './cli/serve-log.ts'

const end = new AbortController()
// The first signal lets open requests finish; the second is the system's own, which does not.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => end.abort())

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  out: writeOutput,
  err: text => process.stderr.write(text),
  stdin: readInput,
  stdout: 1,
  terminal: process.stderr.isTTY ? process.stderr : undefined,
  isStdinTerminal: process.stdin.isTTY,
  columns: process.stdout.columns,
  isStdoutTerminal: process.stdout.isTTY,
  openLog,
  onReload: listener => void process.on('SIGHUP', listener),
  signal: end.signal,
})

function openLog(): LogWriter {
  // A terminal that was closed must not end a server.
  process.stderr.on('error', () => {})
  return createLogWriter(process.stdout)
}

function writeOutput(text: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', endWithOutput)
  process.stdout.write(text)
}

/** Whoever reads the output had enough of it, and knows; a full disk is said. */
function endWithOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(1)
  process.stderr.write(`Cannot write the output: ${error.message}.\n`)
  process.exit(2)
}

async function* readInput(): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(end.signal, process.stdin)
  } catch (error) {
    if (!end.signal.aborted) throw error
  }
}
