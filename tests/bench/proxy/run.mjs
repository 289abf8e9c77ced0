/**
 * What a request and a stream cost through each proxy, side by side in one run: rounds are interleaved, medians quoted.
 * CPU is that of the proxy's process alone. Loopback only, bounded in count.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const REQUESTS = Number(process.env.REQUESTS ?? 3000)
const STREAMS = Number(process.env.STREAMS ?? 300)
const CONCURRENCY = 16

const start = (file, env = {}) =>
  new Promise((resolve, reject) => {
    const child = fork(here(file), { env: { ...process.env, ...env } })
    child.once('error', reject)
    child.once('message', ({ port }) => resolve({ child, port }))
  })
const usage = child =>
  new Promise(resolve => {
    child.once('message', resolve)
    child.send('usage')
  })

const legacy = stream => ({
  path: '/v1/complete',
  body: JSON.stringify({
    model: 'claude-opus-4-8',
    prompt: '\n\nHuman: Why is the sky blue?\n\nAssistant:',
    max_tokens_to_sample: 300,
    stream,
  }),
})
const messages = stream => ({
  path: '/v1/messages',
  body: JSON.stringify({
    model: 'claude-opus-4-8',
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    max_tokens: 300,
    stream,
  }),
})

async function load(port, { path, body }, count) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONCURRENCY })
  const headers = { 'content-type': 'application/json', 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }
  let left = count
  const times = []
  const first = []
  const worker = async () => {
    while (left-- > 0) {
      const begun = performance.now()
      const reply = await pool.request({ path, method: 'POST', headers, body })
      let isFirst = true
      for await (const _ of reply.body) {
        if (isFirst) first.push(performance.now() - begun)
        isFirst = false
      }
      if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
      times.push(performance.now() - begun)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  const seconds = (performance.now() - begun) / 1000
  await pool.close()
  return { perSecond: count / seconds, p50: median(times), first: median(first) }
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const upstream = await start('upstream.mjs')
const env = { UPSTREAM_PORT: `${upstream.port}` }
const candidates = [
  { name: 'bare node:http, passing /v1/messages on', ...(await start('bare.mjs', env)), call: messages },
  { name: 'ours, passing /v1/messages on', ...(await start('ours.mjs', env)), call: messages },
  { name: 'ours, translating /v1/complete', ...(await start('ours.mjs', env)), call: legacy },
  { name: 'the portable handler, translating', ...(await start('portable.mjs', env)), call: legacy },
]

const rows = candidates.map(() => ({ json: [], sse: [] }))
for (let round = 0; round <= ROUNDS; round++) {
  for (const [index, { child, port, call }] of candidates.entries()) {
    for (const [kind, stream, count] of [
      ['json', false, REQUESTS],
      ['sse', true, STREAMS],
    ]) {
      const before = await usage(child)
      const result = await load(port, call(stream), count)
      const after = await usage(child)
      const cpu = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / count
      // The first round only warms up.
      if (round > 0) rows[index][kind].push({ ...result, cpu, memory: after.memory })
    }
  }
}
for (const { child } of [...candidates, upstream]) child.kill()

const anchor = kind => median(rows[0][kind].map(({ cpu }) => cpu))
console.log(
  '| proxy | JSON: µs CPU | × bare | req/s | p50 ms | SSE: µs CPU a stream | × bare | first byte ms | MB |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const [index, { name }] of candidates.entries()) {
  const { json, sse } = rows[index]
  const of = (list, field) => median(list.map(entry => entry[field]))
  const cells = [
    name,
    of(json, 'cpu').toFixed(0),
    (of(json, 'cpu') / anchor('json')).toFixed(2),
    of(json, 'perSecond').toFixed(0),
    of(json, 'p50').toFixed(2),
    of(sse, 'cpu').toFixed(0),
    (of(sse, 'cpu') / anchor('sse')).toFixed(2),
    of(sse, 'first').toFixed(2),
    (of(sse, 'memory') / 1e6).toFixed(0),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
