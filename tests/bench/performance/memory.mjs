/** What a thousand open streams hold in memory, in a process of their own. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { start } from '../proxy/contestants.mjs'
import { median } from './measure.mjs'

const STREAMS = 1000
const ROUNDS = 5
const program = fileURLToPath(new URL('open-streams.mjs', import.meta.url))

function kilobytesAStream(client, port) {
  return new Promise((resolve, reject) => {
    const child = fork(program, [client, `${port}`, `${STREAMS}`], { execArgv: ['--expose-gc'] })
    let kilobytes
    child.on('message', message => {
      kilobytes = message
    })
    child.on('error', reject)
    child.on('exit', code => {
      if (code === 0 && kilobytes !== undefined) resolve(kilobytes)
      else reject(new Error(`${client} ended with ${code}`))
    })
  })
}

export async function measure() {
  const { port } = await start('upstream.mjs')
  const shares = []
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await kilobytesAStream('ours', port)
    shares.push(ours / (await kilobytesAStream('newest', port)))
  }
  return {
    title: 'Memory',
    rows: [
      {
        what: '1,000 open streams, × what they take with the newest official SDK',
        measured: median(shares),
        atMost: 0.7,
      },
    ],
  }
}
