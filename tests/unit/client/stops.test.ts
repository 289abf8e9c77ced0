import type { CompletionCreateParamsNonStreaming } from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { messagesAdapters, params } from './adapters.ts'
import { roads, soon, until } from './outcomes.ts'

/** Far more text than a server would have sent before the stop is seen. */
const LONG = 'word '.repeat(2_000)

/** A server in this process writes all it has before a client can say anything, unless it pauses. */
const UNHURRIED = { delayMs: 1 }

const cases: readonly [title: string, Partial<CompletionCreateParamsNonStreaming>, Reply, string, string][] =
  [
    [
      'a stop of only whitespace',
      { stop_sequences: ['\n\n'] },
      { text: `One.\n\nTwo. ${LONG}`, faults: UNHURRIED },
      ' One.',
      '\n\n',
    ],
    [
      'a stop that the server ignores, in a stream',
      { stop_sequences: ['\n', 'STOP'] },
      { text: `One. STOP ${LONG}`, ignoreStops: true, faults: UNHURRIED },
      ' One. ',
      'STOP',
    ],
    [
      'the built-in stop',
      { stop_sequences: ['\t'] },
      { text: `One.\n\nHuman: ${LONG}`, faults: UNHURRIED },
      ' One.',
      '\n\nHuman:',
    ],
  ]

// The legacy endpoint stops by itself, at whitespace too: nothing is enforced there, and no request is cancelled.
describe.each(messagesAdapters)('through $name', ({ open }) => {
  describe.each(Object.entries(roads))('%s', (_, road) => {
    test.each(cases)('%s ends the request', async (_, given, reply, completion, stop) => {
      const { client, emulator } = await open({ reply })
      const answer = await road(client, { ...params, max_tokens_to_sample: 100_000, ...given })
      expect(answer).toMatchObject({ completion, stop, stop_reason: 'stop_sequence' })
      await until(() => emulator.requests[0]?.aborted === true)
      expect(emulator.requests).toHaveLength(1)
    })
  })

  test('does not wait for a server that is silent after the stop', async () => {
    const { client, emulator } = await open({
      reply: { text: `One.\n\nTwo. ${LONG}`, faults: { stallAfterBytes: 4000 } },
    })
    const answer = await soon(client.completions.create({ ...params, stop_sequences: ['\n\n'] }))
    expect(answer.completion).toBe(' One.')
    await until(() => emulator.requests[0]?.aborted === true)
  })

  test('whole JSON of a server that ignores stops is cut', async () => {
    const { client } = await open({ reply: { text: 'One. STOP two.', ignoreStops: true } })
    const answer = await client.completions.create({ ...params, stop_sequences: ['STOP'] })
    expect(answer).toMatchObject({ completion: ' One. ', stop: 'STOP', stop_reason: 'stop_sequence' })
  })

  test('ignores an error event after the stop', async () => {
    const { client } = await open({
      reply: {
        deltas: ['One.', '\n\n', 'Two.'],
        streamError: { type: 'api_error', message: 'Internal server error' },
        afterDeltas: 2,
      },
    })
    const answer = await client.completions.create({ ...params, stop_sequences: ['\n\n'] })
    expect(answer.completion).toBe(' One.')
  })
})
