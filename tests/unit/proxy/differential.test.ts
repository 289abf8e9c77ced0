/** Both edges of the proxy answer alike: every row of the tables goes through each, to an upstream that does the same. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { ServeOptions } from 'legacy-completions/node'
import { describe, expect, test } from 'vitest'
import { delta, ending, event, messageJson, START } from '../../support/raw-server.ts'
import { edges, HEADERS, legacyBody } from './edges.ts'
import {
  asksForStream,
  beginAnswer,
  breaks,
  inBandErrors,
  others,
  questions,
  stalls,
  translated,
  unable,
} from './fault-cases.ts'
import { forwardedRequests, forwardedResponses } from './forwarding-cases.ts'
import { type Answer, type Asking, send } from './sockets.ts'
import {
  badBodies,
  keptHeaders,
  ofVersion,
  policies,
  targets,
  upstreamErrors,
  versions,
} from './translation-cases.ts'
import { bytes, nowhere, patient, type Upstream } from './upstreams.ts'

interface Row {
  title: string
  path?: string
  asking: Asking
  /** A new upstream for each edge; `undefined` for an address where nobody listens. */
  upstream?: () => Promise<Upstream>
  /** Added to the address of the upstream. */
  base?: string
  options?: ServeOptions
}

/** RFC 9110 leaves these to each connection; the date is that of the response. */
const OF_THE_CONNECTION = /^(?:connection|keep-alive|transfer-encoding|trailer|upgrade|date)$/

/** What a client can see of a response, and what the upstream got for it. */
async function outcome(row: Row, edge: (typeof edges)[number]): Promise<object> {
  const upstream = await row.upstream?.()
  const address = (upstream?.url ?? (await nowhere())) + (row.base ?? '')
  const { url } = await edge.open({ upstream: address, ...row.options })
  const answer = await send(url + (row.path ?? '/v1/complete'), row.asking)
  return {
    ...seen(answer),
    upstream: upstream?.requests.map(({ method, target, body }) => [method, target, `${body}`]),
  }
}

/** Ids of completions are random where the upstream gave none. */
const ids = (text: string): string => text.replaceAll(/compl_\w+/g, 'compl_…')

function seen({ status, reason, headers, body, isWhole }: Answer): object {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.test(name))
  const sorted = Object.fromEntries(kept.sort(([a], [b]) => a.localeCompare(b)))
  return { status, reason, headers: sorted, body: ids(`${body}`), isWhole }
}

const speaking = (): Promise<Upstream> =>
  patient((_, response, { body }) => {
    const isStream = asksForStream(body)
    response.writeHead(200, {
      'content-type': isStream ? 'text/event-stream' : 'application/json',
      ...keptHeaders,
    })
    response.end(isStream ? START + delta('Hel') + delta('lo.') + ending() : messageJson())
  })

const rows: readonly Row[] = [
  ...unable.flatMap(([title, speak]) =>
    questions.map(question => ({
      title: `an upstream that ${title}: ${question.title}`,
      path: question.path,
      asking: { body: question.body },
      ...(speak && { upstream: () => bytes(speak) }),
    })),
  ),
  ...breaks.flatMap(({ title, end }) =>
    questions.map(question => ({
      title: `a response that breaks off ${title}: ${question.title}`,
      path: question.path,
      asking: { body: question.body },
      upstream: () =>
        patient((_, response, { body }) => {
          beginAnswer(response, asksForStream(body))
          setTimeout(() => end(response), 10)
        }),
    })),
  ),
  ...translated.flatMap(question =>
    versions.map(({ version }) => ({
      title: `a response that breaks off, version ${version}: ${question.title}`,
      asking: { headers: ofVersion(version), body: question.body },
      upstream: () =>
        patient((_, response, { body }) => {
          beginAnswer(response, asksForStream(body))
          setTimeout(() => response.destroy(), 20)
        }),
    })),
  ),
  ...others.flatMap(([title, type, text]) =>
    translated.map(question => ({
      title: `a response with ${title}: ${question.title}`,
      asking: { body: question.body },
      upstream: () =>
        patient((_, response) => {
          response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(text)
        }),
    })),
  ),
  ...inBandErrors.flatMap(([type, status]) =>
    translated.map(question => ({
      title: `${type} in a response of status 200, as ${status}: ${question.title}`,
      asking: { body: question.body },
      upstream: () =>
        patient((_, response, { body }) => {
          const isStream = asksForStream(body)
          const failure = { type: 'error', error: { type, message: 'In the middle.' } }
          response.writeHead(200, {
            'content-type': isStream ? 'text/event-stream' : 'application/json',
            'request-id': 'req_1',
          })
          response.end(isStream ? START + event(failure) : JSON.stringify(failure))
        }),
    })),
  ),
  ...stalls.flatMap(({ title, begin }) =>
    questions.map(question => ({
      title: `an upstream that is silent ${title}: ${question.title}`,
      path: question.path,
      asking: { body: question.body },
      options: { timeout: 1000 },
      upstream: () => patient((_, response, { body }) => begin(response, asksForStream(body))),
    })),
  ),
  ...[200, 201, 202, 204, 205, 226].flatMap(status =>
    translated.map(question => ({
      title: `status ${status}: ${question.title}`,
      asking: { body: question.body },
      upstream: () =>
        patient((_, response, { body }) => {
          const isStream = asksForStream(body)
          response.writeHead(status, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
          response.end(
            status === 204 || status === 205
              ? ''
              : isStream
                ? START + delta('Hi.') + ending()
                : messageJson(),
          )
        }),
    })),
  ),
  ...upstreamErrors.flatMap(([status, type]) =>
    translated.map(question => ({
      title: `status ${status} of the upstream: ${question.title}`,
      asking: { body: question.body },
      upstream: () =>
        patient((_, response) => {
          response.writeHead(status, { 'content-type': 'application/json', ...keptHeaders })
          response.end(JSON.stringify({ type: 'error', error: { type, message: 'No, "thanks".' } }))
        }),
    })),
  ),
  ...versions.flatMap(({ version }) =>
    translated.map(question => ({
      title: `version ${version}: ${question.title}`,
      asking: { headers: ofVersion(version), body: question.body },
      upstream: speaking,
    })),
  ),
  ...badBodies.flatMap(([title, body]) =>
    versions.map(({ version }) => ({
      title: `a body that is ${title}, version ${version}`,
      asking: { headers: ofVersion(version), body },
      upstream: speaking,
    })),
  ),
  ...targets.map(({ base, target }) => ({
    title: `the target ${base} + ${target}`,
    path: target,
    base,
    asking: { body: legacyBody() },
    upstream: speaking,
  })),
  ...policies.map(([options, fields]) => ({
    title: `options ${JSON.stringify(options)} with ${JSON.stringify(fields)}`,
    asking: { body: legacyBody(fields) },
    options,
    upstream: speaking,
  })),
  ...[{}, { temperature: 0, top_p: 0.5 }, { model: 'claude-2.1', stop_sequences: ['\n', ''] }].flatMap(
    fields =>
      [false, true].map(stream => ({
        title: `diagnostics of ${JSON.stringify(fields)}, stream ${stream}`,
        asking: { body: legacyBody({ ...fields, stream }) },
        upstream: speaking,
      })),
  ),
  ...forwardedRequests
    .filter(({ skip }) => skip === undefined)
    .map(({ title, method, target, body = '' }) => ({
      title: `a forwarded request ${title}: ${method} ${target}`,
      path: target,
      asking: {
        method,
        body,
        headers: body === '' ? HEADERS : { ...HEADERS, 'content-length': `${Buffer.byteLength(body)}` },
      },
      upstream: () => patient((_, response) => void response.end('{}')),
    })),
  ...forwardedResponses.map(({ title, status, headers = {}, body = Buffer.alloc(0) }) => ({
    title: `a forwarded response ${title}, ${status}`,
    path: '/v1/files',
    asking: { body: '{}' },
    upstream: () =>
      patient((_, response) => {
        const length = status === 204 || status === 304 ? {} : { 'content-length': `${body.length}` }
        response
          .writeHead(status, 'Said So', { ...headers, ...length, 'set-cookie': ['a=1', 'b=2'] })
          .end(body)
      }),
  })),
  ...(
    [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['none', Buffer.from],
    ] as const
  ).flatMap(([coding, encode]) =>
    [...translated, { title: 'a forwarded response', path: '/v1/messages', body: '{}' }].map(question => ({
      title: `a response in ${coding}: ${question.title}`,
      path: question.path,
      asking: { body: question.body },
      upstream: () =>
        patient((_, response, { body }) => {
          const isStream = asksForStream(body)
          response.writeHead(200, {
            'content-type': isStream ? 'text/event-stream' : 'application/json',
            'content-digest': 'sha-256=:x:',
            ...(coding !== 'none' && { 'content-encoding': coding }),
          })
          response.end(encode(Buffer.from(isStream ? START + delta('Hi.') + ending() : messageJson())))
        }),
    })),
  ),
  ...(
    [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['x-gzip', gzipSync],
      ['identity', Buffer.from],
      ['gzip, deflate', (bytes: Buffer) => deflateSync(gzipSync(bytes))],
      ['deflate, identity, gzip', (bytes: Buffer) => gzipSync(deflateSync(bytes))],
      ['GZIP', gzipSync],
      ['', Buffer.from],
    ] as const
  ).flatMap(([coding, encode]) =>
    [legacyBody(), legacyBody({ stream: true }), '{'].map(body => ({
      title: `a request in ${coding}: ${body.slice(0, 200)}`,
      asking: { headers: { ...HEADERS, 'content-encoding': coding }, body: encode(Buffer.from(body)) },
      upstream: speaking,
    })),
  ),
  ...[
    ['is not encoded', Buffer.from(legacyBody())],
    ['is cut', gzipSync(legacyBody()).subarray(0, -20)],
    ['has a wrong checksum', Buffer.concat([gzipSync(legacyBody()).subarray(0, -8), Buffer.alloc(8)])],
    ['is empty', Buffer.alloc(0)],
  ].map(([title, body]) => ({
    title: `a request in gzip that ${title}`,
    asking: { headers: { ...HEADERS, 'content-encoding': 'gzip' }, body: body ?? '' },
    upstream: speaking,
  })),
  {
    title: 'a small request that becomes large',
    asking: {
      headers: { ...HEADERS, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(10_000_000, ' ')),
    },
    upstream: speaking,
  },
  ...[
    '/v1/..%2fadmin',
    '/v1/%2e%2e%5cadmin',
    '/v1/..;/admin',
    '/v1/%252e%252e%252fx',
    '/%c0%ae%c0%ae/x',
    '/a%00b',
  ].map(path => ({ title: `the path ${path}`, path, asking: { body: legacyBody() }, upstream: speaking })),
  ...[
    '/v1/complete',
    '/v1/models/claude-opus-4-8',
    '/v1/files',
    '/v1/messages/batches',
    '/v1/models/../files',
  ].flatMap(path =>
    ['a-token-of-the-client', 'another-token-of-theirs', ''].map(key => ({
      title: `a held key: ${path} with ${key || 'no token'}`,
      path,
      asking: { headers: { ...HEADERS, 'x-api-key': key }, body: legacyBody() },
      options: { apiKey: 'sk-ant-held', tokens: ['team:a-token-of-the-client'] },
      upstream: speaking,
    })),
  ),
  ...[
    legacyBody({ prompt: 'x'.repeat(5_000_000) }),
    `${'['.repeat(100)}${']'.repeat(100)}`,
    legacyBody({ stop_sequences: Array.from({ length: 20_000 }, () => 'a') }),
    legacyBody(Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`field_${number}`, number]))),
  ].map(body => ({
    title: `a request of ${body.length} bytes, beyond a limit: ${body.slice(0, 40)}`,
    asking: { body },
    upstream: speaking,
  })),
]

describe('both edges of the proxy', () => {
  test.each(rows)('answer alike: $title', async row => {
    const [fetchEdge, nodeEdge] = await Promise.all(edges.map(edge => outcome(row, edge)))
    expect(nodeEdge).toEqual(fetchEdge)
  })

  const unusual = [
    ['br', brotliCompressSync],
    ['zstd', Buffer.from],
    ['lzma', Buffer.from],
    ['gzip, gzip, gzip', gzipSync],
    ['br, gzip', (bytes: Buffer) => gzipSync(brotliCompressSync(bytes))],
  ] as const
  test.each(unusual)(
    'decode %s, or answer 415 and name the codings that they decode',
    async (coding, encode) => {
      const asking = {
        headers: { ...HEADERS, 'content-encoding': coding },
        body: encode(Buffer.from(legacyBody())),
      }
      for (const edge of edges) {
        const upstream = await speaking()
        const { url } = await edge.open({ upstream: upstream.url })
        const { status, headers, body } = await send(`${url}/v1/complete`, asking)
        if (status === 200) {
          expect(JSON.parse(`${body}`).completion).toBe(' Hi.')
          continue
        }
        const accepted = `${headers['accept-encoding']}`.split(', ')
        const names = coding.split(', ')
        // No test has a body in zstd.
        if (coding === 'zstd' && accepted.includes('zstd')) expect(status).toBe(400)
        else {
          expect(status).toBe(415)
          expect(names.length === 3 || !names.every(name => accepted.includes(name))).toBe(true)
        }
        expect(accepted).toEqual(
          expect.arrayContaining(coding === 'zstd' && status === 400 ? [] : ['gzip', 'deflate']),
        )
        expect(upstream.requests).toEqual([])
      }
    },
  )

  test('are compared over the tables of the other tests', () => {
    expect(rows.length).toBeGreaterThan(300)
    expect(new Set(rows.map(({ title }) => title)).size).toBe(rows.length)
  })
})
