/**
 * Runs the clients that called the old API, as they were published, against the proxy in front of the emulator; only
 * their base URL is changed. Each sees the cases of `cases.mjs` through a program in its own language. Everything is on
 * loopback; the clients are installed under `.tmp/clients`. The run reports those that it cannot install.
 *
 *     npm run test:clients               all of them
 *     npm run test:clients -- java 0.2   those whose name has one of these in it
 *     npm run test:clients -- python-surface   `legacy_completions.py` on versions of the Python SDK
 *     npm run test:clients -- bedrock    legacy calls of Amazon Bedrock by AWS clients
 *     npm run test:clients -- frameworks   frameworks that bring their own SDK; only when named
 *     npm run test:clients -- --direct   without the proxy, against the emulator's own /v1/complete
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { startEmulator } from '../../../dist/emulator.js'
import { serveProxy } from '../../../dist/node.js'
import { checkBedrock } from './bedrock.mjs'
import { cases } from './cases.mjs'
import { clients } from './clients.mjs'
import { checkFrameworks } from './frameworks.mjs'
import { NotToBeHad } from './installations.mjs'
import { callIn, callsOf, expectedOf, seenOf } from './observations.mjs'
import { checkPythonSurface } from './python-surface.mjs'

const MOST_MILLISECONDS = 180_000
const AT_ONCE = 2
const folder = fileURLToPath(new URL('../../../.tmp/clients', import.meta.url))

const isDirect = process.argv.includes('--direct')
const wanted = process.argv.slice(2).filter(argument => argument !== '--direct')
const isWanted = ({ name }) =>
  wanted.length === 0 || wanted.some(part => name.toLowerCase().includes(part.toLowerCase()))

/** The server that a client finds at its base URL, and how often each call has reached the model. */
async function serve(calls) {
  const attempts = new Map()
  const emulator = await startEmulator({
    reply(conversation, { path }) {
      const call = callIn(conversation, calls)
      if (call === undefined) return 'Nobody asked this.'
      if (path !== (isDirect ? '/v1/complete' : '/v1/messages')) return `Not by way of ${path}.`
      const attempt = (attempts.get(call.id) ?? 0) + 1
      attempts.set(call.id, attempt)
      return call.of.reply(conversation, attempt)
    },
  })
  const proxy = isDirect ? undefined : await serveProxy({ upstream: emulator.url })
  return {
    url: (proxy ?? emulator).url,
    attempts,
    async close() {
      await proxy?.close()
      await emulator.close()
    },
  }
}

/** Runs a program to its end; resolves with the lines it printed that are JSON, and with what else it said. */
function observe([command = '', ...args]) {
  return new Promise((resolve, reject) => {
    // Nothing of the machine's own settings, of a proxy on the way or of a key, may reach the clients.
    const { PATH, HOME, TMPDIR } = process.env
    const env = { PATH, HOME, ...(TMPDIR && { TMPDIR }), PYTHONIOENCODING: 'utf-8' }
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: MOST_MILLISECONDS })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', text => {
        said[name] += text
      })
    }
    child.on('error', reject)
    child.on('close', () => {
      const lines = said.stdout.split('\n').filter(line => line.startsWith('{"id"'))
      resolve({ observations: lines.map(line => JSON.parse(line)), stderr: said.stderr })
    })
  })
}

/** @returns the results of a client, by call; or why there are none */
async function check(client) {
  const calls = callsOf(client)
  const started = performance.now()
  const own = join(folder, client.name.toLowerCase().replaceAll(/[^\w.]+/g, '-'))
  let command
  try {
    command = await client.install(own)
  } catch (error) {
    if (error instanceof NotToBeHad) return { client, reason: error.message }
    return { client, results: [], fault: `${error.message}\n${error.stderr ?? ''}` }
  }
  const installed = performance.now()
  mkdirSync(folder, { recursive: true })
  const callsFile = `${own}.calls.json`
  writeFileSync(callsFile, JSON.stringify(calls.map(({ asked }) => asked)))
  const server = await serve(calls)
  try {
    const { observations, stderr } = await observe([...command, server.url, callsFile])
    const results = calls.map(call => {
      const expected = expectedOf(call, client)
      const { id, ...observed } = observations.find(({ id }) => id === call.id) ?? {}
      const seen = id && seenOf(observed, server.attempts.get(call.id) ?? 0, expected, client)
      return { call, expected, seen, observed, isRight: isDeepStrictEqual(seen, expected) }
    })
    const seconds = [installed - started, performance.now() - installed].map(time => (time / 1000).toFixed(1))
    console.log(`${client.name}: made ready in ${seconds[0]} s, run in ${seconds[1]} s`)
    return { client, results, fault: observations.length < calls.length ? stderr || 'It ended early.' : '' }
  } finally {
    await server.close()
  }
}

function printTable(reports) {
  const rows = reports.flatMap(({ client, results = [] }) =>
    [...new Set(results.map(({ call }) => `${call.mode}, ${call.road}`))].map(way => [
      `${client.name}, ${way}`,
      ...cases.map(({ name }) => {
        const found = results.find(
          ({ call }) => call.of.name === name && `${call.mode}, ${call.road}` === way,
        )
        return found === undefined ? '' : found.isRight ? 'ok' : 'FAILED'
      }),
    ]),
  )
  if (rows.length === 0) return
  const heads = ['', ...cases.map(({ name }) => name)]
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map(row => row[at].length)))
  for (const row of [heads, ...rows])
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    )
}

const pending = clients.filter(isWanted)
const order = new Map(pending.map((client, at) => [client, at]))
const reports = []
const takeTurns = async () => {
  for (let client = pending.shift(); client !== undefined; client = pending.shift())
    reports.push(await check(client))
}
await Promise.all(Array.from({ length: AT_ONCE }, takeTurns))
reports.sort((one, other) => order.get(one.client) - order.get(other.client))

console.log()
printTable(reports)
console.log()
for (const { client, reason } of reports) if (reason) console.log(`${client.name}: not run: ${reason}`)

let passed = 0
let failed = 0
for (const { client, results = [], fault } of reports) {
  for (const { call, expected, seen, observed, isRight } of results) {
    if (isRight) passed++
    else {
      failed++
      console.log(`FAILED  ${client.name}, ${call.mode}, ${call.road}: ${call.of.name}`)
      console.log(`  expected ${JSON.stringify(expected)}`)
      console.log(`  seen     ${JSON.stringify(seen)}`)
      console.log(`  observed ${JSON.stringify(observed)}`)
    }
  }
  // A program that could not be built, or ended early, must not pass for that.
  if (fault) {
    if (results.length === 0) failed++
    console.log(`FAILED  ${client.name}\n${fault}`)
  }
}
for (const [name, check] of Object.entries({
  'python-surface': checkPythonSurface,
  bedrock: checkBedrock,
  frameworks: checkFrameworks,
})) {
  if (isDirect || !isWanted({ name })) continue
  const { rows, passed: right, failures, missing } = await check(folder, wanted.length > 0)
  console.log()
  const width = Math.max(0, ...rows.map(([head]) => head.length)) + 2
  for (const [head, outcome] of rows) console.log(`${head.padEnd(width)}${outcome}`)
  for (const reason of missing) console.log(`not run: ${reason}`)
  for (const failure of failures) console.log(`FAILED  ${failure}`)
  passed += right
  failed += failures.length
}
console.log(`${passed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
