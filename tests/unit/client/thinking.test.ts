import { type ClientOptions, type Diagnostic, MODEL_TABLE } from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { quickest } from './adapters.ts'
import { collect, join, roads } from './outcomes.ts'

const live = Object.entries(MODEL_TABLE).flatMap(([id, row]) =>
  row.status === 'live' ? [{ id, ...row }] : [],
)
const always = live.filter(({ thinking }) => thinking === 'always')
const THOUGHT = 'Let me think of a secret.'

async function open(reply: Reply, options: ClientOptions = {}) {
  const { connect, emulator } = await quickest.open({ reply })
  const diagnostics: Diagnostic[] = []
  const client = connect({ ...options, onDiagnostic: diagnostic => diagnostics.push(diagnostic) })
  return { client, emulator, diagnostics, codes: () => diagnostics.map(({ code }) => code) }
}

const call = (model: string, max_tokens_to_sample = 300) => ({
  ...quickest.params,
  model,
  max_tokens_to_sample,
})

describe('thinking never comes out as text', () => {
  /** The emulator writes thinking blocks for models that think, unless the request turns thinking off. */
  test.each(live)('$id', async ({ id }) => {
    const { client } = await open('The answer.')
    for (const road of Object.values(roads))
      expect(await road(client, call(id))).toMatchObject({
        completion: ' The answer.',
        stop_reason: 'stop_sequence',
        stop: '\n\nHuman:',
      })
  })

  const contents: readonly [title: string, { type: string; [field: string]: unknown }[]][] = [
    [
      'that is shown',
      [
        { type: 'thinking', thinking: THOUGHT, signature: 's' },
        { type: 'text', text: 'One.' },
      ],
    ],
    [
      'that is hidden',
      [
        { type: 'redacted_thinking', data: THOUGHT },
        { type: 'text', text: 'One.' },
      ],
    ],
    [
      'between texts',
      [
        { type: 'text', text: 'On' },
        { type: 'thinking', thinking: THOUGHT, signature: 's' },
        { type: 'text', text: 'e.' },
      ],
    ],
    [
      'behind the text',
      [
        { type: 'text', text: 'One.' },
        { type: 'thinking', thinking: THOUGHT, signature: 's' },
      ],
    ],
    [
      'that holds a stop sequence',
      [
        { type: 'thinking', thinking: 'STOP\n\nHuman:', signature: 's' },
        { type: 'text', text: 'One.' },
      ],
    ],
  ]
  describe.each(Object.entries(roads))('%s', (_, road) => {
    test.each(contents)('thinking %s', async (_, content) => {
      const { client } = await open({ content })
      const answer = await road(client, { ...call('claude-fable-5'), stop_sequences: ['STOP', '\t'] })
      expect(answer).toMatchObject({ completion: ' One.', stop: '\n\nHuman:' })
      expect(JSON.stringify(answer)).not.toContain(THOUGHT)
    })
  })

  test('in chunks of every size', async () => {
    for (const chunkBytes of [1, 2, 3, 7, 64, 4096]) {
      const content = [
        { type: 'thinking', thinking: THOUGHT, signature: 's' },
        { type: 'text', text: 'One 🐙 two.' },
      ]
      const { client } = await open({ content, faults: { chunkBytes } })
      const chunks = await collect(client.completions.stream(call('claude-fable-5')))
      expect(join(chunks).completion).toBe(' One 🐙 two.')
    }
  })
})

describe('a model that always thinks', () => {
  test.each(always)('$id is asked for more, at the lowest effort', async ({ id }) => {
    const { client, emulator, codes } = await open('The answer.')
    await client.completions.create(call(id, 5))
    expect(emulator.requests[0]?.body).toMatchObject({ max_tokens: 4101, output_config: { effort: 'low' } })
    expect(emulator.requests[0]?.body).not.toHaveProperty('thinking')
    expect(codes()).toEqual(['thinking-reserve'])
  })

  const budgets: readonly [thinkingReserve: number | undefined, asked: number, sent: number][] = [
    [undefined, 300, 4396],
    [0, 300, 300],
    [100, 300, 400],
    [20_000, 1, 20_001],
    // Never more than the model writes.
    [undefined, 127_000, 128_000],
    [undefined, 1_000_000, 128_000],
    [1_000_000, 5, 128_000],
  ]
  test.each(budgets)('with a reserve of %s, %d are sent as %d', async (thinkingReserve, asked, sent) => {
    const { client, emulator } = await open('The answer.', { thinkingReserve })
    await client.completions.create(call('claude-fable-5', asked))
    expect(emulator.requests[0]?.body).toMatchObject({ max_tokens: sent })
  })

  test.each([-1, 1.5, '4096', Number.NaN])('rejects %j as a reserve', async thinkingReserve => {
    const options: object = { thinkingReserve }
    await expect(open('', options)).rejects.toThrow(
      /^thinkingReserve must be .*integer\. Pass a number of tokens, for example 4096\./,
    )
  })
})

describe('a text longer than was asked for', () => {
  test.each(Object.entries(roads))('is whole, and says max_tokens: %s', async (_, road) => {
    const { client, diagnostics, codes } = await open('one two three four five')
    const answer = await road(client, call('claude-fable-5', 3))
    expect(answer).toMatchObject({
      completion: ' one two three four five',
      stop_reason: 'max_tokens',
      stop: null,
    })
    expect(codes()).toEqual(['thinking-reserve', 'budget-overrun'])
    expect(diagnostics[1]?.message).toMatch(/has 5 tokens of text, more than max_tokens_to_sample \(3\)/)
  })

  const within: readonly [title: string, Reply, number, ClientOptions][] = [
    ['a text of just as many', 'one two three', 3, {}],
    ['a shorter one', 'one', 3, {}],
    ['one that the server cut itself', 'one two three four five', 3, { thinkingReserve: 12 }],
  ]
  test.each(within)('does not report %s', async (_, reply, asked, options) => {
    const { client, codes } = await open(reply, options)
    await client.completions.create(call('claude-fable-5', asked))
    expect(codes()).toEqual(['thinking-reserve'])
  })

  test('does not hide the stop that ended it', async () => {
    const { client, codes } = await open('one two three four STOP five')
    const answer = await client.completions.create({
      ...call('claude-fable-5', 3),
      stop_sequences: ['STOP', '\t'],
    })
    expect(answer.completion).toBe(' one two three four ')
    expect(codes()).toContain('thinking-reserve')
  })

  test('says end_turn where the words of the Messages API are wanted', async () => {
    const { client, codes } = await open('one two three four five', { style: 'messages' })
    expect(await client.completions.create(call('claude-fable-5', 3))).toMatchObject({
      completion: 'one two three four five',
      stop_reason: 'end_turn',
    })
    expect(codes()).toEqual(['thinking-reserve'])
  })
})

describe('a reply without text', () => {
  test.each(Object.entries(roads))('after thinking alone says why: %s', async (_, road) => {
    const { client, diagnostics, codes } = await open('The answer.', { thinkingReserve: 0 })
    expect(await road(client, call('claude-fable-5', 5))).toMatchObject({
      completion: '',
      stop_reason: 'max_tokens',
      stop: null,
    })
    expect(codes()).toEqual(['thinking-reserve', 'no-text'])
    expect(diagnostics[1]).toMatchObject({
      severity: 'error',
      message: 'The response has no text: it ended with "max_tokens" after 5 tokens of thinking.',
      fix: expect.stringMatching(/^Raise max_tokens_to_sample, or thinkingReserve/),
    })
  })

  test('reports only that the model did not think', async () => {
    const { client, diagnostics } = await open({})
    await client.completions.create(call('claude-opus-4-8'))
    expect(diagnostics).toMatchObject([
      { code: 'no-text', message: 'The response has no text: it ended with "end_turn".' },
    ])
  })

  test('is not reported if the caller’s stop sequence ended it at once', async () => {
    const { client, codes } = await open('STOP and more')
    for (const stop_sequences of [['STOP'], ['STOP', '\n']])
      expect(
        (await client.completions.create({ ...call('claude-opus-4-8'), stop_sequences })).completion,
      ).toBe('')
    expect(codes()).not.toContain('no-text')
  })
})
