import type { WriteStream } from 'node:tty'
import type { LogWriter } from './serve-log.ts'

/** Environment of a command: its variables, its streams and the signal that asks it to end. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes a result to standard output. */
  readonly out: (text: string) => void
  /** Writes messages for people to standard error: problems and remedies. */
  readonly err: (text: string) => void
  /** Reads standard input until it ends or the signal is aborted. */
  readonly stdin: () => AsyncIterable<Uint8Array>
  /** Whether standard input is a terminal, where a person would have to type the input. @default false */
  readonly isStdinTerminal?: boolean
  /** File descriptor of standard output, for commands that write bytes with backpressure. */
  readonly stdout: number
  /** Standard error if it is a terminal, for progress bars. */
  readonly terminal?: WriteStream | undefined
  /** Width of wrapped help text, in columns. @default 100 */
  readonly columns?: number
  /** Whether standard error shows colours. @default false */
  readonly isColored?: boolean
  /** Whether standard output shows colours. @default false */
  readonly isStdoutColored?: boolean
  /** Whether standard output is a terminal. @default false */
  readonly isStdoutTerminal?: boolean
  /** Opens standard output for a log that may lose lines. @default `out`, which loses none */
  readonly openLog?: () => LogWriter
  /** Registers a listener for SIGHUP, which asks the process to read its files again. */
  readonly onReload?: (listener: () => void) => void
  /**
   * Aborted by the first SIGINT or SIGTERM. If a command never reads this property, the signal ends the process at
   * once. A command that reads it must end soon after the abort.
   */
  readonly signal: AbortSignal
}

/**
 * Thrown when a command was called with wrong arguments. The message explains the reason to the person at the terminal.
 */
export class UsageError extends Error {}
