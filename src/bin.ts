#!/usr/bin/env node
import { addAbortSignal } from 'node:stream'
import { main } from './cli/main.ts'

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
  signal: end.signal,
})

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
