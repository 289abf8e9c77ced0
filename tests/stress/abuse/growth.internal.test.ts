import { reshapeEvents } from 'legacy-completions'
import { repairPrompt } from 'legacy-completions/repair'
import { parsePrompt, renderPrompt, renderSource, toMessages } from 'legacy-completions/transcript'
import { translateRequest } from 'legacy-completions/translate'
import { describe, expect, test } from 'vitest'
import { decodeEvents } from '../../../src/sse.ts'

const ask = (text: string): string => `\n\nHuman: ${text}\n\nAssistant:`
const call = (fields: object): Parameters<typeof translateRequest>[0] => ({
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 9,
  prompt: ask('Hi'),
  ...fields,
})
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Work {
  title: string
  /** So much of it takes long enough to be measured, and not longer. */
  size: number
  /** What is worked on is made before the time is taken. */
  prepare(size: number): () => unknown
}

/** Reads a stream of events that arrives in pieces of one size. */
const stream = (text: string, piece: number): (() => number) => {
  const all = bytes(text)
  return () => {
    let count = 0
    const decoder = decodeEvents(() => count++)
    for (let at = 0; at < all.length; at += piece) decoder.feed(all.subarray(at, at + piece))
    return count
  }
}

const WORKS: readonly Work[] = [
  {
    title: 'turns of a prompt',
    size: 2_000,
    prepare(size) {
      const prompt = '\n\nHuman: a\n\nAssistant: b'.repeat(size)
      return () => toMessages(parsePrompt(prompt))
    },
  },
  {
    title: 'turns of one role, and empty ones',
    size: 2_000,
    prepare(size) {
      const prompt = `${'\n\nHuman: a\n\nHuman:'.repeat(size)}${ask('Hi')}`
      return () => translateRequest(call({ prompt }))
    },
  },
  {
    title: 'messages that are written as a prompt and read again',
    size: 2_000,
    prepare(size) {
      const messages = Array.from({ length: size }, (_, at) => ({
        role: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
        content: 'a \n\n b',
      }))
      return () => renderSource(parsePrompt(renderPrompt({ messages })))
    },
  },
  {
    title: 'characters of a prompt',
    size: 500_000,
    prepare(size) {
      const prompt = ask('word '.repeat(size / 5))
      return () => translateRequest(call({ prompt }))
    },
  },
  ...[
    '\n',
    ' ',
    '\t',
    '\r\n',
    'Human:',
    '\n\nHum',
    '\\n\\nHuman:',
    '\nHuman: ',
    '\n Assistant:',
    '"',
    '<',
    'H: ',
  ].map(
    (flood): Work => ({
      title: `a flood of ${JSON.stringify(flood)}`,
      size: 10_000,
      prepare(size) {
        const prompt = ask(flood.repeat(size / flood.length))
        return () => repairPrompt(prompt)
      },
    }),
  ),
  {
    title: 'blanks in a beginning of the answer',
    size: 50_000,
    prepare(size) {
      const prompt = `${ask('Hi')} a${' '.repeat(size)}b${'\n'.repeat(size)}`
      return () => {
        const { plan } = translateRequest(call({ prompt }))
        return reshapeEvents(plan).abandon()
      }
    },
  },
  {
    title: 'digits in the name of a model',
    size: 75_000,
    prepare(size) {
      const model = `anthropic/${'0'.repeat(size)}-${'1.'.repeat(size)}`
      return () => translateRequest(call({ model }))
    },
  },
  {
    title: 'stop sequences',
    size: 1_000,
    prepare(size) {
      const stop_sequences = Array.from({ length: size }, (_, at) => `stop number ${at}!`)
      const { plan } = translateRequest(call({ stop_sequences }))
      const text = 'stop number '.repeat(size)
      return () => {
        translateRequest(call({ stop_sequences }))
        const reshaper = reshapeEvents(plan)
        reshaper.push({ type: 'message_start', message: MESSAGE })
        for (let at = 0; at < text.length; at += 7) reshaper.push(delta(text.slice(at, at + 7)))
        return reshaper.abandon()
      }
    },
  },
  {
    title: 'events in one piece',
    size: 7_500,
    prepare: size => stream('event: ping\ndata: {}\n\n'.repeat(size), Number.POSITIVE_INFINITY),
  },
  {
    title: 'bytes of one event in small pieces',
    size: 50_000,
    prepare: size => stream(`data: ${'x'.repeat(size)}\n\n`, 16),
  },
  {
    title: 'bytes of one event in small pieces of characters that are split',
    size: 50_000,
    prepare: size => stream(`data: ${'日'.repeat(size / 3)}\n\n`, 16),
  },
  {
    title: 'lines of one event',
    size: 25_000,
    prepare: size => stream(`${'data: x\n'.repeat(size)}\n`, 4096),
  },
]

const MESSAGE = {
  id: 'msg_1',
  type: 'message' as const,
  role: 'assistant' as const,
  model: 'm',
  content: [],
  stop_reason: null,
  stop_sequence: null,
}
const delta = (text: string) => ({
  type: 'content_block_delta' as const,
  index: 0,
  delta: { type: 'text_delta' as const, text },
})

/** Microseconds of this process: those of others on a busy machine do not count. The best of several is the truest. */
function costOf(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  return best
}

/** So many times as much is given, for which linear work takes so many times as long, and quadratic its square. */
const MORE = 16
/** Between the two, and nearer to the square: collecting garbage takes its time as well. */
const MOST = 100
/** Below that, in microseconds, what is measured is something else. */
const NOISE = 20_000

describe('the time grows with', () => {
  test.each(WORKS)('$title, and no faster', { timeout: 120_000 }, ({ size, prepare }) => {
    const small = prepare(size)
    const large = prepare(MORE * size)
    // The first run compiles.
    small()
    expect(costOf(large)).toBeLessThan(NOISE + MOST * costOf(small))
  })
})

test('a prompt of a hundred million characters, or of a million turns, is read', { timeout: 120_000 }, () => {
  const { request } = translateRequest(call({ prompt: ask('x'.repeat(100_000_000)) }))
  expect(request.messages[0]?.content).toHaveLength(100_000_000)
  const { turns } = parsePrompt('\n\nHuman: a\n\nAssistant: b'.repeat(500_000))
  expect(turns).toHaveLength(1_000_000)
})

test('a hundred thousand stop sequences are sent, and enforced', { timeout: 120_000 }, () => {
  const stop_sequences = Array.from({ length: 100_000 }, (_, at) => `<${at}>`)
  const { request, plan } = translateRequest(call({ stop_sequences }))
  expect(request.stop_sequences).toHaveLength(100_000)
  const reshaper = reshapeEvents(plan)
  reshaper.push({ type: 'message_start', message: MESSAGE })
  reshaper.push(delta('a<99'))
  reshaper.push(delta('999>b'))
  expect(reshaper.end()).toMatchObject({ completion: ' a', stop: '<99999>' })
})
