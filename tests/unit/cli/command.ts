import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { parsersPlugin } from '../../../parsers.plugin.mjs'
import type { CliContext } from '../../../src/cli/context.ts'
import { main } from '../../../src/cli/main.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  code: number
  out: string
  err: string
}

export interface Given {
  env?: CliContext['env']
  /** `open` leaves that of a process open, with nothing in it. */
  stdin?: string | Uint8Array
  signal?: AbortSignal
}

/** Runs a command in this process. */
export async function run(args: readonly string[], given: Given = {}): Promise<Ended> {
  const said = { out: '', err: '' }
  const code = await main(args, {
    env: given.env ?? {},
    out: text => {
      said.out += text
    },
    err: text => {
      said.err += text
    },
    stdin: () => Readable.from([Buffer.from(given.stdin ?? '')]),
    // Nothing is written there: what is written to a descriptor is looked at in a process of its own.
    stdout: -1,
    signal: given.signal ?? new AbortController().signal,
  })
  return { code, ...said }
}

/** The command as a file that Node runs: the built one, or one built from the sources for one file of tests. */
export async function builtCommand(name: string): Promise<string> {
  if (import.meta.env.MODE === 'dist') return resolve(root, 'dist/bin.js')
  const dir = resolve(root, '.tmp', name)
  const bundle = await rolldown({
    input: {
      bin: resolve(root, 'src/bin.ts'),
      'audit-worker': resolve(root, 'src/cli/audit-worker.ts'),
      'convert-worker': resolve(root, 'src/cli/convert/convert-worker.ts'),
    },
    platform: 'node',
    external: [
      /^node:/,
      'ky',
      'undici',
      'prom-client',
      'csv-parse',
      'diff',
      'ignore',
      'web-tree-sitter',
      'yaml',
    ],
    plugins: [parsersPlugin()],
    logLevel: 'silent',
  })
  await bundle.write({ dir, format: 'esm' })
  await bundle.close()
  return resolve(dir, 'bin.js')
}

export interface Process {
  ended: Promise<Ended & { output: Buffer; signal: NodeJS.Signals | null }>
  kill(signal: NodeJS.Signals): void
  /** What it has written so far. */
  output(): string
  /** Stops reading what it writes. */
  hangUp(): void
}

/** Runs a command as a process: a file of JavaScript, unless another program is to run it. */
export function start(
  file: string,
  args: readonly string[],
  given: Given = {},
  program: string = process.execPath,
): Process {
  const child = spawn(program, [file, ...args], {
    env: { ...process.env, ...given.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  if (given.stdin !== 'open') child.stdin.end(given.stdin ?? '')
  const chunks: Buffer[] = []
  let err = ''
  child.stdout.on('data', chunk => void chunks.push(chunk))
  child.stderr.on('data', chunk => {
    err += chunk
  })
  const ended = new Promise<Ended & { output: Buffer; signal: NodeJS.Signals | null }>((done, failed) => {
    child.once('error', failed)
    child.once('close', (code, signal) => {
      const output = Buffer.concat(chunks)
      done({ code: code ?? -1, out: output.toString(), err, output, signal })
    })
  })
  return {
    ended,
    kill: signal => void child.kill(signal),
    output: () => Buffer.concat(chunks).toString(),
    hangUp: () => child.stdout.destroy(),
  }
}
