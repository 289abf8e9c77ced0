import { MODEL_TABLE } from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { ask, messagesAdapters } from './adapters.ts'
import { collect, join, roads } from './outcomes.ts'

const live = Object.entries(MODEL_TABLE).flatMap(([id, row]) =>
  row.status === 'live' ? [{ id, ...row }] : [],
)
const refusing = live.filter(({ prefill }) => !prefill)

interface Row {
  title: string
  begun: string
  reply: Reply
  completion: string
}

/** What a model may make of being asked to go on, and what the completion is then. */
const rows: readonly Row[] = [
  { title: 'goes on in the middle', begun: ' My name is', reply: 'Claude.', completion: ' Claude.' },
  {
    title: 'goes on with a space of its own',
    begun: ' My name is',
    reply: ' Claude.',
    completion: ' Claude.',
  },
  { title: 'goes on behind a space', begun: ' My name is ', reply: 'Claude.', completion: 'Claude.' },
  { title: 'goes on behind an opening', begun: ' {"name": "', reply: 'Claude"}', completion: 'Claude"}' },
  { title: 'goes on with a sign', begun: ' My name is Claude', reply: ', yes.', completion: ', yes.' },
  {
    title: 'repeats all of it',
    begun: ' Hello, my name is',
    reply: 'Hello, my name is Claude.',
    completion: ' Claude.',
  },
  {
    title: 'repeats all of it, spaced in its own way',
    begun: ' {"a": 1,',
    reply: '{ "a" : 1, "b": 2}',
    completion: ' "b": 2}',
  },
  {
    title: 'repeats the end of it',
    begun: ' The list:\n1. Red\n2. Blue\n3.',
    reply: '3. Green',
    completion: ' Green',
  },
  {
    title: 'repeats its opening tag',
    begun: ' Here: <answer>',
    reply: '<answer>42</answer>',
    completion: '42</answer>',
  },
  {
    title: 'begins with a word of it by chance',
    begun: ' It is what it is, and that',
    reply: 'that was it.',
    completion: ' that was it.',
  },
  {
    title: 'begins as it does, and then goes another way',
    begun: ' Hello, my name is',
    reply: 'Hello, my dear.',
    completion: ' Hello, my dear.',
  },
  {
    title: 'says nothing but what was begun',
    begun: ' Hello, my name is',
    reply: 'Hello, my name is',
    completion: '',
  },
  {
    title: 'writes where no spaces are used',
    begun: ' 私の名前は',
    reply: 'クロードです。',
    completion: 'クロードです。',
  },
]

const params = { model: 'claude-opus-4-8', max_tokens_to_sample: 300 }

describe.each(messagesAdapters)('through $name', ({ open, transport }) => {
  describe.each(rows)('a model that $title', ({ begun, reply, completion }) => {
    const prompt = ask('Who are you?', begun)

    test.each(Object.entries(roads))('%s', async (_, road) => {
      const { client, emulator } = await open({ reply })
      expect(await road(client, { ...params, prompt })).toMatchObject({
        completion,
        stop_reason: 'stop_sequence',
        stop: '\n\nHuman:',
      })
      expect(emulator.requests[0]?.body).toMatchObject({
        messages: [
          { role: 'user', content: 'Who are you?' },
          { role: 'assistant', content: begun.trim() },
          { role: 'user', content: expect.stringContaining('Continue from where you left off.') },
        ],
      })
    })

    // However the transport splits it, and however the model's text is split into events.
    const sizes = transport === 'HTTP' ? [1, 64] : [1, 2, 3, 7, 64, 4096]
    test('streamed, in chunks of every size', async () => {
      const text = typeof reply === 'string' ? reply : ''
      for (const deltas of [[text], [...text], text.split(/(?<=\s)/), text.split(/(?=\s)/)]) {
        for (const chunkBytes of sizes) {
          const { client } = await open({ reply: { deltas, faults: { chunkBytes } } })
          const stream = client.completions.stream({ ...params, prompt })
          const chunks = await collect(stream)
          expect(join(chunks).completion).toBe(completion)
          expect((await stream.finalCompletion()).completion).toBe(completion)
        }
      }
    })
  })
})

const [adapter] = messagesAdapters
if (adapter === undefined) throw new Error('no adapter')

describe('with the emulator’s own answers', () => {
  test.each(refusing)('$id continues the prefill', async ({ id }) => {
    const { client } = await adapter.open()
    for (const road of Object.values(roads)) {
      const answer = await road(client, { ...params, model: id, prompt: ask('Who are you?', ' My name is') })
      expect(answer.completion).toBe(' Claude. How can I help you today?')
    }
  })

  test.each([
    ['a stop at its very beginning', ['Claude'], '', 'Claude'],
    ['a stop of the server’s', ['How'], ' Claude. ', 'How'],
    ['a stop that is enforced here', ['\t', 'How'], ' Claude. ', 'How'],
    ['a stop within what was begun', ['name', 'can'], ' Claude. How ', 'can'],
  ])('%s ends what follows', async (_, stop_sequences, completion, stop) => {
    const { client } = await adapter.open()
    for (const road of Object.values(roads)) {
      const call = { ...params, prompt: ask('Who are you?', ' My name is'), stop_sequences }
      const answer = await road(client, call)
      expect(answer).toMatchObject({ completion, stop, stop_reason: 'stop_sequence' })
    }
  })

  test('the answer of a model that takes a prefill, and of one that is asked to go on, is the same', async () => {
    const { client } = await adapter.open()
    for (const begun of [' My name is', ' {', ' [', ' <answer>', ' Well:']) {
      const prompt = ask('Name a colour.', begun)
      const [taken, continued] = await Promise.all(
        ['claude-haiku-4-5', 'claude-opus-4-8'].map(model =>
          client.completions.create({ ...params, model, prompt }),
        ),
      )
      expect(continued?.completion.trim()).toBe(taken?.completion.trim())
    }
  })
})
