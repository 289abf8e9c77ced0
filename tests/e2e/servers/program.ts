import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program that serves until its standard input ends, and so does not outlive this process however that ends. */
export interface Program {
  /** The address that it printed. */
  url: string
  /** Stops at once and drops all connections. */
  kill(): Promise<void>
  close(): Promise<void>
}

const LONGEST_START = 60_000

/** @throws Error with the end of what it said, where it does not come to print an address. */
export async function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const { PATH, HOME } = process.env
  const child = spawn(command, args, { stdio: 'pipe', env: { PATH, HOME, ...env } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isRunning(child)) child.kill(signal)
    await ended
  }
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${command} ${why}. ${said}`))
    const timer = setTimeout(() => fail('did not start in time'), LONGEST_START)
    child.once('error', reject)
    child.once('close', code => fail(`ended with ${code}`))
    createInterface({ input: child.stdout }).on('line', line => {
      if (!line.startsWith('http://127.0.0.1:')) return
      clearTimeout(timer)
      resolve(line)
    })
  }).catch(async error => {
    child.kill('SIGKILL')
    throw error
  })
  return { url, kill: () => end('SIGKILL'), close: () => end('SIGTERM') }
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null
