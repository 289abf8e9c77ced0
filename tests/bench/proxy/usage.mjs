/** The resource usage of processes, as Linux reports it for any process. */
import { readdirSync, readFileSync } from 'node:fs'

/** The id of a process and of all that it started. */
export function processesBelow(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      parents.set(Number(name), Number(fieldsOf(name)[1]))
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [pid]
  for (const parent of found) for (const [child, of] of parents) if (of === parent) found.push(child)
  return found
}

/** CPU time used so far by all their threads that still run, in microseconds. */
export function cpuOf(pids) {
  return sum(pids, pid =>
    sum(readdirSync(`/proc/${pid}/task`), thread => {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      return Number(nanoseconds) / 1000
    }),
  )
}

/** Resident memory, in bytes. */
export function memoryOf(pids) {
  return sum(
    pids,
    pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
  )
}

/** What follows the name, which may itself hold spaces: state, parent, … */
function fieldsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function sum(items, of) {
  return items.reduce((total, item) => total + of(item), 0)
}
