import type { Diagnostic, OnDiagnostic } from '../diagnostics/diagnostic.ts'

/** A destination of log messages, such as `console`. */
export interface Logger {
  error(message: string, ...rest: unknown[]): void
  warn(message: string, ...rest: unknown[]): void
  info(message: string, ...rest: unknown[]): void
  debug(message: string, ...rest: unknown[]): void
}

/** The log levels, from the one that prints nothing to the one that prints most. */
export const LOG_LEVELS: readonly LogLevel[] = ['off', 'error', 'warn', 'info', 'debug']
/** The least severe messages that are logged: `'off'`, `'error'`, `'warn'`, `'info'` or `'debug'`. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug'

/** Whether messages of a level are printed. */
export function isLogged(level: Exclude<LogLevel, 'off'>, logLevel: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(logLevel)
}

/** The number of messages that are remembered: a program with changing model names would otherwise fill the memory. */
const MOST_MESSAGES = 1000

/** The settings for reporting diagnostics. */
export interface DiagnosticSettings {
  onDiagnostic?: OnDiagnostic | undefined
  diagnosticsPer: 'message' | 'call'
  /** Receives the warnings and errors when there is no `onDiagnostic`. @default console */
  logger?: Pick<Logger, 'warn'> | undefined
  logLevel: LogLevel
}

/** Reports the diagnostics of one entry point. */
export class DiagnosticReporter {
  /**
   * The code and message of each diagnostic that `onDiagnostic` has received. The call stack is no part of it: behind
   * an SDK or a wrapper every call has the same stack.
   */
  readonly #reported = new Set<string>()
  readonly #settings: DiagnosticSettings

  /** @param settings Read at each call, so that changes apply. */
  constructor(settings: DiagnosticSettings) {
    this.#settings = settings
  }

  /** Reports the diagnostics of a request: each message once, unless `diagnosticsPer` is `'call'`. */
  report(diagnostics: readonly Diagnostic[]): void {
    const { onDiagnostic, diagnosticsPer } = this.#settings
    for (const diagnostic of diagnostics) {
      if (onDiagnostic === undefined) this.#print(diagnostic)
      else if (diagnosticsPer === 'call' || isNew(this.#reported, keyOf(diagnostic))) onDiagnostic(diagnostic)
    }
  }

  /** Reports a diagnostic of a response. `onDiagnostic` receives it every time, because it belongs to that response. */
  readonly onResponse: OnDiagnostic = diagnostic => {
    const { onDiagnostic } = this.#settings
    if (onDiagnostic === undefined) this.#print(diagnostic)
    else onDiagnostic(diagnostic)
  }

  #print({ code, severity, message, url }: Diagnostic): void {
    if (severity === 'info') return
    const level = severity === 'error' ? 'error' : 'warn'
    printOnce(`${code} ${message}`, level, `${message} (${code}) ${url}`, this.#settings)
  }
}

const keyOf = ({ code, message }: Diagnostic): string => `${code} ${message}`

function isNew(known: Set<string>, key: string): boolean {
  if (known.has(key)) return false
  if (known.size >= MOST_MESSAGES) known.clear()
  known.add(key)
  return true
}

/**
 * The messages that each log function has printed. Not per client, because programs may create a client for every call.
 */
const printed = new WeakMap<object, Set<string>>()

/** Prints a line, unless the same function has printed it before or `logLevel` excludes it. */
export function printOnce(
  key: string,
  level: 'warn' | 'error',
  line: string,
  { logger = console, logLevel }: Pick<DiagnosticSettings, 'logger' | 'logLevel'>,
): void {
  if (!isLogged(level, logLevel)) return
  const { warn } = logger
  const known = printed.get(warn) ?? new Set()
  printed.set(warn, known)
  if (isNew(known, key)) logger.warn(`legacy-completions: ${line.replace(/\s+/g, ' ')}`)
}
