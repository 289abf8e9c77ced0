import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { delta, ending, messageJson, START } from '../../support/raw-server.ts'
import { until } from '../client/outcomes.ts'
import { type Edge, edges, HEADERS, legacyBody, node, portable } from './edges.ts'
import { forwardedRequests, forwardedResponses, type Skipped } from './forwarding-cases.ts'
import { begin, chunksOf, head, posted, readAnswer, send, talk } from './sockets.ts'
import { patient, type Upstream, upstream } from './upstreams.ts'

/** Answers each request with a JSON of no importance. */
const ready = (): Promise<Upstream> => patient((_, response) => void response.end('{}'))

/** The cases of an edge. A skipped case is in the test report with its reason. */
function casesFor<Case extends { title: string } & Skipped>(edge: Edge, cases: readonly Case[]) {
  for (const { title, skip } of cases) {
    if (skip?.edge === edge) test.skip(`${title}: ${skip.reason}`)
  }
  return cases.filter(({ skip }) => skip?.edge !== edge)
}

describe.each(edges)('$name', edge => {
  describe('a request', () => {
    test.each(casesFor(edge, forwardedRequests))('$title passes: $method $target', async one => {
      const { method, target, body = '', sent = target } = one
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      const length = body === '' ? {} : { 'content-length': `${Buffer.byteLength(body)}` }
      const answer = await send(url + target, { method, headers: { ...HEADERS, ...length }, body })
      expect(answer.status).toBe(200)
      expect(received).toMatchObject([{ method, target: sent, body: Buffer.from(body), isWhole: true }])
    })

    test('keeps its headers', async () => {
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      const headers = {
        ...HEADERS,
        'anthropic-beta': ['a', 'b'],
        'user-agent': 'Anthropic/Python 0.3.0',
        accept: 'text/plain',
        'accept-language': 'de',
        'content-type': 'text/plain; charset=latin1',
        cookie: 'a=1; b=2',
        'x-latin': 'Gr\u00fc\u00dfe',
        'x-empty': '',
        'if-none-match': '"1"',
        range: 'bytes=0-9',
        'x-forwarded-for': '10.0.0.1',
      }
      await send(`${url}/v1/files`, { headers, body: 'x' })
      const seen = received[0]?.headers
      const joined = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])
      for (const [name = '', value] of joined) expect([name, seen?.[name]?.join(', ')]).toEqual([name, value])
      expect(seen?.host).toEqual([new URL(at).host])
    })

    test('leaves behind what belongs to its connection', async () => {
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      const { say, heard, over } = await talk(url)
      const hops =
        'connection: close, X-Hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\nproxy-connection: keep-alive\r\n' +
        'proxy-authorization: Basic x\r\nte: trailers\r\ntrailer: x-sum\r\nupgrade: h2c\r\nx-stays: 1\r\n'
      say(posted('/v1/messages', '{}', hops))
      await over
      expect(heard()).toMatch(/^HTTP\/1\.1 200 /)
      const names = Object.keys(received[0]?.headers ?? {})
      expect(names).toContain('x-stays')
      for (const name of ['x-hop', 'proxy-connection', 'proxy-authorization', 'te', 'trailer', 'upgrade'])
        expect(names).not.toContain(name)
      // These are the proxy's own.
      expect(received[0]?.headers['keep-alive']?.join() ?? '').not.toContain('9')
      expect(received[0]?.headers.connection?.join() ?? '').not.toContain('X-Hop')
    })

    const length: readonly (Skipped & { title: string })[] = [
      {
        title: 'of a length that is known keeps it',
        skip: { edge: portable, reason: 'fetch sends what streams in chunks' },
      },
    ]
    test.each(casesFor(edge, length))('$title', async () => {
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      const { say, heard } = await talk(url)
      // Half of it comes late, so that nobody can find out the length by reading.
      say(`${head('/v1/files', 'content-length: 5\r\n')}hel`)
      await until(() => received.length === 1)
      say('lo')
      await until(() => heard().includes('{}'))
      expect(received[0]).toMatchObject({ headers: { 'content-length': ['5'] }, body: Buffer.from('hello') })
    })

    test('streams in while the client still writes', async () => {
      const { url: at, requests: received } = await upstream((request, response) => {
        request.once('end', () => response.end('{}'))
      })
      const { url } = await edge.open({ upstream: at })
      const { say, heard, socket } = await talk(url)
      say(head('/v1/files', 'transfer-encoding: chunked\r\n'))
      for (const part of ['first', 'second']) {
        say(`${part.length.toString(16)}\r\n${part}\r\n`)
        await until(() => `${received[0]?.body}`.endsWith(part))
      }
      expect(received[0]?.isWhole).toBe(false)
      say('0\r\n\r\n')
      await until(() => heard().includes('{}'))
      socket.end()
    })

    test('that waits for 100 (Continue) receives it', async () => {
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      for (const target of ['/v1/files', '/v1/complete']) {
        const { say, heard, over } = await talk(url)
        say(head(target, 'expect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n'))
        await until(() => heard().startsWith('HTTP/1.1 100 Continue\r\n\r\n'))
        say('{}')
        await over
        expect(heard()).toMatch(
          target === '/v1/files' ? /\r\n\r\nHTTP\/1\.1 200 / : /\r\n\r\nHTTP\/1\.1 400 /,
        )
      }
      expect(received.map(({ target, headers }) => [target, headers.expect])).toEqual([
        ['/v1/files', undefined],
      ])
    })

    const refused: readonly [title: string, bytes: string, answer: RegExp][] = [
      ['CONNECT', 'CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\n', /^$/],
      ['TRACE', 'TRACE /v1/models HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 4\d\d /],
      ['an asterisk', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
      [
        'a target that names a host',
        'GET http://elsewhere.test/v1/models HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
        /^HTTP\/1\.1 400 /,
      ],
    ]
    test.each(refused)('that is %s is refused', async (_title, bytes, answer) => {
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      const { say, heard, over } = await talk(url)
      say(bytes)
      await over
      expect(heard()).toMatch(answer)
      expect(received).toEqual([])
    })

    test('for another protocol is answered in this one', async () => {
      const { url: at, requests: received } = await ready()
      const { url } = await edge.open({ upstream: at })
      const { say, heard, over } = await talk(url)
      say(head('/v1/models', 'connection: close, upgrade\r\nupgrade: websocket\r\n', 'GET'))
      await over
      expect(heard()).toMatch(/^HTTP\/1\.1 200 /)
      expect(received[0]?.headers.upgrade).toBeUndefined()
    })
  })

  describe('an answer', () => {
    test.each(forwardedResponses)(
      '$title passes, $status',
      async ({ status, headers = {}, body = Buffer.alloc(0) }) => {
        const length = status === 204 || status === 304 ? {} : { 'content-length': `${body.length}` }
        const server = await patient((_, response) => {
          response.writeHead(status, 'Said So', { ...headers, ...length, 'request-id': 'req_1' }).end(body)
        })
        const { url } = await edge.open({ upstream: server.url })
        const answer = await send(`${url}/v1/files`, { body: '{}' })
        expect(answer).toMatchObject({ status, reason: 'Said So', body, isWhole: true })
        expect(answer.headers).toMatchObject(
          Object.fromEntries(
            Object.entries({ ...headers, ...length, 'request-id': 'req_1' }).map(([name, value]) => [
              name,
              [value],
            ]),
          ),
        )
        expect(server.requests).toHaveLength(1)
      },
    )

    test('to HEAD has the headers of its body, and no body', async () => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-length': '1234', 'content-type': 'text/plain' }).end()
      })
      const { url } = await edge.open({ upstream: server.url })
      const answer = await send(`${url}/v1/models`, { method: 'HEAD' })
      expect(answer).toMatchObject({ status: 200, body: Buffer.alloc(0) })
      expect(answer.headers).toMatchObject({ 'content-length': ['1234'], 'content-type': ['text/plain'] })
    })

    test('keeps headers that come twice', async () => {
      const server = await patient((_, response) => {
        response.setHeader('set-cookie', ['a=1; Path=/', 'b=2'])
        response.setHeader('vary', ['accept', 'origin'])
        response.end('{}')
      })
      const { url } = await edge.open({ upstream: server.url })
      const { headers } = await send(`${url}/v1/models`, { method: 'GET' })
      expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2'])
      expect(headers.vary?.join(', ')).toBe('accept, origin')
    })

    test.each(['/v1/models', '/v1/complete'])(
      'of %s leaves behind what belongs to its connection',
      async path => {
        const server = await patient((_, response) => {
          response.writeHead(200, {
            connection: ['x-hop', 'X-Other'],
            'x-hop': '1',
            'x-other': '1',
            'keep-alive': 'timeout=99',
            'proxy-authenticate': 'Basic',
            'proxy-connection': 'keep-alive',
            trailer: 'x-sum',
            upgrade: 'h2c',
            'content-type': 'application/json',
            'x-stays': '1',
          })
          response.end(messageJson())
        })
        const { url } = await edge.open({ upstream: server.url })
        const body = legacyBody()
        const { headers } = await send(url + path, { body })
        expect(headers['x-stays']).toEqual(['1'])
        for (const name of [
          'x-hop',
          'x-other',
          'proxy-authenticate',
          'proxy-connection',
          'trailer',
          'upgrade',
        ])
          expect([name, headers[name]]).toEqual([name, undefined])
        expect(headers['keep-alive']?.join() ?? '').not.toContain('99')
      },
    )

    test('that is compressed in spite of identity is decoded', async () => {
      const page = 'word '.repeat(1000)
      const zipped = gzipSync(page)
      const server = await patient((_, response) => {
        const length = `${zipped.length}`
        response.writeHead(200, {
          'content-encoding': 'gzip',
          'content-length': length,
          vary: 'accept-encoding',
        })
        response.end(zipped)
      })
      const { url } = await edge.open({ upstream: server.url })
      const headers = { ...HEADERS, 'accept-encoding': 'gzip' }
      const answer = await send(`${url}/v1/models`, { method: 'GET', headers })
      expect(answer).toMatchObject({ status: 200, isWhole: true })
      expect(answer.headers.vary).toEqual(['accept-encoding'])
      expect(server.requests[0]?.headers['accept-encoding']).toEqual(['identity'])
      expect(`${answer.body}`).toBe(page)
      expect(answer.headers['content-encoding']).toBeUndefined()
      expect(answer.headers['content-length']).toBeUndefined()
    })

    test('that streams arrives event by event', async () => {
      const events = [START, ...['a', 'b', 'c'].map(delta), ending()]
      let sent = 0
      let sendNext = (): void => {}
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.flushHeaders()
        sendNext = () => {
          response.write(events[sent])
          sent += 1
          if (sent === events.length) response.end()
        }
      })
      const { url } = await edge.open({ upstream: server.url })
      const { say, heard } = await talk(url)
      say(posted('/v1/messages', '{"stream":true}'))
      // The head before the first event, each event before the next.
      await until(() => heard().includes('text/event-stream'))
      for (const event of events) {
        expect(heard()).not.toContain(event)
        sendNext()
        await until(() => heard().includes(event))
      }
      await until(() => heard().endsWith('0\r\n\r\n'))
      expect(chunksOf(heard()).join('')).toBe(events.join(''))
    })

    test('that breaks off breaks off for the client too', async () => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half')
        setTimeout(() => response.destroy(), 10)
      })
      const { url } = await edge.open({ upstream: server.url })
      const answer = await readAnswer(await begin(`${url}/v1/models`, { method: 'GET' }))
      expect(answer).toMatchObject({ status: 200, isWhole: false })
      expect(`${answer.body}`).toBe('half')
    })
  })
})

describe('serveProxy', () => {
  test('answers for itself at /healthz and /readyz', async () => {
    const { url: at, requests } = await ready()
    const { url } = await node.open({ upstream: at, apiKey: 'held', tokens: ['a token of 16+ chars'] })
    for (const path of ['/healthz', '/readyz']) {
      const answer = await send(url + path, { method: 'GET', headers: {} })
      expect([answer.status, `${answer.body}`]).toEqual([200, 'ok'])
    }
    expect(requests).toEqual([])
  })
})
