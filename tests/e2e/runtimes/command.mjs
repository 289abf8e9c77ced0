/** Runs a program that ends by printing a result. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { made } from './build.mjs'

/** A run that takes longer than this hangs, in milliseconds. */
const PATIENCE = 180_000

/** A file of an installed package; `undefined` where the package is not there. */
export function installed(...candidates) {
  const modules = fileURLToPath(new URL('node_modules', import.meta.url))
  return candidates.map(path => join(modules, path)).find(path => existsSync(path))
}

/** @returns what the program printed last, as JSON. */
export function resultOf(command, args) {
  // What the machine's user has set must not be found.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ANTHROPIC_'))
  // Deno knows what it compiled by its path and age, and in a package all files are of one age.
  const env = { ...Object.fromEntries(inherited), DENO_DIR: join(made, 'deno') }
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe']
    const child = spawn(command, args, { cwd: made, env, stdio, timeout: PATIENCE, killSignal: 'SIGKILL' })
    let said = ''
    let complained = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      said += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      complained += text
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const last = said.trimEnd().split('\n').at(-1)
      if (code === 0 && last !== '') resolve(JSON.parse(last))
      else
        reject(
          new Error(
            `it ended with ${code ?? signal} and said\n${said.slice(-2000)}${complained.slice(-4000)}`,
          ),
        )
    })
  })
}
