/** Requests that the proxy refuses, before or after it has read their body. */
import { NOT_JSON } from '../core/legacy-http.ts'
import type { CallFormat, CallRecord, ProxyResponse } from './routes.ts'

/** A request that goes nowhere. */
export interface Refused {
  kind: 'refused'
  record: CallRecord
  response: ProxyResponse
}

/** Reasons to refuse a request, the edges' own included. */
export type Refusal =
  | 'bad-target'
  | 'bad-method'
  | 'bad-key'
  | 'bad-coding'
  | 'damaged-coding'
  | 'not-json'
  | 'too-large'
  | 'overloaded'
  | 'shutting-down'
  | 'request-timeout'
  | 'internal'

const REFUSALS: Readonly<
  Record<Refusal, readonly [status: number, type: string, message: string, headers?: Record<string, string>]>
> = {
  'bad-target': [400, 'invalid_request_error', 'The request target must be a path without dot segments.'],
  'bad-method': [405, 'invalid_request_error', 'Method Not Allowed'],
  'bad-key': [401, 'authentication_error', 'invalid x-api-key', { 'x-should-retry': 'false' }],
  'bad-coding': [
    415,
    'invalid_request_error',
    'The proxy cannot decode the content-encoding of the request body. Send the body without one.',
    { 'accept-encoding': 'gzip, deflate' },
  ],
  'damaged-coding': [
    400,
    'invalid_request_error',
    'The request body is not in the content-encoding that its header names.',
  ],
  'not-json': [400, 'invalid_request_error', NOT_JSON],
  'too-large': [413, 'request_too_large', 'Request exceeds the maximum size'],
  overloaded: [529, 'overloaded_error', 'Overloaded', { 'retry-after': '1', 'x-should-retry': 'true' }],
  'shutting-down': [
    503,
    'api_error',
    'The proxy is shutting down.',
    { connection: 'close', 'x-should-retry': 'true' },
  ],
  'request-timeout': [
    408,
    'timeout_error',
    'The proxy did not receive the request in time.',
    { connection: 'close', 'x-should-retry': 'true' },
  ],
  internal: [500, 'api_error', 'Internal server error'],
}

/** Refuses a request, in the form that the clients of its route read. */
export function refuse(
  refusal: Refusal,
  record: CallRecord = emptyRecord(),
  format: Pick<CallFormat, 'failure'> = PLAIN,
): Refused {
  const [status, type, message, headers] = REFUSALS[refusal]
  return refused(status, type, message, record, format, headers)
}

export function refused(
  status: number,
  type: string,
  message: string,
  record: CallRecord,
  format: Pick<CallFormat, 'failure'>,
  headers?: Readonly<Record<string, string>>,
): Refused {
  return {
    kind: 'refused',
    record,
    response: format.failure(status, { type: 'error', error: { type, message } }, headers),
  }
}

export const PLAIN: Pick<CallFormat, 'failure'> = {
  failure: (status, body, headers) => ({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }),
}

export function emptyRecord(client?: string): CallRecord {
  return { endpoint: 'none', client, isStreamed: false, diagnostics: [], cause: undefined }
}

/** How much of a path a refusal repeats. */
const LONGEST_PATH = 80

export function notAllowed(path: string, record: CallRecord): Refused {
  const shown = path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path
  const message = `The proxy does not allow the path ${shown}. Its operator can allow it with serve --allow.`
  return refused(403, 'permission_error', message, record, PLAIN, { 'x-should-retry': 'false' })
}
