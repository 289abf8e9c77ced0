import { gzipSync } from 'node:zlib'
import type { RequestRecord, ServeOptions } from 'legacy-completions/node'
import { serveProxy } from 'legacy-completions/node'
import { createProxy } from 'legacy-completions/proxy'
import { describe, expect, test } from 'vitest'
import { delta, event, messageJson, START } from '../../support/raw-server.ts'
import { until } from '../client/outcomes.ts'
import { edges, legacyBody, node } from './edges.ts'
import { type Answer, posted, send, talk } from './sockets.ts'
import { bytes, nowhere, patient, type Upstream } from './upstreams.ts'

const HELD = 'sk-ant-held-0123456789'
const TOKENS = ['first-token-of-ours', 'second-token-of-ours'] as const
const holding: ServeOptions = { apiKey: HELD, tokens: TOKENS }

/** Answers whatever it is asked with a message. */
const speaking = (): Promise<Upstream> =>
  patient((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
  })

const plain = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }
const xApiKey = (key: string): Record<string, string> => ({ ...plain, 'x-api-key': key })
const bearer = (key: string): Record<string, string> => ({ ...plain, authorization: `Bearer ${key}` })

/** Where a request goes: translated, or on as it is. */
const paths = ['/v1/complete', '/v1/messages'] as const

/** All that a client gets to see, in one text. */
const seen = ({ reason, headers, body }: Answer): string => JSON.stringify([reason, headers, `${body}`])

describe.each(edges)('$name', edge => {
  describe.each(paths)('at %s', path => {
    const target = `${path}?q=1`

    const forwarded: readonly {
      title: string
      headers: Record<string, string>
      keyHeader?: ServeOptions['keyHeader']
      sent: { 'x-api-key'?: string; authorization?: string }
    }[] = [
      { title: 'x-api-key as it came', headers: xApiKey('k-1'), sent: { 'x-api-key': 'k-1' } },
      { title: 'a bearer as it came', headers: bearer('k-1'), sent: { authorization: 'Bearer k-1' } },
      {
        title: 'both as they came',
        headers: { ...xApiKey('k-1'), ...bearer('k-2') },
        sent: { 'x-api-key': 'k-1', authorization: 'Bearer k-2' },
      },
      { title: 'none as none', headers: plain, sent: {} },
      {
        title: 'another scheme as it came',
        headers: { ...plain, authorization: 'Basic eA==' },
        keyHeader: 'x-api-key',
        sent: { authorization: 'Basic eA==' },
      },
      {
        title: 'x-api-key as a bearer',
        headers: xApiKey('k-1'),
        keyHeader: 'authorization',
        sent: { authorization: 'Bearer k-1' },
      },
      {
        title: 'a bearer as x-api-key',
        headers: bearer('k-1'),
        keyHeader: 'x-api-key',
        sent: { 'x-api-key': 'k-1' },
      },
      {
        title: 'a scheme in small letters',
        headers: { ...plain, authorization: 'bearer  k-1' },
        keyHeader: 'x-api-key',
        sent: { 'x-api-key': 'k-1' },
      },
      {
        title: 'both as the one, x-api-key first',
        headers: { ...xApiKey('k-1'), ...bearer('k-2') },
        keyHeader: 'authorization',
        sent: { authorization: 'Bearer k-1' },
      },
    ]
    test.each(forwarded)('forwards a client’s key: $title', async ({ headers, keyHeader, sent }) => {
      const server = await speaking()
      const { url } = await edge.open({ upstream: server.url, ...(keyHeader && { keyHeader }) })
      expect((await send(url + target, { headers, body: legacyBody() })).status).toBe(200)
      const { 'x-api-key': key, authorization } = server.requests[0]?.headers ?? {}
      expect({
        ...(key && { 'x-api-key': key.join() }),
        ...(authorization && { authorization: authorization.join() }),
      }).toEqual(sent)
    })

    const known: readonly {
      title: string
      headers: Record<string, string>
      keyHeader?: ServeOptions['keyHeader']
    }[] = [
      { title: 'a token in x-api-key', headers: xApiKey(TOKENS[0]) },
      { title: 'the other token', headers: xApiKey(TOKENS[1]) },
      { title: 'a token as a bearer', headers: bearer(TOKENS[0]) },
      {
        title: 'for an upstream that takes a bearer',
        headers: xApiKey(TOKENS[1]),
        keyHeader: 'authorization',
      },
      {
        title: 'a bearer for one that takes a bearer',
        headers: bearer(TOKENS[1]),
        keyHeader: 'authorization',
      },
    ]
    test.each(known)('a key that is held goes in place of $title', async ({ headers, keyHeader }) => {
      const server = await speaking()
      const { url } = await edge.open({ upstream: server.url, ...holding, ...(keyHeader && { keyHeader }) })
      const answer = await send(url + target, { headers, body: legacyBody() })
      expect(answer.status).toBe(200)
      expect(seen(answer)).not.toContain(HELD)
      const [received] = server.requests
      const { 'x-api-key': key, authorization } = received?.headers ?? {}
      expect([key, authorization]).toEqual(
        keyHeader === 'authorization' ? [undefined, [`Bearer ${HELD}`]] : [[HELD], undefined],
      )
      for (const token of TOKENS)
        expect(JSON.stringify([received?.headers, `${received?.body}`])).not.toContain(token)
    })

    const unknown: readonly [title: string, headers: Record<string, string>][] = [
      ['no key', plain],
      ['an empty key', xApiKey('')],
      ['another key', xApiKey('another-token-of-theirs')],
      ['the beginning of a token', xApiKey(TOKENS[0].slice(0, -1))],
      ['a token and more', xApiKey(`${TOKENS[0]}x`)],
      ['a token of another case', xApiKey(TOKENS[0].toUpperCase())],
      ['two tokens', xApiKey(TOKENS.join(', '))],
      ['the held key itself', xApiKey(HELD)],
      ['another bearer', bearer('another-token-of-theirs')],
      ['a token of another scheme', { ...plain, authorization: `Basic ${TOKENS[0]}` }],
      [
        'a wrong key next to a correct bearer token',
        { ...bearer(TOKENS[0]), 'x-api-key': 'another-token-of-theirs' },
      ],
      ['a token that is of the connection', { ...xApiKey(TOKENS[0]), connection: 'close, x-api-key' }],
    ]
    test.each(unknown)('%s is refused, and nothing reaches the upstream', async (title, headers) => {
      const server = await speaking()
      const { url } = await edge.open({ upstream: server.url, ...holding })
      const answer = await send(url + target, { headers, body: legacyBody() })
      if (title.includes('of the connection') && answer.status === 200) {
        // Whether it is the key's or the connection's: in neither case does it go on.
        expect(JSON.stringify(server.requests)).not.toContain(TOKENS[0])
        return
      }
      expect(answer.status).toBe(401)
      expect(answer.headers['x-should-retry']).toEqual(['false'])
      expect(answer.headers['content-type']).toEqual(['application/json'])
      expect(JSON.parse(`${answer.body}`)).toEqual({
        type: 'error',
        error: { type: 'authentication_error', message: 'invalid x-api-key' },
      })
      expect(server.requests).toEqual([])
      expect(server.sockets()).toBe(0)
    })

    const failing: readonly [title: string, at: () => Promise<string>][] = [
      ['refuses connections', nowhere],
      ['says nothing', async () => (await bytes(socket => socket.destroy())).url],
      ['speaks no HTTP', async () => (await bytes(socket => socket.end('garbage\r\n\r\n'))).url],
      [
        'refuses the key',
        async () => (await patient((_, response) => void response.writeHead(401).end('{}'))).url,
      ],
      ['answers with a page', async () => (await patient((_, response) => void response.end('<html>'))).url],
      [
        'breaks off',
        async () =>
          (
            await patient((_, response) => {
              response.writeHead(200, { 'content-type': 'text/event-stream' }).write(START + delta('a'))
              setTimeout(() => response.destroy(), 5)
            })
          ).url,
      ],
      [
        'fails in the middle',
        async () =>
          (
            await patient((_, response) => {
              response.writeHead(200, { 'content-type': 'text/event-stream' })
              response.end(START + event({ type: 'error', error: { type: 'api_error', message: 'no' } }))
            })
          ).url,
      ],
    ]
    const ways = failing.flatMap(([title, at]) => [false, true].map(stream => ({ title, at, stream })))
    test.each(ways)('a held key does not leak through an upstream that $title, stream $stream', async one => {
      const records: RequestRecord[] = []
      const { url } = await edge.open({
        upstream: await one.at(),
        ...holding,
        onRequest: record => void records.push(record),
      })
      const { say, heard, over } = await talk(url)
      const body = legacyBody({ stream: one.stream })
      say(posted(target, body, 'connection: close\r\n').replace(/x-api-key: .*/, `x-api-key: ${TOKENS[0]}`))
      await over
      expect(heard()).toMatch(/^HTTP\/1\.1 \d/)
      if (edge === node) await until(() => records.length === 1)
      for (const secret of [HELD, ...TOKENS]) expect(heard() + JSON.stringify(records)).not.toContain(secret)
    })
  })

  test('TRACE, whose answer repeats the key, goes nowhere', async () => {
    const server = await speaking()
    const { url } = await edge.open({ upstream: server.url, ...holding })
    const { say, heard, over } = await talk(url)
    say(`TRACE / HTTP/1.1\r\nhost: p.test\r\nx-api-key: ${TOKENS[0]}\r\nconnection: close\r\n\r\n`)
    await over
    expect(heard()).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(server.requests).toEqual([])
  })

  test('a redirect does not take the key along', async () => {
    const other = await speaking()
    const server = await patient((_, response) => {
      response.writeHead(307, { location: `${other.url}/v1/messages` }).end()
    })
    const { url } = await edge.open({ upstream: server.url, ...holding })
    for (const path of paths) {
      expect((await send(url + path, { headers: xApiKey(TOKENS[0]), body: legacyBody() })).status).toBe(307)
    }
    expect(other.requests).toEqual([])
  })

  test('a body that the proxy does not want to read does not hold up the refusal', async () => {
    const server = await speaking()
    const { url } = await edge.open({ upstream: server.url, ...holding })
    const body = new Uint8Array(8 * 1024 * 1024)
    const answer = await send(`${url}/v1/files`, { headers: xApiKey('another-token-of-theirs'), body })
    expect(answer.status).toBe(401)
    expect(server.requests).toEqual([])
  })
})

/** How each edge is made, and what each refuses to be made with. */
const makers: Readonly<Record<string, (options: object) => unknown>> = {
  createProxy: options => createProxy(options),
  serveProxy: options => serveProxy(options),
}

const refused: readonly { title: string; options: object; sentence: RegExp }[] = [
  {
    title: 'a key without tokens',
    options: { apiKey: HELD },
    sentence: /^tokens must be given when the proxy holds the key\. Pass /,
  },
  { title: 'a key with no token', options: { apiKey: HELD, tokens: [] }, sentence: /^tokens must be given/ },
  {
    title: 'a token of 15 characters',
    options: { apiKey: HELD, tokens: ['a'.repeat(16), 'b'.repeat(15)] },
    sentence: /^tokens\.1 must have at least 16 characters\. Pass /,
  },
  {
    title: 'an empty token',
    options: { apiKey: HELD, tokens: [''] },
    sentence: /^tokens\.0 must have at least 16/,
  },
  {
    title: 'an invalid token',
    options: { apiKey: HELD, tokens: [7] },
    sentence: /^tokens\.0 must be a string\. /,
  },
  {
    title: 'an empty key',
    options: { apiKey: '', tokens: TOKENS },
    sentence: /^apiKey must not be empty\. /,
  },
  {
    title: 'an invalid key',
    options: { apiKey: 7, tokens: TOKENS },
    sentence: /^apiKey must be a string\. /,
  },
  {
    title: 'another header',
    options: { keyHeader: 'cookie' },
    sentence: /^keyHeader must be 'x-api-key' or 'authorization'\. /,
  },
  {
    title: 'an upstream that is no address',
    options: { upstream: 'api.anthropic.com' },
    sentence: /^upstream must be an absolute URL\. /,
  },
  {
    title: 'an upstream of another protocol',
    options: { upstream: 'ftp://a.test' },
    sentence: /^upstream must be an absolute URL\. /,
  },
  {
    title: 'an upstream that cannot be read',
    options: { upstream: 'http://a b' },
    sentence: /^upstream must be an absolute URL\. /,
  },
  {
    title: 'a body limit of zero',
    options: { maxBodyBytes: 0 },
    sentence: /^maxBodyBytes must be 1 or more\. /,
  },
]

const refusedToServe: typeof refused = [
  { title: 'no time', options: { timeout: 0 }, sentence: /^timeout must be 1 or more\. Pass / },
  {
    title: 'an invalid timeout',
    options: { timeout: '60 s' },
    sentence: /^timeout must be a whole number\. Pass /,
  },
  {
    title: 'no request at all',
    options: { maxConcurrent: 0 },
    sentence: /^maxConcurrent must be 1 or more\. /,
  },
  {
    title: 'half a byte',
    options: { maxHeaderBytes: 0.5 },
    sentence: /^maxHeaderBytes must be a whole number\. /,
  },
]

const allRefused = Object.keys(makers).flatMap(name =>
  [...refused, ...(name === 'serveProxy' ? refusedToServe : [])].map(row => ({ name, ...row })),
)

describe('options at fault', () => {
  test.each(allRefused)('$name is not made with $title', async ({ name, options, sentence }) => {
    const error = await Promise.resolve()
      .then(() => makers[name]?.(options))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    expect(error).toMatchObject({ message: expect.stringMatching(sentence) })
    expect(String(error)).not.toContain(HELD)
  })
})

describe('a proxy that compares endpoints', () => {
  const comparing: Parameters<typeof createProxy>[0] = {
    ...holding,
    upstream: 'http://127.0.0.1:9',
    compare: { sampleRate: 1, onDifference() {} },
  }

  test.each([
    { title: 'without a token', headers: plain, url: 'http://proxy/v1/complete', status: 401 },
    {
      title: 'with an unknown token',
      headers: xApiKey('of-somebody-else'),
      url: 'http://proxy/v1/complete',
      status: 401,
    },
    {
      title: 'for a path that is not allowed',
      headers: xApiKey(TOKENS[0]),
      url: 'http://proxy/v1/files/v1/complete',
      status: 403,
    },
    {
      title: 'in an unknown coding',
      headers: { ...xApiKey(TOKENS[0]), 'content-encoding': 'lzma' },
      url: 'http://proxy/v1/complete',
      status: 415,
    },
  ])('rejects a request $title before it reads the body', async ({ headers, url, status }) => {
    let pulls = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++
          controller.enqueue(new TextEncoder().encode(legacyBody()))
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' }
    const response = await createProxy(comparing)(new Request(url, init))
    expect([response.status, pulls]).toEqual([status, 0])
  })

  test('decodes a body before it compares', async () => {
    const completion = { type: 'completion', completion: ' Hi.', stop_reason: 'stop_sequence', stop: null }
    const upstream = await patient(({ url }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(url === '/v1/complete' ? JSON.stringify(completion) : messageJson())
    })
    const differences: object[] = []
    const proxy = createProxy({
      ...comparing,
      upstream: upstream.url,
      compare: { sampleRate: 1, onDifference: difference => void differences.push(difference) },
    })
    const headers = { ...xApiKey(TOKENS[0]), 'content-encoding': 'gzip' }
    const body = new Uint8Array(gzipSync(legacyBody()))
    const response = await proxy(new Request('http://proxy/v1/complete', { method: 'POST', headers, body }))
    expect(response.status).toBe(200)
    await until(() => differences.length === 1)
    expect(upstream.requests.map(({ target }) => target).sort()).toEqual(['/v1/complete', '/v1/messages'])
  })
})
