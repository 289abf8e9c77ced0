import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import {
  Anthropic,
  AnthropicError,
  APIConnectionError,
  IncompleteReplyError,
  UnreadableReplyError,
} from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { delta, END, ending, event, messageJson, START, serve } from '../../support/raw-server.ts'
import { adapters, params, type Speech } from './adapters.ts'
import { beginnings, collect, failure, roads, soon } from './outcomes.ts'

const HTML = '<!doctype html><html><body>Sign in</body></html>'
const json = (body: string): Reply => ({ body, contentType: 'application/json' })
/** A stream, also where a whole reply was asked for. */
const events = (body: string): Reply => ({ body, contentType: 'text/event-stream' })

const NATURAL_END = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const NOT_YET = { stop_reason: null, stop: null }

/** How a server writes that a model said " Hi" and more. */
interface Grammar {
  /** A whole reply, with fields put in or taken away. */
  whole(fields?: object): string
  /** The stream up to these pieces. */
  said(...pieces: string[]): string
  /** What ends it behind them. */
  end(...pieces: string[]): string
}

const legacyEvent = (data: object): string => `event: completion\r\ndata: ${JSON.stringify(data)}\r\n\r\n`
const legacy = (completion: string, end: object): object => ({
  type: 'completion',
  id: 'compl_1',
  completion,
  ...end,
  model: 'm',
  log_id: 'compl_1',
})
const first = (completion: string, end: object): object => ({
  completion,
  ...end,
  truncated: false,
  log_id: 'l1',
  model: 'm',
  exception: null,
})
const soFar = (pieces: readonly string[]): string => (pieces.length === 0 ? '' : ` ${pieces.join('')}`)

const grammars: Readonly<Record<Speech, Grammar>> = {
  messages: {
    whole: messageJson,
    said: (...pieces) => START + pieces.map(delta).join(''),
    end: () => ending(),
  },
  complete: {
    whole: fields => JSON.stringify({ ...legacy(' Hi.', NATURAL_END), ...fields }),
    said: (...pieces) =>
      pieces.map((piece, index) => legacyEvent(legacy(index === 0 ? ` ${piece}` : piece, NOT_YET))).join(''),
    end: () => legacyEvent(legacy('', NATURAL_END)),
  },
  'complete of 2023-01-01': {
    whole: fields => JSON.stringify({ ...first(' Hi.', NATURAL_END), ...fields }),
    said: (...pieces) =>
      pieces
        .map((_, index) => first(soFar(pieces.slice(0, index + 1)), NOT_YET))
        .map(data => `data: ${JSON.stringify(data)}\r\n\r\n`)
        .join(''),
    end: (...pieces) => `data: ${JSON.stringify(first(soFar(pieces), NATURAL_END))}\r\n\r\n`,
  },
}

describe.each(adapters)('through $name', ({ open, params, speech }) => {
  const { whole, said, end } = grammars[speech]
  const isMessages = speech === 'messages'
  const PING = isMessages ? event({ type: 'ping' }) : 'event: ping\r\ndata: {}\r\n\r\n'
  /** A whole reply of the Messages API has to be streamed for this one. */
  const streamed = { ...params, stop_sequences: ['\n'] }

  describe('whole replies', () => {
    const ofMessages: readonly [title: string, Reply][] = [
      [
        'a legacy completion',
        json('{"type":"completion","completion":" Hi.","stop_reason":"stop_sequence"}'),
      ],
      ['content that is a text', json(messageJson({ content: 'Hi.' }))],
      ['a content block that is null', json(messageJson({ content: [null] }))],
      ['a content block that is a text', json(messageJson({ content: ['Hi.'] }))],
      ['an id that is a number', json(messageJson({ id: 5 }))],
      ['no id', json(messageJson({ id: undefined }))],
    ]
    const ofComplete: readonly [title: string, Reply][] = [
      ['a message', json(messageJson())],
      ['a completion that is null', json(whole({ completion: null }))],
      ['no completion', json(whole({ completion: undefined }))],
    ]
    const unreadable: readonly [title: string, Reply][] = [
      ['half of its JSON', json('{"type":"mess')],
      ['nothing', json('')],
      ['HTML', { body: HTML, contentType: 'text/html' }],
      ['HTML that says it is JSON', json(HTML)],
      ['null', json('null')],
      ['a text', json('"Hi."')],
      ['a number', json('5')],
      ['a list', json('[]')],
      ['no message', json('{}')],
      ['an answer of another API', json('{"choices":[{"message":{"content":"Hi."}}]}')],
      ...(isMessages ? ofMessages : ofComplete),
    ]
    test.each(unreadable)('%s', async (_, reply) => {
      const { client, emulator } = await open({ reply })
      const error = await failure(() => client.completions.create(params), UnreadableReplyError)
      expect(error.message).toMatch(/baseURL/)
      expect(error.message).not.toContain('Sign in')
      expect(emulator.requests).toHaveLength(1)
    })

    test('one that does not say why it ended', async () => {
      const { client } = await open({ reply: json(whole({ stop_reason: null })) })
      const error = await failure(() => client.completions.create(params), IncompleteReplyError)
      expect(error.partialText).toBe(' Hi.')
    })

    const tolerableOfMessages: readonly [title: string, object][] = [
      ['no usage', { usage: undefined }],
      ['no stop_sequence', { stop_sequence: undefined }],
    ]
    const tolerableOfComplete: readonly [title: string, object][] = [
      ['no log_id', { log_id: undefined }],
      ['no model', { model: undefined }],
      ['no id at all', { id: undefined, log_id: undefined }],
    ]
    const tolerable: readonly [title: string, object][] = [
      ['an error that is null', { error: null }],
      ['usage that is null', { usage: null }],
      ['fields of the future', { container: null, diagnostics: [], stop_details: { a: 1 } }],
      ['no type and no role', { type: undefined, role: undefined }],
      ['an id of another server', { id: 'chatcmpl-1' }],
      ...(isMessages ? tolerableOfMessages : tolerableOfComplete),
    ]
    test.each(tolerable)('accepts %s', async (_, fields) => {
      const { client } = await open({ reply: json(whole(fields)) })
      expect(await client.completions.create(params)).toMatchObject({
        type: 'completion',
        id: expect.any(String),
        model: expect.stringMatching(/./),
        completion: ' Hi.',
        ...NATURAL_END,
      })
    })

    test.each([
      ['abruptly', { cutAfterBytes: 60 }],
      ['cleanly', { endAfterBytes: 60 }],
    ])('a body that is cut %s in the middle', async (_, faults) => {
      const { client, emulator } = await open({ reply: { text: 'Hi.', faults } })
      await failure(() => client.completions.create(params), APIConnectionError)
      expect(emulator.requests).toHaveLength(1)
    })
  })

  describe('streams', () => {
    const ofMessages: readonly [title: string, body: string, partialText: string][] = [
      ['no text', START, ''],
      ['an end without a stop_reason', START + delta('Hi') + END, ' Hi'],
      ['an end whose stop_reason is null', START + delta('Hi') + ending(null), ' Hi'],
    ]
    const broken: readonly [title: string, body: string, partialText: string][] = [
      ['nothing', '', ''],
      ['HTML', HTML, ''],
      ['comments and pings alone', `: hi\n\n${PING}`, ''],
      ['half of its first event', said('Hi').slice(0, 40), ''],
      ['text, and no end', said('Hi', ' you'), ' Hi you'],
      ['half an event after text', said('Hi', ' you').slice(0, -1), ' Hi'],
      ['half an end', said('Hi') + end('Hi').slice(0, -1), ' Hi'],
      ['[DONE] in place of an end', `${said('Hi')}data: [DONE]\n\n`, ' Hi'],
      ...(isMessages ? ofMessages : []),
    ]
    test.each(broken)('%s', async (_, body, partialText) => {
      const { client, emulator } = await open({ reply: events(body) })
      for (const road of [roads['stream()'], roads['finalCompletion()'], roads['create()']]) {
        const error = await failure(() => road?.(client, streamed), IncompleteReplyError)
        expect(error.partialText).toBe(partialText)
        expect(error.message).toMatch(/partialText/)
      }
      expect(emulator.requests).toHaveLength(3)
    })

    type Body = [title: string, body: string, partialText: string]
    const unreadableMessages: readonly Body[] = [
      ['text before a message', delta('Hi') + ending(), ''],
      ['a message without an id', event({ type: 'message_start', message: {} }) + delta('Hi') + ending(), ''],
      ['no message at all', ending(), ''],
    ]
    const unreadableCompletions: readonly Body[] = [
      ['an event without a completion', `${said('Hi')}event: completion\r\ndata: {}\r\n\r\n`, ' Hi'],
      ['a completion that is null', said('Hi') + legacyEvent({ completion: null }), ' Hi'],
    ]
    // Only there does an event say again what the one before said.
    const takenBack: readonly Body[] = [
      ['text that is taken back', said('Hi', ' you') + said('Ho'), ' Hi you'],
    ]
    const unreadable: readonly Body[] = [
      ['data that is no JSON', `${said('Hi')}data: nonsense\n\n${end('Hi')}`, ' Hi'],
      ['half of an event’s JSON', `${said('Hi')}data: {"type":"mess\n\n${end('Hi')}`, ' Hi'],
      ...(isMessages ? unreadableMessages : unreadableCompletions),
      ...(speech === 'complete of 2023-01-01' ? takenBack : []),
    ]
    test.each(unreadable)('%s', async (_, body, partialText) => {
      const { client, emulator } = await open({ reply: { body } })
      const error = await failure(() => collect(client.completions.stream(params)), UnreadableReplyError)
      expect(error.message).toMatch(/baseURL/)
      expect(error.partialText).toBe(partialText)
      expect(emulator.requests).toHaveLength(1)
    })

    test('returns the chunks before a fault first', async () => {
      const { client } = await open({
        reply: { body: `${said('Hi', ' you')}data: x\n\n`, faults: { chunkBytes: 100_000 } },
      })
      const seen: string[] = []
      await failure(async () => {
        for await (const { completion } of client.completions.stream(params)) seen.push(completion)
      }, UnreadableReplyError)
      expect(seen.join('')).toBe(' Hi you')
    })

    const good = said('Hi') + end('Hi')
    const odd: readonly [title: string, body: string][] = [
      ['events without a name', good.replaceAll(/^event: .*\r?\n/gm, '')],
      ['LF', good.replaceAll('\r\n', '\n')],
      ['CRLF', good.replaceAll(/\r?\n/g, '\r\n')],
      // The line after the end says that the CR before it was a whole line end.
      ['lone CR', `${good}: end\n`.replaceAll(/\r?\n/g, '\r')],
      ['a byte order mark', `\ufeff${good}`],
      ['comments anywhere', `: a\n\n${said('Hi')}:\n\n: b\n${end('Hi')}`],
      ['pings anywhere', PING + said('Hi') + PING + end('Hi') + PING],
      ['no space after the colons', good.replaceAll(/^(event|data): /gm, '$1:')],
      ['an id and a retry', `id: 1\nretry: 5\n${good}`],
      ['[DONE] after the end', `${good}data: [DONE]\n\n`],
      ['nonsense after the end', `${good}data: {nonsense\n\n`],
      ['an error after the end', `${good}event: error\ndata: {"error":{"type":"api_error"}}\n\n`],
      ['events of the future', `${said('Hi')}${event({ type: 'later', x: 1 })}${end('Hi')}`],
    ]
    // What only this grammar has: blocks, deltas of several types, and types named in the data.
    const oddMessages: readonly [title: string, body: string][] = [
      [
        'deltas of the future',
        `${START}${event({ type: 'content_block_delta', index: 0, delta: { type: 'later' } })}${delta('Hi')}${ending()}`,
      ],
      [
        'events of no known shape',
        `${START}data: null\n\ndata: 5\n\ndata: []\n\ndata: {}\n\n${delta('Hi')}${ending()}`,
      ],
      [
        'text in the start of its block',
        START +
          event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } }) +
          ending(),
      ],
      [
        'blocks that overlap',
        START +
          event({
            type: 'content_block_start',
            index: 0,
            content_block: { type: 'thinking', thinking: '' },
          }) +
          event({ type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } }) +
          delta('Hi') +
          event({
            type: 'content_block_delta',
            index: 0,
            delta: { type: 'signature_delta', signature: 's' },
          }) +
          event({ type: 'content_block_stop', index: 0 }) +
          ending(),
      ],
      ['data over several lines', START + delta('Hi').replace('"index"', '\ndata: "index"') + ending()],
    ]
    test.each([...odd, ...(isMessages ? oddMessages : [])])('%s: read all the same', async (_, body) => {
      const { client } = await open({ reply: events(body) })
      const seen = { completion: ' Hi', ...NATURAL_END }
      expect(await client.completions.stream(params).finalCompletion()).toMatchObject(seen)
      expect(await client.completions.create(streamed)).toMatchObject(seen)
    })

    test('a stream where a whole reply was asked for', async () => {
      const { client } = await open({ reply: events(good) })
      expect((await client.completions.create(params)).completion).toBe(' Hi')
    })

    test('a whole reply where a stream was asked for', async () => {
      const { client } = await open({ reply: json(whole()) })
      const chunks = await collect(client.completions.stream(params))
      expect(chunks.map(({ completion }) => completion).join('')).toBe(' Hi.')
      expect(chunks.at(-1)?.stop_reason).toBe('stop_sequence')
    })

    test('reports bytes that are not UTF-8 at any offset', async () => {
      const body = new TextEncoder().encode(said('Grüße') + end('Grüße'))
      for (let at = 0; at < body.length - 2; at += 3) {
        // In one piece, what came before the damage has to be found in it.
        for (const faults of [{ corruptAt: at }, { corruptAt: at, chunkBytes: body.length }]) {
          const { client } = await open({ reply: { body, faults } })
          const error = await failure(
            () => soon(client.completions.stream(params).finalCompletion()),
            UnreadableReplyError,
          )
          expect(' Grüße'.startsWith(error.partialText ?? 'none')).toBe(true)
        }
      }
    })

    test('accepts a replacement character that the model wrote', async () => {
      const { client } = await open({ reply: events(said('\ufffd') + end('\ufffd')) })
      expect((await client.completions.stream(params).finalCompletion()).completion).toBe(' \ufffd')
    })

    test('ignores damage after the end', async () => {
      const body = Buffer.concat([Buffer.from(good), Buffer.from([0xff, 0x0a, 0x0a])])
      const { client } = await open({ reply: { body, faults: { chunkBytes: body.length } } })
      expect((await client.completions.stream(params).finalCompletion()).completion).toBe(' Hi')
    })
  })
})

const streamed = { ...params, stop_sequences: ['\n'] }

describe('whole replies of a bare server', () => {
  test('a body shorter than it said', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"type":')
      setTimeout(() => response.socket?.destroy(), 10)
    })
    const error = await failure(
      () => server.client({ maxRetries: 0 }).completions.create(params),
      IncompleteReplyError,
    )
    expect(error.message).toMatch(/connection was lost.*again/)
    expect(error.cause).toBeInstanceOf(Error)
  })

  test('204 to a whole reply that has to be streamed keeps no listener on the caller’s signal', async () => {
    const server = await serve((_, response) => response.writeHead(204).end())
    const { signal } = new AbortController()
    await failure(() => server.client().completions.create(streamed, { signal }), AnthropicError)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('204', async () => {
    const server = await serve((_, response) => response.writeHead(204).end())
    for (const road of Object.values(roads)) {
      await failure(() => road(server.client({ maxRetries: 0 }), params), AnthropicError)
    }
  })
})

describe('servers that are not there', () => {
  /** A port that was free a moment ago. */
  async function freePort(): Promise<number> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    return typeof address === 'object' && address !== null ? address.port : 1
  }

  test.each(Object.entries(beginnings))('connection refused: %s', async (_, road) => {
    const baseURL = `http://127.0.0.1:${await freePort()}`
    const client = new Anthropic({ apiKey: 'sk-ant-secret', baseURL, maxRetries: 0 })
    const error = await failure(() => road(client, params), APIConnectionError)
    expect(error.message).toBe('Connection error.')
    expect(error.remedy).toContain(`${baseURL} could not be reached`)
    expect(error.remedy).toMatch(/baseURL.*ANTHROPIC_BASE_URL/)
    expect(inspect(error.cause, { depth: 5 })).toContain('ECONNREFUSED')
    expect([error.status, error.headers, error.error]).toEqual([undefined, undefined, undefined])
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('sk-ant-secret')
  })

  test('a fetch that throws a value that is not an error', async () => {
    const client = new Anthropic({
      apiKey: 'k',
      maxRetries: 0,
      fetch: () => Promise.reject('a text'),
    })
    const error = await failure(() => client.completions.create(params), APIConnectionError)
    expect(error.message).toBe('Connection error.')
  })

  test('a fetch that throws at once', async () => {
    const cause = new RangeError('mine')
    const client = new Anthropic({
      apiKey: 'k',
      maxRetries: 0,
      fetch: () => {
        throw cause
      },
    })
    const error = await failure(() => client.completions.create(params), APIConnectionError)
    expect(error.cause).toBe(cause)
  })

  test('a fetch that returns no response', async () => {
    const client = new Anthropic({
      apiKey: 'k',
      maxRetries: 0,
      fetch: () => Promise.resolve(undefined as unknown as Response),
    })
    await failure(() => client.completions.create(params), APIConnectionError)
  })

  test('no message contains a password in baseURL', async () => {
    const error = await failure(
      () =>
        new Anthropic({
          apiKey: 'k',
          baseURL: 'http://user:pass-word@127.0.0.1:9',
          maxRetries: 0,
        }).completions.create(params),
      AnthropicError,
    )
    expect(`${error.message} ${error.remedy}`).not.toContain('pass-word')
  })
})
