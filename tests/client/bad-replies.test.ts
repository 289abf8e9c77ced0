import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import {
  Anthropic,
  AnthropicError,
  APIConnectionError,
  APIError,
  IncompleteReplyError,
  UnreadableReplyError,
} from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { doors, params } from './doors.ts'
import { beginnings, collect, failure, roads, soon } from './outcomes.ts'
import { delta, END, ending, event, messageJson, START, serve } from './raw-server.ts'

const streamed = { ...params, stop_sequences: ['\n'] }
const HTML = '<!doctype html><html><body>Sign in</body></html>'
const json = (body: string): Reply => ({ body, contentType: 'application/json' })

describe.each(doors)('through $name', ({ open }) => {
  describe('whole replies', () => {
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
      [
        'a legacy completion',
        json('{"type":"completion","completion":" Hi.","stop_reason":"stop_sequence"}'),
      ],
      ['an answer of another API', json('{"choices":[{"message":{"content":"Hi."}}]}')],
      ['content that is a text', json(messageJson({ content: 'Hi.' }))],
      ['a content block that is null', json(messageJson({ content: [null] }))],
      ['a content block that is a text', json(messageJson({ content: ['Hi.'] }))],
      ['an id that is a number', json(messageJson({ id: 5 }))],
      ['no id', json(messageJson({ id: undefined }))],
    ]
    test.each(unreadable)('%s', async (_, reply) => {
      const { client, emulator } = await open({ reply })
      const error = await failure(() => client.completions.create(params), UnreadableReplyError)
      expect(error.message).toMatch(/baseURL/)
      expect(error.message).not.toContain('Sign in')
      expect(emulator.requests).toHaveLength(1)
    })

    test('one that does not say why it ended', async () => {
      const { client } = await open({ reply: json(messageJson({ stop_reason: null })) })
      const error = await failure(() => client.completions.create(params), IncompleteReplyError)
      expect(error.partialText).toBe(' Hi.')
    })

    const tolerable: readonly [title: string, object][] = [
      ['usage that is null', { usage: null }],
      ['no usage', { usage: undefined }],
      ['no stop_sequence', { stop_sequence: undefined }],
      ['an error that is null', { error: null }],
      ['fields of the future', { container: null, diagnostics: [], stop_details: { a: 1 } }],
      ['no type and no role', { type: undefined, role: undefined }],
      ['an id of another server', { id: 'chatcmpl-1' }],
    ]
    test.each(tolerable)('%s is none of our business', async (_, fields) => {
      const { client } = await open({ reply: json(messageJson(fields)) })
      expect(await client.completions.create(params)).toMatchObject({
        completion: ' Hi.',
        stop_reason: 'stop_sequence',
        stop: '\n\nHuman:',
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
    const broken: readonly [title: string, body: string, partialText: string][] = [
      ['nothing', '', ''],
      ['HTML', HTML, ''],
      ['comments and pings alone', `: hi\n\n${event({ type: 'ping' })}`, ''],
      ['half of its first event', START.slice(0, 40), ''],
      ['no text', START, ''],
      ['text, and no end', START + delta('Hi') + delta(' you'), ' Hi you'],
      ['half an event after text', START + delta('Hi') + delta(' you').slice(0, -1), ' Hi'],
      ['half an end', START + delta('Hi') + ending().slice(0, -1), ' Hi'],
      ['an end without a stop_reason', START + delta('Hi') + END, ' Hi'],
      ['an end whose stop_reason is null', START + delta('Hi') + ending(null), ' Hi'],
      ['[DONE] in place of an end', `${START}${delta('Hi')}data: [DONE]\n\n`, ' Hi'],
    ]
    test.each(broken)('%s', async (_, body, partialText) => {
      const { client, emulator } = await open({ reply: { body } })
      for (const road of [roads['stream()'], roads['finalCompletion()']]) {
        const error = await failure(() => road?.(client, params), IncompleteReplyError)
        expect(error.partialText).toBe(partialText)
        expect(error.message).toMatch(/partialText/)
      }
      expect(
        (await failure(() => client.completions.create(streamed), IncompleteReplyError)).partialText,
      ).toBe(partialText)
      expect(emulator.requests).toHaveLength(3)
    })

    const unreadable: readonly [title: string, body: string, partialText: string][] = [
      ['data that is no JSON', `${START}${delta('Hi')}data: nonsense\n\n${ending()}`, ' Hi'],
      ['half of an event’s JSON', `${START}${delta('Hi')}data: {"type":"mess\n\n${ending()}`, ' Hi'],
      ['text before a message', delta('Hi') + ending(), ''],
      ['a message without an id', event({ type: 'message_start', message: {} }) + delta('Hi') + ending(), ''],
      ['no message at all', ending(), ''],
    ]
    test.each(unreadable)('%s', async (_, body, partialText) => {
      const { client, emulator } = await open({ reply: { body } })
      const error = await failure(() => collect(client.completions.stream(params)), UnreadableReplyError)
      expect(error.message).toMatch(/baseURL/)
      expect(error.partialText).toBe(partialText)
      expect(emulator.requests).toHaveLength(1)
    })

    test('the chunks before a fault are handed out first', async () => {
      const { client } = await open({
        reply: { body: `${START}${delta('Hi')}${delta(' you')}data: x\n\n`, faults: { chunkBytes: 100_000 } },
      })
      const seen: string[] = []
      await failure(async () => {
        for await (const { completion } of client.completions.stream(params)) seen.push(completion)
      }, UnreadableReplyError)
      expect(seen.join('')).toBe(' Hi you')
    })

    const odd: readonly [title: string, body: string][] = [
      ['events without a name', (START + delta('Hi') + ending()).replaceAll(/^event: .*\n/gm, '')],
      ['CRLF', (START + delta('Hi') + ending()).replaceAll('\n', '\r\n')],
      // The line after the end says that the CR before it was a whole line end.
      ['lone CR', `${START}${delta('Hi')}${ending()}: end\n`.replaceAll('\n', '\r')],
      ['a byte order mark', `\ufeff${START}${delta('Hi')}${ending()}`],
      ['comments anywhere', `: a\n\n${START}: b\n${delta('Hi')}:\n\n${ending()}`],
      ['no space after the colons', (START + delta('Hi') + ending()).replaceAll(/^(event|data): /gm, '$1:')],
      ['an id and a retry', `id: 1\nretry: 5\n${START}${delta('Hi')}${ending()}`],
      ['[DONE] after the end', `${START}${delta('Hi')}${ending()}data: [DONE]\n\n`],
      ['nonsense after the end', `${START}${delta('Hi')}${ending()}data: {nonsense\n\n`],
      [
        'events of the future',
        `${START}${event({ type: 'later', x: 1 })}${delta('Hi')}data: {}\n\n${ending()}`,
      ],
      [
        'deltas of the future',
        `${START}${event({ type: 'content_block_delta', index: 0, delta: { type: 'later' } })}${delta('Hi')}${ending()}`,
      ],
      ['events of no known shape', `${START}data: null\n\ndata: 5\n\ndata: []\n\n${delta('Hi')}${ending()}`],
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
    test.each(odd)('%s: read all the same', async (_, body) => {
      const { client } = await open({ reply: { body } })
      const seen = { completion: ' Hi', stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
      expect(await client.completions.stream(params).finalCompletion()).toMatchObject(seen)
      expect(await client.completions.create(streamed)).toMatchObject(seen)
    })

    test('a stream where a whole reply was asked for', async () => {
      const { client } = await open({
        reply: { body: START + delta('Hi') + ending(), contentType: 'text/event-stream' },
      })
      expect((await client.completions.create(params)).completion).toBe(' Hi')
    })

    test('a whole reply where a stream was asked for', async () => {
      const { client } = await open({ reply: json(messageJson()) })
      const chunks = await collect(client.completions.stream(params))
      expect(chunks.map(({ completion }) => completion).join('')).toBe(' Hi.')
      expect(chunks.at(-1)?.stop_reason).toBe('stop_sequence')
    })

    test('bytes that are no UTF-8 do not hang it', async () => {
      const body = new TextEncoder().encode(START + delta('Hi') + ending())
      for (let at = 0; at < body.length; at += 7) {
        const { client } = await open({ reply: { body, faults: { corruptAt: at } } })
        const outcome = await soon(
          client.completions
            .stream(params)
            .finalCompletion()
            .catch(error => error),
        )
        // A byte may lie where it does not matter, or within the text.
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(APIError)
        else expect(outcome.stop_reason).toEqual(expect.any(String))
      }
    })
  })
})

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

  test('a fetch that throws what is no error', async () => {
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

  test('a password in baseURL is in no sentence of ours', async () => {
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
