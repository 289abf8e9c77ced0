/**
 * Attacks `serve`, as a process of its own, the way a hostile or a broken client would. Each attack has a status, a time, the
 * longest time that the event loop was blocked and the peak of the resident memory. The block is processor time, so that a
 * busy machine does not matter. `ATTACK=word` runs only those whose name contains the word.
 */
import { attacks } from './attacks.mjs'
import { startServe, watchLoop } from './serve-process.mjs'
import { startUpstream } from './sockets.mjs'

/** Resident memory of the whole process, whatever one client sends. */
const MOST_MEGABYTES = 256
/** Milliseconds that one request of the allowed size may block the event loop. */
const LONGEST_BLOCK = 250

let passed = 0
let failed = 0
const row = (...cells) =>
  console.log(
    `${String(cells[0]).padEnd(58)} ${cells
      .slice(1)
      .map(cell => String(cell).padStart(12))
      .join(' ')}`,
  )
row('attack', 'status', 'seconds', 'cpu, ms', 'blocked, ms', 'peak, MB')
for (const attack of attacks) {
  if (!attack.name.includes(process.env.ATTACK ?? '')) continue
  const upstream = await startUpstream(attack.base)
  const faults = []
  let cells = ['-', '-', '-', '-', '-']
  try {
    const serve = await startServe(['--upstream', upstream.url, ...(attack.args ?? [])], attack.process)
    const stop = attack.isUnwatched ? undefined : await watchLoop(serve)
    const begun = performance.now()
    const cpuBefore = serve.cpuMilliseconds()
    const check = (isSo, what) => {
      if (!isSo) faults.push(what)
    }
    let peak = 0
    const sample = setInterval(() => {
      peak = Math.max(peak, serve.peakMegabytes())
    }, 20)
    const status = await attack.run({ serve, upstream, check })
    clearInterval(sample)
    const seconds = (performance.now() - begun) / 1000
    const cpu = serve.cpuMilliseconds() - cpuBefore
    peak = Math.max(peak, serve.peakMegabytes())
    const blocked = stop === undefined || attack.endsServe ? undefined : await stop()
    check(peak < (attack.mostMegabytes ?? MOST_MEGABYTES), `${peak.toFixed(0)} MB of memory`)
    if (blocked !== undefined)
      check(
        blocked < (attack.longestBlock ?? LONGEST_BLOCK),
        `the event loop was blocked for ${blocked.toFixed(0)} ms`,
      )
    check(attack.endsServe || serve.isRunning(), 'serve has ended')
    cells = [
      status,
      seconds.toFixed(2),
      attack.endsServe ? '-' : cpu,
      blocked?.toFixed(0) ?? '-',
      peak.toFixed(0),
    ]
    await serve.stop()
  } catch (error) {
    faults.push(`${error.stack}`)
  }
  upstream.close()
  row(attack.name, ...cells)
  for (const fault of faults) console.log(`  FAILED: ${fault}`)
  if (faults.length === 0) passed++
  else failed++
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
