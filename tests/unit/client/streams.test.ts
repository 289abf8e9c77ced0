import { getEventListeners } from 'node:events'
import {
  type Anthropic,
  AnthropicError,
  APIUserAbortError,
  type Completion,
  CompletionStream,
  Stream,
} from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { delta, ending, event, messageJson, START, serve } from '../../support/raw-server.ts'
import { adapters, params } from './adapters.ts'
import { collect, failure, join, soon, until } from './outcomes.ts'

const WORDS = 'one two three four five six seven eight nine ten'
/** Says some words of a long text, then falls silent and keeps the connection. */
const SILENT = { text: 'word '.repeat(200), faults: { stallAfterBytes: 3000 } }
const TWICE = 'Cannot iterate over a consumed stream, use `.tee()` to split the stream.'

const textOf = (chunks: readonly Completion[]): string => chunks.map(chunk => chunk.completion).join('')

describe.each(adapters)('through $name', ({ open, params, speech }) => {
  /** A stream by either method. */
  const methods: readonly [string, (client: Anthropic, signal?: AbortSignal) => Promise<CompletionStream>][] =
    [
      ['create()', (client, signal) => client.completions.create({ ...params, stream: true }, { signal })],
      ['stream()', async (client, signal) => client.completions.stream(params, { signal })],
    ]

  describe.each(methods)('%s', (_, begin) => {
    test('is a stream of both names, and no thenable', async () => {
      const { client } = await open()
      const stream = await begin(client)
      expect(stream).toBeInstanceOf(CompletionStream)
      expect(stream).toBeInstanceOf(Stream)
      expect(stream.controller).toBeInstanceOf(AbortController)
      expect(stream).not.toHaveProperty('then')
      await collect(stream)
    })

    test('hands chunks out as they come, long before the end', async () => {
      const { client, emulator } = await open({ reply: SILENT })
      const seen: string[] = []
      for await (const { completion } of await begin(client)) {
        seen.push(completion)
        if (seen.length === 3) break
      }
      expect(seen).toEqual([' word', ' word', ' word'])
      await until(() => emulator.requests[0]?.aborted === true)
    })

    test('cannot be iterated twice', async () => {
      const { client } = await open({ reply: WORDS })
      const stream = await begin(client)
      await collect(stream)
      const again: (() => unknown)[] = [
        () => collect(stream),
        () => collect(stream.tee()[0]),
        () => new Response(stream.toReadableStream()).text(),
        () => stream[Symbol.asyncIterator]().next(),
      ]
      for (const use of again) expect((await failure(use, AnthropicError)).message).toBe(TWICE)
    })

    test('break ends the request', async () => {
      const { client, emulator } = await open({ reply: SILENT })
      for await (const _ of await begin(client)) break
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })

    test('an exception in the loop ends the request', async () => {
      const { client, emulator } = await open({ reply: SILENT })
      const stream = await begin(client)
      const error = await failure(async () => {
        for await (const _ of stream) throw new RangeError('mine')
      }, RangeError)
      expect(error.message).toBe('mine')
      await until(() => emulator.requests[0]?.aborted === true)
    })

    test('controller.abort() in the middle ends the loop without an error', async () => {
      const { client, emulator } = await open({ reply: SILENT })
      const stream = await begin(client)
      const seen: Completion[] = []
      const reading = (async () => {
        for await (const chunk of stream) seen.push(chunk)
      })()
      await until(() => seen.length > 2)
      stream.controller.abort()
      await soon(reading)
      expect(textOf(seen)).toMatch(/^( word)+ ?$/)
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })

    test('the caller’s signal in the middle does the same', async () => {
      const { client, emulator } = await open({ reply: SILENT })
      const caller = new AbortController()
      const seen: Completion[] = []
      for await (const chunk of await begin(client, caller.signal)) {
        if (seen.push(chunk) === 3) setTimeout(() => caller.abort(), 1)
      }
      expect(seen.length).toBeGreaterThanOrEqual(3)
      await until(() => emulator.requests[0]?.aborted === true)
    })

    test('abort from within the loop ends it', async () => {
      const { client } = await open({ reply: SILENT })
      const stream = await begin(client)
      const seen: Completion[] = []
      await soon(
        (async () => {
          for await (const chunk of stream) {
            if (seen.push(chunk) === 2) stream.controller.abort()
          }
        })(),
      )
      expect(seen.length).toBeGreaterThanOrEqual(2)
    })

    test('an iterator that is given up before the first chunk ends the request', async () => {
      const { client, emulator } = await open({ reply: SILENT })
      const stream = await begin(client)
      await until(() => emulator.requests.length === 1)
      await soon(Promise.resolve(stream[Symbol.asyncIterator]().return?.()))
      await until(() => emulator.requests[0]?.aborted === true)
      await soon(failure(() => stream.finalCompletion(), APIUserAbortError))
    })

    describe('finalCompletion()', () => {
      const whole = { completion: ` ${WORDS}`, stop_reason: 'stop_sequence', stop: '\n\nHuman:' }

      test('alone, twice', async () => {
        const { client, emulator } = await open({ reply: WORDS })
        const stream = await begin(client)
        const final = await stream.finalCompletion()
        expect(final).toMatchObject(whole)
        expect(await stream.finalCompletion()).toEqual(final)
        expect(emulator.requests).toHaveLength(1)
      })

      test('during an iteration', async () => {
        const { client } = await open({ reply: WORDS })
        const stream = await begin(client)
        let final: Promise<Completion> | undefined
        const chunks: Completion[] = []
        for await (const chunk of stream) {
          final ??= stream.finalCompletion()
          chunks.push(chunk)
        }
        expect(await final).toEqual(join(chunks))
        expect(await final).toMatchObject(whole)
      })

      test('after a break at the last chunk', async () => {
        const { client } = await open({ reply: WORDS })
        const stream = await begin(client)
        for await (const { stop_reason } of stream) if (stop_reason !== null) break
        expect(await soon(stream.finalCompletion())).toMatchObject(whole)
      })

      test('within the loop, at the last chunk', async () => {
        const { client } = await open({ reply: WORDS })
        const stream = await begin(client)
        let final: Completion | undefined
        for await (const { stop_reason } of stream) {
          if (stop_reason !== null) final = await soon(stream.finalCompletion())
        }
        expect(final).toMatchObject(whole)
      })

      test('together with tee()', async () => {
        const { client } = await open({ reply: WORDS })
        const stream = await begin(client)
        const [left, right] = stream.tee()
        const [chunks, final] = await Promise.all([collect(left), stream.finalCompletion(), collect(right)])
        expect(final).toEqual(join(chunks))
      })

      test('after an early break rejects', async () => {
        const { client } = await open({ reply: SILENT })
        const stream = await begin(client)
        for await (const _ of stream) break
        const error = await soon(failure(() => stream.finalCompletion(), APIUserAbortError))
        expect(error.message).toBe('Request was aborted.')
      })

      test('of a stream that is aborted rejects', async () => {
        const { client, emulator } = await open({ reply: SILENT })
        const stream = await begin(client)
        const final = failure(() => stream.finalCompletion(), APIUserAbortError)
        await until(() => emulator.requests.length === 1)
        setTimeout(() => stream.controller.abort(), 5)
        expect((await soon(final)).message).toBe('Request was aborted.')
      })
    })

    describe('tee()', () => {
      test('both branches are whole, one after the other', async () => {
        const { client } = await open({ reply: WORDS })
        const [left, right] = (await begin(client)).tee()
        const first = await collect(left)
        expect(textOf(first)).toBe(` ${WORDS}`)
        expect(await collect(right)).toEqual(first)
      })

      test('both branches are whole, at different speeds', async () => {
        const { client } = await open({ reply: WORDS })
        const [left, right] = (await begin(client)).tee()
        const slow = async (): Promise<Completion[]> => {
          const chunks: Completion[] = []
          for await (const chunk of left) {
            await new Promise(resolve => setTimeout(resolve, 1))
            chunks.push(chunk)
          }
          return chunks
        }
        const [first, second] = await Promise.all([slow(), collect(right)])
        expect(first).toEqual(second)
        expect(textOf(first)).toBe(` ${WORDS}`)
      })

      test('a branch that is left does not end the other', async () => {
        const { client } = await open({ reply: WORDS })
        const [left, right] = (await begin(client)).tee()
        for await (const _ of left) break
        expect(textOf(await collect(right))).toBe(` ${WORDS}`)
      })

      test('an error reaches both branches', async () => {
        const streamError = { type: 'overloaded_error', message: 'Overloaded' }
        const { client } = await open({ reply: { text: WORDS, streamError, afterDeltas: 2 } })
        const [left, right] = (await begin(client)).tee()
        const [one, two] = await Promise.all([
          failure(() => collect(left), AnthropicError),
          failure(() => collect(right), AnthropicError),
        ])
        expect(one).toBe(two)
      })

      test('a branch can be iterated once, and split again', async () => {
        const { client } = await open({ reply: WORDS })
        const [left, right] = (await begin(client)).tee()
        const [one, two] = left.tee()
        expect(textOf(await collect(one))).toBe(` ${WORDS}`)
        expect((await failure(() => collect(left), AnthropicError)).message).toBe(TWICE)
        expect(textOf(await collect(two))).toBe(` ${WORDS}`)
        expect(textOf(await collect(right))).toBe(` ${WORDS}`)
      })

      test('the controller of a branch ends the request', async () => {
        const { client, emulator } = await open({ reply: SILENT })
        const [left] = (await begin(client)).tee()
        await left[Symbol.asyncIterator]().next()
        left.controller.abort()
        await until(() => emulator.requests[0]?.aborted === true)
      })
    })

    describe('toReadableStream()', () => {
      test('has one line of JSON for each chunk', async () => {
        const { client } = await open({ reply: WORDS })
        const text = await new Response((await begin(client)).toReadableStream()).text()
        const lines = text.split('\n')
        expect(lines.pop()).toBe('')
        const chunks: Completion[] = lines.map(line => JSON.parse(line))
        expect(join(chunks).completion).toBe(` ${WORDS}`)
        expect(chunks.length).toBeGreaterThan(5)
      })

      test('fails as the stream does', async () => {
        const streamError = { type: 'overloaded_error', message: 'Overloaded' }
        const { client } = await open({ reply: { text: WORDS, streamError, afterDeltas: 2 } })
        const body = (await begin(client)).toReadableStream()
        expect((await failure(() => new Response(body).text(), AnthropicError)).message).toContain(
          'Overloaded',
        )
      })
    })

    // What a web framework does with a body whose client has left: it cancels while a read is pending.
    test.each([
      ['toReadableStream()', async (stream: CompletionStream) => stream.toReadableStream()],
      [
        'the body of asResponse()',
        async (_: CompletionStream, client: Anthropic) =>
          (await client.completions.create({ ...params, stream: true }).asResponse()).body,
      ],
    ] as const)('cancelling %s ends the request, also of a silent server', async (_, bodyOf) => {
      const { client, emulator } = await open({ reply: SILENT })
      const stream = await begin(client)
      const reader = (await bodyOf(stream, client))?.getReader()
      if (reader === undefined) throw new Error('no body')
      const reading = (async () => {
        for (let done = false; !done; ) ({ done } = await reader.read())
      })()
      // A request that has not arrived cannot be seen to end.
      await until(() => emulator.requests.length > 0)
      // By then all that the server said has been read.
      await new Promise(resolve => setTimeout(resolve, 25))
      await soon(reader.cancel())
      await until(() => emulator.requests.at(-1)?.aborted === true)
      await soon(reading)
      stream.controller.abort()
    })
  })

  describe('a signal', () => {
    test.each(['create()', 'create() with stream: true', 'stream()'])(
      'that aborts before the answer rejects %s',
      async method => {
        const { client, emulator } = await open({
          reply: { text: 'Hi.', faults: { responseDelayMs: 60_000 } },
        })
        const caller = new AbortController()
        const { signal } = caller
        const call = failure(async () => {
          if (method === 'create()') return await client.completions.create(params, { signal })
          if (method === 'stream()') return await collect(client.completions.stream(params, { signal }))
          return await client.completions.create({ ...params, stream: true }, { signal })
        }, APIUserAbortError)
        await until(() => emulator.requests.length === 1)
        caller.abort(new RangeError('a reason of the caller'))
        const error = await soon(call)
        expect(error.message).toBe('Request was aborted.')
        expect(error.status).toBeUndefined()
        await until(() => emulator.requests[0]?.aborted === true)
        expect(emulator.requests).toHaveLength(1)
        expect(getEventListeners(signal, 'abort')).toHaveLength(0)
      },
    )

    test('that aborts in the middle of a whole reply rejects', async () => {
      const { client, emulator } = await open({ reply: { text: 'Hi.', faults: { stallAfterBytes: 20 } } })
      const caller = new AbortController()
      const call = failure(
        () => client.completions.create(params, { signal: caller.signal }),
        APIUserAbortError,
      )
      await until(() => emulator.requests.length === 1)
      setTimeout(() => caller.abort(), 20)
      expect((await soon(call)).message).toBe('Request was aborted.')
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })

    test('that aborts in the middle of a whole reply that comes as a stream rejects', async ({ skip }) => {
      skip(speech !== 'messages', 'a whole reply of the legacy endpoint comes whole, as in the case before')
      const { client, emulator } = await open({ reply: SILENT })
      const caller = new AbortController()
      const call = failure(
        () => client.completions.create({ ...params, stop_sequences: ['\n'] }, { signal: caller.signal }),
        APIUserAbortError,
      )
      await until(() => emulator.requests.length === 1)
      setTimeout(() => caller.abort(), 20)
      await soon(call)
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })

    test('that aborts while an error body is read rejects', async () => {
      const { client, emulator } = await open({
        reply: {
          status: 400,
          body: '{"error"',
          contentType: 'application/json',
          faults: { stallAfterBytes: 4 },
        },
      })
      const caller = new AbortController()
      const call = failure(
        () => client.completions.create(params, { signal: caller.signal }),
        APIUserAbortError,
      )
      await until(() => emulator.requests.length === 1)
      setTimeout(() => caller.abort(), 20)
      await soon(call)
    })

    test('that has aborted already lets no request be made', async () => {
      const { client, emulator } = await open()
      const signal = AbortSignal.abort()
      for (const call of [
        () => client.completions.create(params, { signal }),
        () => client.completions.create({ ...params, stream: true }, { signal }),
        () => collect(client.completions.stream(params, { signal })),
        () => client.completions.stream(params, { signal }).finalCompletion(),
      ]) {
        expect((await soon(failure(call, APIUserAbortError))).message).toBe('Request was aborted.')
      }
      expect(emulator.requests).toHaveLength(0)
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    })

    test('that has aborted already lets no fetch be called', async () => {
      let calls = 0
      const { connect } = await open()
      const client = connect({
        fetch: async () => {
          calls += 1
          throw new Error('called')
        },
      })
      await failure(
        () => client.completions.create(params, { signal: AbortSignal.abort() }),
        APIUserAbortError,
      )
      expect(calls).toBe(0)
    })

    test('keeps no listener of a call that is over', async () => {
      const { client, emulator } = await open({ reply: WORDS })
      const { signal } = new AbortController()
      const { completions } = client
      const options = { signal }
      const over = async (): Promise<void> => until(() => getEventListeners(signal, 'abort').length === 0)

      await completions.create(params, options)
      await over()
      await collect(await completions.create({ ...params, stream: true }, options))
      await over()
      await completions.stream(params, options).finalCompletion()
      await over()
      for await (const _ of completions.stream(params, options)) break
      await over()
      const stream = completions.stream(params, options)
      for await (const _ of stream) stream.controller.abort()
      await over()
      await (await completions.create({ ...params, stream: true }, options).asResponse()).text()
      await over()
      emulator.reply({ status: 400, error: { type: 'invalid_request_error', message: 'No.' } })
      await failure(() => completions.create(params, options), AnthropicError)
      await over()
      await failure(() => completions.create({ ...params, prompt: 'no markers' }, options), AnthropicError)
      await over()
      await failure(
        () => completions.create(params, { ...options, ...({ timeout: 'x' } as object) }),
        AnthropicError,
      )
      await over()
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    })
  })

  describe('a rejection', () => {
    /** The reasons of rejections that nobody handled, while something runs. */
    async function unhandled(run: () => Promise<void>): Promise<unknown[]> {
      const reasons: unknown[] = []
      const listener = (reason: unknown): void => void reasons.push(reason)
      process.on('unhandledRejection', listener)
      try {
        await run()
        // The event is emitted after the microtasks of a macrotask.
        for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setTimeout(resolve, 2))
      } finally {
        process.off('unhandledRejection', listener)
      }
      return reasons
    }
    const refusal = { status: 400, error: { type: 'invalid_request_error', message: 'No.' } }

    test('of stream() surfaces at the first pull', async () => {
      const { client } = await open({ reply: refusal })
      const seen = await unhandled(async () => {
        const stream = client.completions.stream(params)
        await new Promise(resolve => setTimeout(resolve, 30))
        await failure(() => stream[Symbol.asyncIterator]().next(), AnthropicError)
        await failure(() => stream.finalCompletion(), AnthropicError)
      })
      expect(seen).toEqual([])
    })

    test('of an unread stream() is not reported', async () => {
      const { client, emulator } = await open({ reply: refusal })
      const seen = await unhandled(async () => {
        client.completions.stream(params)
        const wrong: object = {}
        client.completions.stream(wrong as typeof params)
        // The legacy endpoint is sent the wrong one, too: it is for the server to refuse it.
        await until(() => emulator.requests.length >= 1)
        await new Promise(resolve => setTimeout(resolve, 20))
      })
      expect(seen).toEqual([])
    })

    test('of create() is handled once, also where only the answer is asked for', async () => {
      const { client } = await open({ reply: refusal })
      const seen = await unhandled(async () => {
        await failure(() => client.completions.create(params).asResponse(), AnthropicError)
        await failure(() => client.completions.create(params).withResponse(), AnthropicError)
        await failure(
          () => client.completions.create({ ...params, stream: true }).asResponse(),
          AnthropicError,
        )
        await failure(() => client.completions.create(params), AnthropicError)
        const both = client.completions.create(params)
        await Promise.all([
          failure(() => both.asResponse(), AnthropicError),
          failure(() => both, AnthropicError),
        ])
      })
      expect(seen).toEqual([])
    })

    test('of a stream that breaks off in an unread branch is not reported', async () => {
      const streamError = { type: 'overloaded_error', message: 'Overloaded' }
      const { client } = await open({ reply: { text: WORDS, streamError, afterDeltas: 2 } })
      const seen = await unhandled(async () => {
        const [left] = client.completions.stream(params).tee()
        await failure(() => collect(left), AnthropicError)
      })
      expect(seen).toEqual([])
    })
  })
})

describe('connections', () => {
  test('are used again after streams and whole replies that came to their end', async () => {
    const server = await serve((request, response) => {
      request.resume()
      const isStream = request.headers['x-stream'] === '1'
      response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
      response.end(isStream ? START + delta('Hi.') + ending() : messageJson())
    })
    const { completions } = server.client()
    const streamed = { headers: { 'x-stream': '1' } }
    for (let round = 0; round < 3; round++) {
      expect(textOf(await collect(completions.stream(params, streamed)))).toBe(' Hi.')
      expect((await completions.stream(params, streamed).finalCompletion()).completion).toBe(' Hi.')
      expect((await completions.create(params)).completion).toBe(' Hi.')
      // A whole reply that has to be streamed.
      const enforced = { ...params, stop_sequences: ['\n'] }
      expect((await completions.create(enforced, streamed)).completion).toBe(' Hi.')
      for await (const { stop_reason } of completions.stream(params, streamed)) if (stop_reason) break
    }
    // One, and one more where a call came before the connection of the call before was free again.
    expect(server.sockets()).toBeLessThanOrEqual(2)
  })

  test('are used again when the end of a stream comes a moment after its last event', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START + delta('Hi.') + ending())
      setTimeout(() => response.end(), 10)
    })
    const { completions } = server.client()
    for (let round = 0; round < 5; round++) {
      await completions.stream(params).finalCompletion()
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    // One, and one more where the machine was busy at the wrong moment.
    expect(server.sockets()).toBeLessThanOrEqual(2)
  })

  test('are used again after the [DONE] of the legacy endpoint’s first dialect, which comes after its end', async () => {
    const server = await serve((_, response) => {
      const said = { completion: ' Hi.', stop_reason: 'stop_sequence', stop: '\n\nHuman:', log_id: 'l1' }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`data: ${JSON.stringify(said)}\r\n\r\n`)
      setTimeout(() => response.write('data: [DONE]\r\n\r\n'), 5)
      setTimeout(() => response.end(), 10)
    })
    const { completions } = server.client({ endpoint: 'complete' })
    for (let round = 0; round < 5; round++) {
      expect((await completions.stream(params).finalCompletion()).completion).toBe(' Hi.')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    // One, and one more where the machine was busy at the wrong moment.
    expect(server.sockets()).toBeLessThanOrEqual(2)
  })

  test('of a server that continues after the end of a stream are cut', async () => {
    let isLeft = false
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START + delta('Hi.') + ending())
      const more = setInterval(() => response.write(event({ type: 'ping' })), 1)
      response.once('close', () => {
        clearInterval(more)
        isLeft = true
      })
    })
    await server.client().completions.stream(params).finalCompletion()
    await until(() => isLeft)
  })

  test('that stay open and silent after the end of a stream are closed', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START + delta('Hi.') + ending())
    })
    await server.client().completions.stream(params).finalCompletion()
    expect(server.openSockets()).toBe(1)
    await until(() => server.openSockets() === 0)
  })

  test('that stay open after the end of a stream block nothing', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START + delta('Hi.') + ending())
    })
    const { completions } = server.client()
    const [chunks, whole] = await soon(
      Promise.all([
        collect(completions.stream(params)),
        completions.create({ ...params, stop_sequences: ['\n'] }),
      ]),
    )
    expect([textOf(chunks), whole.completion]).toEqual([' Hi.', ' Hi.'])
  })

  test('twenty failures with large bodies that are tried again leave no twenty sockets', async () => {
    let requests = 0
    const server = await serve((_, response) => {
      requests += 1
      const fails = requests % 3 !== 0
      response.writeHead(fails ? 529 : 200, { 'retry-after-ms': '1', 'content-type': 'application/json' })
      response.end(fails ? ' '.repeat(200_000) : messageJson())
    })
    const { completions } = server.client()
    for (let round = 0; round < 10; round++) await completions.create(params)
    expect(requests).toBe(30)
    const open = await new Promise<number>(resolve => setTimeout(() => resolve(server.openSockets()), 20))
    expect(open).toBeLessThanOrEqual(3)
  })
})

test('the bytes of a legacy stream have no line ends but those of its events, as old clients read them', async () => {
  // The old SDKs, like Python's, end a line at each of these, also where JSON lets them stand in a string.
  const text = 'a\u0085b\u2028c\u2029d\u000be\u000cf\u001cg'
  const [adapter] = adapters
  const { client } = (await adapter?.open({ reply: { deltas: [text] } })) ?? {}
  const response = await client?.completions.create({ ...params, stream: true }).asResponse()
  const body = (await response?.text()) ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  expect(body.replaceAll('\r\n', '')).not.toMatch(/[\n\r\u000b\u000c\u001c\u001d\u001e\u0085\u2028\u2029]/)
  expect(JSON.parse(/^data: (.*)/m.exec(body)?.[1] ?? '').completion).toBe(` ${text}`)
})
