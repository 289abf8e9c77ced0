/**
 * Ten thousand calls and a thousand streams at once, against the emulator: every answer is the caller's own, and when
 * all have ended nothing of them is left. `CALLS` and `STREAMS` say how many, `ROUNDS` how often.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AI_PROMPT, Anthropic, HUMAN_PROMPT } from 'legacy-completions'
import { Agent, fetch } from 'undici'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

const { CALLS = '10000', STREAMS = '1000', ROUNDS = '4' } = process.env
/** So much may one call leave behind, in bytes: less than any of its parts would. */
const LEFT_OVER = 100
/** And so much all of them, for code that is compiled late. */
const SETTLING = 1_500_000
const CONNECTIONS = 500
/** How long a connection is kept after its last call, and a little more; in milliseconds. */
const KEPT = 15_000

let passed = 0
let failed = 0
const check = (isSo, what) => {
  if (isSo) passed++
  else failed++
  if (!isSo) console.log(`  FAILED: ${what}`)
}

const emulator = fork(fileURLToPath(new URL('emulator.mjs', import.meta.url)))
const [{ url }] = await once(emulator, 'message')
// All are asked at once, and share these: one for each would need more file descriptors than most machines allow, and
// time to wait for a connection counts as if the server did not answer.
const dispatcher = new Agent({
  connections: CONNECTIONS,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 1000,
})
const client = new Anthropic({
  apiKey: 'any',
  authToken: null,
  baseURL: url,
  maxRetries: 0,
  fetch: (input, init) => fetch(input, { ...init, dispatcher }),
})
const call = question => ({
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
})
const answerTo = question => ` ${question} is answered, and so is what belongs to it.`

const ways = {
  'awaited calls': {
    count: Number(CALLS),
    ask: async question => (await client.completions.create(call(question))).completion,
  },
  streams: {
    count: Number(STREAMS),
    async ask(question) {
      let text = ''
      for await (const { completion } of client.completions.stream(call(question))) text += completion
      return text
    },
  },
}

/** Each question in a string of its own, which goes with it. */
async function askAll({ count, ask }, round) {
  const wrong = []
  const asking = Array.from({ length: count }, async (_, number) => {
    const question = `Question ${round}.${number}`
    const text = await ask(question).catch(error => `${error}, because of ${error.cause}`)
    if (text !== answerTo(question)) wrong.push(text)
  })
  await Promise.all(asking)
  return wrong
}

const openSockets = () => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length

async function heapUsed() {
  for (let turn = 0; turn < 6; turn++) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return process.memoryUsage().heapUsed
}

async function untilClosed() {
  const start = performance.now()
  while (openSockets() > 0 && performance.now() - start < KEPT)
    await new Promise(resolve => setTimeout(resolve, 100))
  return openSockets()
}

console.log('what             at once  round  seconds  sockets at once  left  heap after, MB')
for (const [what, way] of Object.entries(ways)) {
  const heaps = []
  for (let round = 1; round <= Number(ROUNDS); round++) {
    const start = performance.now()
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, openSockets())
    }, 50)
    const wrong = await askAll(way, round)
    clearInterval(watch)
    const seconds = (performance.now() - start) / 1000
    const left = await untilClosed()
    heaps.push(await heapUsed())
    const row = [
      what.padEnd(15),
      `${way.count}`.padStart(8),
      `${round}`.padStart(6),
      seconds.toFixed(1).padStart(8),
      `${most}`.padStart(16),
      `${left}`.padStart(5),
      ((heaps.at(-1) ?? 0) / 1e6).toFixed(1).padStart(15),
    ]
    console.log(row.join(' '))
    check(wrong.length === 0, `${wrong.length} answers are wrong, such as ${wrong[0]}`)
    check(left === 0, `${left} sockets are still open`)
  }
  // The first rounds fill what is filled once: code, pools, caches.
  const settled = Math.max(...heaps.slice(0, 2))
  const rounds = heaps.length - 2
  const grown = (heaps.at(-1) ?? 0) - settled
  const most = SETTLING + rounds * way.count * LEFT_OVER
  check(grown < most, `the heap has grown by ${grown} bytes in ${rounds} rounds, more than ${most}`)
}
emulator.disconnect()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
