/**
 * Provokes retries, rate limits and cut streams of the official Python, Go and Java SDKs with a script of the emulator:
 * `serve --emulate --script`, as a person would start it. Clients that cannot be installed are skipped, with the reason.
 *
 *     npm run test:script            all of them
 *     npm run test:script -- go      those whose name has one of these in it
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { clients } from './clients.mjs'
import { NotToBeHad } from './installations.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const folder = here('../../../.tmp/clients')
const NAMES = ['Python SDK 0.39.0', 'Python SDK 0.125.0', 'Go SDK', 'Java SDK']
const wanted = process.argv.slice(2)

const SCRIPT = `
rules:
  - when: { prompt: busy once, attempt: 1 }
    error: overloaded_error
    headers: { retry-after: "0.1" }
  - when: { prompt: limited twice, attempt: 1-2 }
    error: rate_limit_error
    headers: { retry-after: "0.1" }
  - when: { prompt: always limited }
    error: rate_limit_error
    headers: { retry-after: "0.1" }
  - when: { prompt: cut short, stream: true }
    faults: { cutAfterBytes: 700 }
  - reply: All is well.
`

/** What each call provokes: the number of requests that reach the proxy, and what the program sees. */
const CALLS = [
  {
    id: 'plain',
    about: 'plain call',
    streamed: false,
    requests: [200],
    sees: seen => seen.text?.trim() === 'All is well.',
  },
  {
    id: 'busy',
    about: 'busy once',
    streamed: false,
    requests: [529, 200],
    sees: seen => seen.text?.trim() === 'All is well.',
  },
  {
    id: 'busy-stream',
    about: 'busy once, streamed',
    streamed: true,
    requests: [529, 200],
    sees: seen => seen.pieces?.join('').trim() === 'All is well.',
  },
  {
    id: 'limited',
    about: 'limited twice',
    streamed: false,
    requests: [429, 429, 200],
    sees: seen => seen.text?.trim() === 'All is well.',
  },
  {
    id: 'given-up',
    about: 'always limited',
    streamed: false,
    requests: [429, 429, 429],
    sees: seen => JSON.stringify(seen.error ?? '').includes('rate_limit_error'),
  },
  { id: 'cut', about: 'cut short', streamed: true, requests: [200], sees: seen => seen.error !== undefined },
]

const asked = ({ id, about, streamed }) => ({
  id,
  key: 'any',
  model: 'claude-2.1',
  prompt: `\n\nHuman: ${about} (${id})\n\nAssistant:`,
  question: `${about} (${id})`,
  max_tokens_to_sample: 100,
  streamed,
})

/** Starts the command; resolves with its address, its log and what ends it. */
async function serve(scriptFile) {
  const args = [here('../../../dist/bin.js'), 'serve', '--port', '0', '--emulate', '--script', scriptFile]
  const child = spawn(process.execPath, [...args, '--log-format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const log = []
  let rest = ''
  const listening = new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`serve ended with ${code}`)))
    child.stdout.setEncoding('utf8').on('data', text => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const entry = JSON.parse(line)
        log.push(entry)
        if (entry.msg === 'listening') resolve(entry.url)
      }
    })
  })
  return { url: await listening, log, end: () => child.kill('SIGTERM') }
}

function run([command = '', ...args]) {
  return new Promise((resolve, reject) => {
    const { PATH, HOME, TMPDIR } = process.env
    const env = { PATH, HOME, ...(TMPDIR && { TMPDIR }), PYTHONIOENCODING: 'utf-8' }
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 180_000 })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', text => {
        said[name] += text
      })
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}

let failures = 0
mkdirSync(folder, { recursive: true })
const scriptFile = join(folder, 'script.yaml')
writeFileSync(scriptFile, SCRIPT)
for (const client of clients.filter(({ name }) => NAMES.some(prefix => name.startsWith(prefix)))) {
  if (wanted.length > 0 && !wanted.some(part => client.name.toLowerCase().includes(part.toLowerCase())))
    continue
  const own = join(folder, client.name.toLowerCase().replaceAll(/[^\w.]+/g, '-'))
  let command
  try {
    command = await client.install(own)
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error
    console.log(`skipped  ${client.name}: ${error.message}`)
    continue
  }
  const server = await serve(scriptFile)
  try {
    for (const call of CALLS) {
      const before = server.log.length
      const callsFile = `${own}.script.json`
      // Python programs of this suite call both ways; one is enough here.
      writeFileSync(callsFile, JSON.stringify([{ mode: 'sync', ...asked(call) }]))
      const { stdout, stderr } = await run([...command, server.url, callsFile])
      const line = stdout.split('\n').find(text => text.startsWith('{"id"'))
      const seen = line === undefined ? {} : JSON.parse(line)
      const requestsOf = () => server.log.slice(before).filter(({ path }) => path === '/v1/complete')
      // A program may end before the proxy has logged its last request.
      for (let wait = 0; wait < 40 && requestsOf().length < call.requests.length; wait++) await sleep(50)
      await sleep(50)
      const requests = requestsOf()
      const statuses = requests.map(({ status }) => status)
      const isRight = call.sees(seen) && `${statuses}` === `${call.requests}`
      if (!isRight) failures++
      console.log(
        `${isRight ? 'ok      ' : 'FAILED  '} ${client.name}: ${call.about}: ${statuses.join(', ')}`,
      )
      if (!isRight) console.log({ seen, stderr, requests })
    }
  } finally {
    server.end()
  }
}
if (failures > 0) process.exitCode = 1
