import { Anthropic, type Completion, IncompleteReplyError } from 'legacy-completions'
import { createEmulator, type Faults } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { params } from './doors.ts'
import { serve } from './raw-server.ts'

const TEXT = 'Grüße 日本 🐙!'
const call = { ...params, model: 'claude-haiku-4-5' }

/** The bytes of the one stream that is cut, recorded from the emulator. */
async function record(): Promise<Uint8Array> {
  const emulator = createEmulator({ reply: TEXT })
  const client = new Anthropic({
    apiKey: 'k',
    baseURL: 'http://emulator.test',
    fetch: async (url, init) => {
      const response = await emulator.fetch(url, init)
      recorded = new Uint8Array(await response.clone().arrayBuffer())
      return response
    },
  })
  let recorded = new Uint8Array()
  await client.completions.stream(call).finalCompletion()
  return recorded
}

const body = await record()
const END = new TextEncoder().encode('event: message_stop')
/** Where the server begins to say that the message has ended; the last byte of that event is the body's last. */
const saysEnd = body.findLastIndex((_, at) => END.every((byte, offset) => body[at + offset] === byte))

type Outcome = { chunks: Completion[]; error?: unknown }

async function readStream(client: Anthropic): Promise<Outcome> {
  const chunks: Completion[] = []
  try {
    for await (const chunk of client.completions.stream(call)) chunks.push(chunk)
    return { chunks }
  } catch (error) {
    return { chunks, error }
  }
}

/** What a whole reply that has to be streamed comes to. */
async function readWhole(client: Anthropic): Promise<Outcome> {
  try {
    return { chunks: [await client.completions.create({ ...call, stop_sequences: ['\n'] })] }
  } catch (error) {
    return { chunks: [], error }
  }
}

test('the recorded stream is what is meant', () => {
  expect(new TextDecoder().decode(body.slice(saysEnd))).toMatch(/^event: message_stop\ndata: .*\n\n$/)
  expect(new TextDecoder().decode(body)).toContain('日本')
})

const ways: readonly [string, (at: number) => Faults][] = [
  ['cleanly', at => ({ endAfterBytes: at })],
  ['abruptly', at => ({ cutAfterBytes: at })],
]
/** Makes clients whose replies are cut. */
type Open = () => Promise<(faults: Faults) => Anthropic>

const doors: readonly [string, Open][] = [
  [
    'fetch',
    async () => faults =>
      new Anthropic({
        apiKey: 'k',
        fetch: async () => new Response(cut(faults), { headers: { 'content-type': 'text/event-stream' } }),
      }),
  ],
  [
    'HTTP',
    async () => {
      // Where a call is cut is said in a header, so that many can be made at once.
      const server = await serve((request, response) => {
        const faults: Faults = JSON.parse(String(request.headers['x-faults']))
        const { endAfterBytes, cutAfterBytes = body.length } = faults
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        if (endAfterBytes !== undefined) response.end(body.slice(0, endAfterBytes))
        else if (cutAfterBytes === body.length) response.end(body)
        else {
          response.flushHeaders()
          response.write(body.slice(0, cutAfterBytes), () => response.socket?.destroy())
        }
      })
      return faults => server.client({ defaultHeaders: { 'x-faults': JSON.stringify(faults) } })
    },
  ],
]

/** The body as a plain fetch gives it: two chunks, split before the cut. */
function cut({ endAfterBytes, cutAfterBytes = endAfterBytes ?? 0 }: Faults): ReadableStream<Uint8Array> {
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

describe.each(doors)('through %s', (door, open) => {
  describe.each(ways)('cut %s at every byte', (_, faultsAt) => {
    test.each([
      ['a stream', readStream],
      // Its bytes come the same way, so that the cheaper door is enough.
      ...(door === 'fetch' ? [['a whole reply', readWhole] as const] : []),
    ] as const)('%s is never a shorter success', async (_, read) => {
      const connect = await open()
      const successes: number[] = []
      const check = async (at: number): Promise<void> => {
        const { chunks, error } = await read(connect(faultsAt(at)))
        const text = chunks.map(({ completion }) => completion).join('')
        if (error === undefined) {
          successes.push(at)
          expect(text).toBe(` ${TEXT}`)
          expect(chunks.at(-1)).toMatchObject({ stop_reason: 'stop_sequence', stop: '\n\nHuman:' })
          return
        }
        if (!(error instanceof IncompleteReplyError)) throw error
        expect(` ${TEXT}`.startsWith(error.partialText ?? 'no partial text')).toBe(true)
        if (read === readStream) expect(text).toBe(error.partialText)
        expect(chunks.every(({ stop_reason }) => stop_reason === null)).toBe(true)
      }
      // Sockets are slow: over HTTP it is every byte near the end, and every tenth before that.
      const positions = Array.from({ length: body.length + 1 }, (_, at) => at).filter(
        at => door === 'fetch' || at >= saysEnd - 150 || at % 10 === 0,
      )
      while (positions.length > 0) await Promise.all(positions.splice(0, 25).map(check))
      // Only what came after the end was said may be cut, and here nothing did.
      expect(successes).toEqual([body.length])
    })
  })
})
