/** The log of `serve`: JSON lines for machines, or a readable line a request for a person at a terminal. */
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

/** Writes lines that may be lost: a log must neither end a server nor fill its memory. */
export interface LogWriter {
  write(line: string): void
  /** Number of lines that could not be written. */
  readonly lost: number
}

/** Lines that wait for a reader that has stalled, in bytes. */
const MOST_PENDING = 1024 * 1024

/** Creates a writer that drops and counts the lines which a full disk, a closed pipe or a stalled reader does not take. */
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
  // The callbacks count the errors. Without a listener the event would end the process.
  stream.on('error', () => {})
  return writer
}

/** The log of `serve`. Entries below its level are dropped. */
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

/** An entry in the fields that log collectors know from pino. */
function jsonLine(level: number, message: string, fields: object): string {
  const head = { level, time: Date.now(), hostname: hostname(), name: 'legacy-completions' }
  return `${JSON.stringify({ ...head, ...fields, msg: message })}\n`
}

const detailed = (message: string, fields: object): string =>
  [message, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' ')

const levelOf = ({ status, outcome }: RequestRecord): 'warn' | 'info' =>
  status >= 500 || outcome === 'upstream-failed' ? 'warn' : 'info'

/** Milliseconds to a tenth: more digits say nothing. */
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

/** `POST /v1/complete 200 messages 812 ms retired-model`. */
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

/** A path comes from a client, and a terminal obeys control characters. */
function printable(path: string): string {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')
}
