import type { WriteStream } from 'node:tty'
import type { LogWriter } from './serve-log.ts'

/** Where a command runs: its environment, its streams and the signal that asks it to end. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes a result to standard output. */
  readonly out: (text: string) => void
  /** Writes to standard error, for people: what went wrong, and what to do. */
  readonly err: (text: string) => void
  /** Reads standard input until it ends or the signal is aborted. */
  readonly stdin: () => AsyncIterable<Uint8Array>
  /** Whether a person would have to type standard input. @default false */
  readonly isStdinTerminal?: boolean
  /** The file descriptor of standard output, for commands that write bytes only as fast as they are read. */
  readonly stdout: number
  /** Standard error, where it is a terminal: for progress bars. */
  readonly terminal?: WriteStream | undefined
  /** The width that help is wrapped to. @default 100 */
  readonly columns?: number
  /** Whether standard error takes colours. @default false */
  readonly isColored?: boolean
  /** Whether standard output is a terminal. @default false */
  readonly isStdoutTerminal?: boolean
  /** Opens standard output for a log, whose lines may be lost. @default `out`, which loses none */
  readonly openLog?: () => LogWriter
  /** Calls a listener when the process is asked to read its files again: SIGHUP. */
  readonly onReload?: (listener: () => void) => void
  /**
   * Aborted by the first SIGINT or SIGTERM. A command that never reads it is ended by the system at once, however busy it
   * is; one that reads it has to end soon after.
   */
  readonly signal: AbortSignal
}

/** The command was called in a way that it does not support. The message says why, for the person at the terminal. */
export class UsageError extends Error {}
