/** What a thousand open streams hold in memory, in a process of their own. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from '../goals.mjs'
import { start } from '../proxy/contestants.mjs'
import { saidBy } from './measure.mjs'

const STREAMS = 1000
const ROUNDS = 5
const program = fileURLToPath(new URL('open-streams.mjs', import.meta.url))

function kilobytesAStream(client, port) {
  const child = fork(program, [client, `${port}`, `${STREAMS}`], { execArgv: ['--expose-gc'] })
  return saidBy(child, client)
}

export async function measure() {
  const { port } = await start('upstream.mjs')
  const shares = { ours: [], node: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const newest = await kilobytesAStream('newest', port)
    for (const client of Object.keys(shares)) {
      shares[client].push((await kilobytesAStream(client, port)) / newest)
    }
  }
  return {
    title: 'Memory',
    rows: [
      {
        what: '1,000 open streams, × what they take with the newest official SDK',
        label: 'memory of a stream',
        measured: median(shares.ours),
        atMost: 1.1,
      },
      {
        what: '1,000 open streams with `nodeHttpFetch`, × what they take with the newest official SDK',
        label: '… nodeHttpFetch',
        measured: median(shares.node),
        atMost: 0.5,
      },
    ],
  }
}
