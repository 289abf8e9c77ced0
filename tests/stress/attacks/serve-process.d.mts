import type { ChildProcess } from 'node:child_process'

/** `serve` as a process. */
export interface ServeProcess {
  url: string
  port: number
  child: ChildProcess
  exited: Promise<{ code: number | null; signal: string | null }>
  /** The log so far. */
  log(): string
  errors(): string
  /** Stops reading the log. */
  stall(): void
  /** Reads the log again, from where it stopped. */
  readOn(): void
  isRunning(): boolean
  stop(): Promise<void>
}

export interface ServeProcessOptions {
  /** File descriptor of the log. Default: a pipe. */
  stdout?: number
  /** Script that runs the command. Default: the built one. */
  script?: string
}

export function startServe(args: readonly string[], options?: ServeProcessOptions): Promise<ServeProcess>
