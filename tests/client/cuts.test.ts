import { Anthropic, APIError, type Completion, IncompleteReplyError } from 'legacy-completions'
import { createEmulator, type Faults, startEmulator } from 'legacy-completions/emulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { params } from './doors.ts'

const TEXT = 'Grüße, 日本 🐙! ok'
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
const doors: readonly [
  string,
  () => Promise<(faults: Faults) => { client: Anthropic; emulatorReply: () => void }>,
][] = [
  [
    'fetch',
    async () => faults => {
      const emulator = createEmulator({ reply: { body, faults } })
      return {
        client: new Anthropic({ apiKey: 'k', baseURL: 'http://emulator.test', fetch: emulator.fetch }),
        emulatorReply: () => {},
      }
    },
  ],
  [
    'HTTP',
    async () => {
      const emulator = await startEmulator()
      onTestFinished(() => emulator.close())
      return faults => ({
        client: new Anthropic({ apiKey: 'k', baseURL: emulator.url }),
        emulatorReply: () => emulator.reply({ body, faults }),
      })
    },
  ],
]

describe.each(doors)('through %s', (_, open) => {
  describe.each(ways)('cut %s at every byte', (_, faultsAt) => {
    test.each([
      ['a stream', readStream],
      ['a whole reply', readWhole],
    ] as const)('%s is never a shorter success', async (_, read) => {
      const connect = await open()
      const successes: number[] = []
      for (let at = 0; at <= body.length; at++) {
        const { client, emulatorReply } = connect(faultsAt(at))
        emulatorReply()
        const { chunks, error } = await read(client)
        const text = chunks.map(({ completion }) => completion).join('')
        if (error === undefined) {
          successes.push(at)
          expect(text).toBe(` ${TEXT}`)
          expect(chunks.at(-1)).toMatchObject({ stop_reason: 'stop_sequence', stop: '\n\nHuman:' })
          continue
        }
        expect(error).toBeInstanceOf(APIError)
        if (!(error instanceof IncompleteReplyError)) throw error
        expect(` ${TEXT}`.startsWith(error.partialText ?? 'no partial text')).toBe(true)
        if (read === readStream) expect(text).toBe(error.partialText)
        expect(chunks.every(({ stop_reason }) => stop_reason === null)).toBe(true)
      }
      // Only what came after the end was said may be cut, and here nothing did.
      expect(successes).toEqual([body.length])
    })
  })
})
