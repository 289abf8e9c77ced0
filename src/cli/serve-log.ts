/** The log of `serve`: JSON lines for machines, or one readable line per request on a terminal. */
import { hostname } from 'node:os'
import type { Writable } from 'node:stream'
import type { RequestRecord } from '../proxy/node/server.ts'

const LEVELS: Readonly<Record<LogLevel, number>> = {
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
}
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
export const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']

export type LogFormat = 'text' | 'json'
export const LOG_FORMATS: readonly LogFormat[] = ['text', 'json']

/** Writes log lines. May drop lines, because a log must neither end a server nor fill its memory. */
export interface LogWriter {
  write(line: string): void
  /** Number of dropped lines. */
  readonly lost: number
}

/** Maximum bytes that wait for a slow reader. */
const MOST_PENDING = 1024 * 1024

/** Creates a writer that drops and counts lines if the disk is full, the pipe is closed or the reader is slow. */
export function createLogWriter(stream: Writable): LogWriter {
  const writer = {
    lost: 0,
    write(line: string): void {
      if (stream.writableLength > MOST_PENDING) writer.lost++
      else
        stream.write(line, error => {
          if (error) writer.lost++
        })
    },
  }
  // The write callbacks count errors. Without a listener, the `error` event would end the process.
  stream.on('error', () => {})
  return writer
}

/** Log of `serve`. Drops entries below its level. */
export interface ServeLog {
  request(record: RequestRecord): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
}

export function createServeLog(format: LogFormat, level: LogLevel, write: (line: string) => void): ServeLog {
  const entry = (of: 'info' | 'warn', message: string, fields: object, text: string): void => {
    if (LEVELS[of] < LEVELS[level]) return
    if (format === 'text') write(`${clockTime()} ${text}\n`)
    else write(jsonLine(LEVELS[of], message, fields))
  }
  return {
    request: record => entry(levelOf(record), 'request', rounded(record), requestLine(record)),
    info: (message, fields = {}) => entry('info', message, fields, detailed(message, fields)),
    warn: (message, fields = {}) => entry('warn', message, fields, `Warning: ${detailed(message, fields)}`),
  }
}

/** Formats an entry with pino's field names, which log collectors know. */
function jsonLine(level: number, message: string, fields: object): string {
  const head = { level, time: Date.now(), hostname: hostname(), name: 'legacy-completions' }
  return `${JSON.stringify({ ...head, ...fields, msg: message })}\n`
}

const detailed = (message: string, fields: object): string =>
  [message, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' ')

const levelOf = ({ status, outcome }: RequestRecord): 'warn' | 'info' =>
  status >= 500 || outcome === 'upstream-failed' ? 'warn' : 'info'

/** Rounds milliseconds to one decimal place. */
const tenth = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

function rounded(record: RequestRecord): RequestRecord {
  const { firstByte, milliseconds } = record
  return {
    ...record,
    firstByte: firstByte === undefined ? undefined : tenth(firstByte),
    milliseconds: tenth(milliseconds),
  }
}

function clockTime(): string {
  return new Date().toTimeString().slice(0, 8)
}

/** Formats a request for a terminal: `POST /v1/complete 200 messages 812 ms retired-model`. */
function requestLine(record: RequestRecord): string {
  const { method, path, status, endpoint, client, isStreamed, outcome, cause, diagnostics } = record
  const duration =
    record.milliseconds < 1000
      ? `${Math.round(record.milliseconds)} ms`
      : `${(record.milliseconds / 1000).toFixed(1)} s`
  return [
    method,
    printable(path),
    status === 0 ? '-' : status,
    endpoint === 'none' ? '' : endpoint,
    isStreamed ? 'stream' : '',
    duration,
    client ?? '',
    outcome === 'answered' ? '' : outcome,
    cause ?? '',
    diagnostics.join(','),
  ]
    .filter(part => part !== '')
    .join(' ')
}

/** Escapes control characters in a path, because it comes from a client and a terminal would obey them. */
function printable(path: string): string {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')
}
