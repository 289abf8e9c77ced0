import { gzipSync } from 'node:zlib'
import { createEmulator, type FailureReply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { delta, ending, messageJson, START } from '../../support/raw-server.ts'
import { until } from '../client/outcomes.ts'
import { ask } from '../client/speeches.ts'
import { edges, emulated, fieldsOf, HEADERS, legacyBody } from './edges.ts'
import { chunksOf, send, talk } from './sockets.ts'
import {
  badBodies,
  endpoints,
  keptHeaders,
  ofVersion,
  policies,
  targets,
  upstreamErrors,
  versions,
} from './translation-cases.ts'
import { patient } from './upstreams.ts'

/** What the real endpoint answers in, keptHeaders by the emulator, which shares no code with the translation. */
async function genuine(version: '2023-01-01' | '2023-06-01', stream: boolean): Promise<string> {
  const { fetch } = createEmulator({ reply: { deltas: ['Hello', '!'] }, pings: false })
  const body = legacyBody({ model: 'claude-2.1', stream })
  const response = await fetch('http://e.test/v1/complete', {
    method: 'POST',
    headers: ofVersion(version),
    body,
  })
  return response.text()
}

/** Without what differs from call to call, and the random padding. */
const comparable = (body: string): string =>
  body
    .replace(/"(id|log_id|model)": ?"[^"]*"/g, '"$1":"…"')
    .replace(/ +}/g, '}')
    .replace(/(?<=[{,]) ?("\w+":) ?/g, '$1')

/** A request for a stream, as it goes over a socket. */
function streamRequest(version: string | undefined): string {
  const named = version === undefined ? '' : `anthropic-version: ${version}\r\n`
  const body = legacyBody({ stream: true })
  return (
    `POST /v1/complete HTTP/1.1\r\nhost: p.test\r\nconnection: close\r\n${named}` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

const EVENT = /^(?:event: (?<name>\w+)\r\n)?data: (?<data>[^\r\n]*)\r\n\r\n/

interface ServerEvent {
  name: string | undefined
  data: string
}

/** Parses the events of a legacy stream. Throws for anything else. */
function eventsOf(text: string): ServerEvent[] {
  const events: ServerEvent[] = []
  for (let rest = text; rest !== ''; ) {
    const match = EVENT.exec(rest)
    if (match === null) throw new Error(`not an event: ${JSON.stringify(rest.slice(0, 80))}`)
    events.push({ name: match.groups?.name, data: match.groups?.data ?? '' })
    rest = rest.slice(match[0].length)
  }
  return events
}

/** The text that a client of either dialect puts together. */
function textOf(events: readonly ServerEvent[]): string {
  const chunks = events.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data))
  if (events[0]?.name === undefined) return chunks.at(-1).completion
  return chunks.map(({ completion }) => completion).join('')
}

describe.each(edges)('$name', edge => {
  describe.each(versions)('a request of version $version', ({ version, dialect }) => {
    const headers = ofVersion(version)

    test('is answered whole as the legacy endpoint did', async () => {
      const { emulator, url } = await emulated(edge)
      const answer = await send(`${url}/v1/complete`, { headers, body: legacyBody() })
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toEqual(['application/json'])
      expect(comparable(`${answer.body}`)).toBe(comparable(await genuine(dialect, false)))
      expect(emulator.requests).toMatchObject([{ method: 'POST', path: '/v1/messages' }])
    })

    test('is answered as a stream as the legacy endpoint did', async () => {
      const { emulator, url } = await emulated(edge, { reply: { deltas: ['Hello', '!'] }, pings: false })
      const answer = await send(`${url}/v1/complete`, { headers, body: legacyBody({ stream: true }) })
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toEqual(['text/event-stream; charset=utf-8'])
      expect(answer.headers['content-length']).toBeUndefined()
      const events = eventsOf(`${answer.body}`)
      const names = new Set(events.map(({ name }) => name))
      expect(names).toEqual(new Set([dialect === '2023-06-01' ? 'completion' : undefined]))
      expect(events.filter(({ data }) => data === '[DONE]')).toHaveLength(dialect === '2023-06-01' ? 0 : 1)
      expect(textOf(events)).toBe(' Hello!')
      expect(comparable(`${answer.body}`)).toBe(comparable(await genuine(dialect, true)))
      expect(emulator.requests).toHaveLength(1)
    })

    test('is kept alive by the pings of a model that thinks', async () => {
      const ping = 'event: ping\ndata: {"type": "ping"}\n\n'
      let isHeard = (): void => {}
      const heardOf = new Promise<void>(resolve => {
        isHeard = resolve
      })
      const { url: at } = await patient(async (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        // The first is held back: no stream of the old server began with a ping.
        response.write(START + ping + ping)
        await heardOf
        // Behind the end nothing counts.
        response.end(delta('Hello') + ping + delta('!') + ending() + ping)
      })
      const { url } = await edge.open({ upstream: at })
      const { say, heard, over } = await talk(url)
      say(streamRequest(version))
      await until(() => heard().includes('event: ping'))
      expect(heard()).not.toContain('Hello')
      isHeard()
      await over
      const events = eventsOf(chunksOf(heard()).join(''))
      const pings = events.filter(({ name }) => name === 'ping')
      expect(new Set(pings.map(({ data }) => data))).toEqual(
        new Set([dialect === '2023-06-01' ? '{"type": "ping"}' : '{}']),
      )
      expect(pings.length).toBeGreaterThanOrEqual(2)
      expect(textOf(events.filter(({ name }) => name !== 'ping'))).toBe(' Hello!')
    })

    test('is sent with a version that the Messages API supports', async () => {
      const { emulator, url } = await emulated(edge)
      await send(`${url}/v1/complete`, { headers, body: legacyBody() })
      const sent = version === '2026-10-21' ? version : '2023-06-01'
      expect(emulator.requests[0]?.headers['anthropic-version']).toBe(sent)
    })

    // The official SDKs 0.5 and 0.9 fail on an event that comes in two pieces.
    const packings: readonly [title: string, pieces: (events: string) => string[]][] = [
      ['all in one piece', events => [events]],
      ['in pieces of 7 bytes', events => events.match(/.{1,7}/gs) ?? []],
    ]
    test.each(packings)('gets every event whole when they come %s', async (_title, pieces) => {
      const all = START + ['Grüße', ' 日本', ' 🐙', '\u2028', '\r\n\n!'].map(delta).join('') + ending()
      const { url: at } = await patient(async (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (const piece of pieces(all)) {
          response.write(piece)
          await new Promise(setImmediate)
        }
        response.end()
      })
      const { url } = await edge.open({ upstream: at })
      const { say, heard, over } = await talk(url)
      say(streamRequest(version))
      await over
      const chunks = chunksOf(heard()).map(chunk => `${Buffer.from(chunk, 'latin1')}`)
      for (const chunk of chunks) expect(() => eventsOf(chunk)).not.toThrow()
      expect(textOf(eventsOf(chunks.join('')))).toBe(' Grüße 日本 🐙\u2028\r\n\n!')
      // Python's `splitlines` ends a line at this one.
      expect(chunks.join('')).not.toContain('\u2028')
    })
  })

  describe('response headers', () => {
    test.each([{ stream: false }, { stream: true }])('its headers, %j', async fields => {
      const { url } = await emulated(edge, { reply: { text: 'Hi.', headers: keptHeaders } })
      const { headers } = await send(`${url}/v1/complete`, { body: legacyBody(fields) })
      expect(headers).toMatchObject(
        Object.fromEntries(Object.entries(keptHeaders).map(([name, value]) => [name, [value]])),
      )
    })

    test.each([{ stream: false }, { stream: true }])(
      'a header with the codes of the diagnostics, once each, %j',
      async fields => {
        const { url } = await emulated(edge)
        const body = legacyBody({ temperature: 0, top_p: 0.5, model: 'claude-2.1', ...fields })
        const { headers } = await send(`${url}/v1/complete`, { body })
        const codes = headers['x-legacy-completions-diagnostics']?.join().split(', ') ?? []
        expect(codes).toEqual(expect.arrayContaining(['retired-model', 'sampling-dropped']))
        expect(new Set(codes).size).toBe(codes.length)
        const plain = await send(`${url}/v1/complete`, { body: legacyBody(fields) })
        expect(plain.headers['x-legacy-completions-diagnostics']).toBeUndefined()
      },
    )

    const refusals = upstreamErrors.flatMap(([status, type]) =>
      [false, true].flatMap(stream => [keptHeaders, {}].map(headers => ({ status, type, stream, headers }))),
    )
    test.each(refusals)('an error response unchanged, $status, stream $stream, $headers', async refusal => {
      const { status, type, stream, headers } = refusal
      const error = { type, message: 'No, "thanks".' }
      const script: FailureReply = { status, error, headers }
      const { emulator, url } = await emulated(edge, { reply: script })
      const direct = await send(`${emulator.url}/v1/messages`, {
        body: JSON.stringify({
          model: 'claude-opus-4-8',
          max_tokens: 300,
          messages: [{ role: 'user', content: 'Hi' }],
        }),
      })
      const answer = await send(`${url}/v1/complete`, { body: legacyBody({ stream }) })
      expect(answer.status).toBe(status)
      expect(JSON.parse(`${answer.body}`)).toMatchObject({ type: 'error', error })
      expect(answer.headers['content-type']).toEqual(['application/json'])
      for (const name of Object.keys(keptHeaders)) {
        if (name !== 'request-id') expect([name, answer.headers[name]]).toEqual([name, direct.headers[name]])
      }
      expect(answer.headers['request-id']).toHaveLength(1)
      // Tried again by the client, or not at all.
      expect(emulator.requests).toHaveLength(2)
    })

    test.each([{ stream: false }, { stream: true }])('a refusal that is no JSON, %j', async fields => {
      const page = Buffer.from('<html>Bad gateway, 悪い\n</html>')
      const { url: at } = await patient((_, response) => {
        response.writeHead(502, { 'content-type': 'text/html', 'content-length': page.length }).end(page)
      })
      const { url } = await edge.open({ upstream: at })
      const answer = await send(`${url}/v1/complete`, { body: legacyBody(fields) })
      expect(answer).toMatchObject({ status: 502, body: page, isWhole: true })
      expect(answer.headers['content-type']).toEqual(['text/html'])
    })

    test('a redirect, without following it with the key', async () => {
      const other = await patient((_, response) => void response.end('{}'))
      const { url: at } = await patient((_, response) => {
        response.writeHead(307, { location: `${other.url}/v1/messages` }).end('moved')
      })
      const { url } = await edge.open({ upstream: at })
      const answer = await send(`${url}/v1/complete`, { body: legacyBody() })
      expect(answer.status).toBe(307)
      expect(answer.headers.location).toEqual([`${other.url}/v1/messages`])
      expect(other.requests).toEqual([])
    })
  })

  describe('a request that cannot be translated is refused in the legacy envelope', () => {
    const cases = badBodies.flatMap(([title, body, sentence]) =>
      ['2023-06-01', '2023-01-01'].map(version => ({ title, body, sentence, version })),
    )
    test.each(cases)('$title, $version', async ({ body, sentence, version }) => {
      const { emulator, url } = await emulated(edge)
      const answer = await send(`${url}/v1/complete`, { headers: ofVersion(version), body })
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toEqual(['application/json'])
      expect(JSON.parse(`${answer.body}`)).toEqual({
        type: 'error',
        error: { type: 'invalid_request_error', message: expect.stringContaining(sentence) },
      })
      expect(emulator.requests).toEqual([])
    })
  })

  describe('the target', () => {
    test.each(targets)('$base + $target', async ({ base, target, sent }) => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const { url } = await edge.open({ upstream: server.url + base })
      const answer = await send(url + target, { body: legacyBody() })
      expect(JSON.parse(`${answer.body}`).completion).toBe(' Hi.')
      expect(server.requests.map(one => one.target.replace(/\?$/, ''))).toEqual([sent])
    })
  })

  describe('what the upstream is sent', () => {
    test('the client’s own headers, and a body that its length and type are true of', async () => {
      const server = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
      })
      const { url } = await edge.open({ upstream: server.url })
      const headers = {
        'x-api-key': 'k',
        'x-team': 'search',
        'user-agent': 'Anthropic/JS 0.9.1',
        accept: 'application/json',
      }
      await send(`${url}/v1/complete`, { headers, body: legacyBody() })
      const [received] = server.requests
      expect(received?.headers).toMatchObject({
        'x-team': ['search'],
        'user-agent': ['Anthropic/JS 0.9.1'],
        accept: ['application/json'],
        'content-type': ['application/json'],
        'content-length': [`${received?.body.length}`],
        host: [new URL(server.url).host],
      })
      expect(JSON.parse(`${received?.body}`)).toMatchObject({
        messages: [{ role: 'user', content: 'Hello, Claude' }],
      })
    })

    test('reads a whole response that is compressed without being requested', async () => {
      const server = await patient((request, response) => {
        // Where nothing is said, every coding is acceptable: RFC 9110, section 12.5.3.
        const accepted = request.headers['accept-encoding'] ?? 'gzip'
        const isGzip = accepted.includes('gzip')
        response.writeHead(200, {
          'content-type': 'application/json',
          ...(isGzip && { 'content-encoding': 'gzip' }),
        })
        response.end(isGzip ? gzipSync(messageJson()) : messageJson())
      })
      const { url } = await edge.open({ upstream: server.url })
      const headers = { ...HEADERS, 'accept-encoding': 'gzip, br' }
      const answer = await send(`${url}/v1/complete`, { headers, body: legacyBody() })
      expect(JSON.parse(`${answer.body}`).completion).toBe(' Hi.')
      expect(answer.headers['content-encoding']).toBeUndefined()
    })
  })

  describe('options', () => {
    test.each(policies)('%j with %j', async (options, fields, status, seen) => {
      const { url } = await emulated(edge, undefined, options)
      const answer = await send(`${url}/v1/complete`, { body: legacyBody(fields) })
      expect(answer.status).toBe(status)
      expect(JSON.parse(`${answer.body}`)).toMatchObject(seen)
    })

    const ways = endpoints.flatMap(way => [false, true].map(stream => [...way, stream] as const))
    test.each(ways)('endpoint %s, %s to %s, stream %s', async (endpoint, model, path, stream) => {
      const { emulator, url } = await emulated(edge, undefined, { ...(endpoint && { endpoint }) })
      const body = legacyBody({ model, stream })
      const answer = await send(`${url}/v1/complete`, { body })
      expect(answer.status).toBe(200)
      expect(`${answer.body}`).toContain(' Hello')
      expect(emulator.requests.map(request => request.path)).toEqual([path])
      // What goes there goes as it is.
      if (path === '/v1/complete') expect(fieldsOf(emulator.requests[0])).toEqual(JSON.parse(body))
    })

    test('onDiagnostic receives a diagnostic once for each model', async () => {
      const codes: string[] = []
      const { url } = await emulated(edge, undefined, {
        onDiagnostic: ({ code }) => void codes.push(code),
        diagnosticsPer: 'call',
      })
      await send(`${url}/v1/complete`, { body: legacyBody({ temperature: 0 }) })
      expect(codes).toContain('sampling-dropped')
    })
  })

  describe('a stop that is enforced here', () => {
    const text = 'One line.\n\nAnother line. '
    const endless = { text: text + 'more '.repeat(20_000), faults: { delayMs: 1 } }

    test.each([{ stream: false }, { stream: true }])('ends the answer and the upstream, %j', async fields => {
      const { emulator, url } = await emulated(edge, { reply: endless })
      const body = legacyBody({ stop_sequences: ['\n\n'], ...fields })
      const answer = await send(`${url}/v1/complete`, { body })
      const completions = fields.stream
        ? eventsOf(`${answer.body}`).map(({ data }) => JSON.parse(data))
        : [JSON.parse(`${answer.body}`)]
      expect(completions.map(({ completion }) => completion).join('')).toBe(' One line.')
      expect(completions.at(-1)).toMatchObject({ stop_reason: 'stop_sequence', stop: '\n\n' })
      expect(fieldsOf(emulator.requests[0])).toMatchObject({ stream: true })
      await until(() => emulator.requests[0]?.aborted === true)
    })
  })

  test('an answer that has ended gives its connection back', async () => {
    const server = await patient((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START + delta('Hi.') + ending())
      // The end of the body comes a little later, as it does over a network.
      setTimeout(() => response.end(), 20)
    })
    const { url } = await edge.open({ upstream: server.url })
    for (let call = 0; call < 3; call++) {
      await send(`${url}/v1/complete`, { body: legacyBody({ stream: true }) })
      await until(() => server.requests.length === call + 1 && server.openSockets() <= 1)
      await new Promise(resolve => setTimeout(resolve, 40))
    }
    expect(server.requests.map(({ isCancelled }) => isCancelled)).toEqual([false, false, false])
    expect(server.sockets()).toBe(1)
  })

  test('a client that has all does not wait for the end of the upstream’s body', async () => {
    const server = await patient((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START + delta('Hi.') + ending())
    })
    const { url } = await edge.open({ upstream: server.url })
    const answer = await send(`${url}/v1/complete`, { body: legacyBody({ stream: true }) })
    expect(textOf(eventsOf(`${answer.body}`))).toBe(' Hi.')
    expect(answer.isWhole).toBe(true)
  })

  test('as many as come at once are kept apart', async () => {
    const { url } = await emulated(edge, { reply: ({ messages }) => `You said ${messages[0]?.text}` })
    const numbers = Array.from({ length: 40 }, (_, number) => number)
    const answers = await Promise.all(
      numbers.map(number =>
        send(`${url}/v1/complete`, {
          body: legacyBody({ prompt: ask(`${number}`), stream: number % 2 === 0 }),
        }),
      ),
    )
    const texts = answers.map(({ body }, number) =>
      number % 2 === 0 ? textOf(eventsOf(`${body}`)) : JSON.parse(`${body}`).completion,
    )
    expect(texts).toEqual(numbers.map(number => ` You said ${number}`))
  })
})
