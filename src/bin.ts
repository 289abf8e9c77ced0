#!/usr/bin/env node
import { main } from './cli/main.ts'

const end = new AbortController()
// The first signal lets open requests finish; the second is the system's own, which does not.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => end.abort())

process.exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  stdin: () => process.stdin,
  stdout: 1,
  terminal: process.stderr.isTTY ? process.stderr : undefined,
  signal: end.signal,
})
