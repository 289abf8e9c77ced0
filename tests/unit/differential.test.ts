import fc from 'fast-check'
import { type AnswerReply, createEmulator, type RecordedRequest } from 'legacy-completions/emulator'
import { serveProxy } from 'legacy-completions/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Adapter,
  clientAdapter,
  fetchAdapter,
  plainSdkAdapter,
  proxyAdapter,
  serverAdapter,
  v0Adapter,
  type Way,
} from '../stress/chaos/adapters.ts'
import type { LegacyCall } from '../stress/chaos/answers.ts'
import type { Outcome } from '../stress/chaos/outcome.ts'
import { listenTo } from './differential-server.ts'

/**
 * One call through every adapter, answered by the same server in the same way: what goes out and what comes back must not
 * depend on the adapter. That each is right by itself is what the others are compared with elsewhere.
 */

const units = fc.constantFrom(
  '\n',
  ' ',
  'Human:',
  'H',
  '\n\n',
  'word',
  '日',
  '😀',
  '"',
  '\\',
  '{',
  '4.',
  '\u2028',
)
const text = (most: number): fc.Arbitrary<string> =>
  fc.array(units, { maxLength: most }).map(pieces => pieces.join(''))

const calls: fc.Arbitrary<LegacyCall> = fc
  .record({
    model: fc.constantFrom(
      'claude-opus-4-8',
      'claude-haiku-4-5',
      'claude-2.1',
      'claude-instant-1',
      'of-nobody',
    ),
    max_tokens_to_sample: fc.constantFrom(1, 5, 300, 100_000),
    system: fc.constantFrom('', 'Be brief.'),
    question: text(4),
    begun: fc.constantFrom('', '', ' ', ' {"a":', ' It was ', '\n'),
    stop_sequences: fc.subarray(['\n\n', '4.', ' ', 'word', '\n\nHuman:'], { maxLength: 3 }),
  })
  .map(({ system, question, begun, ...call }) => ({
    ...call,
    prompt: `${system}\n\nHuman: Say ${question}!\n\nAssistant:${begun}`,
  }))

const replies: fc.Arbitrary<AnswerReply> = fc
  .record({
    deltas: fc.array(text(3), { maxLength: 8 }),
    ignoreStops: fc.boolean(),
    stopReason: fc.constantFrom(undefined, undefined, undefined, 'refusal', 'pause_turn', 'max_tokens'),
    streamError: fc.constantFrom(undefined, undefined, undefined, {
      type: 'overloaded_error',
      message: 'Overloaded',
    }),
  })
  .map(({ deltas, ignoreStops, stopReason, streamError }) => ({
    deltas,
    ignoreStops,
    ...(stopReason !== undefined && { stopReason }),
    ...(streamError !== undefined && { streamError }),
  }))

interface Asked {
  outcome: Outcome
  /** What reached the server. */
  sent: Pick<RecordedRequest, 'path' | 'body'>[]
}

async function ask(adapter: Adapter, call: LegacyCall, isStreamed: boolean, way: Way): Promise<Outcome> {
  const answer = { call, isStreamed, speech: 'messages' as const }
  const { signal } = new AbortController()
  const asking = {
    answer,
    key: 'any',
    way,
    maxRetries: 0,
    signal,
    timeout: undefined,
    isDamaged: false,
    form: 0,
  }
  return adapter.ask(asking)
}

async function byFetch(
  adapter: Adapter,
  call: LegacyCall,
  isStreamed: boolean,
  reply: AnswerReply,
): Promise<Asked> {
  const { fetch, requests } = createEmulator({ reply })
  const outcome = await ask(adapter, call, isStreamed, { url: 'http://emulator.test', fetch })
  return { outcome, sent: requests.map(({ path, body }) => ({ path, body })) }
}

/** A completion, or that there was none, and what of the text came first: the adapters have names of their own for errors. */
const comparable = ({ reading, error, seen = '' }: Outcome): unknown =>
  reading ?? { isError: error !== undefined, seen }

const inProcess = [clientAdapter(), plainSdkAdapter(), fetchAdapter(), proxyAdapter(), v0Adapter()]

describe.each([
  { isStreamed: false, what: 'a whole completion' },
  { isStreamed: true, what: 'a stream' },
])('$what', ({ isStreamed }) => {
  test('is asked for and comes to the same through every adapter', { timeout: 60_000 }, async () => {
    let completions = 0
    await fc.assert(
      fc.asyncProperty(calls, replies, async (call, reply) => {
        const [first, ...others] = await Promise.all(
          inProcess.map(adapter => byFetch(adapter, call, isStreamed, reply)),
        )
        if (first === undefined) throw new Error('There is no adapter.')
        if (first.outcome.reading !== undefined) completions++
        for (const { outcome, sent } of others) {
          expect(sent).toEqual(first.sent)
          expect(comparable(outcome)).toEqual(comparable(first.outcome))
        }
      }),
      { numRuns: 60 },
    )
    // Refusals alone would compare nothing.
    expect(completions).toBeGreaterThan(15)
  })
})

describe('through sockets', () => {
  let server: Awaited<ReturnType<typeof listenTo>>
  let proxy: Awaited<ReturnType<typeof serveProxy>>
  beforeAll(async () => {
    server = await listenTo()
    proxy = await serveProxy({ upstream: server.url })
  })
  afterAll(async () => {
    await proxy.close()
    await server.close()
  })

  test.each([false, true])('serveProxy gives what createProxy gives, stream: %s', async isStreamed => {
    const [portable, node] = [proxyAdapter(), serverAdapter(proxy)]
    await fc.assert(
      fc.asyncProperty(calls, replies, async (call, reply) => {
        const way = { url: server.url }
        server.reply(reply)
        const one = await ask(portable, call, isStreamed, way)
        server.reply(reply)
        const other = await ask(node, call, isStreamed, way)
        expect(comparable(other)).toEqual(comparable(one))
        expect(other.error).toEqual(one.error)
      }),
      { numRuns: 25 },
    )
  })
})
