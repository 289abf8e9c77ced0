import { gzipSync } from 'node:zlib'
import type { EmulatorOptions } from 'legacy-completions/emulator'
import type { ServeOptions } from 'legacy-completions/node'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { delta, ending, event, START } from '../../support/raw-server.ts'
import { until } from '../client/outcomes.ts'
import { edges, emulated, fieldsOf, HEADERS } from './edges.ts'
import { patient, upstream } from './upstreams.ts'

const DIAGNOSTICS = 'x-legacy-completions-diagnostics'
const USER = { role: 'user', content: 'List three colours.' }
const PREFILL = { role: 'assistant', content: '1. Red\n2.' }
const BODY = { model: 'claude-opus-4-8', max_tokens: 100, messages: [USER, PREFILL] }
const ADAPTED: ServeOptions = { adaptMessages: ['prefill', 'retired-model'], logLevel: 'off' }
const REPEATED: EmulatorOptions = { reply: { deltas: ['1. R', 'ed\n2', '. Blue\n3', '. Green'] } }

const post = (url: string, body: object | string, headers = {}): Promise<Response> =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** The texts and the last events of a stream. */
async function streamed(response: Response): Promise<{ text: string; types: string[]; delta: object }> {
  const events = [...(await response.text()).matchAll(/^event: (.+)\ndata: (.+)\n\n/gm)].map(
    ([, name, data]) => ({ name, data: JSON.parse(data ?? '') }),
  )
  for (const { name, data } of events) expect(data.type).toBe(name)
  const text = events.map(({ data }) => data.delta?.text ?? '').join('')
  const last = events.find(({ name }) => name === 'message_delta')
  return { text, types: events.map(({ name }) => name ?? ''), delta: last?.data.delta }
}

describe.each(edges)('$name', edge => {
  describe('a prefill of the Messages API', () => {
    test('is rejected by the upstream without the option', async () => {
      const { url } = await emulated(edge, REPEATED)
      const response = await post(url, BODY)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('does not support assistant message prefill')
      expect(response.headers.has(DIAGNOSTICS)).toBe(false)
    })

    test('is continued, whole', async () => {
      const { url, emulator } = await emulated(edge, REPEATED, ADAPTED)
      const response = await post(url, BODY)
      expect(response.status).toBe(200)
      expect(response.headers.get(DIAGNOSTICS)).toBe('prefill-continued')
      expect(response.headers.get('request-id')).toMatch(/^req_/)
      const message = await response.json()
      expect(message).toMatchObject({ type: 'message', stop_reason: 'end_turn' })
      expect(message.content).toEqual([expect.objectContaining({ text: ' Blue\n3. Green' })])
      expect(fieldsOf(emulator.requests[0]).messages).toHaveLength(3)
    })

    test('is continued, streamed', async () => {
      const { url } = await emulated(edge, REPEATED, ADAPTED)
      const response = await post(url, { ...BODY, stream: true })
      expect(response.headers.get(DIAGNOSTICS)).toBe('prefill-continued')
      expect(response.headers.get('content-type')).toContain('text/event-stream')
      const { text, types } = await streamed(response)
      expect(text).toBe(' Blue\n3. Green')
      expect([types[0], types.at(-1)]).toEqual(['message_start', 'message_stop'])
    })

    test.each([false, true])('ends at a stop sequence that it contains, stream: %s', async stream => {
      const { url } = await emulated(edge, { reply: { text: '1. Red\n2. Blue\n2. Green' } }, ADAPTED)
      const response = await post(url, { ...BODY, stop_sequences: ['\n2.'], stream })
      expect(response.headers.get(DIAGNOSTICS)).toBe('prefill-continued, stop-in-prefill')
      const ended = { stop_reason: 'stop_sequence', stop_sequence: '\n2.' }
      if (stream) {
        const seen = await streamed(response)
        expect(seen).toMatchObject({ text: ' Blue', delta: ended })
        expect(seen.types.slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop'])
      } else {
        const message = await response.json()
        expect(message).toMatchObject(ended)
        expect(message.content).toEqual([expect.objectContaining({ text: ' Blue' })])
      }
    })

    test('keeps an error of the upstream', async () => {
      const failure = { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } }
      const { url } = await emulated(edge, { reply: failure }, ADAPTED)
      const response = await post(url, BODY)
      expect(response.status).toBe(529)
      expect(response.headers.get(DIAGNOSTICS)).toBe('prefill-continued')
      expect(await response.json()).toMatchObject({ error: failure.error })
    })

    test('keeps an error within the stream', async () => {
      const reply = {
        deltas: ['1. Red\n2. B', 'lue'],
        streamError: { type: 'overloaded_error', message: 'Overloaded' },
      }
      const { url } = await emulated(edge, { reply }, ADAPTED)
      const { text, types } = await streamed(await post(url, { ...BODY, stream: true }))
      expect([text, types.at(-1)]).toEqual([' B', 'error'])
    })

    test('breaks where the upstream broke off', async () => {
      const { url: at } = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(START + delta('1. Red\n2. Blue'))
        setTimeout(() => response.destroy(), 20)
      })
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      const response = await post(url, { ...BODY, stream: true })
      await expect(response.text()).rejects.toThrow()
    })

    test('breaks where the stream ends without its last event', async () => {
      const { url: at } = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(START + delta('1. Red\n2. Blue'))
      })
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      // The connection may break before the head of the response has been read.
      const text = post(url, { ...BODY, stream: true }).then(response => response.text())
      await expect(text).rejects.toThrow()
    })

    test('is not an incomplete message as if it were complete', async () => {
      const { url: at } = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 })
        response.write('{"type":"message"')
        setTimeout(() => response.destroy(), 20)
      })
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      const response = await post(url, BODY)
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } })
    })

    test('is limited in memory', async () => {
      const { url } = await emulated(
        edge,
        { reply: 'word '.repeat(1000) },
        { ...ADAPTED, maxResponseBytes: 1000 },
      )
      const response = await post(url, { ...BODY, max_tokens: 2000 })
      expect(response.status).toBe(502)
    })

    test('cancels the upstream after its stop sequence', async () => {
      const { url: at, requests } = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const start = event({
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'text', text: '' },
        })
        response.write(`${START}${start}${delta('1. Red\n2. Blue\n2. Green')}`)
      })
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      const response = await post(url, { ...BODY, stop_sequences: ['\n2.'], stream: true })
      expect(await streamed(response)).toMatchObject({ text: ' Blue' })
      await until(() => requests[0]?.isCancelled === true)
    })

    test('passes on unknown events with their data', async () => {
      const unknown = 'event: vendor_news\ndata: {"type":"vendor_news",  "x": 1}\n\n'
      const foreign = 'data: [DONE]\n\n'
      const { url: at } = await patient((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(
          START + unknown + delta('1. Red\n2. Blue') + ending() + event({ type: 'message_stop' }) + foreign,
        )
      })
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      const text = await (await post(url, { ...BODY, stream: true })).text()
      expect(text).toContain(unknown)
      expect(text).toContain(foreign)
    })

    test('is rejected by its policy, before it is sent', async () => {
      const { url, emulator } = await emulated(edge, REPEATED, { ...ADAPTED, prefill: 'error' })
      const response = await post(url, BODY)
      expect(response.status).toBe(400)
      expect(response.headers.get(DIAGNOSTICS)).toBe('prefill-continued')
      expect(emulator.requests).toEqual([])
    })

    test('in a compressed body is continued', async () => {
      const { url } = await emulated(edge, REPEATED, ADAPTED)
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { ...HEADERS, 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify(BODY)),
      })
      expect(response.headers.get(DIAGNOSTICS)).toBe('prefill-continued')
    })
  })

  describe('a retired model of the Messages API', () => {
    const retired = { model: 'claude-2.1', max_tokens: 100, temperature: 0, messages: [USER] }

    test('is not found without the option', async () => {
      const { url } = await emulated(edge)
      expect((await post(url, retired)).status).toBe(404)
    })

    test.each([false, true])('is replaced, stream: %s', async stream => {
      const { url, emulator } = await emulated(edge, undefined, ADAPTED)
      const response = await post(url, { ...retired, stream })
      expect(response.headers.get(DIAGNOSTICS)).toBe('retired-model, sampling-dropped')
      expect(await response.text()).toContain('claude-opus-4-8')
      expect(response.status).toBe(200)
      const sent = fieldsOf(emulator.requests[0])
      expect(sent).toMatchObject({ model: 'claude-opus-4-8', messages: [USER] })
      expect(sent).not.toHaveProperty('temperature')
    })
  })

  describe('any other request', () => {
    test.each([
      ['without a prefill', JSON.stringify({ ...BODY, messages: [USER] }, undefined, 3)],
      ['to a model that accepts it', JSON.stringify({ ...BODY, model: 'claude-haiku-4-5' }, undefined, 3)],
      ['that is not JSON', '{"model": "claude-2.1", '],
      ['that is deeply nested', `{"model":"claude-2.1","messages":${'['.repeat(100)}${']'.repeat(100)}}`],
    ])('%s is forwarded byte for byte', async (_, body) => {
      const { url: at, requests } = await patient((_, response) => void response.end('{"as": "it came"}'))
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      const response = await post(url, body)
      expect(await response.text()).toBe('{"as": "it came"}')
      expect(response.headers.has(DIAGNOSTICS)).toBe(false)
      expect(requests[0]?.body.toString()).toBe(body)
    })

    test('of another path is forwarded while it is being sent', async () => {
      const { url: at, requests } = await upstream((_, response) => void response.end('{}'))
      const { url } = await edge.open({ upstream: at, ...ADAPTED })
      await fetch(`${url}/v1/messages/count_tokens`, {
        method: 'POST',
        headers: HEADERS,
        body: JSON.stringify(BODY),
      })
      await until(() => requests[0]?.isWhole === true)
      expect(requests[0]?.body.toString()).toBe(JSON.stringify(BODY))
    })

    test('that is too large to read is rejected', async () => {
      const { url } = await emulated(edge, undefined, { ...ADAPTED, maxBodyBytes: 100 })
      expect((await post(url, BODY)).status).toBe(413)
    })
  })
})

test.each([
  [['prefills'], /adaptMessages/],
  ['prefill', /must be an array/],
])('adaptMessages: %j is rejected', async (adaptMessages, message) => {
  for (const { open } of edges)
    await expect(async () => open({ adaptMessages } as ServeOptions)).rejects.toThrow(message)
})

test('the option lists its values', () => {
  expectTypeOf<NonNullable<ServeOptions['adaptMessages']>[number]>().toEqualTypeOf<
    'prefill' | 'retired-model'
  >()
})
