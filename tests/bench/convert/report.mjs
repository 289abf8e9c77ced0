/** Loaded into each candidate: says at the end what the process took. */
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.channel?.unref()
  process.on('exit', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1e6, memory: process.resourceUsage().maxRSS / 1024 })
  })
}
