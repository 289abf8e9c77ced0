import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestRecord, StaticRoute } from '../proxy/node/server.ts'

/** Collects metrics about requests. */
export interface Metrics {
  /** Counts a completed request. */
  count(record: RequestRecord): void
  /** Returns all metrics in the Prometheus text format. */
  page(): Promise<StaticRoute>
}

/** Histogram buckets in seconds, from a fast response of the proxy itself to a long model response. */
const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

/** Milliseconds in which all requests get the same page: creating one takes milliseconds, and a client may send 1,000s. */
const FRESH_MS = 100

/** Values that are read when the metrics are requested. */
export interface Gauges {
  openRequests(): number
  lostLogLines(): number
}

/**
 * Creates the metrics for an operator. Labels have fixed sets of values, so that clients cannot fill the memory with
 * new ones.
 */
export function createMetrics({ openRequests, lostLogLines }: Gauges): Metrics {
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
    help: 'Requests that the upstream answered with a status of 5xx, or not to their end, by cause.',
    labelNames: ['cause'],
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
  new Counter({
    name: 'legacy_completions_log_lines_lost_total',
    help: 'Log lines that could not be written.',
    registers,
    collect() {
      this.reset()
      this.inc(lostLogLines())
    },
  })
  let page: Promise<StaticRoute> | undefined
  let created = 0
  return {
    count({ endpoint, status, outcome, cause, diagnostics: codes, firstByte: first, milliseconds }) {
      requests.inc({ endpoint, status, outcome })
      for (const code of codes) diagnostics.inc({ code })
      if (cause !== undefined) upstreamErrors.inc({ cause })
      if (first !== undefined) firstByte.observe({ endpoint }, first / 1000)
      duration.observe({ endpoint }, milliseconds / 1000)
    },
    page() {
      if (page === undefined || performance.now() - created > FRESH_MS) {
        created = performance.now()
        page = registry.metrics().then(body => ({ type: registry.contentType, body }))
      }
      return page
    },
  }
}
