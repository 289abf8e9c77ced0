import { type Conversation, createEmulator, type Faults, type Reply } from 'legacy-completions/emulator'
import { describe, expect, test, vi } from 'vitest'
import { adapters, completeBody, messagesBody, post } from './adapters.ts'

const TEN = 'one two three four five six seven eight nine ten'
const stream = { stream: true }

describe.each(adapters)('through $name', ({ open }) => {
  test('valid requests consume replies in order, then get the default reply', async () => {
    const { emulator, send, close } = await open({ reply: 'default' })
    emulator.reply('first', { text: 'second' })
    emulator.reply('third')
    const said: string[] = []
    for (const body of [
      completeBody(),
      { model: 'claude-2' },
      messagesBody(),
      completeBody(),
      completeBody(),
    ]) {
      const path = 'messages' in body ? '/v1/messages' : '/v1/complete'
      const answer = await (await send(path, post(body))).json()
      said.push(answer.completion ?? answer.content?.[0].text ?? answer.error.message)
    }
    expect(said).toEqual([' first', 'prompt: field required', 'second', ' third', ' default'])
    expect(emulator.requests).toHaveLength(5)
    await close()
  })

  test('requests are recorded', async () => {
    const { emulator, send, close } = await open()
    await send('/v1/messages?beta=true', post(messagesBody(), { 'x-api-key': 'k-1' }))
    await send('/v1/complete', post('not JSON'))
    await send('/v1/models', {})
    expect(emulator.requests).toMatchObject([
      { method: 'POST', path: '/v1/messages?beta=true', body: messagesBody(), aborted: false },
      { method: 'POST', path: '/v1/complete', body: 'not JSON', aborted: false },
      { method: 'GET', path: '/v1/models', body: '', aborted: false },
    ])
    expect(emulator.requests[0]?.headers).toMatchObject({
      'x-api-key': 'k-1',
      'content-type': 'application/json',
    })
    await close()
  })

  test('a failure: status, envelope, headers', async () => {
    const { emulator, send, close } = await open()
    emulator.reply(
      { error: { type: 'rate_limit_error', message: 'Slow down' }, headers: { 'Retry-After': '3' } },
      { error: { type: 'overloaded_error', message: 'Overloaded' } },
      { error: { type: 'odd_error', message: 'Odd' }, status: 418, headers: { 'X-Should-Retry': 'true' } },
      { text: 'never', streamError: { type: 'overloaded_error', message: 'Overloaded' } },
    )
    const seen: unknown[] = []
    for (let i = 0; i < 4; i++) {
      const response = await send('/v1/messages', post(messagesBody()))
      const { error } = await response.json()
      const { headers } = response
      seen.push([response.status, error.type, headers.get('retry-after'), headers.get('x-should-retry')])
    }
    expect(seen).toEqual([
      [429, 'rate_limit_error', '3', null],
      [529, 'overloaded_error', null, 'true'],
      [418, 'odd_error', null, 'true'],
      [529, 'overloaded_error', null, 'true'],
    ])
    await close()
  })

  test('an error in the middle of a stream is its last event', async () => {
    const { emulator, send, close } = await open({ pings: false })
    const streamError = { type: 'overloaded_error', message: 'Overloaded' }
    emulator.reply(
      { text: TEN, streamError, afterDeltas: 3 },
      { text: TEN, streamError },
      { text: TEN, streamError, afterDeltas: 99 },
      { text: TEN, streamError, afterDeltas: 2 },
    )
    const counts: [texts: number, ends: number][] = []
    const read = async (path: string, body: object): Promise<void> => {
      const text = await (await send(path, post(body))).text()
      expect(
        text
          .trimEnd()
          .split(/\r?\n\r?\n/)
          .at(-1),
      ).toMatch(
        /^event: error\r?\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"Overloaded"\},"request_id":"req_01\w+"\s*\}$/,
      )
      const texts = text.match(/text_delta|"completion":"[^"]/g)?.length ?? 0
      counts.push([texts, text.match(/message_stop|"stop_reason":"/g)?.length ?? 0])
    }
    await read('/v1/messages', messagesBody(stream))
    await read('/v1/messages', messagesBody(stream))
    await read('/v1/complete', completeBody(stream))
    await read('/v1/complete', completeBody({ ...stream, max_tokens_to_sample: 2 }))
    expect(counts).toEqual([
      [3, 0],
      [1, 0],
      [10, 0],
      [2, 0],
    ])
    await close()
  })

  test('raw bodies go out as they are', async () => {
    const { emulator, send, close } = await open()
    emulator.reply(
      { body: '{"type":"mess' },
      { body: 'event: completion\r\ndata: {"comp' },
      { body: '<html>502</html>', status: 502, contentType: 'text/html' },
      { body: new Uint8Array([0xff, 0x00, 0xfe]) },
    )
    const seen: unknown[] = []
    for (const body of [messagesBody(), messagesBody(stream), messagesBody(stream), messagesBody()]) {
      const response = await send('/v1/messages', post(body))
      const bytes = new Uint8Array(await response.arrayBuffer())
      seen.push([
        response.status,
        response.headers.get('content-type'),
        Buffer.from(bytes).toString('latin1'),
      ])
    }
    expect(seen).toEqual([
      [200, 'application/json', '{"type":"mess'],
      [200, 'text/event-stream; charset=utf-8', 'event: completion\r\ndata: {"comp'],
      [502, 'text/html', '<html>502</html>'],
      [200, 'application/json', '\xff\x00\xfe'],
    ])
    await close()
  })

  const bodies = [
    ['/v1/complete', completeBody()],
    ['/v1/complete', completeBody(stream)],
    ['/v1/messages', messagesBody()],
    ['/v1/messages', messagesBody(stream)],
  ] as const

  test.each(bodies)('faults in the bytes of %s %j', async (path, body) => {
    const { emulator, send, close } = await open()
    const bytes = async (faults?: Faults): Promise<Uint8Array> => {
      emulator.reply(faults ? { text: TEN, faults } : TEN)
      return new Uint8Array(await (await send(path, post(body))).arrayBuffer())
    }
    const whole = await bytes()
    expect(await bytes({ chunkBytes: 1 })).toEqual(whole)
    expect(await bytes({ chunkBytes: 7 })).toEqual(whole)
    expect(await bytes({ endAfterBytes: 10 })).toEqual(whole.slice(0, 10))
    expect(await bytes({ endAfterBytes: 1_000_000 })).toEqual(whole)
    expect(await bytes({ cutAfterBytes: whole.length })).toEqual(whole)

    const corrupted = await bytes({ corruptAt: 20 })
    expect(corrupted[20]).toBe((whole[20] ?? 0) ^ 0xff)
    expect(corrupted.map((byte, i) => (i === 20 ? 0 : byte))).toEqual(
      whole.map((byte, i) => (i === 20 ? 0 : byte)),
    )

    for (const cutAfterBytes of [0, 10, whole.length - 1]) {
      emulator.reply({ text: TEN, faults: { cutAfterBytes } })
      const got: number[] = []
      const read = async (): Promise<void> => {
        const response = await send(path, post(body))
        for await (const chunk of response.body ?? []) got.push(...chunk)
      }
      await expect(read()).rejects.toThrow(TypeError)
      expect(got).toEqual([...whole.slice(0, cutAfterBytes)])
    }
    // Neither end was the client's doing.
    expect(emulator.requests.every(request => !request.aborted)).toBe(true)
    await close()
  })

  test.each(bodies)('a client that leaves %s %j is noticed', async (path, body) => {
    const { emulator, send, close } = await open({ reply: { text: TEN, faults: { stallAfterBytes: 20 } } })
    const leave = new AbortController()
    const response = await send(path, { ...post(body), signal: leave.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    const waiting = expect(reader?.read()).rejects.toThrow(/abort/i)
    expect(emulator.requests[0]?.aborted).toBe(false)
    leave.abort()
    await waiting
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
    await close()
  })

  test('a client that cancels the body is noticed', async () => {
    const { emulator, send, close } = await open({ reply: { text: TEN, faults: { delayMs: 5 } } })
    const response = await send('/v1/complete', post(completeBody(stream)))
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
    await close()
  })

  test('a client that has read everything did not leave early', async () => {
    const { emulator, send, close } = await open({ reply: 'one two' })
    const leave = new AbortController()
    const response = await send('/v1/messages', { ...post(messagesBody(stream)), signal: leave.signal })
    const reader = response.body?.getReader()
    let text = ''
    while (!text.includes('message_stop')) text += Buffer.from((await reader?.read())?.value ?? []).toString()
    await new Promise(resolve => setTimeout(resolve, 20))
    leave.abort()
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(emulator.requests[0]?.aborted).toBe(false)
    await close()
  })

  test('a client that gives up before the response began is noticed', async () => {
    const { emulator, send, close } = await open({
      reply: { text: TEN, faults: { responseDelayMs: 60_000 } },
    })
    const signal = AbortSignal.timeout(50)
    await expect(send('/v1/messages', { ...post(messagesBody()), signal })).rejects.toThrow(/abort|timeout/i)
    await vi.waitFor(() => expect(emulator.requests[0]?.aborted).toBe(true))
    await close()
  })

  test('delays are kept', async () => {
    const { send, close } = await open({ reply: { text: 'x', faults: { responseDelayMs: 30, delayMs: 30 } } })
    const start = performance.now()
    const response = await send('/v1/messages', post(messagesBody()))
    const begun = performance.now() - start
    await response.text()
    expect(begun).toBeGreaterThan(25)
    expect(performance.now() - start).toBeGreaterThan(begun + 20)
    await close()
  })
})

describe('the reply function', () => {
  const cases: [why: string, path: string, body: object, conversation: Conversation][] = [
    [
      'a legacy prompt',
      '/v1/complete',
      completeBody({
        prompt: 'Be brief.\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: again\n\nHuman: and again\n\nAssistant:',
      }),
      {
        system: 'Be brief.',
        messages: [
          { role: 'user', text: 'Hi' },
          { role: 'assistant', text: 'Yo' },
          { role: 'user', text: 'again' },
          { role: 'user', text: 'and again' },
        ],
        model: 'claude-2.1',
      },
    ],
    [
      'a legacy prefill with its newline',
      '/v1/complete',
      completeBody({ prompt: '\n\nHuman: Hi\n\nAssistant: Sure, here you go:\n' }),
      { messages: [{ role: 'user', text: 'Hi' }], prefill: 'Sure, here you go:\n', model: 'claude-2.1' },
    ],
    [
      'single newlines and a colon inside a turn',
      '/v1/complete',
      completeBody({ prompt: '\n\nHuman: a\nHuman: b\n Assistant: c\n\nAssistant:' }),
      { messages: [{ role: 'user', text: 'a\nHuman: b\n Assistant: c' }], model: 'claude-2.1' },
    ],
    [
      'messages',
      '/v1/messages',
      messagesBody({
        system: [
          { type: 'text', text: 'Be ' },
          { type: 'text', text: 'brief.' },
        ],
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
          { role: 'assistant', content: 'Yo,' },
        ],
      }),
      {
        system: 'Be brief.',
        messages: [{ role: 'user', text: 'Hi' }],
        prefill: 'Yo,',
        model: 'claude-haiku-4-5-20251001',
      },
    ],
  ]
  test.each(cases)('receives the conversation: %s', async (_why, path, body, conversation) => {
    const reply = vi.fn((): Reply => 'yes')
    const emulator = createEmulator({ reply })
    const response = await emulator.fetch(`http://emulator.test${path}`, post(body))
    expect(response.status).toBe(200)
    expect(reply).toHaveBeenCalledExactlyOnceWith(conversation, emulator.requests[0])
  })

  test('what it throws, the caller gets', async () => {
    const emulator = createEmulator({
      reply: () => {
        throw new RangeError('no such scene')
      },
    })
    await expect(emulator.fetch('http://emulator.test/v1/messages', post(messagesBody()))).rejects.toThrow(
      new RangeError('no such scene'),
    )
  })
})

describe('scripted text', () => {
  test.each<[Reply, string]>([
    ['Hello', ' Hello'],
    [' Hello', ' Hello'],
    ['\n\nHello', '\n\nHello'],
    ['', ''],
    [{ deltas: ['Hel', '', 'lo'] }, ' Hello'],
    [
      {
        content: [
          { type: 'thinking', thinking: 'x' },
          { type: 'text', text: 'Hello' },
        ],
      },
      ' Hello',
    ],
    [
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      ' ab',
    ],
  ])('%j begins with one space on the legacy endpoint', async (reply, completion) => {
    const response = await createEmulator({ reply }).fetch(
      'http://emulator.test/v1/complete',
      post(completeBody()),
    )
    expect(await response.json()).toMatchObject({ completion })
  })

  test('content blocks are returned unchanged', async () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'text', text: 'a' },
      { type: 'tool_use', id: 't', name: 'n', input: {} },
      { type: 'text', text: '' },
    ]
    const emulator = createEmulator({ reply: { content } })
    const response = await emulator.fetch(
      'http://emulator.test/v1/messages',
      post(messagesBody({ model: 'claude-opus-5' })),
    )
    expect((await response.json()).content).toEqual(content)
  })

  test('exact deltas, empty ones too', async () => {
    const emulator = createEmulator({ reply: { deltas: ['a', '', 'bc d', ''] } })
    const response = await emulator.fetch('http://emulator.test/v1/messages', post(messagesBody(stream)))
    expect((await response.text()).match(/"text_delta","text":"[^"]*"/g)).toEqual(
      ['a', '', 'bc d', ''].map(text => `"text_delta","text":"${text}"`),
    )
  })

  test('forced ends', async () => {
    const ends = async (reply: Reply): Promise<unknown> => {
      const ask = async (path: string, body: object): Promise<Record<string, unknown>> =>
        (await createEmulator({ reply }).fetch(`http://emulator.test${path}`, post(body))).json()
      const message = await ask('/v1/messages', messagesBody())
      const completion = await ask('/v1/complete', completeBody())
      return [
        message.stop_reason,
        message.stop_sequence,
        message.stop_details,
        completion.stop_reason,
        completion.stop,
      ]
    }
    const refusal = { type: 'refusal', category: null, explanation: null }
    expect(await ends({ text: 'No.', stopReason: 'refusal' })).toEqual([
      'refusal',
      null,
      refusal,
      'refusal',
      null,
    ])
    expect(await ends({ text: 'x', stopSequence: 'END' })).toEqual([
      'stop_sequence',
      'END',
      null,
      'stop_sequence',
      'END',
    ])
    expect(await ends({ text: 'x', stopReason: 'end_turn', stopSequence: 'END' })).toEqual([
      'end_turn',
      'END',
      null,
      'stop_sequence',
      'END',
    ])
  })

  test('a chunk size below 1 is an error of the script', async () => {
    const emulator = createEmulator({ reply: { text: 'x', faults: { chunkBytes: 0 } } })
    const response = await emulator.fetch('http://emulator.test/v1/messages', post(messagesBody()))
    await expect(response.text()).rejects.toThrow(RangeError)
  })
})

test('nothing is generated ahead of the reader but one chunk', async () => {
  const emulator = createEmulator({ reply: { text: TEN, faults: { chunkBytes: 1 } } })
  const response = await emulator.fetch('http://emulator.test/v1/complete', post(completeBody(stream)))
  const reader = response.body?.getReader()
  const first = await reader?.read()
  expect(first?.value).toHaveLength(1)
  await reader?.cancel()
  expect(emulator.requests[0]?.aborted).toBe(true)
})

test('an aborted signal is refused before anything is recorded', async () => {
  const emulator = createEmulator()
  const signal = AbortSignal.abort()
  await expect(
    emulator.fetch('http://emulator.test/v1/complete', { ...post(completeBody()), signal }),
  ).rejects.toThrow(/abort/i)
  expect(emulator.requests).toHaveLength(0)
})

test('a Request serves as well as a URL', async () => {
  const emulator = createEmulator()
  const { fetch } = emulator
  const request = new Request('http://emulator.test/v1/complete', post(completeBody()))
  expect((await fetch(request)).status).toBe(200)
  expect((await fetch(new URL('http://emulator.test/v1/complete'), post(completeBody()))).status).toBe(200)
})
