/** Requests and responses that the proxy forwards, as data. */
import { type Edge, portable } from './edges.ts'

/** Every byte there is, and none of the texts that there could be. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

export interface Skipped {
  /** The edge that cannot do it, and why. */
  skip?: { edge: Edge; reason: string }
}

const REQUEST_TAKES_NONE = 'a Request of the platform can have none'

export const forwardedRequests: readonly (Skipped & {
  title: string
  method: string
  target: string
  body?: string | Buffer
  /** What the upstream gets, where it is normalized. */
  sent?: string
})[] = [
  { title: 'of another path', method: 'POST', target: '/v1/messages', body: '{"a": 1}' },
  { title: 'with a query', method: 'POST', target: '/v1/messages?beta=true&a=%2F', body: '{}' },
  { title: 'to the legacy path of another method', method: 'GET', target: '/v1/complete' },
  { title: 'to a path that begins alike', method: 'POST', target: '/v1/complete/x', body: '{}' },
  { title: 'to a path that ends alike', method: 'POST', target: '/v1/autocomplete', body: '{}' },
  { title: 'to a path of another case', method: 'POST', target: '/V1/COMPLETE', body: '{}' },
  { title: 'of no path', method: 'GET', target: '/' },
  { title: 'of escaped characters', method: 'GET', target: '/v1/files/a%20b%2Fc%3F?x=%E6%97%A5' },
  { title: 'of two slashes', method: 'GET', target: '//v1//models', sent: '/v1/models' },
  { title: 'of dots', method: 'GET', target: '/v1/../v1/models/./a', sent: '/v1/models/a' },
  { title: 'of bytes', method: 'PUT', target: '/v1/files', body: BYTES },
  { title: 'of no body', method: 'POST', target: '/v1/batches/1/cancel' },
  { title: 'that changes', method: 'PATCH', target: '/x', body: '{}' },
  { title: 'that deletes', method: 'DELETE', target: '/v1/files/1' },
  { title: 'that deletes with a body', method: 'DELETE', target: '/v1/files', body: '["1"]' },
  {
    title: 'that asks with a body',
    method: 'GET',
    target: '/v1/models',
    body: '{"filter":1}',
    skip: { edge: portable, reason: REQUEST_TAKES_NONE },
  },
  { title: 'for the head', method: 'HEAD', target: '/v1/models' },
  { title: 'for the options', method: 'OPTIONS', target: '/v1/complete' },
  { title: 'of a method that is not of the API', method: 'PROPFIND', target: '/x', body: '<x/>' },
]

export const forwardedResponses: readonly {
  title: string
  status: number
  headers?: Record<string, string>
  body?: Buffer
}[] = [
  {
    title: 'of bytes',
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: BYTES,
  },
  { title: 'of a status', status: 201, headers: { location: '/v1/files/1' }, body: Buffer.from('made') },
  { title: 'of no content', status: 204, headers: { 'x-a': '1' } },
  {
    title: 'of a part',
    status: 206,
    headers: { 'content-range': 'bytes 0-1/4' },
    body: Buffer.from('ab'),
  },
  { title: 'that is not modified', status: 304, headers: { etag: '"1"' } },
  {
    title: 'that leads on',
    status: 301,
    headers: { location: '/v2/models' },
    body: Buffer.from('moved'),
  },
  { title: 'that leads elsewhere', status: 302, headers: { location: 'http://elsewhere.test/' } },
  { title: 'that leads on with the body', status: 308, headers: { location: '/v2/messages' } },
  { title: 'of a teapot', status: 418, body: Buffer.from('{"error":"teapot"}') },
  { title: 'of an overload', status: 529, headers: { 'retry-after': '3', 'x-should-retry': 'true' } },
]
