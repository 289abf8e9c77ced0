/** How clients are installed: each in a folder of its own, kept until what it is made of changes. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'

const here = path => fileURLToPath(new URL(path, import.meta.url))
/** The Go SDK takes two minutes of two cores to compile, which on a busy machine are many. */
const MOST_MILLISECONDS = 480_000

/** What keeps a client from being run here, and is no fault of anything here. */
export class NotToBeHad extends Error {}

/** @returns {Promise<string>} what it printed */
async function run(command, args, options = {}) {
  try {
    const limits = { timeout: MOST_MILLISECONDS, maxBuffer: 16 * 1024 * 1024 }
    const { stdout } = await promisify(execFile)(command, args, { ...limits, ...options })
    return stdout
  } catch (error) {
    if (error.code === 'ENOENT') throw new NotToBeHad(`${command} is not installed`)
    throw error
  }
}

/** Fetches packages: that this fails is for the registry to answer for. */
export async function fetchPackages(command, args, options) {
  try {
    await run(command, args, options)
  } catch (error) {
    if (error instanceof NotToBeHad) throw error
    const lines = [error.stderr, error.stdout].map(text => (text ?? '').trim().split('\n'))
    const line = lines.flat().find(line => /\berror\b/i.test(line)) ?? lines[0]?.at(-1) ?? ''
    const reason = error.killed ? 'it took too long' : stripVTControlCharacters(line).trim()
    throw new NotToBeHad(`${basename(command)} could not install it: ${reason.slice(0, 160)}`)
  }
}

/** Makes what the folder is to hold, unless it holds what these files led to before. */
export async function once(folder, files, make) {
  const hash = createHash('sha256').update(folder)
  for (const file of files) hash.update(readFileSync(file))
  const made = join(folder, 'made-of')
  const digest = hash.digest('hex')
  if (existsSync(made) && readFileSync(made, 'utf8') === digest) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await make()
  writeFileSync(made, digest)
}

/** A virtual environment with the packages of `python/requirements`, as a lock file of the time would have them. */
export const pythonPackages = (requirements, program) => async folder => {
  const list = here(`python/requirements/${requirements}.txt`)
  const python = join(folder, 'bin/python')
  await once(folder, [list], async () => {
    await fetchPackages('python3', ['-m', 'venv', folder])
    // What had to be compiled would ask for the compilers of its time: on a Python that a version has no wheel for, it
    // is not run. (tokenizers 0.13 has some for 3.8 to 3.11.)
    const options = ['--quiet', '--disable-pip-version-check', '--timeout', '20', '--retries', '1']
    options.push('--only-binary', ':all:')
    await fetchPackages(python, ['-m', 'pip', 'install', ...options, '--requirement', list])
  })
  return [python, here(`python/${program}`)]
}

export const goModule =
  (source = 'go', sdk = 'github.com/anthropics/anthropic-sdk-go') =>
  async folder => {
    const program = join(folder, 'program')
    const options = { cwd: here(source), env: { ...process.env, GOTOOLCHAIN: 'local' } }
    await once(folder, [here(`${source}/go.sum`), here(`${source}/main.go`)], async () => {
      // Once the SDK is here, what else it needs is to be had too, and a build that fails is a failure.
      await fetchPackages('go', ['mod', 'download', sdk], options)
      await run('go', ['build', '-buildvcs=false', '-o', program, '.'], options)
    })
    return [program]
  }

export const javaProject =
  (source = 'java', name = 'Program') =>
  async folder => {
    const project = here(`${source}/pom.xml`)
    // Of its own, as Maven's repository is anyone's to clear.
    const jars = join(folder, 'jars')
    const classes = join(folder, 'classes')
    const program = here(`${source}/${name}.java`)
    await once(folder, [project, program], async () => {
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
      const options = ['--quiet', '--batch-mode', '--file', project, `-DoutputDirectory=${jars}`]
      await fetchPackages('mvn', [...options, goal])
      await run('javac', ['-d', classes, '-cp', join(jars, '*'), program])
    })
    return ['java', '-cp', `${classes}${delimiter}${join(jars, '*')}`, name]
  }

/** All generations are installed at once, for the conformance run; npm writes this list when it is done. */
const INSTALLED = here('../sdks/node_modules/.package-lock.json')
let published

export const npmPackages = (program, alias) => async () => {
  const options = ['--loglevel', 'error', '--no-audit', '--no-fund', '--prefix', here('../sdks')]
  published ??= existsSync(INSTALLED) ? Promise.resolve() : fetchPackages('npm', ['ci', ...options])
  await published
  const { resolve } = createRequire(here('../sdks/package.json'))
  return [process.execPath, here(`typescript/${program}`), resolve(alias)]
}

/** A program that the machine has, or not. */
export const system = (command, program) => async () => {
  await run(command, ['--version'])
  return [process.execPath, here(program)]
}
