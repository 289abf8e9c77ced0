/** Requests and responses of the legacy endpoint, as data: for the tests of each edge, and for the one that compares them. */
import type { ServeOptions } from 'legacy-completions/node'
import { expect } from 'vitest'
import { HEADERS, legacyBody } from './edges.ts'

/** What the header says, and the dialect that is answered in. */
export const versions: readonly { version: string | undefined; dialect: '2023-01-01' | '2023-06-01' }[] = [
  { version: '2023-06-01', dialect: '2023-06-01' },
  { version: '2026-10-21', dialect: '2023-06-01' },
  { version: '2023-01-01', dialect: '2023-01-01' },
  // A request without a version was of the first.
  { version: undefined, dialect: '2023-01-01' },
]

export const ofVersion = (version: string | undefined): Record<string, string> => {
  const { 'anthropic-version': _, ...others } = HEADERS
  return version === undefined ? others : { ...others, 'anthropic-version': version }
}

/** Headers of the upstream that the client gets, too. */
export const keptHeaders: Readonly<Record<string, string>> = {
  'request-id': 'req_1',
  'anthropic-ratelimit-requests-remaining': '9',
  'retry-after': '7',
  'retry-after-ms': '7000',
  'x-should-retry': 'true',
  'x-cloud-trace-context': 'abc',
}

/** Errors of the upstream. */
export const upstreamErrors: readonly [status: number, type: string][] = [
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]

/** Bodies that cannot be translated, and a part of the sentence that refuses each. */
export const badBodies: readonly [title: string, body: string | Buffer, sentence: string][] = [
  ['nothing', '', 'not valid JSON'],
  ['half of one', '{"model":', 'not valid JSON'],
  ['a form', 'prompt=hi', 'not valid JSON'],
  [
    'Latin-1',
    Buffer.from(legacyBody({ prompt: '\n\nHuman: Grüße\n\nAssistant:' }), 'latin1'),
    'not valid JSON',
  ],
  ['null', 'null', 'model: field required'],
  ['an array', '[]', 'not a valid dict'],
  ['no prompt', legacyBody({ prompt: undefined }), 'prompt: field required'],
  ['no turn', legacyBody({ prompt: 'hi' }), 'prompt must start with'],
  ['no limit', legacyBody({ max_tokens_to_sample: undefined }), 'max_tokens_to_sample: field required'],
  ['an unknown field', legacyBody({ maxOutputTokens: 3 }), 'maxOutputTokens'],
]

/** Paths of requests, and of those that the upstream gets for them. */
export const targets: readonly { base: string; target: string; sent: string }[] = [
  { base: '', target: '/v1/complete', sent: '/v1/messages' },
  { base: '/', target: '/v1/complete', sent: '/v1/messages' },
  {
    base: '',
    target: '/v1/complete?beta=true&x=%2Fv1%2Fcomplete',
    sent: '/v1/messages?beta=true&x=%2Fv1%2Fcomplete',
  },
  { base: '', target: '/v1/complete?', sent: '/v1/messages' },
  { base: '', target: '/prefix/v1/complete', sent: '/prefix/v1/messages' },
  { base: '/gateway', target: '/v1/complete', sent: '/gateway/v1/messages' },
  { base: '/gateway//', target: '/a/b/v1/complete?q', sent: '/gateway/a/b/v1/messages?q' },
  { base: '', target: '//elsewhere.test/v1/complete', sent: '/elsewhere.test/v1/messages' },
  { base: '', target: '//v1/complete', sent: '/v1/messages' },
  { base: '', target: '/v1/complete/', sent: '/v1/messages' },
  { base: '/tenant', target: '/../v1/./complete', sent: '/tenant/v1/messages' },
  { base: '/tenant', target: '/v1\\complete', sent: '/tenant/v1/messages' },
  { base: '/tenant', target: '/%2e%2e/%76%31/complete', sent: '/tenant/v1/messages' },
]

const temperature = { temperature: 0 }
/** Options, fields of a request, and the response to it. */
export const policies: readonly [options: ServeOptions, fields: object, status: number, seen: object][] = [
  [{}, temperature, 200, { completion: ' Hello!' }],
  [{ sampling: 'error' }, temperature, 400, { error: { type: 'invalid_request_error' } }],
  // Sent as it is, and refused by the upstream.
  [{ sampling: 'pass' }, temperature, 400, { error: { message: expect.stringContaining('temperature') } }],
  [{ style: 'messages' }, {}, 200, { completion: 'Hello!', stop_reason: 'end_turn' }],
  [
    { retiredModel: 'error' },
    { model: 'claude-2.1' },
    400,
    { error: { message: expect.stringContaining('claude-2.1') } },
  ],
  [{ prompts: 'repair' }, { prompt: '\\n\\nHuman: hi\\n\\nAssistant:' }, 200, { completion: ' Hello!' }],
]

export const endpoints: readonly [endpoint: ServeOptions['endpoint'], model: string, path: string][] = [
  ['complete', 'claude-2.1', '/v1/complete'],
  [({ model }) => (model === 'claude-2.1' ? 'complete' : 'messages'), 'claude-2.1', '/v1/complete'],
  [({ model }) => (model === 'claude-2.1' ? 'complete' : 'messages'), 'claude-2', '/v1/messages'],
]
