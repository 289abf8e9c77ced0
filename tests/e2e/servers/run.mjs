/**
 * Starts servers that speak Messages in their own way, on loopback, and asks them every case through every adapter; says
 * which of them this machine cannot have. They are stopped at the end, however it comes.
 *
 *     npm run test:servers                ask them
 *     npm run test:servers -- --capture   write their answers to `captures`, which `npm test` says again
 *     npm run test:servers -- -t prefill  with options of vitest's
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const MOST_MILLISECONDS = 300_000

/**
 * A Python that has llama.cpp's server, in a virtual environment that is kept until the version changes.
 *
 * @returns {Record<string, string>} environment variables of the tests: its path and version, or why it is missing
 */
function llama() {
  const list = here('requirements.txt')
  const wanted = readFileSync(list, 'utf8')
  const folder = here('.tmp/python')
  const python = `${folder}/bin/python`
  const made = `${folder}/made-of`
  const found = { LLAMA_PYTHON: python, LLAMA_VERSION: wanted.trim().split('==')[1] }
  if (existsSync(made) && readFileSync(made, 'utf8') === wanted) return found
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // Only what is built already: to compile it takes a quarter of an hour.
  const options = ['--quiet', '--disable-pip-version-check', '--timeout', '20', '--retries', '1', '--no-deps']
  const steps = [
    ['python3', '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', ...options, '--only-binary', ':all:', '--requirement', list],
    [python, '-c', 'import xllamacpp'],
  ]
  for (const [command, ...args] of steps) {
    const { error, status, stderr } = spawnSync(command, args, {
      encoding: 'utf8',
      timeout: MOST_MILLISECONDS,
    })
    if (error === undefined && status === 0) continue
    const said = error?.message ?? stderr.trim().split('\n').at(-1) ?? ''
    return { LLAMA_REASON: `${command.split('/').at(-1)} could not install it: ${said.slice(0, 200)}` }
  }
  writeFileSync(made, wanted)
  return found
}

const given = process.argv.slice(2)
const isCapture = given.includes('--capture')
const found = llama()
if (found.LLAMA_REASON) console.log(`llama.cpp, and what stands before it: not run: ${found.LLAMA_REASON}`)

const vitest = here('../../../node_modules/vitest/vitest.mjs')
const options = [
  'run',
  '--config',
  here('vitest.config.ts'),
  ...given.filter(option => option !== '--capture'),
]
const env = { ...process.env, ...found, ...(isCapture && { CAPTURE: 'yes' }) }
const child = spawn(process.execPath, [vitest, ...options], { stdio: 'inherit', env })
// The servers end when the tests do.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal))
child.once('close', code => {
  process.exitCode = code ?? 1
})
