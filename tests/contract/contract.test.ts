import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { AI_PROMPT, type Completion, type Diagnostic, HUMAN_PROMPT } from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { delta, ending, messageJson, START, serve } from '../support/raw-server.ts'
import { adapters, ask, KEY, messagesAdapters, params } from '../unit/client/adapters.ts'
import { collect, join, readLegacyEvents, roads } from '../unit/client/outcomes.ts'
import { callOf, cases, completionOf, shapes } from './contract-cases.ts'

describe.each(adapters)('through $name', adapter => {
  const { open, params, speech } = adapter

  describe.each(Object.entries(roads))('%s', (_, road) => {
    test.each(cases)('$title', async given => {
      const { emulator, client } = await open({ reply: given.reply })
      const answer = await road(client, callOf(given, adapter))
      expect(answer).toEqual(completionOf(given, adapter, answer.id))
      expect(answer.id).toMatch(shapes[speech].id)
      expect(emulator.requests).toHaveLength(1)
    })
  })

  test('Alice is remembered over two calls', async () => {
    const { client } = await open()
    let prompt = ask('Hi! My name is Alice.')
    const first = await client.completions.create({ ...params, prompt })
    prompt += `${first.completion}${HUMAN_PROMPT} What is my name?${AI_PROMPT}`
    const second = await client.completions.create({ ...params, prompt })
    expect([first.completion, second.completion]).toEqual([
      ' Nice to meet you, Alice!',
      ' Your name is Alice.',
    ])
  })

  test('twenty calls at once each get their own answer', async () => {
    const { client, emulator } = await open()
    const numbers = Array.from({ length: 20 }, (_, index) => index)
    const answers = await Promise.all(
      numbers.map(async number => {
        const call = {
          ...params,
          prompt: ask(`What is ${number} + ${number}? Answer with only the number.`),
        }
        return number % 2 === 0
          ? client.completions.create(call)
          : client.completions.stream(call).finalCompletion()
      }),
    )
    expect(answers.map(({ completion }) => completion)).toEqual(numbers.map(number => ` ${2 * number}`))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(20)
    expect(emulator.requests).toHaveLength(20)
  })

  describe('asResponse()', () => {
    test.each([{}, { stop_sequences: ['\n\n'] }])('is the answer of the legacy endpoint, %j', async given => {
      const { client } = await open({ reply: { text: 'Hi.', headers: { 'x-extra': 'kept' } } })
      const response = await client.completions.create({ ...params, ...given }).asResponse()
      expect(response).toBeInstanceOf(Response)
      expect([response.status, response.bodyUsed]).toEqual([200, false])
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('x-extra')).toBe('kept')
      expect(response.headers.get('request-id')).toMatch(/^req_/)
      expect(response.headers.get('content-length') ?? '').toBe('')
      expect(Object.keys(await response.json())).toEqual(shapes[speech].fields)
    })

    test('of a stream is the stream of the legacy endpoint', async () => {
      const { client } = await open({ reply: 'one two' })
      const response = await client.completions.create({ ...params, stream: true }).asResponse()
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      const chunks = await readLegacyEvents(response)
      expect(chunks.map(({ completion }) => completion)).toEqual([' one', ' two', ''])
    })
  })

  test('withResponse() returns the completion and its response', async () => {
    const { client } = await open({ reply: { text: 'Hi.', headers: { 'x-extra': 'kept' } } })
    const whole = await client.completions.create(params).withResponse()
    expect(whole.data.completion).toBe(' Hi.')
    expect(whole.response.headers.get('x-extra')).toBe('kept')
    expect(whole.request_id).toBe(whole.response.headers.get('request-id'))
    const streamed = await client.completions.create({ ...params, stream: true }).withResponse()
    expect(join(await collect(streamed.data)).completion).toBe(' Hi.')
    expect(streamed.request_id).toBe(streamed.response.headers.get('request-id'))
  })

  test('_request_id shows in no JSON', async () => {
    const { client } = await open({ reply: 'one' })
    const { data, request_id } = await client.completions.create(params).withResponse()
    expect(request_id).toMatch(/^req_/)
    expect(Object.getOwnPropertyDescriptor(data, '_request_id')).toMatchObject({
      value: request_id,
      enumerable: false,
    })
  })
})

// There is no message behind a legacy completion, its request is sent as it is, and nothing is noticed in either.
describe.each(messagesAdapters)('through $name', ({ open }) => {
  describe('the request', () => {
    const requests: readonly [title: string, given: object, body: object][] = [
      [
        'is the question alone',
        {},
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
      [
        'has the system prompt, all turns, and the prefill',
        {
          model: 'claude-haiku-4-5',
          prompt: `Be kind.${HUMAN_PROMPT} Hi! My name is Alice.${AI_PROMPT} Hello, Alice!${HUMAN_PROMPT} What is my name?${AI_PROMPT} Your name is`,
        },
        {
          model: 'claude-haiku-4-5',
          max_tokens: 300,
          system: 'Be kind.',
          messages: [
            { role: 'user', content: 'Hi! My name is Alice.' },
            { role: 'assistant', content: 'Hello, Alice!' },
            { role: 'user', content: 'What is my name?' },
            { role: 'assistant', content: 'Your name is' },
          ],
        },
      ],
      [
        'names the replacement of a retired model',
        { model: 'claude-2.1' },
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
      [
        'leaves out what is -1',
        { temperature: -1, top_p: -1, top_k: -1 },
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
      [
        'keeps sampling, visible stops and metadata',
        {
          model: 'claude-haiku-4-5',
          temperature: 0,
          top_k: 5,
          stop_sequences: ['4.', 'END'],
          metadata: { user_id: 'u-1' },
        },
        {
          model: 'claude-haiku-4-5',
          max_tokens: 300,
          messages: [{ role: 'user', content: 'Hello, Claude' }],
          stop_sequences: ['4.', 'END'],
          temperature: 0,
          top_k: 5,
          metadata: { user_id: 'u-1' },
        },
      ],
      [
        'is streamed, without the blank stops, when they are enforced here',
        { stop_sequences: ['\n\n', '4.'] },
        {
          model: 'claude-opus-4-8',
          max_tokens: 300,
          messages: [{ role: 'user', content: 'Hello, Claude' }],
          stop_sequences: ['4.'],
          stream: true,
        },
      ],
      [
        'has neither betas nor workspace_id in it',
        { betas: ['one', 'two'], workspace_id: 'w-1' },
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
    ]
    test.each(requests)('%s', async (_, given, body) => {
      const { emulator, client } = await open()
      await client.completions.create({ ...params, ...given })
      expect(emulator.requests[0]?.body).toEqual(body)
      await collect(client.completions.stream({ ...params, ...given }))
      expect(emulator.requests[1]?.body).toEqual({ ...body, stream: true })
    })

    test('is a POST with the headers of the old SDK and none of its telemetry', async () => {
      const { emulator, client } = await open()
      await client.completions.create(params)
      const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
      const { method, path, headers = {} } = emulator.requests[0] ?? {}
      expect([method, path]).toEqual(['POST', '/v1/messages'])
      expect(headers).toMatchObject({
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': `legacy-completions/${version}`,
        'x-api-key': KEY,
        'anthropic-version': '2023-06-01',
      })
      expect(
        Object.keys(headers).filter(name => /stainless|authorization|anthropic-beta|workspace/.test(name)),
      ).toEqual([])
    })

    test('has betas and workspace_id in its headers', async () => {
      const { emulator, client } = await open()
      await client.completions.create({ ...params, betas: ['one', 'two'], workspace_id: 'w-1' })
      expect(emulator.requests[0]?.headers).toMatchObject({
        'anthropic-beta': 'one,two',
        'anthropic-workspace-id': 'w-1',
      })
    })
  })

  describe('what shows in no JSON', () => {
    const hidden = async (completion: Completion, outputTokens: number): Promise<void> => {
      expect(completion._message).toMatchObject({
        id: completion.id.replace('compl_', 'msg_'),
        stop_reason: 'end_turn',
        content: [{ type: 'text', text: 'one two three' }],
        usage: { input_tokens: expect.any(Number), output_tokens: outputTokens },
      })
      expect(JSON.stringify(completion)).not.toMatch(/usage|_message|_request_id/)
      expect(Object.keys(completion)).not.toContain('_message')
    }

    test.each([{}, { stop_sequences: ['\n\n'] }])('_message of a whole completion, %j', async given => {
      const { client } = await open({ reply: 'one two three' })
      await hidden(await client.completions.create({ ...params, ...given }), 3)
    })

    test('_message of the last chunk, and of the completion they add up to', async () => {
      const { client } = await open({ reply: 'one two three' })
      const stream = client.completions.stream(params)
      const chunks = await collect(stream)
      const last = chunks.pop()
      expect(chunks.map(chunk => chunk._message)).toEqual(chunks.map(() => undefined))
      if (last === undefined) throw new Error('no chunk')
      await hidden(last, 3)
      await hidden(await stream.finalCompletion(), 3)
    })
  })

  test('onDiagnostic receives the changes of the request, then the diagnostics of the response', async () => {
    const { connect } = await open({ reply: { text: '', stopReason: 'refusal' } })
    const received: unknown[][] = []
    const client = connect({ onDiagnostic: (...args: [Diagnostic]) => received.push(args) })
    await client.completions.create({ ...params, model: 'claude-2.1', stop_sequences: ['\n'] })
    expect(received.map(([diagnostic]) => (diagnostic as Diagnostic).code)).toEqual([
      'retired-model',
      'stop-enforced-here',
      'no-text',
      'foreign-stop-reason',
    ])
    // Nothing but the diagnostic: `onDiagnostic: console.warn` would print the rest.
    expect(received.map(args => args.length)).toEqual([1, 1, 1, 1])
  })

  test('style: messages leaves text, id and stop_reason alone', async () => {
    const { connect } = await open({ reply: 'Hi.\n\nHuman: x' })
    const client = connect({ style: 'messages' })
    const { completion, id, stop_reason, stop } = await client.completions.create(params)
    expect({ completion, stop_reason, stop }).toEqual({
      completion: 'Hi.\n\nHuman: x',
      stop_reason: 'end_turn',
      stop: null,
    })
    expect(id).toMatch(/^msg_/)
  })
})

test('asResponse() says nothing of the bytes that the server sent, which are not its own', async () => {
  const server = await serve((request, response) => {
    const isStream = request.headers['x-stream'] === '1'
    const body = gzipSync(isStream ? START + delta('Hi.') + ending() : messageJson())
    response.writeHead(200, {
      'content-type': isStream ? 'text/event-stream' : 'application/json',
      'content-encoding': 'gzip',
      'content-length': body.length,
    })
    response.end(body)
  })
  const { completions } = server.client()
  const whole = await completions.create(params).asResponse()
  const streamed = await completions
    .create({ ...params, stream: true }, { headers: { 'x-stream': '1' } })
    .asResponse()
  for (const { headers } of [whole, streamed]) {
    for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) {
      expect(headers.has(name)).toBe(false)
    }
  }
  expect((await whole.json()).completion).toBe(' Hi.')
  expect(join(await readLegacyEvents(streamed)).completion).toBe(' Hi.')
})
