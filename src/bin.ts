#!/usr/bin/env node
import { main } from './cli/main.ts'

const end = new AbortController()
// The first signal lets open requests finish; the second is the system's own, which does not.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => end.abort())

// A full disk is said once, and not thrown where nobody catches it; a reader that has gone wants no word.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') return
  process.stderr.write(`Cannot write the output: ${error.message}.\n`)
  process.exitCode = 2
})

const code = await main({
  args: process.argv.slice(2),
  env: process.env,
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  signal: end.signal,
})
process.exitCode ??= code
