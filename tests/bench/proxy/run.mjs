/**
 * What a request and a stream cost through each proxy, side by side in one run: rounds are interleaved, medians quoted,
 * ratios are of the same round. CPU is that of the proxy's processes alone. Loopback only, bounded in count; Linux.
 */
import { judge, median, tableOf } from '../goals.mjs'
import { start, startNginx, startPortkey } from './contestants.mjs'
import { legacy, load, messages, openStreams } from './load.mjs'
import { cpuOf, memoryOf } from './usage.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const SCALE = Number(process.env.SCALE ?? 1)
/** Enough that what a process does once after it has been idle, a collection of its garbage, is spread over many. */
const LOADS = [
  { stream: false, concurrency: 1, count: 3000 },
  { stream: false, concurrency: 16, count: 3000 },
  { stream: false, concurrency: 64, count: 3000 },
  { stream: true, concurrency: 1, count: 200 },
  { stream: true, concurrency: 16, count: 200 },
  { stream: true, concurrency: 64, count: 200 },
].map(each => ({ ...each, count: Math.ceil(each.count * SCALE) }))
const SLOW_STREAMS = (process.env.SLOW_STREAMS ?? '500,5000').split(',').map(Number)

const upstream = await start('upstream.mjs')
const env = { UPSTREAM_PORT: `${upstream.port}` }
const PORTKEY_HEADERS = {
  'x-portkey-provider': 'anthropic',
  'x-portkey-custom-host': `http://127.0.0.1:${upstream.port}/v1`,
}
const BARE = 'bare node:http'
const OURS = 'serveProxy, translating'
const PORTKEY = '@portkey-ai/gateway'
/** Those that are compared most stand side by side, so that they run one right after the other. */
const candidates = [
  // No proxy, so no CPU of one.
  { name: 'direct', call: messages, ...upstream, pids: () => [] },
  { name: BARE, call: messages, ...(await start('bare.mjs', env)) },
  { name: OURS, call: legacy, ...(await start('ours.mjs', env)) },
  { name: 'serveProxy, passing on', call: messages, ...(await start('ours.mjs', env)) },
  { name: 'nginx', call: messages, ...(await startNginx(upstream.port)) },
  { name: 'createProxy, translating', call: legacy, ...(await start('portable.mjs', env)) },
  { name: PORTKEY, call: messages, headers: PORTKEY_HEADERS, ...(await startPortkey()) },
]
for (const { name, reason } of candidates) if (reason) console.log(`${name} is left out: ${reason}.`)
const contestants = candidates.filter(({ reason }) => reason === undefined)

/** Compiling is no part of what a request costs. */
const WARM_UP = [
  { stream: false, concurrency: 16, count: 10_000 },
  { stream: true, concurrency: 16, count: 1000 },
]
for (const contestant of contestants)
  for (const each of WARM_UP) await load(contestant, { ...each, count: Math.ceil(each.count * SCALE) })

/** By load, then contestant: one measurement a round. */
const measured = LOADS.map(() => contestants.map(() => []))
for (let round = 0; round < ROUNDS; round++) {
  for (const [at, each] of LOADS.entries()) {
    const inOrder = [...contestants.entries()]
    // Nobody is always the one that comes after the same other.
    for (const [index, contestant] of round % 2 === 0 ? inOrder : inOrder.reverse()) {
      const pids = contestant.pids()
      const before = cpuOf(pids)
      const result = await load(contestant, each)
      measured[at][index].push({ ...result, cpu: (cpuOf(pids) - before) / each.count })
    }
  }
}

const memory = []
for (const count of SLOW_STREAMS) {
  for (const [index, contestant] of contestants.entries()) {
    if (contestant.name === 'direct') continue
    // A heap that has just been through the load would hide what the streams take.
    const fresh = await restart(contestant)
    const pids = fresh.pids()
    const idle = memoryOf(pids)
    try {
      const streams = await openStreams({ ...contestant, ...fresh }, count)
      await new Promise(resolve => setTimeout(resolve, 5000))
      const loaded = memoryOf(pids)
      streams.close()
      memory.push({ count, index, idle, loaded, kilobytes: (loaded - idle) / count / 1024 })
    } catch (error) {
      memory.push({ count, index, reason: String(error) })
    }
  }
}

async function restart({ name }) {
  if (name === 'nginx') return startNginx(upstream.port)
  if (name === PORTKEY) return startPortkey()
  const file = { [BARE]: 'bare.mjs', 'createProxy, translating': 'portable.mjs' }[name] ?? 'ours.mjs'
  return start(file, env)
}

const indexOf = name => contestants.findIndex(contestant => contestant.name === name)
/** The median of a figure over the rounds, as a ratio to another contestant's of the same round where one is named. */
function figure(at, index, field, to) {
  const mine = measured[at][index].map(result => result[field])
  if (to === undefined) return median(mine)
  return median(mine.map((value, round) => value / measured[at][indexOf(to)][round][field]))
}

for (const [at, { stream, concurrency, count }] of LOADS.entries()) {
  console.log(
    `\n${stream ? 'Streams of 200 events' : 'JSON'}, ${concurrency} at once (${ROUNDS} rounds of ${count})\n`,
  )
  console.log('| proxy | CPU µs | × bare | per second | p50 ms | first byte ms | added | added × bare |')
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  const direct = figure(at, indexOf('direct'), 'firstByte')
  for (const [index, { name }] of contestants.entries()) {
    const added = figure(at, index, 'firstByte') - direct
    const isProxy = name !== 'direct'
    const cells = [
      name,
      isProxy ? figure(at, index, 'cpu').toFixed(0) : '',
      isProxy ? figure(at, index, 'cpu', BARE).toFixed(2) : '',
      figure(at, index, 'perSecond').toFixed(0),
      figure(at, index, 'p50').toFixed(2),
      figure(at, index, 'firstByte').toFixed(2),
      isProxy ? added.toFixed(2) : '',
      isProxy ? (added / (figure(at, indexOf(BARE), 'firstByte') - direct)).toFixed(2) : '',
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

console.log('\nMemory with streams that do not end, an event a second each\n')
console.log('| proxy | streams | idle MB | loaded MB | KB a stream |')
console.log('| --- | ---: | ---: | ---: | ---: |')
for (const { count, index, idle, loaded, kilobytes, reason } of memory) {
  const { name } = contestants[index]
  if (reason) console.log(`| ${name} | ${count} | | | ${reason} |`)
  else console.log(`| ${name} | ${count} | ${mb(idle)} | ${mb(loaded)} | ${kilobytes.toFixed(0)} |`)
}

function mb(bytes) {
  return (bytes / 1024 / 1024).toFixed(0)
}

const ours = indexOf(OURS)
const portkey = indexOf(PORTKEY)
const figures = LOADS.flatMap(({ stream, concurrency }, at) => {
  const which = `${stream ? 'stream' : 'JSON'}, ${concurrency} at once`
  const added = index => figure(at, index, 'firstByte') - figure(at, indexOf('direct'), 'firstByte')
  const cpuOfPortkey = () =>
    median(measured[at][portkey].map((result, round) => result.cpu / measured[at][ours][round].cpu))
  return [
    {
      what: `CPU, ${which}: × bare`,
      measured: figure(at, ours, 'cpu', BARE),
      atMost: stream ? 1.0 : 1.05,
    },
    {
      what: `first byte added, ${which}: × bare`,
      measured: added(ours) / added(indexOf(BARE)),
      atMost: 1.1,
    },
    {
      what: `CPU of Portkey, ${which}: × ours`,
      ...(portkey === -1 ? { reason: 'it is left out' } : { measured: cpuOfPortkey() }),
      atLeast: stream ? 4 : 10,
    },
  ]
})
for (const { count, index, kilobytes, reason } of memory) {
  if (index !== ours) continue
  figures.push({
    what: `memory, ${count} slow streams: kB a stream`,
    measured: kilobytes,
    ...(reason !== undefined && { reason }),
    atMost: 105,
  })
}
console.log(`\n${tableOf(figures)}\n\n${judge(figures)}`)
process.exit()
