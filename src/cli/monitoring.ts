import { hostname } from 'node:os'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Page, RequestRecord } from '../proxy/node/server.ts'

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

/** Writes one JSON line for each entry, in the fields that log collectors know from pino. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** The log of a command. Entries below the level are dropped. */
export function createLog(level: LogLevel, out: (line: string) => void): Log {
  const entry =
    (own: LogLevel) =>
    (fields: object, message: string): void => {
      if (LEVELS[own] < LEVELS[level]) return
      const head = { level: LEVELS[own], time: Date.now(), hostname: hostname(), name: 'legacy-completions' }
      out(`${JSON.stringify({ ...head, ...fields, msg: message })}\n`)
    }
  return { info: entry('info'), warn: entry('warn') }
}

export interface Metrics {
  /** Counts a request that is over. */
  count(record: RequestRecord): void
  /** All of it, in the form that Prometheus reads. */
  page(): Promise<Page>
}

/** From a fast answer of the proxy itself to a long one of a model, in seconds. */
const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

/** What an operator watches. Labels are from closed lists, so that no client can fill the memory with new ones. */
export function createMetrics(openRequests: () => number): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Counter({
    name: 'legacy_completions_requests_total',
    help: 'Requests by where they went, status and outcome.',
    labelNames: ['endpoint', 'status', 'outcome'],
    registers,
  })
  const diagnostics = new Counter({
    name: 'legacy_completions_diagnostics_total',
    help: 'What was noticed and changed, by code.',
    labelNames: ['code'],
    registers,
  })
  const upstreamErrors = new Counter({
    name: 'legacy_completions_upstream_errors_total',
    help: 'Requests that the upstream answered with a status of 5xx, or not to their end.',
    registers,
  })
  const firstByte = new Histogram({
    name: 'legacy_completions_first_byte_seconds',
    help: 'Time until the head of the answer was sent.',
    labelNames: ['endpoint'],
    buckets: BUCKETS,
    registers,
  })
  const duration = new Histogram({
    name: 'legacy_completions_duration_seconds',
    help: 'Time until the answer was sent.',
    labelNames: ['endpoint'],
    buckets: BUCKETS,
    registers,
  })
  new Gauge({
    name: 'legacy_completions_open_requests',
    help: 'Requests being answered, open streams included.',
    registers,
    collect() {
      this.set(openRequests())
    },
  })
  return {
    count({ endpoint, status, outcome, diagnostics: codes, firstByte: first, milliseconds }) {
      requests.inc({ endpoint, status, outcome })
      for (const code of codes) diagnostics.inc({ code })
      if (outcome === 'upstream-failed' || (endpoint !== 'none' && status >= 500)) upstreamErrors.inc()
      if (first !== undefined) firstByte.observe({ endpoint }, first / 1000)
      duration.observe({ endpoint }, milliseconds / 1000)
    },
    page: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  }
}
