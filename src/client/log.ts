import type { ClientSettings } from './options.ts'

/** Something that can be logged to, as `console` can. */
export interface Logger {
  error(message: string, ...rest: unknown[]): void
  warn(message: string, ...rest: unknown[]): void
  info(message: string, ...rest: unknown[]): void
  debug(message: string, ...rest: unknown[]): void
}

export const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * The part of the client's logger that its level lets through. Without a logger nothing is said: a library does not
 * print. What is logged is methods, addresses, statuses and times, never a header or a body.
 */
export function logTo({ logger, logLevel }: Pick<ClientSettings, 'logger' | 'logLevel'>): Logger {
  const at = (level: Exclude<LogLevel, 'off'>): Logger['info'] =>
    logger !== undefined && LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(logLevel)
      ? (message, ...rest) => logger[level](`legacy-completions: ${message}`, ...rest)
      : () => {}
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
