/**
 * `legacy_completions.py` on published versions of the Python SDK: one script runs on each, and its lines are compared
 * with those of the last version that had completions of its own.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmulator } from '../../../dist/emulator.js'
import { serveProxy } from '../../../dist/node.js'
import { NotToBeHad, pythonPackages } from './installations.mjs'

const CONTROL = '0.125.0'
/** The first and the last of each major version that has no completions. */
const RESTORED = ['1.0.0', '1.17.0', '2.14.0']
const MODULES = fileURLToPath(new URL('../../../src/python', import.meta.url))
const HERE = fileURLToPath(new URL('./python', import.meta.url))
const MOST_MILLISECONDS = 120_000

/** Lines that SDK 0.39 prints otherwise than 0.125: it is older, and the file leaves it alone. */
const OLDER = {
  '0.39.0': ({ call }) => call === 'betas' || call === 'overloaded' || call === 'error in the stream',
}

const FAILURES = {
  'rate limit': 'rate_limit_error',
  overloaded: 'overloaded_error',
  'server error': 'api_error',
  'not allowed': 'permission_error',
}

/** The same answer to every client: an echo of the question, or the failure that it names. */
function replyTo({ messages }, { path, headers }) {
  const question = messages.findLast(({ role }) => role === 'user')?.text ?? ''
  if (!headers['x-stainless-raw-response'] && path === '/v1/messages' && question === 'Hi')
    return 'direct: Hi'
  if (question === 'count') return { deltas: ['one', ' two', ' three', ' four', ' five'] }
  if (question === 'silence') return { text: 'late', faults: { responseDelayMs: 1500 } }
  const type = FAILURES[question]
  if (type) return { error: { type, message: 'As asked' }, headers: { 'retry-after-ms': '5' } }
  if (question === 'error in the stream') {
    const streamError = { type: 'overloaded_error', message: 'As asked' }
    return { deltas: ['a', ' b', ' c'], streamError, afterDeltas: 1 }
  }
  return { deltas: ['Echo', ' of', ` ${question}`] }
}

function run(python, args) {
  return new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env
    const env = {
      PATH,
      HOME,
      PYTHONPATH: MODULES,
      MYPYPATH: MODULES,
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_REGION: 'us-east-1',
    }
    const child = spawn(python, args, { env, timeout: MOST_MILLISECONDS })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', text => (out += text))
    child.stderr.setEncoding('utf8').on('data', text => (err += text))
    child.on('error', reject)
    child.on('close', code => resolve({ lines: out.split('\n').filter(Boolean), out, err, code }))
  })
}

/** Type checkers accept the file and its use, and reject each line of `mistyped.py` that has a comment. */
async function checkTypes(python, record) {
  const settings = join(dirname(python), '../pyrightconfig.json')
  writeFileSync(settings, JSON.stringify({ typeCheckingMode: 'strict', extraPaths: [MODULES] }))
  const checkers = {
    'mypy --strict': ['mypy', '--strict', '--no-error-summary', '--cache-dir', '/dev/null'],
    'pyright strict': ['pyright', '--pythonpath', python, '--project', settings],
  }
  const types = join(HERE, 'types')
  for (const [name, checker] of Object.entries(checkers)) {
    const clean = await run(python, [
      '-m',
      ...checker,
      join(MODULES, 'legacy_completions.py'),
      join(types, 'typed.py'),
    ])
    record(`${name} accepts`, clean.code === 0 ? [] : [clean.out + clean.err], 1)
    const file = join(types, 'mistyped.py')
    const { out } = await run(python, ['-m', ...checker, file])
    const lines = readFileSync(file, 'utf8').split('\n')
    const wanted = lines.flatMap((line, at) => (line.includes('  # ') ? [at + 1] : []))
    const missed = wanted.filter(at => !new RegExp(`mistyped\\.py:${at}:.*error`).test(out))
    record(
      `${name} rejects`,
      missed.map(at => `line ${at}`),
      wanted.length,
    )
  }
}

/** @returns {Promise<{ rows: string[][], passed: number, failures: string[], missing: string[] }>} */
export async function checkPythonSurface(folder, isNamed) {
  const emulator = await startEmulator({ reply: replyTo })
  const proxy = await serveProxy({ upstream: emulator.url })
  const closed = await serveProxy({ upstream: emulator.url })
  await closed.close()
  const rows = []
  const failures = []
  const missing = []
  let passed = 0
  const python = async requirements => {
    try {
      const own = join(folder, `python-${requirements.replaceAll('.', '-')}`)
      return (await pythonPackages(requirements, 'surface.py')(own))[0]
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error
      missing.push(`Python packages ${requirements}: ${error.message}`)
    }
  }
  const record = (name, wrong, all) => {
    passed += all - wrong.length
    failures.push(...wrong.map(line => `${name}: ${line}`))
    rows.push([name, wrong.length === 0 ? `${all} of ${all}` : `FAILED ${wrong.length} of ${all}`])
  }
  const surfaceOf = async version => {
    const own = await python(`anthropic-${version}`)
    return own && { own, ...(await run(own, [join(HERE, 'surface.py'), proxy.url])) }
  }
  const checkVersion = async (version, expected) => {
    const seen = await surfaceOf(version)
    if (seen === undefined || expected === undefined) return
    const isOlder = OLDER[version] ?? (() => false)
    const compared = expected.lines.filter(line => !isOlder(JSON.parse(line)))
    const wrong = compared.filter(line => !seen.lines.includes(line))
    if (seen.lines.length !== expected.lines.length) wrong.push(`ended early: ${seen.err.slice(-400)}`)
    record(`surface of ${version} against ${CONTROL}`, wrong, compared.length)
    if (!RESTORED.includes(version)) return
    const { lines, err } = await run(seen.own, [
      join(HERE, 'restored.py'),
      proxy.url,
      emulator.url,
      closed.url,
    ])
    const checks = lines.map(line => JSON.parse(line))
    const faults = checks.filter(({ holds }) => !holds).map(({ check, detail }) => `${check}: ${detail}`)
    if (err !== '') faults.push(err.slice(-800))
    record(`restored on ${version}`, faults, Math.max(checks.length, faults.length))
  }
  try {
    const control = surfaceOf(CONTROL)
    // The gate runs the first and the newest version; all run when this suite is named.
    const versions = isNamed
      ? [...Object.keys(OLDER), ...RESTORED]
      : RESTORED.filter(version => version !== '1.17.0')
    await Promise.all(versions.map(async version => checkVersion(version, await control)))
    const own = isNamed ? await python('types') : undefined
    if (own !== undefined) await checkTypes(own, record)
    const library = isNamed ? await python('langchain-community-0.3.31') : undefined
    if (library !== undefined) {
      const { lines, err } = await run(library, [join(HERE, 'installed.py'), proxy.url])
      const seen = lines.map(line => JSON.parse(line))
      const wrong = seen.filter(({ text, pieces }) => !(text ?? pieces?.join('') ?? '').includes('Echo of'))
      if (seen.length < 5) wrong.push(err.slice(-400))
      record(
        'langchain-community 0.3.31 on 2.14.0, install()',
        wrong.map(line => JSON.stringify(line)),
        5,
      )
    }
  } finally {
    await proxy.close()
    await emulator.close()
  }
  return { rows, passed, failures, missing }
}
