import {
  type Anthropic,
  APIConnectionError,
  type Completion,
  type CompletionCreateParamsNonStreaming,
  IncompleteReplyError,
} from 'legacy-completions'
import type { Faults } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { delta, START, serve } from '../../support/raw-server.ts'
import { type Adapter, adapters, params } from './adapters.ts'

const TEXT = 'Grüße 日本 🐙!'

type Outcome = { chunks: Completion[]; error?: unknown }
type Read = (client: Anthropic, call: CompletionCreateParamsNonStreaming) => Promise<Outcome>

const readStream: Read = async (client, call) => {
  const chunks: Completion[] = []
  try {
    for await (const chunk of client.completions.stream(call)) chunks.push(chunk)
    return { chunks }
  } catch (error) {
    return { chunks, error }
  }
}

const readWhole: Read = async (client, call) => {
  try {
    return { chunks: [await client.completions.create(call)] }
  } catch (error) {
    return { chunks: [], error }
  }
}

/** A blank stop is enforced here: a whole reply of the Messages API has to be streamed. */
const readStreamedWhole: Read = (client, call) => readWhole(client, { ...call, stop_sequences: ['\n'] })

/** The one answer that is cut, recorded from the emulator. */
interface Answer {
  body: Uint8Array
  type: string
}

async function record({ open, params }: Adapter, read: Read): Promise<Answer> {
  const { emulator, connect } = await open({ reply: TEXT })
  const recorded: Answer[] = []
  const client = connect({
    fetch: async (url, init) => {
      const response = await emulator.fetch(url, init)
      const body = new Uint8Array(await response.clone().arrayBuffer())
      recorded.push({ body, type: response.headers.get('content-type') ?? '' })
      return response
    },
  })
  const { error } = await read(client, params)
  const [answer] = recorded
  if (answer === undefined) throw error
  return answer
}

/** How many bytes it takes until the end is said. Of what comes then, nothing counts, such as the first dialect's [DONE]. */
function untilEndIsSaid({ body }: Answer): number {
  const done = new TextEncoder().encode('data: [DONE]')
  const at = body.findIndex((_, at) => done.every((byte, offset) => body[at + offset] === byte))
  return at === -1 ? body.length : at
}

const ways: readonly [string, (at: number) => Faults][] = [
  ['cleanly', at => ({ endAfterBytes: at })],
  ['abruptly', at => ({ cutAfterBytes: at })],
]

/** Makes clients to whom an answer is cut. */
type Connect = (answer: Answer) => Promise<(faults: Faults) => Anthropic>

const byFetch =
  ({ open }: Adapter): Connect =>
  async ({ body, type }) => {
    const { connect } = await open()
    return faults =>
      connect({ fetch: async () => new Response(cut(body, faults), { headers: { 'content-type': type } }) })
  }

/** The body as a plain fetch gives it: two chunks, split before the cut. */
function cut(
  body: Uint8Array,
  { endAfterBytes, cutAfterBytes = endAfterBytes ?? 0 }: Faults,
): ReadableStream<Uint8Array> {
  const chunks = [body.slice(0, cutAfterBytes >> 1), body.slice(cutAfterBytes >> 1, cutAfterBytes)]
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk !== undefined) return controller.enqueue(chunk)
      if (endAfterBytes !== undefined || cutAfterBytes === body.length) controller.close()
      else controller.error(new TypeError('terminated'))
    },
  })
}

const byHTTP: Connect = async ({ body, type }) => {
  // Where a call is cut is said in a header, so that many can be made at once.
  const server = await serve((request, response) => {
    const faults: Faults = JSON.parse(String(request.headers['x-faults']))
    const { endAfterBytes, cutAfterBytes = body.length } = faults
    response.writeHead(200, { 'content-type': type })
    if (endAfterBytes !== undefined) response.end(body.slice(0, endAfterBytes))
    else if (cutAfterBytes === body.length) response.end(body)
    else {
      response.flushHeaders()
      response.write(body.slice(0, cutAfterBytes), () => response.socket?.destroy())
    }
  })
  return faults => server.client({ defaultHeaders: { 'x-faults': JSON.stringify(faults) } })
}

// Sockets are slow, and know nothing of what is spoken through them: one reading through them is enough.
describe.each(adapters.filter(({ transport, speech }) => transport === 'fetch' || speech === 'messages'))(
  'through $name',
  adapter => {
    const { params, speech, transport } = adapter
    const all: readonly [string, Read][] = [
      ['a stream', readStream],
      ['a whole reply', readWhole],
      // The legacy endpoint is never asked to stream one.
      ['a whole reply that is streamed', readStreamedWhole],
    ]
    const readings = all.slice(0, transport === 'HTTP' ? 1 : speech === 'messages' ? 3 : 2)

    describe.each(readings)('%s', (_, read) => {
      test('the recorded response is the expected one', async () => {
        const answer = await record(adapter, read)
        const text = new TextDecoder().decode(answer.body)
        expect(text).toContain('日本')
        const end = text.slice(
          0,
          new TextDecoder().decode(answer.body.slice(0, untilEndIsSaid(answer))).length,
        )
        expect(end).toMatch(
          read === readWhole
            ? /\}$/
            : speech === 'messages'
              ? /\nevent: message_stop\ndata: .*\n\n$/
              : /"stop_reason": ?"stop_sequence".*\r\n\r\n$/,
        )
      })

      test.each(ways)('cut %s at every byte is never a shorter success', async (_, faultsAt) => {
        const answer = await record(adapter, read)
        const { length } = answer.body
        const endIsSaid = untilEndIsSaid(answer)
        const connect = await (transport === 'fetch' ? byFetch(adapter) : byHTTP)(answer)
        const successes: number[] = []
        const check = async (at: number): Promise<void> => {
          const { chunks, error } = await read(connect(faultsAt(at)), params)
          const text = chunks.map(({ completion }) => completion).join('')
          if (error === undefined) {
            successes.push(at)
            expect(text).toBe(` ${TEXT}`)
            expect(chunks.at(-1)).toMatchObject({ stop_reason: 'stop_sequence', stop: '\n\nHuman:' })
            return
          }
          // Of half a JSON nothing is known, not even that it was cut.
          const Kind = read === readWhole ? APIConnectionError : IncompleteReplyError
          if (!(error instanceof Kind)) throw error
          if (read !== readWhole) {
            expect(` ${TEXT}`.startsWith(error.partialText ?? 'no partial text')).toBe(true)
          }
          if (read === readStream) expect(text).toBe(error.partialText)
          expect(chunks.every(({ stop_reason }) => stop_reason === null)).toBe(true)
        }
        // Over HTTP it is every byte near the end, and every tenth before that.
        const positions = Array.from({ length: length + 1 }, (_, at) => at).filter(
          at => transport === 'fetch' || at >= endIsSaid - 200 || at % 10 === 0,
        )
        const complete = positions.filter(at => at >= endIsSaid)
        while (positions.length > 0) await Promise.all(positions.splice(0, 25).map(check))
        // Only what came after the end was said may be cut.
        expect(successes.sort((a, b) => a - b)).toEqual(complete)
      })
    })
  },
)

test('text held back for a possible stop is in partialText', async () => {
  const server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(START + delta('One\n\nHu'), () => response.destroy())
  })
  const { chunks, error } = await readStream(server.client(), params)
  expect(chunks.map(({ completion }) => completion)).toEqual([' One'])
  expect(error).toMatchObject({ partialText: ' One\n\nHu' })
})
