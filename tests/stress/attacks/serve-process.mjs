/** `serve` as a process of its own, its memory, and how long its event loop was blocked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const bin = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url))
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `serve`. `stdout` is a file descriptor, or `pipe`; `script` runs the command, and is the built one by default. */
export async function startServe(args, options = {}) {
  for (let tries = 1; ; tries++) {
    try {
      return await tryServe(args, options)
    } catch (error) {
      // Another program may take a port between the look for a free one and its use.
      if (tries === 5 || !error.message.includes('port is taken')) throw error
    }
  }
}

async function tryServe(args, { env = {}, stdout = 'pipe', files, script = bin }) {
  const port = await freePort()
  const command = [process.execPath, script, 'serve', '--port', `${port}`, ...args]
  const [program, ...rest] = files === undefined ? command : ['prlimit', `--nofile=${files}`, ...command]
  const child = spawn(program, rest, {
    env: { ...process.env, ANTHROPIC_API_KEY: 'sk-ant-held', ...env },
    stdio: ['ignore', stdout, 'pipe'],
  })
  running.add(child)
  const exited = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return { code, signal }
  })
  let errors = ''
  child.stderr.on('data', text => {
    errors += text
  })
  let log = ''
  const keep = text => {
    log += text
  }
  child.stdout?.on('data', keep)
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 400) throw new Error(`serve did not start: ${errors}`)
    if (await answers(port)) break
    await sleep(25)
  }
  resetPeak(child.pid)
  return {
    url,
    port,
    child,
    exited,
    log: () => log,
    errors: () => errors,
    /** Stops reading the log. */
    stall: () => child.stdout.off('data', keep).pause(),
    /** Reads the log again, from where it stopped. */
    readOn: () => child.stdout.on('data', keep).resume(),
    peakMegabytes: () => peakMegabytes(child.pid),
    cpuMilliseconds: () => cpuMilliseconds(child.pid),
    openSockets: () => openSockets(child.pid),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function answers(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } })
    return response.ok
  } catch {
    return false
  }
}

export async function freePort() {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** The peak of the resident memory since the process started, or since it was reset. */
function peakMegabytes(pid) {
  try {
    const [, kilobytes = 0] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  } catch {
    // It has ended.
    return 0
  }
}

/** A tick of the processor time in /proc, in milliseconds. */
const TICK = 10

function cpuMilliseconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK
  } catch {
    return 0
  }
}

/** Counts the sockets of a process, except those that end while it counts. Only Linux lists them; elsewhere returns 0. */
function openSockets(pid) {
  const folder = `/proc/${pid}/fd`
  if (!existsSync(folder)) return 0
  return readdirSync(folder).filter(name => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

function resetPeak(pid) {
  // Only Linux has it.
  if (existsSync(`/proc/${pid}`)) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/**
 * Milliseconds of processor time that the main thread has taken. A thread that waits for a busy processor takes none.
 * Only Linux has it; elsewhere this is a clock.
 */
function mainThreadMilliseconds(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/**
 * Asks for `/healthz` again and again, from a thread that nothing else blocks. Resolves to a function that stops and
 * returns the longest time that the main thread computed until it answered: so long was the event loop blocked.
 */
export async function watchLoop({ port, child }) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { port, pid: child.pid } })
  await once(worker, 'message')
  return async () => {
    worker.postMessage('stop')
    const [longest] = await once(worker, 'message')
    return longest
  }
}

const { isMainThread, parentPort, workerData } = await import('node:worker_threads')
if (!isMainThread && workerData?.port !== undefined) {
  let isOver = false
  parentPort.once('message', () => {
    isOver = true
  })
  const socket = connect(workerData.port, '127.0.0.1')
  socket.on('error', () => {})
  const closed = new Promise(resolve => socket.once('close', resolve))
  await once(socket, 'connect')
  let longest = 0
  const ask = async () => {
    const begun = mainThreadMilliseconds(workerData.pid)
    socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    // After a block of seconds, serve closes a connection that was idle for as long.
    await Promise.race([once(socket, 'data').catch(() => {}), closed])
    return mainThreadMilliseconds(workerData.pid) - begun
  }
  await ask()
  parentPort.postMessage('ready')
  // An attack that ends the process ends the connection, too.
  while (!isOver && !socket.destroyed) {
    longest = Math.max(longest, await ask())
    await sleep(5)
  }
  while (!isOver) await sleep(5)
  socket.destroy()
  parentPort.postMessage(longest)
}
