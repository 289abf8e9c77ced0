/** How the sections measure: contestants take turns within a round, and a ratio is of one round, so that what else the machine does falls on both. */

import { median } from '../goals.mjs'

/** CPU time of this process so far, in microseconds: all of its threads, whatever else runs. */
export function cpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/**
 * Runs contestants in turn, round by round; of each, what a run took in microseconds of CPU time, by round.
 *
 * @param contestants functions that do the work once; may return a promise
 * @param rounds how many rounds count
 * @param warmUp runs of each beforehand: compiling is no part of what a call costs
 */
export async function interleave(contestants, { rounds = 15, warmUp = 3 } = {}) {
  for (const run of contestants) for (let count = 0; count < warmUp; count++) await run()
  const taken = contestants.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, run] of contestants.entries()) {
      const before = cpu()
      await run()
      taken[index].push(cpu() - before)
    }
  }
  return taken
}

/** The median of one contestant's share of another's time, round by round. */
export function ratioOf(taken, other) {
  return median(taken.map((time, round) => time / other[round]))
}

/** What a forked process says, once it has ended well. */
export function saidBy(child, name) {
  return new Promise((resolve, reject) => {
    let said
    child.on('message', message => {
      said = message
    })
    child.on('error', reject)
    child.on('exit', code => {
      if (code === 0 && said !== undefined) resolve(said)
      else reject(new Error(`${name} ended with ${code}.`))
    })
  })
}

/** By how much time grows with size: the slope of its logarithm over that of the size; 1 is in proportion. */
export function exponentOf(points) {
  const logs = points.map(([size, time]) => [Math.log(size), Math.log(time)])
  const mean = at => logs.reduce((sum, point) => sum + point[at], 0) / logs.length
  const [x, y] = [mean(0), mean(1)]
  const over = logs.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / logs.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}
