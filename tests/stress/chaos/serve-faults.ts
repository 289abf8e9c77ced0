import { existsSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServeProcess, startServe } from '../attacks/serve-process.mjs'
import { type Adapter, forwardingAdapter, serverAdapter } from './adapters.ts'
import type { Answer } from './answers.ts'
import { type Result, runAll, type Stage } from './chaos.ts'
import { FAULTS, type Plan } from './faults.ts'
import { BROKEN_CONNECTION, type Outcome, readAnswer } from './outcome.ts'
import { type Random, seeded } from './random.ts'
import { type Script, scriptOf } from './servers.ts'

/** What cases of a `serve` process are made of. */
export interface ServeStage extends Omit<Stage, 'adapters' | 'byTCP'> {
  /** Script that runs the command. Default: the built one. */
  script?: string
}

/** One case: a `serve` process, and what its clients, its operator or its log do to it. */
interface ServeCase {
  stage: ServeStage
  number: number
  random: Random
  /** Starts the process in front of the server of the stage. */
  start(args?: readonly string[], stdout?: number): Promise<ServeProcess>
  /** Records what went wrong. */
  check(isSo: boolean, what: string): void
}

type ServeFault = (one: ServeCase) => Promise<void>

/** Milliseconds that a busy machine may be late. */
const SLACK = 10_000
/** Number of ordinary cases that run through the process while something goes wrong. */
const BYSTANDERS = 40

/** Faults of clients, operators and logs. Each needs a process, because it would harm all calls of a shared one. */
export const SERVE_FAULTS: Readonly<Record<string, ServeFault>> = {
  // Beyond the write timeout the client is cut off; before it, the client only is slow.
  'stalled client': async one => {
    const { random, check } = one
    const writeTimeout = 1500
    const serve = await one.start(['--write-timeout', `${writeTimeout}`, '--max-response', '100000000'])
    const clients = Array.from({ length: 1 + random.below(4) }, (_, at) => {
      const path = random.pick(['/v1/complete', '/v1/messages'])
      return { isSlow: random.chance(0.3), call: stalledCall(one, serve, path, `stalled-${at}`) }
    })
    await Promise.all(clients.map(({ call }) => call.begun))
    const others = bystanders(one, serve)
    await Promise.all(
      clients.map(async ({ isSlow, call }) => {
        if (isSlow) {
          await sleep(writeTimeout / 5)
          const outcome = await call.read()
          check(outcome === 'whole', `a client that is slow for ${writeTimeout / 5} ms gets it ${outcome}`)
          return
        }
        const waited = performance.now()
        check(await within(writeTimeout + SLACK, call.upstreamClosed), 'the upstream stays open')
        const milliseconds = performance.now() - waited
        check(milliseconds > writeTimeout / 3, `cut off after ${milliseconds.toFixed(0)} ms`)
        const outcome = await call.read()
        check(outcome === 'cut', `the response that was cut off is ${outcome}`)
      }),
    )
    await others
    const cut = clients.filter(({ isSlow }) => !isSlow).length
    const logged = (): number => requests(serve).filter(({ outcome }) => outcome === 'write-timeout').length
    check(await until(() => logged() === cut), `${logged()} of ${cut} are in the log`)
    await end(one, serve)
  },

  'draining in the middle': one => drain(one, 60_000, () => false),

  // One is certain to be cut off.
  'draining beyond its timeout': one => drain(one, 2000, at => at === 0 || one.random.chance(0.3)),

  'log on a full disk': async one => {
    if (existsSync('/dev/full')) await loseLog(one, await one.start([], openSync('/dev/full', 'w')), 'full')
  },

  'log without a reader': async one => loseLog(one, await one.start(), 'closed'),

  'log with a stalled reader': async one => loseLog(one, await one.start(), 'stalled'),
}

/** Runs the cases of these numbers, one after the other: their time limits need the processor. */
export async function runServeCases(stage: ServeStage, numbers: readonly number[]): Promise<Result[]> {
  const results: Result[] = []
  for (const number of numbers) results.push(await run(stage, number))
  return results
}

async function run(stage: ServeStage, number: number): Promise<Result> {
  // Each fault has its turn, so that a few cases have them all.
  const names = Object.keys(SERVE_FAULTS)
  const fault = names[number % names.length] ?? ''
  const wrong: string[] = []
  const started: ServeProcess[] = []
  const one: ServeCase = {
    stage,
    number,
    random: seeded(`${stage.seed}:serve:${number}`),
    async start(args = [], stdout) {
      const { script, server } = stage
      const options = { ...(script !== undefined && { script }), ...(stdout !== undefined && { stdout }) }
      const serve = await startServe(['--upstream', server.url, '--log-format', 'json', ...args], options)
      started.push(serve)
      return serve
    },
    check(isSo, what) {
      if (!isSo) wrong.push(what)
    },
  }
  try {
    await SERVE_FAULTS[fault]?.(one)
  } catch (error) {
    wrong.push(Object(error).stack ?? `${error}`)
  } finally {
    for (const serve of started) if (serve.isRunning()) await serve.stop()
  }
  const kind = wrong.length > 0 ? 'wrong' : 'right'
  return { number, adapter: 'serve', fault, kind, says: wrong.join('; ') }
}

/** Ends the process while responses are open. Those that `isStuck` picks never end. */
async function drain(one: ServeCase, drainTimeout: number, isStuck: (at: number) => boolean): Promise<void> {
  const { random, check } = one
  const serve = await one.start(['--drain-timeout', `${drainTimeout}`])
  const calls = heldCalls(one, serve, 3 + random.below(10))
  const stuck = calls.filter((_, at) => isStuck(at))
  await Promise.all(calls.map(({ script }) => script.silent))
  const begun = performance.now()
  serve.child.kill('SIGTERM')
  check(await until(() => serve.log().includes('"msg":"draining"')), 'draining is not in the log')
  const late = heldCalls(one, serve, 1, 'late')
  check((await late[0]?.outcome)?.error !== undefined, 'a request is accepted while draining')
  for (const { script } of calls.filter(call => !stuck.includes(call))) {
    await sleep(random.below(30))
    script.resume()
  }
  for (const call of calls) {
    const { error, reading } = await call.outcome
    const isRight = JSON.stringify(reading) === JSON.stringify(call.answer.expected)
    if (stuck.includes(call)) check(error !== undefined, `${call.name} was cut off and ended normally`)
    else check(isRight, `${call.name} got ${JSON.stringify(error ?? reading)}`)
  }
  check((await serve.exited).code === 0, 'the exit code is not 0')
  const milliseconds = performance.now() - begun
  check(milliseconds < (stuck.length > 0 ? drainTimeout : 0) + SLACK, `it took ${milliseconds.toFixed(0)} ms`)
  const count = (of: string): number => requests(serve).filter(({ outcome }) => outcome === of).length
  const isCounted = await until(() => count('drained') === stuck.length, 2000)
  check(isCounted, `${count('drained')} of ${stuck.length} that were cut off are in the log`)
  check(count('answered') === calls.length - stuck.length, `${count('answered')} were answered`)
  const [, cut = '0'] = /"cut":(\d+)/.exec(serve.log()) ?? []
  check(Number(cut) === stuck.length, `the log counts ${cut} of ${stuck.length} that were cut off`)
}

/** Breaks the log while responses are open. Every line that is missing is counted as lost, and no client notices. */
async function loseLog(
  one: ServeCase,
  serve: ServeProcess,
  how: 'full' | 'closed' | 'stalled',
): Promise<void> {
  const { random, check } = one
  const calls = heldCalls(one, serve, 2 + random.below(5))
  await Promise.all(calls.map(({ script }) => script.silent))
  if (how === 'closed') serve.child.stdout?.destroy()
  if (how === 'stalled') serve.stall()
  // More than the megabyte that waits for a slow reader, and what the operating system holds.
  const path = `/v1/${'a'.repeat(12_000)}`
  if (how === 'stalled')
    for (let left = 200; left > 0; left--) await fetch(serve.url + path).then(response => response.text())
  await bystanders(one, serve)
  for (const { script } of calls) script.resume()
  for (const { outcome, answer, name } of calls) {
    const { error, reading } = await outcome
    const isRight = JSON.stringify(reading) === JSON.stringify(answer.expected)
    check(isRight, `${name} got ${JSON.stringify(error ?? reading)}`)
  }
  const isReadOn = how === 'stalled' && random.chance(0.5)
  if (isReadOn) serve.readOn()
  const total = await metric(serve, 'requests_total')
  const lost = (): Promise<number> => metric(serve, 'log_lines_lost_total')
  check((await lost()) > 0, 'no line is counted as lost')
  if (how !== 'stalled' || isReadOn) {
    const missing = (): number => total - requests(serve).length
    const isCounted = await until(async () => missing() <= (await lost()))
    check(isCounted, `${missing()} of ${total} lines are missing, and ${await lost()} are counted as lost`)
  }
  if (isReadOn) {
    const before = requests(serve).length
    await fetch(`${serve.url}/v1/after`).then(response => response.text())
    check(await until(() => requests(serve).length > before), 'a reader that reads again gets no line')
  }
  await end(one, serve)
}

/** Ordinary cases, which have to end as always. */
async function bystanders({ stage, number, check }: ServeCase, { url }: ServeProcess): Promise<void> {
  const adapters: Adapter[] = [serverAdapter({ url }), forwardingAdapter({ url })]
  const numbers = Array.from({ length: BYSTANDERS }, (_, at) => number * BYSTANDERS + at)
  const results = await runAll({ ...stage, adapters, byTCP: 1 }, numbers, 8)
  for (const { kind, says } of results) check(kind !== 'wrong', `another client: ${says}`)
}

/** Ends the process, which has nothing left to do. */
async function end({ check }: ServeCase, serve: ServeProcess): Promise<void> {
  serve.child.kill('SIGTERM')
  const isOver = await within(SLACK, serve.exited)
  check(isOver, 'it does not end after SIGTERM')
  if (isOver) check((await serve.exited).code === 0, 'the exit code is not 0')
}

interface HeldCall {
  name: string
  answer: Answer
  script: Script
  outcome: Promise<Outcome>
}

/** Makes calls whose answers stop before their end, until their scripts resume. */
function heldCalls(
  { stage, number, random }: ServeCase,
  { url }: ServeProcess,
  count: number,
  prefix = 'held',
): HeldCall[] {
  const adapters = [serverAdapter({ url }), forwardingAdapter({ url })]
  const answers = stage.answers.filter(({ speech }) => speech === 'messages')
  return Array.from({ length: count }, (_, at) => {
    const adapter = random.pick(adapters)
    const answer = random.pick(answers)
    const script = scriptOf([heldPlan(random, answer)], random.pick(['chunked', 'length'] as const))
    const key = `${prefix}-${number}-${at}`
    stage.server.scripts.set(key, script)
    const { signal } = new AbortController()
    const asking = { answer, key, way: { url }, maxRetries: 0, signal, timeout: undefined, isDamaged: false }
    const outcome = adapter.ask({ ...asking, form: random.below(1000) }).catch(asBrokenConnection)
    return { name: `${adapter.name} (${answer.name})`, answer, script, outcome }
  })
}

function heldPlan(random: Random, answer: Answer): Plan {
  const [plan] = FAULTS.split?.(random, answer)?.plans ?? []
  if (plan === undefined) throw new Error('An answer cannot be split.')
  const places: number[] = []
  let size = 0
  for (const [at, { length }] of plan.pieces.entries()) {
    if (size < answer.mayEnd) places.push(at)
    size += length
  }
  return { ...plan, heldAt: random.pick(places) }
}

/** The reader of a body that breaks off. Every other error is a fault of the case. */
function asBrokenConnection(error: unknown): Outcome {
  if (error instanceof TypeError && error.message === 'terminated')
    return { error: { name: BROKEN_CONNECTION } }
  throw error
}

const event = (data: { type: string; [field: string]: unknown }): Uint8Array =>
  Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-4-8', content: [] }
const START = event({ type: 'message_start', message: { ...MESSAGE, stop_reason: null } })
const TEXT = 'word '.repeat(12_000)
const DELTA = event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: TEXT } })
const END = [
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } }),
  event({ type: 'message_stop' }),
]
/** More than the buffers of both connections hold, and less than the proxy allows a call of so many tokens. */
const DELTAS = 200

interface StalledCall {
  /** Resolves when the client has the head of the response. */
  begun: Promise<unknown>
  upstreamClosed: Promise<void>
  /** Reads the response, at last. */
  read(): Promise<'whole' | 'cut' | 'wrong'>
}

/** Requests a stream of 12 MB and does not read it. */
function stalledCall(
  { stage, number }: ServeCase,
  { url }: ServeProcess,
  path: string,
  name: string,
): StalledCall {
  const key = `${name}-${number}`
  const pieces = [START, ...Array.from({ length: DELTAS }, () => DELTA), ...END]
  const headers = { 'content-type': 'text/event-stream' }
  const script = scriptOf([{ status: 200, headers, pieces, ending: 'end', pause: 'none' }], 'chunked')
  stage.server.scripts.set(key, script)
  const prompt = '\n\nHuman: Hi\n\nAssistant:'
  const call = { model: 'claude-opus-4-8', stream: true }
  const body =
    path === '/v1/complete'
      ? { ...call, max_tokens_to_sample: 100_000, prompt }
      : { ...call, max_tokens: 100_000, messages: [{ role: 'user', content: 'Hi' }] }
  const response = fetch(url + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    begun: response,
    upstreamClosed: script.left,
    async read() {
      try {
        if (path === '/v1/messages') {
          const text = await (await response).text()
          return text === Buffer.concat(pieces).toString() ? 'whole' : 'wrong'
        }
        const { reading } = await readAnswer(await response, '2023-06-01')
        return reading?.completion === ` ${TEXT.repeat(DELTAS)}` ? 'whole' : 'wrong'
      } catch (error) {
        return asBrokenConnection(error).error === undefined ? 'wrong' : 'cut'
      }
    },
  }
}

/** The requests in the log. Throws for a line that is not JSON. */
function requests(serve: ServeProcess): { outcome?: string }[] {
  const lines = serve.log().split('\n').slice(0, -1)
  return lines.map(line => Object(JSON.parse(line))).filter(({ msg }) => msg === 'request')
}

/** The sum of a metric over its labels. */
async function metric({ url }: ServeProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const values = text.matchAll(new RegExp(`^legacy_completions_${name}(?:\\{.*\\})? (\\d+)`, 'gm'))
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0)
}

async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const late = new AbortController()
  const timer = sleep(milliseconds, false, { signal: late.signal }).catch(() => false)
  const isOver = await Promise.race([promise.then(() => true), timer])
  late.abort()
  return isOver
}

async function until(isSo: () => boolean | Promise<boolean>, milliseconds = SLACK): Promise<boolean> {
  const limit = performance.now() + milliseconds
  while (!(await isSo())) {
    if (performance.now() > limit) return false
    await sleep(10)
  }
  return true
}
