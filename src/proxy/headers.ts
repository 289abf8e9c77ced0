/** The headers that the proxy forwards, in both directions. */
import { hopByHop } from '../http.ts'
import { KEY_HEADERS } from './keys.ts'
import { type Coding, readCodings } from './limits.ts'
import { type CallRecord, firstValue, type HeaderRecord } from './routes.ts'

/** Status, reason and headers of a response. */
export interface ResponseHead {
  status: number
  /** Reason phrase of the status line. */
  reason?: string | undefined
  headers: HeaderRecord
}

export type SentHead = ResponseHead & { headers: Record<string, string | string[]> }

/** A response that is forwarded unchanged, except for its content coding. */
export interface Forwarded {
  kind: 'forwarded'
  head: SentHead
  /** Content codings to remove from the body. */
  codings: readonly Coding[]
}

/** Request headers that the proxy replaces: the upstream is another host, and 100 (Continue) applies to one connection. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'expect',
  'accept-encoding',
  ...KEY_HEADERS,
])

/** Headers that describe the bytes of the original body, and do not apply to a translated one. */
export const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'content-range',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'accept-ranges',
  'etag',
])
/** Headers that do not apply to a body whose content coding was removed. */
const OF_THE_CODING: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'content-digest',
  'digest',
])
const NONE: ReadonlySet<string> = new Set()

/** Returns the request headers for the upstream, except its key. */
export function forwardedHeaders(
  given: HeaderRecord,
  isBodyReplaced: boolean,
  isDropped?: (name: string) => boolean,
): Record<string, string> {
  const hops = hopByHop(firstValue(given.connection))
  const headers: Record<string, string> = {}
  // Skip headers instead of deleting them later, because V8 is slow with objects after a deletion.
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value === undefined || hops.has(name) || NOT_FORWARDED.has(name)) continue
    if ((isBodyReplaced && OF_THE_BODY.has(name)) || isDropped?.(name)) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  // The proxy has to read the response's body, so request it without a content coding. fetch would decode any other
  // one, too.
  headers['accept-encoding'] = 'identity'
  return headers
}

export function keptHeaders(
  headers: HeaderRecord,
  without: ReadonlySet<string>,
): Record<string, string | string[]> {
  const { connection } = headers
  const hops = hopByHop(Array.isArray(connection) ? connection.join(',') : connection)
  const kept: Record<string, string | string[]> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined && !hops.has(name) && !without.has(name)) kept[name] = value
  }
  return kept
}

const FIRST_SERVER_ERROR = 500
/** Characters that Node and fetch do not accept in a reason phrase. undici decodes one in Latin-1 to U+FFFD. */
const NOT_IN_A_REASON = /[^\t\x20-\x7e\x80-\xff]/

/** Forwards a response without its content coding and its connection headers. Records a server error as the cause. */
export function forwardedResponse({ status, reason, headers }: ResponseHead, record: CallRecord): Forwarded {
  if (status >= FIRST_SERVER_ERROR) record.cause = 'status'
  const codings = readCodings(firstValue(headers['content-encoding'])) ?? []
  const kept = keptHeaders(headers, codings.length > 0 ? OF_THE_CODING : NONE)
  const head = { status, reason: NOT_IN_A_REASON.test(reason ?? '') ? undefined : reason, headers: kept }
  return { kind: 'forwarded', head, codings }
}

/** Response header with the diagnostic codes, for clients in any language: `retired-model, sampling-dropped`. */
const DIAGNOSTICS_HEADER = 'x-legacy-completions-diagnostics'
/** Maximum number of codes, which keeps the header small. */
const MOST_CODES = 16

export function diagnosticsHeader(codes: readonly string[]): Record<string, string> {
  if (codes.length === 0) return NO_HEADERS
  return { [DIAGNOSTICS_HEADER]: [...new Set(codes)].slice(0, MOST_CODES).join(', ') }
}

const NO_HEADERS = {}
/** Returns the headers of an error that say when to retry, and that identify the request. */
export function retryHeaders(headers: HeaderRecord): Record<string, string> {
  const kept = ['retry-after', 'request-id'].map(name => [name, firstValue(headers[name])])
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined))
}
