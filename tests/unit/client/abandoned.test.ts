import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Anthropic, APIConnectionTimeoutError, APIUserAbortError } from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { adaptersOfOneDialect, params } from './adapters.ts'
import { failure, soon, until } from './outcomes.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What is still needed must not hang on what may be collected: a Request takes its signal with it. */
async function forget(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const SILENT = { text: 'word '.repeat(200), faults: { stallAfterBytes: 3000 } }

describe.each(adaptersOfOneDialect)('through $name, after the garbage was collected', adapter => {
  const { open, params, speech } = adapter
  /** Whole replies, that come whole and as a stream; the legacy endpoint is never asked for the latter. */
  const wholes = [{}, { stop_sequences: ['\n'] }].slice(0, speech === 'messages' ? 2 : 1)

  test('controller.abort() still ends a stream', async () => {
    const { client, emulator } = await open({ reply: SILENT })
    const stream = client.completions.stream(params)
    const reading = (async () => {
      for await (const _ of stream);
    })()
    await until(() => emulator.requests.length === 1)
    await forget()
    stream.controller.abort()
    await soon(reading)
    await until(() => emulator.requests[0]?.aborted === true)
  })

  test('the caller’s signal still ends a stream', async () => {
    const { client, emulator } = await open({ reply: SILENT })
    const caller = new AbortController()
    const { signal } = caller
    const reading = (async () => {
      for await (const _ of client.completions.stream(params, { signal }));
    })()
    await until(() => emulator.requests.length === 1)
    await forget()
    caller.abort()
    await soon(reading)
    await until(() => emulator.requests[0]?.aborted === true)
  })

  test.each(wholes)('the caller’s signal still ends a call that waits, %j', async given => {
    const { client, emulator } = await open({ reply: { text: 'Hi.', faults: { responseDelayMs: 60_000 } } })
    const caller = new AbortController()
    const call = failure(
      () => client.completions.create({ ...params, ...given }, { signal: caller.signal }),
      APIUserAbortError,
    )
    await until(() => emulator.requests.length === 1)
    await forget()
    caller.abort()
    await soon(call)
    await until(() => emulator.requests[0]?.aborted === true)
  })

  test.each(wholes)('the timeout still ends a whole reply, %j', async given => {
    const { client, emulator } = await open({ reply: { ...SILENT, faults: { stallAfterBytes: 900 } } })
    const call = failure(
      () => client.completions.create({ ...params, ...given }, { timeout: 200, maxRetries: 0 }),
      APIConnectionTimeoutError,
    )
    await until(() => emulator.requests.length === 1)
    await forget()
    await soon(call)
    await until(() => emulator.requests[0]?.aborted === true)
  })
})

describe('a fetch that ignores its signal', () => {
  /** Answers with a body that says something, and then nothing more. */
  const deaf = (type: string, text: string) => async () =>
    new Response(
      new ReadableStream({
        start: controller => controller.enqueue(new TextEncoder().encode(text)),
      }),
      { headers: { 'content-type': type } },
    )

  test.each([
    ['application/json', {}],
    ['text/event-stream', { stop_sequences: ['\n'] }],
  ])('cannot outlast the timeout of a whole reply: %s', async (type, given) => {
    const client = new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: deaf(type, ': {') })
    const call = failure(
      () => client.completions.create({ ...params, ...given }, { timeout: 50 }),
      APIConnectionTimeoutError,
    )
    await soon(call)
  })

  test('cannot outlast the abort or the timeout of a call before the response begins', async () => {
    let attempts = 0
    const silent = (): Promise<Response> => {
      attempts++
      return new Promise(() => {})
    }
    const client = new Anthropic({ apiKey: 'k', maxRetries: 1, timeout: 20, fetch: silent })
    const { signal } = new AbortController()
    await soon(failure(() => client.completions.create(params, { signal }), APIConnectionTimeoutError))
    expect(attempts).toBe(2)
    for (const stream of [false, true]) {
      const controller = new AbortController()
      const call = failure(
        () =>
          client.completions.create(stream ? { ...params, stream } : params, {
            signal: controller.signal,
            timeout: 60_000,
          }),
        APIUserAbortError,
      )
      controller.abort()
      await soon(call)
    }
  })

  test('cannot keep a stream from being ended', async () => {
    const client = new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: deaf('text/event-stream', ': hi\n') })
    const stream = client.completions.stream(params)
    const reading = (async () => {
      for await (const _ of stream);
    })()
    setTimeout(() => stream.controller.abort(), 20)
    await soon(reading)
    expect(stream.controller.signal.aborted).toBe(true)
  })
})
