import type { Diagnostic, OnDiagnostic } from '../diagnostics/diagnostic.ts'

/** Something that can be logged to, as `console` can. */
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

/** More messages than this are not remembered: a program with changing model names would fill the memory. */
const MOST_MESSAGES = 1000

/** Where an entry point reports its diagnostics. */
export interface DiagnosticSettings {
  onDiagnostic?: OnDiagnostic | undefined
  diagnosticsPer: 'message' | 'call'
  /** Receives the warnings and errors that `onDiagnostic` does not. @default console */
  logger?: Pick<Logger, 'warn'> | undefined
  logLevel: LogLevel
}

/** Reports the diagnostics of one entry point. */
export class DiagnosticReporter {
  /** What `onDiagnostic` has received: code and message, since behind an SDK or a helper every call has one stack. */
  readonly #reported = new Set<string>()
  readonly #settings: DiagnosticSettings

  /** @param settings Read at each call. */
  constructor(settings: DiagnosticSettings) {
    this.#settings = settings
  }

  /** Reports the diagnostics of a request: each message once, unless `diagnosticsPer` is `'call'`. */
  report(diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length === 0) return
    const { onDiagnostic, diagnosticsPer } = this.#settings
    for (const diagnostic of diagnostics) {
      if (onDiagnostic === undefined) this.#print(diagnostic)
      else if (diagnosticsPer === 'call' || isNew(this.#reported, keyOf(diagnostic))) onDiagnostic(diagnostic)
    }
  }

  /** Reports a diagnostic of a response: to `onDiagnostic` each time, for it belongs to that response. */
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

/** The messages that each function has printed: programs may create a client for every call. */
const printed = new WeakMap<object, Set<string>>()

/** Prints a line unless the same function has printed it, or the level is higher. */
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
