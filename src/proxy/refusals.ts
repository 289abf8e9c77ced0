/** Requests that the proxy rejects, before or after reading their body. */
import { isErrorBody } from '../core/failure.ts'
import { NOT_JSON } from '../core/legacy-http.ts'
import { remedyFor, wordFor } from '../diagnostics/remedies.ts'
import { BadRequestError } from '../errors.ts'
import type { ErrorBody } from '../wire.ts'
import { diagnosticsHeader } from './headers.ts'
import type { Coding } from './limits.ts'
import { type CallFormat, type CallRecord, newRecord, type ProxyResponse } from './routes.ts'

/** A request that is not sent upstream. */
export interface Refused {
  kind: 'refused'
  record: CallRecord
  response: ProxyResponse
}

/** Reasons for rejecting a request, including those that only the adapters detect. */
export type Refusal =
  | 'bad-target'
  | 'bad-method'
  | 'bad-key'
  | 'damaged-coding'
  | 'not-json'
  | 'too-large'
  | 'overloaded'
  | 'shutting-down'
  | 'request-timeout'
  | 'no-credentials'
  | 'internal'

const REFUSALS: Readonly<
  Record<Refusal, readonly [status: number, type: string, message: string, headers?: Record<string, string>]>
> = {
  'bad-target': [400, 'invalid_request_error', 'The request target must be a path without dot segments.'],
  'bad-method': [405, 'invalid_request_error', 'Method Not Allowed'],
  'bad-key': [401, 'authentication_error', 'invalid x-api-key', { 'x-should-retry': 'false' }],
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
  // Not a status of 5xx, after which AWS clients would try again.
  'no-credentials': [
    403,
    'permission_error',
    'The proxy could not get its AWS credentials. Its operator has to renew them.',
    { 'x-should-retry': 'false' },
  ],
  internal: [500, 'api_error', 'Internal server error'],
}

/** Creates a rejection in the error format of the route's clients. */
export function refuse(
  refusal: Refusal,
  record: CallRecord = newRecord(),
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

/** Error format of clients of the Anthropic API. */
export const PLAIN: Pick<CallFormat, 'failure'> = {
  failure: (status, body, headers) => ({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }),
}

/** Returns the response to a call that the translation rejected. Any other error comes from a function in the options. */
export function rejection(
  error: unknown,
  record: CallRecord,
  format: Pick<CallFormat, 'failure'> = PLAIN,
): Refused {
  if (!BadRequestError.isInstance(error)) return refuse('internal', record, format)
  record.diagnostics = [...record.diagnostics, ...(error.diagnostics ?? []).map(({ code }) => code)]
  const response = format.failure(400, refusalBody(error), diagnosticsHeader(record.diagnostics))
  return { kind: 'refused', record, response }
}

/** Rejects a content coding with status 415. The header `accept-encoding` names those that the adapter can decode. */
export function badCoding(
  decodable: readonly Coding[],
  record: CallRecord,
  format: Pick<CallFormat, 'failure'> = PLAIN,
): Refused {
  const message =
    'The proxy cannot decode the content-encoding of the request body. Send the body without one.'
  const headers = { 'accept-encoding': decodable.join(', ') }
  return refused(415, 'invalid_request_error', message, record, format, headers)
}

/** Maximum characters of a path in a message. */
const LONGEST_PATH = 80

/** Rejects a request for a path that the options do not allow, with status 403. */
export function notAllowed(path: string, record: CallRecord): Refused {
  const shown = path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path
  const message = `The proxy does not allow the path ${shown}. Its operator can allow it with serve --allow.`
  return refused(403, 'permission_error', message, record, PLAIN, { 'x-should-retry': 'false' })
}

/** Maximum characters of a message, because the request that it quotes may have megabytes. */
const LONGEST_MESSAGE = 2000

/**
 * Returns the error body for a request that cannot be translated: the old server's messages first, then the remedies.
 */
function refusalBody(error: BadRequestError): ErrorBody {
  const errors = (error.diagnostics ?? []).filter(({ severity }) => severity === 'error')
  const [first] = errors
  const { error: body } = error
  let message = isErrorBody(body) ? body.error.message : 'The request is not valid.'
  if (first !== undefined) {
    const sentences = errors.map(({ message }) => wordFor(message, 'http').replace(/\.$/, '')).join(', ')
    const remedies = new Set(errors.map(diagnostic => remedyFor(diagnostic, 'http')))
    message = `${sentences}. ${[...remedies].join(' ')} See ${first.url}`
  }
  if (message.length > LONGEST_MESSAGE) message = `${message.slice(0, LONGEST_MESSAGE)}…`
  return { type: 'error', error: { type: 'invalid_request_error', message } }
}
