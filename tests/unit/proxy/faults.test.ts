import type { ServerResponse } from 'node:http'
import type { Listening, RequestRecord, ServeOptions } from 'legacy-completions/node'
import { describe, expect, test } from 'vitest'
import { delta, ending, event, messageJson, START } from '../../support/raw-server.ts'
import { soon, until } from '../client/outcomes.ts'
import { edges, HEADERS, legacyBody, node } from './edges.ts'
import {
  asksForStream,
  beginAnswer,
  breaks,
  endless,
  inBandErrors,
  others,
  type Question,
  questions,
  repeat,
  stalls,
  translated,
  unable,
} from './fault-cases.ts'
import { type Answer, begin, head, posted, readAnswer, send, type Talk, talk } from './sockets.ts'
import { bytes, nowhere, patient, type Upstream, upstream } from './upstreams.ts'

/** An answer of a status, in the envelope that old clients know. */
function expectFailure({ status, headers, body, isWhole }: Answer, expected: number): void {
  expect(status).toBe(expected)
  expect(headers['content-type']).toEqual(['application/json'])
  expectEnvelope(`${body}`)
  expect(isWhole).toBe(true)
}

function expectEnvelope(json: string): void {
  const { type, error } = JSON.parse(json)
  expect(type).toBe('error')
  expect(error.type).toMatch(/^[a-z_]+$/)
  expect(error.message).not.toBe('')
}

/** A stream that says itself that it has failed, and says nothing behind that. */
function expectErrorEvent({ status, body, isWhole }: Answer): void {
  expect(status).toBe(200)
  expect(isWhole).toBe(true)
  const events = `${body}`.split('\r\n\r\n')
  expect(events.pop()).toBe('')
  const last = events.pop() ?? ''
  const { json = '' } = /^event: error\r\ndata: (?<json>.*)$/.exec(last)?.groups ?? {}
  expectEnvelope(json)
  for (const before of events) {
    expect(before).toMatch(/^event: completion\r\n/)
    expect(before).toContain('"stop_reason":null')
  }
}

/** A request whose response may be as large as these tests make it. */
const ofManyTokens = (fields: object): string => legacyBody({ ...fields, max_tokens_to_sample: 128_000 })

const ask = (url: string, { path, body }: Question): Promise<Answer> => send(url + path, { body })

describe.each(edges)('$name', edge => {
  describe('an upstream that cannot answer', () => {
    const cases = unable.flatMap(([title, speak]) => questions.map(question => ({ title, speak, question })))
    test.each(cases)('because it $title: $question.title', async ({ speak, question }) => {
      const server = speak === undefined ? undefined : await bytes(speak)
      const { url } = await edge.open({ upstream: server?.url ?? (await nowhere()) })
      const answer = await ask(url, question)
      expectFailure(answer, 502)
      expect(answer.headers['x-should-retry']).toEqual(['true'])
      // Trying again is for the client to decide.
      if (server !== undefined) expect(server.sockets()).toBe(1)
    })
  })

  describe('an upstream that breaks off', () => {
    const cases = breaks.flatMap(one => questions.map(question => ({ ...one, question })))
    test.each(cases)('$title: $question.title', async ({ isClean, end, question }) => {
      const server = await patient((_, response, { body }) => {
        beginAnswer(response, asksForStream(body))
        setTimeout(() => end(response), 10)
      })
      const { url } = await edge.open({ upstream: server.url })
      const answer = await ask(url, question)
      if (question.reported === 'by status') expectFailure(answer, 502)
      else if (question.reported === 'in an event') {
        expectErrorEvent(answer)
        // What had come is not kept from the client.
        expect(`${answer.body}`).toContain('"completion":" Hel"')
      } else expect([answer.isWhole, `${answer.body}`]).toEqual([isClean, START + delta('Hel')])
      expect(server.requests).toHaveLength(1)
    })

    test('in the middle of a character and an event', async () => {
      const all = Buffer.from(START + delta('日本'))
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(all.subarray(0, all.indexOf('本') + 1))
      })
      const { url } = await edge.open({ upstream: server.url })
      expectErrorEvent(await send(`${url}/v1/complete`, { body: legacyBody({ stream: true }) }))
    })

    test('a whole answer shorter than it said it would be', async () => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' })
        response.write(messageJson())
        setTimeout(() => response.socket?.end(), 10)
      })
      const { url } = await edge.open({ upstream: server.url })
      expectFailure(await send(`${url}/v1/complete`, { body: legacyBody() }), 502)
      const passed = await send(`${url}/v1/messages`, { body: '{}' })
      expect([passed.status, passed.isWhole]).toEqual([200, false])
    })
  })

  describe('an upstream that answers something else', () => {
    const cases = others.flatMap(([title, type, body]) =>
      translated.map(question => ({ title, type, body, question })),
    )
    test.each(cases)('$title: $question.title', async ({ type, body, question }) => {
      const server = await patient((_, response) => {
        response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body)
      })
      const { url } = await edge.open({ upstream: server.url })
      const answer = await ask(url, question)
      if (question.reported === 'by status') expectFailure(answer, 502)
      else expectErrorEvent(answer)
      expect(server.requests).toHaveLength(1)
    })

    test.each(translated)('a status that has no body: $title', async question => {
      const server = await patient((_, response) => void response.writeHead(204).end())
      const { url } = await edge.open({ upstream: server.url })
      const answer = await ask(url, question)
      // A stream may have begun before that is seen.
      if (question.reported === 'by status' || answer.status !== 200) expectFailure(answer, 502)
      else expectErrorEvent(answer)
    })

    const reported = inBandErrors.flatMap(([type, status]) =>
      translated.map(question => ({ type, status, question })),
    )
    test.each(reported)('$type under 200: $question.title', async ({ type, status, question }) => {
      const error = { type, message: 'In the middle.' }
      const server = await patient((_, response, { body }) => {
        const isStream = asksForStream(body)
        const failure = { type: 'error', error }
        response.writeHead(200, {
          'content-type': isStream ? 'text/event-stream' : 'application/json',
          'request-id': 'req_1',
        })
        response.end(isStream ? START + event(failure) : JSON.stringify(failure))
      })
      const { url } = await edge.open({ upstream: server.url })
      const answer = await ask(url, question)
      if (question.reported === 'by status') expectFailure(answer, status)
      else expectErrorEvent(answer)
      expect(`${answer.body}`).toContain(JSON.stringify(error))
      expect(answer.headers['request-id']).toEqual(['req_1'])
    })
  })

  test.each(['data: {nonsense', 'event: error\ndata: {"error":{"type":"api_error"}}'])(
    'what an upstream says behind the end of a message does not count: %s',
    async noise => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(`${START}${delta('Hi')}${ending()}${noise}\n\n`)
      })
      const { url } = await edge.open({ upstream: server.url })
      const answer = await send(`${url}/v1/complete`, { body: legacyBody({ stream: true }) })
      expect(answer.body.toString()).not.toContain('event: error')
      expect(answer.body.toString()).toContain('"stop_reason":"stop_sequence"')
    },
  )

  describe('an upstream that is slow', () => {
    const cases = stalls.flatMap(stall => questions.map(question => ({ ...stall, question })))
    test('is given up, with no part of it lost', async () => {
      // Together, for undici looks at its clock once a second.
      const given = cases.map(async ({ title, begin: start, question }) => {
        const server = await patient((_, response, { body }) => start(response, asksForStream(body)))
        const { url } = await edge.open({ upstream: server.url, timeout: 1000 })
        return { title, question, server, answer: await ask(url, question) }
      })
      for (const { title, question, server, answer } of await Promise.all(given)) {
        if (title === 'before its head') {
          expectFailure(answer, 504)
          expect(`${answer.body}`).toContain('"timeout_error"')
        } else if (question.reported === 'by status') expectFailure(answer, 504)
        else if (question.reported === 'in an event') expectErrorEvent(answer)
        else expect([answer.isWhole, `${answer.body}`]).toEqual([false, START + delta('Hel')])
        await until(() => server.requests.every(({ isCancelled }) => isCancelled))
      }
    })

    test('an event of 10 MB comes whole', async () => {
      const text = `${'日本🐙 '.repeat(1_000_000)}!`
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(START + delta(text) + ending())
      })
      const { url } = await edge.open({ upstream: server.url, maxResponseBytes: 64 * 1024 * 1024 })
      const { body } = await send(`${url}/v1/complete`, { body: ofManyTokens({ stream: true }) })
      expect(body.length).toBeGreaterThan(10_000_000)
      const [first = ''] = `${body}`.split('\r\n\r\n')
      expect(JSON.parse(first.replace(/^event: completion\r\ndata: /, '')).completion === ` ${text}`).toBe(
        true,
      )
    })
  })

  describe('a response without an end', () => {
    const cases = endless.flatMap(one =>
      [
        { title: 'a whole completion', fields: {}, version: '2023-06-01' },
        { title: 'a stream', fields: { stream: true }, version: '2023-06-01' },
        { title: 'a stream of 2023-01-01', fields: { stream: true }, version: '2023-01-01' },
      ].map(({ title, ...asked }) => ({ ...one, ...asked, question: title })),
    )
    test.each(cases)('in $title is cut off, for $question', async ({ type, answer, fields, version }) => {
      const records: RequestRecord[] = []
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': type })
        answer(response)
      })
      const { url } = await edge.open({
        upstream: server.url,
        maxResponseBytes: 100_000,
        onRequest: record => void records.push(record),
      })
      const headers = { ...HEADERS, 'anthropic-version': version }
      const response = await send(`${url}/v1/complete`, { headers, body: legacyBody(fields) })
      expect(response.body.length).toBeLessThan(30_000_000)
      if (!('stream' in fields)) expectFailure(response, 502)
      else if (version === '2023-06-01') expectErrorEvent(response)
      else expect(response.isWhole).toBe(false)
      expect(`${response.body}`).not.toContain('"stop_reason":"')
      await until(() => server.requests.every(({ isCancelled }) => isCancelled))
      if (edge !== node) return
      await until(() => records.length === 1)
      expect(records[0]).toMatchObject({ outcome: 'upstream-failed', cause: 'too-large' })
    })

    test.each([
      { title: 'a whole completion', fields: {} },
      { title: 'a stream', fields: { stream: true } },
    ])('is cut off when other responses hold the memory, for $title', async ({ fields }) => {
      const opened: ServerResponse[] = []
      const server = await patient((_, response) => {
        const isStream = 'stream' in fields
        response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
        if (isStream) response.write(`${START}data: `)
        response.write(' '.repeat(isStream ? 2_000_000 : 6_000_000))
        opened.push(response)
      })
      const end = (response?: ServerResponse) =>
        response?.end('stream' in fields ? `{}\n\n${ending()}` : messageJson())
      const { url } = await edge.open({ upstream: server.url })
      const call = () => send(`${url}/v1/complete`, { body: ofManyTokens(fields) })
      // There is memory for three.
      const calls = Array.from({ length: 5 }, call)
      await until(() => server.requests.filter(({ isCancelled }) => isCancelled).length >= 2)
      for (const response of opened) end(response)
      const failed = (await Promise.all(calls)).filter(({ body }) => `${body}`.includes('overloaded_error'))
      expect(failed.length).toBeGreaterThanOrEqual(2)
      expect(failed.length).toBeLessThan(5)
      for (const response of failed)
        if ('stream' in fields) expectErrorEvent(response)
        else expectFailure(response, 529)
      // The memory is free again.
      const next = call()
      await until(() => opened.length === 6)
      end(opened.at(-1))
      expect(`${(await next).body}`).toContain('"stop_reason":"stop_sequence"')
    })

    test.each([
      { title: 'an event without an end', cause: 'too-large', piece: `data: ${'x'.repeat(65_536)}\n` },
      { title: 'bytes that are not UTF-8', cause: 'garbage', piece: Buffer.from('data: \xff\n', 'latin1') },
    ])('in an adapted call is cut off: $title', async ({ piece, cause }) => {
      const records: RequestRecord[] = []
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(START)
        setTimeout(() => repeat(response, piece), 50)
      })
      const { url } = await edge.open({
        upstream: server.url,
        adaptMessages: ['prefill'],
        maxResponseBytes: 1_000_000,
        onRequest: record => void records.push(record),
      })
      const messages = [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'He' },
      ]
      const body = JSON.stringify({ model: 'claude-opus-4-8', max_tokens: 100, stream: true, messages })
      expect((await send(`${url}/v1/messages`, { body })).isWhole).toBe(false)
      await until(() => server.requests.every(({ isCancelled }) => isCancelled))
      if (edge !== node) return
      await until(() => records.length === 1)
      expect(records[0]).toMatchObject({ outcome: 'upstream-failed', cause })
    })

    test('in an error of the upstream is cut off, for a client of Bedrock', async () => {
      const server = await patient((_, response) => {
        response.writeHead(500, { 'content-type': 'text/plain' })
        repeat(response, 'No. '.repeat(100))
      })
      const { url } = await edge.open({ upstream: server.url })
      const { prompt } = JSON.parse(legacyBody())
      const body = JSON.stringify({ prompt, max_tokens_to_sample: 100 })
      const answer = await send(`${url}/model/anthropic.claude-v2/invoke`, { body })
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect(answer.body.length).toBeLessThan(10_000)
      await until(() => server.requests.every(({ isCancelled }) => isCancelled))
    })
  })

  describe('a client that leaves', () => {
    const stages: readonly {
      title: string
      answer: (response: ServerResponse, isStream: boolean) => void
    }[] = [
      { title: 'before there is an answer', answer: () => {} },
      { title: 'while the upstream is silent', answer: beginAnswer },
      {
        title: 'while the upstream never ends',
        answer(response, isStream) {
          beginAnswer(response, isStream)
          const timer = setInterval(() => response.write(isStream ? delta('more ') : ' '), 1)
          response.once('close', () => clearInterval(timer))
        },
      },
    ]
    const cases = stages.flatMap(stage => questions.map(question => ({ ...stage, question })))
    test.each(cases)('$title cancels the upstream: $question.title', async ({ title, answer, question }) => {
      const records: RequestRecord[] = []
      const server = await patient((_, response, { body }) => answer(response, asksForStream(body)))
      const { url } = await edge.open({
        upstream: server.url,
        onRequest: record => void records.push(record),
      })
      const { say, heard, socket } = await talk(url)
      say(posted(question.path, question.body))
      await until(() => server.requests[0]?.isWhole === true)
      if (question.reported !== 'by status' && title !== 'before there is an answer')
        await until(() => heard().includes('Hel'))
      socket.resetAndDestroy()
      await until(() => server.requests[0]?.isCancelled === true)
      expect(server.requests).toHaveLength(1)
      if (edge === node) {
        await until(() => records.length === 1)
        expect(records[0]?.outcome).toBe('client-gone')
      }
    })

    test.each(questions)('before its request is whole: $title', async ({ path, body }) => {
      const server = await upstream(() => {})
      const { url } = await edge.open({ upstream: server.url })
      const { say, socket, over } = await talk(url)
      say(posted(path, body).slice(0, -5))
      if (path === '/v1/messages') await until(() => server.requests.length === 1)
      else await new Promise(resolve => setTimeout(resolve, 20))
      socket.end()
      await soon(over)
      if (path === '/v1/messages') await until(() => server.requests[0]?.isCancelled === true)
      else expect(server.requests).toEqual([])
    })
  })

  describe('a client that reads slowly', () => {
    test.each(questions.slice(2))(
      'holds up the upstream, and loses nothing: $title',
      async ({ path, body }) => {
        const piece = delta('x'.repeat(64 * 1024))
        const MOST = 250
        let written = 0
        const server = await patient(async (_, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write(START)
          while (written < MOST && !response.destroyed) {
            written += 1
            if (!response.write(piece)) await new Promise(resolve => response.once('drain', resolve))
          }
          response.end(ending())
        })
        const { url } = await edge.open({ upstream: server.url, maxResponseBytes: 64 * 1024 * 1024 })
        const response = await begin(url + path, {
          body: path === '/v1/complete' ? ofManyTokens({ stream: true }) : body,
        })
        response.pause()
        // Until it comes to a stop.
        for (let before = -1; before !== written; ) {
          before = written
          await new Promise(resolve => setTimeout(resolve, 100))
        }
        // What the sockets of both connections hold, which the system decides: up to 10 of 16 MB.
        expect(written).toBeGreaterThan(0)
        expect(written).toBeLessThan(MOST)
        const answer = await soon(readAnswer(response), 10_000)
        expect(answer.isWhole).toBe(true)
        expect(written).toBe(MOST)
        expect(answer.body.length).toBeGreaterThan(MOST * 64 * 1024)
      },
    )
  })

  describe('a request that is too large', () => {
    const large = Buffer.alloc(33 * 1024 * 1024, ' ')
    const chunked = Buffer.concat([
      Buffer.from(`${large.length.toString(16)}\r\n`),
      large,
      Buffer.from('\r\n0\r\n\r\n'),
    ])
    const bodies: readonly [title: string, headers: string, body: Buffer][] = [
      ['by what it says', `content-length: ${large.length}\r\n`, large],
      ['by what comes', 'transfer-encoding: chunked\r\n', chunked],
    ]
    const ways = bodies.flatMap(one =>
      ['keep-alive', 'close'].map(connection => [...one, connection] as const),
    )
    // A client of the old kind writes all before it reads anything.
    test.each(ways)('%s is refused', async (_title, headers, body, connection) => {
      const server = await upstream(() => {})
      const { url } = await edge.open({ upstream: server.url })
      const { say, heard, socket } = await talk(url)
      socket.pause()
      say(head('/v1/complete', `${headers}connection: ${connection}\r\n`))
      await soon(new Promise(resolve => socket.write(body, resolve)))
      socket.resume()
      await until(() => heard().includes('}}'))
      expect(heard()).toMatch(/^HTTP\/1\.1 413 /)
      expectEnvelope(heard().slice(heard().indexOf('{"type"'), heard().lastIndexOf('}') + 1))
      expect(server.requests).toEqual([])
    })

    test('leaves a connection that can be used again', async () => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const { url } = await edge.open({ upstream: server.url, maxBodyBytes: 1000 })
      const { say, heard } = await talk(url)
      say(posted('/v1/complete', legacyBody({ prompt: 'a'.repeat(1000) })))
      await until(() => heard().includes('request_too_large'))
      say(posted('/v1/complete', legacyBody()))
      await until(() => heard().includes('"completion":" Hi."'))
      expect(server.requests).toHaveLength(1)
    })

    test.each(['keep-alive', 'close'])('by what the upstream thinks is refused, %s', async connection => {
      const server = await upstream((_, response) => {
        response.writeHead(413, { 'content-type': 'application/json', connection: 'close' }).end('{"no":1}')
      })
      const { url } = await edge.open({ upstream: server.url })
      const { heard, over, say } = await talk(url)
      say(head('/v1/files', `content-length: ${large.length}\r\nconnection: ${connection}\r\n`))
      say(large)
      // The client gets the response, or an error if the upstream closed before it responded, while it still writes.
      await Promise.race([over, until(() => heard().includes('}'))])
      expect(heard()).toMatch(/^HTTP\/1\.1 (?:413|502) /)
      expect(server.requests).toHaveLength(1)
    })

    test('does not apply to forwarded requests', async () => {
      const server = await patient((_, response) => void response.end('{}'))
      const { url } = await edge.open({ upstream: server.url, maxBodyBytes: 1000 })
      const body = Buffer.alloc(3_000_000, 'a')
      expect((await send(`${url}/v1/files`, { body })).status).toBe(200)
      expect(server.requests[0]?.body.equals(body)).toBe(true)
    })
  })

  describe('a request that is no HTTP', () => {
    const body = legacyBody()
    const length = `content-length: ${body.length}\r\n`
    const inner = 'GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n'
    const requests: readonly [title: string, bytes: string][] = [
      [
        'two codings of its length',
        `${head('/v1/complete', `${length}transfer-encoding: chunked\r\n`)}0\r\n\r\n${inner}`,
      ],
      ['two lengths', head('/v1/complete', `${length}content-length: 0\r\n`) + inner],
      ['two lengths in one', head('/v1/complete', `content-length: 0, ${body.length}\r\n`) + inner],
      ['a length with a sign', head('/v1/complete', 'content-length: +5\r\n') + inner],
      ['an invalid length', head('/v1/complete', 'content-length: 0x10\r\n') + inner],
      [
        'an invalid transfer coding',
        `${head('/v1/complete', 'transfer-encoding: xchunked\r\n')}0\r\n\r\n${inner}`,
      ],
      [
        'a coding twice',
        `${head('/v1/complete', 'transfer-encoding: chunked, identity\r\n')}0\r\n\r\n${inner}`,
      ],
      ['a space before the colon', head('/v1/complete', `content-length : 0\r\n${length}`) + inner],
      ['a folded line', head('/v1/complete', `x-a: b\r\n transfer-encoding: chunked\r\n${length}`) + body],
      ['a bare LF', `POST /v1/complete HTTP/1.1\nhost: a\n${length}\n${body}`],
      ['a bare CR', head('/v1/complete', `x-a: b\rcontent-length: 0\r\n${length}`) + body],
      ['a NUL', head('/v1/complete', `x-a: b\u0000c\r\n${length}`) + body],
      ['a header of no name', head('/v1/complete', `: b\r\n${length}`) + body],
      ['no host', `POST /v1/complete HTTP/1.1\r\n${length}\r\n${body}`],
      ['an invalid chunk', `${head('/v1/complete', 'transfer-encoding: chunked\r\n')}zz\r\n${inner}`],
      ['no version', 'GET /v1/models\r\n\r\n'],
      ['a version to come', 'GET /v1/models HTTP/3.0\r\n\r\n'],
      ['a target with a space', 'GET /a b HTTP/1.1\r\nhost: a\r\n\r\n'],
      ['no target', 'GET  HTTP/1.1\r\nhost: a\r\n\r\n'],
      ['an unknown method', 'BREW /v1/models HTTP/1.1\r\nhost: a\r\n\r\n'],
      ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
      ['nothing', '\r\n\r\n\r\n'],
    ]
    test.each(requests)('with %s is rejected or counts as one request', async (_title, said) => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const { url } = await edge.open({ upstream: server.url })
      const { heard, over, socket } = await talk(url)
      socket.end(said, 'latin1')
      await soon(over)
      expect(heard()).toMatch(/^(?:HTTP\/1\.1 (?:400|200) |$)/)
      expect(server.requests.length).toBeLessThanOrEqual(1)
      expect(server.requests.map(({ target }) => target)).not.toContain('/smuggled')
      for (const { headers } of server.requests) expect(headers['transfer-encoding']).toBeUndefined()
    })

    test('the preface of HTTP/2 is answered with its settings, and the connection ends with the client', async () => {
      const { url } = await edge.open({ upstream: 'http://127.0.0.1:9' })
      const { heard, over, socket } = await talk(url)
      socket.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
      await soon(over)
      expect(heard()).not.toContain('HTTP/1.1')
    })

    test('after one with a shorter length is rejected separately', async () => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const { url } = await edge.open({ upstream: server.url })
      const { say, heard, over } = await talk(url)
      say(`${posted('/v1/complete', body)}and more\r\n\r\n`)
      await soon(over)
      expect(
        heard()
          .match(/HTTP\/1\.1 \d+/g)
          ?.at(-1),
      ).toBe('HTTP/1.1 400')
      expect(server.requests.length).toBeLessThanOrEqual(1)
    })

    test('that ends before its length is not forwarded', async () => {
      const server = await upstream(() => {})
      const { url } = await edge.open({ upstream: server.url })
      const { heard, over, socket } = await talk(url)
      socket.end(head('/v1/complete', 'content-length: 1000\r\n') + body)
      await soon(over)
      expect(heard()).toMatch(/^(?:HTTP\/1\.1 400 |$)/)
      expect(server.requests).toEqual([])
    })

    test.each([
      { size: 10_000, status: 200 },
      { size: 20_000, status: 431 },
    ])('a head of $size bytes is answered $status', async ({ size, status }) => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const { url } = await edge.open({ upstream: server.url })
      const { say, heard, over } = await talk(url)
      say(posted('/v1/complete', body, `connection: close\r\nx-long: ${'a'.repeat(size - 300)}\r\n`))
      await soon(over)
      expect(heard()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      expect(server.requests).toHaveLength(status === 200 ? 1 : 0)
    })

    test('several in one packet are answered in turn', async () => {
      const server = await patient((_, response, { body: asked }) => {
        const text = JSON.parse(`${asked}`).messages[0].content
        // The first takes longest.
        setTimeout(
          () =>
            response
              .writeHead(200, { 'content-type': 'application/json' })
              .end(messageJson({ content: [{ type: 'text', text }] })),
          text === '1' ? 30 : 0,
        )
      })
      const { url } = await edge.open({ upstream: server.url })
      const { say, heard } = await talk(url)
      say(
        ['1', '2', '3']
          .map(n => posted('/v1/complete', legacyBody({ prompt: `\n\nHuman: ${n}\n\nAssistant:` })))
          .join(''),
      )
      await until(() => (heard().match(/"completion":/g) ?? []).length === 3)
      expect(heard().match(/"completion":" \d"/g)).toEqual([1, 2, 3].map(n => `"completion":" ${n}"`))
    })
  })

  test('a failing option callback is not reported as an upstream fault', async () => {
    const server = await patient((_, response) => void response.end('{}'))
    const { url } = await edge.open({
      upstream: server.url,
      endpoint: () => {
        throw new Error('no idea, sk-ant-secret')
      },
    })
    const answer = await send(`${url}/v1/complete`, { body: legacyBody() })
    expectFailure(answer, 500)
    expect(`${answer.body}`).not.toContain('secret')
    expect(server.requests).toEqual([])
  })

  test('close() cuts open requests', async () => {
    const { server, url, proxy } = await streaming(edge)
    const talks = await asking(url, 5)
    await proxy.close()
    await soon(Promise.all(talks.map(({ over }) => over)))
    for (const { heard } of talks) expect(heard()).not.toContain('0\r\n\r\n')
    await until(() => server.requests.every(({ isCancelled }) => isCancelled))
    // Can be called again.
    await proxy.close()
  })
})

/** Starts an edge in front of an upstream whose streams continue until the test ends them. */
async function streaming<Opened extends Listening>({
  open,
}: {
  open(options: ServeOptions): Promise<Opened>
}): Promise<{ server: Upstream; url: string; proxy: Opened; endAll: () => void }> {
  const responses: ServerResponse[] = []
  const server = await patient((_, response) => {
    beginAnswer(response, true)
    responses.push(response)
  })
  const proxy = await open({ upstream: server.url })
  return {
    server,
    url: proxy.url,
    proxy,
    endAll: () => {
      for (const response of responses) response.end(delta('lo.') + ending())
    },
  }
}

/** Clients that have heard the beginning of a stream. */
async function asking(url: string, count: number): Promise<Talk[]> {
  const talks = await Promise.all(Array.from({ length: count }, () => talk(url)))
  for (const { say } of talks) say(posted('/v1/complete', legacyBody({ stream: true })))
  await until(() => talks.every(({ heard }) => heard().includes('Hel')))
  return talks
}

describe('serveProxy under load', () => {
  test('drain() finishes open requests and accepts no new ones', async () => {
    const { server, url, proxy, endAll } = await streaming(node)
    const talks = await asking(url, 5)
    const idle = await talk(url)
    expect(proxy.open).toBe(5)

    let isDrained = false
    const draining = proxy.drain().then(() => {
      isDrained = true
    })
    await expect(talk(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    // Over a connection that is open still.
    idle.say(posted('/v1/complete', legacyBody()))
    await soon(idle.over)
    expect(idle.heard()).toMatch(/^(?:HTTP\/1\.1 503 |$)/)
    expect(isDrained).toBe(false)

    endAll()
    await soon(draining)
    await soon(Promise.all(talks.map(({ over }) => over)))
    for (const { heard } of talks) {
      expect(heard()).toContain('"stop_reason":"stop_sequence"')
      expect(heard()).toMatch(/0\r\n\r\n$/)
    }
    expect(proxy.open).toBe(0)
    expect(server.requests).toHaveLength(5)
  })

  test('drain() rejects new requests on open connections', async () => {
    const { url, proxy, endAll } = await streaming(node)
    const [first] = await asking(url, 1)
    const draining = proxy.drain()
    // It waits for its turn behind the answer that is open.
    first?.say(posted('/v1/complete', legacyBody()))
    await new Promise(resolve => setTimeout(resolve, 20))
    endAll()
    await soon(draining)
    await until(() => first?.socket.destroyed === true)
    const [, second = ''] = first?.heard().split('0\r\n\r\n') ?? []
    expect(second).toMatch(/^(?:HTTP\/1\.1 503 |$)/)
  })

  test('drain() does not wait for a client that only opened a connection', async () => {
    const { url, proxy } = await streaming(node)
    const silent = await talk(url)
    await soon(proxy.drain())
    await soon(silent.over)
  })

  test('drain() and close() can be called in any order, and again', async () => {
    const { url, proxy } = await streaming(node)
    const [first] = await asking(url, 1)
    const draining = proxy.drain()
    const again = proxy.drain()
    await soon(proxy.close())
    await soon(Promise.all([draining, again]))
    await soon(Promise.all([proxy.drain(), proxy.close()]))
    await soon(first?.over ?? Promise.resolve())
  })

  test('rejects requests above the limit with retry-after', async () => {
    const held: ServerResponse[] = []
    const server = await patient((_, response) => void held.push(response))
    const { url } = await node.open({ upstream: server.url, maxConcurrent: 2 })
    const first = [1, 2].map(() => send(`${url}/v1/complete`, { body: legacyBody() }))
    await until(() => held.length === 2)
    for (let more = 0; more < 5; more++) {
      const answer = await send(`${url}/v1/complete`, { body: legacyBody() })
      expectFailure(answer, 529)
      expect(answer.headers).toMatchObject({ 'retry-after': ['1'], 'x-should-retry': ['true'] })
    }
    for (const response of held)
      response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
    const next = send(`${url}/v1/complete`, { body: legacyBody() })
    await until(() => held.length === 3)
    held[2]?.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
    expect((await next).status).toBe(200)
  })

  test('/readyz reports when no more requests are accepted', async () => {
    const { url, proxy, endAll } = await streaming(node)
    await asking(url, 1)
    const kept = await talk(url)
    const ask = 'GET /readyz HTTP/1.1\r\nhost: a\r\n\r\n'
    kept.say(ask.slice(0, -2))
    await new Promise(resolve => setTimeout(resolve, 20))
    const draining = proxy.drain()
    kept.say(ask.slice(-2))
    await until(() => kept.heard().includes('draining'))
    expect(kept.heard()).toMatch(/^HTTP\/1\.1 503 /)
    endAll()
    await soon(draining)
  })

  test('a log that cannot be written does not end the server', async () => {
    const server = await patient((_, response) => void response.end('{}'))
    const { url } = await node.open({
      upstream: server.url,
      onRequest: () => {
        throw new Error('the disk is full')
      },
    })
    for (let call = 0; call < 2; call++)
      expect((await send(`${url}/v1/models`, { headers: HEADERS })).status).toBe(200)
  })
})
