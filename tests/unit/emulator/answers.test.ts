import { createEmulator, type EmulatorOptions } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { adapters, completeBody, messagesBody, post } from './adapters.ts'

const prompt = (question: string, begun = ''): string => `\n\nHuman: ${question}\n\nAssistant:${begun}`

interface Answer {
  completion: string
  content: { type: string; text?: string }[]
  [field: string]: unknown
}

async function ask(path: string, body: object, options?: EmulatorOptions): Promise<Answer> {
  const response = await createEmulator(options).fetch(`http://emulator.test${path}`, post(body))
  return response.json()
}
const complete = (fields: object, options?: EmulatorOptions): Promise<Answer> =>
  ask('/v1/complete', completeBody(fields), options)
const message = (fields: object, options?: EmulatorOptions): Promise<Answer> =>
  ask('/v1/messages', messagesBody(fields), options)

/** A day on which every model of the emulator answers. */
const DAY = '2026-11-29'

const COLOURS = '1. Red\n2. Blue\n3. Green\n4. Yellow\n5. Purple\n\n'

describe('default answers', () => {
  const questions: [question: string, answer: string | RegExp][] = [
    ['What is 2+2?', '2 + 2 = 4.'],
    ['What is 2 plus 2?', '2 + 2 = 4.'],
    ['What is 12 × -3? Only the number, please.', '-36'],
    ['What is 7 - 9? Answer with a digit.', '-2'],
    ['What is 1 / 0?', 'That has no answer.'],
    ['Name three colours, as a numbered list.', new RegExp(`^${COLOURS}.+`)],
    ['List five colors', new RegExp(`^${COLOURS}.+`)],
    ['Tell me a story.', /^[^\n]+\n\n[^\n]+\n\n[^\n]+$/],
    ['Tell me a joke.', /\n\n/],
    ['Write a haiku about trees', /^[^\n]+\n[^\n]+\n[^\n]+$/],
    ['Hello, Claude', /^Hello! .*emulator/],
    ['My name is Zoë.', 'Nice to meet you, Zoë!'],
    ['What is my name?', 'I do not know your name yet. What is it?'],
    ['How many toes do dogs have?', /^You said: "How many toes do dogs have\?"/],
    // No sums: a range, a date, a fraction of the day.
    ['Write 1-2 sentences by 2024-03-28 about 24/7 shops.', /^You said: /],
  ]
  test.each(questions)('%s', async (question, answer) => {
    const asked = { messages: [{ role: 'user', content: question }] }
    const [block] = (await message(asked)).content
    if (typeof answer === 'string') expect(block?.text).toBe(answer)
    else expect(block?.text).toMatch(answer)
    // The same words on the other endpoint, after the space that its answers begin with.
    expect((await complete({ prompt: prompt(question) })).completion).toBe(` ${block?.text}`)
  })

  test('Alice is remembered, by the latest name she gave', async () => {
    const introduction =
      "\n\nHuman: Hi, I'm Bob.\n\nAssistant: Hi!\n\nHuman: Sorry, my name is Alice.\n\nAssistant: Oh."
    const { completion } = await complete({ prompt: `${introduction}${prompt('Do you remember my name?')}` })
    expect(completion).toBe(' Your name is Alice.')
  })

  test('an opening sentence varies with the request, unless the temperature is 0', async () => {
    const openings = async (temperature: number): Promise<Set<string>> => {
      const titles = Array.from({ length: 12 }, (_, i) => prompt(`Write the opening sentence of novel ${i}`))
      return new Set(
        await Promise.all(titles.map(async prompt => (await complete({ prompt, temperature })).completion)),
      )
    }
    expect((await openings(0)).size).toBe(1)
    expect((await openings(1)).size).toBeGreaterThan(2)
  })

  test('equal requests get equal bytes, different ones different ids', async () => {
    expect(await complete({})).toEqual(await complete({}))
    expect((await complete({})).id).not.toBe((await complete({ top_k: 5 })).id)
  })
})

describe('a prefill is continued and never repeated', () => {
  const cases: [question: string, prefill: string, rest: string | RegExp][] = [
    ['Hello', ' Hello, my name is', ' Claude. How can I help you today?'],
    ['What is 2+3? As JSON.', ' {', '"answer": "2 + 3 = 5.", "source": "emulator"}'],
    ['List colours', ' 1.', / Red\n2\. Blue\n/],
    ['List colours', ' 1. Red\n2. Blue\n', /^3\. Green\n/],
    ['List colours', ' [', '"red", "blue", "green"]'],
    ['What is 2+2?', ' <answer>', '2 + 2 = 4.</answer>'],
    ['What is 2+2?', ' Sure, here you go:\n', '2 + 2 = 4.'],
    ['What is 2+2?', ' Well, let me see', ' and so on, said the emulator. 2 + 2 = 4.'],
  ]
  test.each(cases)('%j, %j', async (question, prefill, rest) => {
    const { completion } = await complete({ prompt: prompt(question, prefill) })
    if (typeof rest === 'string') expect(completion).toBe(rest)
    else expect(completion).toMatch(rest)
    const { content } = await message({
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: prefill.trim() },
      ],
    })
    const text = content[0]?.text ?? ''
    expect(text.trim()).toBe(completion.trim())
  })

  test('the vendor’s replacement for a prefill is understood', async () => {
    const { content } = await message({
      model: 'claude-opus-4-8',
      messages: [
        { role: 'user', content: 'What is 2+3? As JSON.' },
        { role: 'assistant', content: '{' },
        {
          role: 'user',
          content:
            'Your previous response was interrupted and ended with {. Continue from where you left off.',
        },
      ],
    })
    expect(content).toEqual([{ type: 'text', text: '"answer": "2 + 3 = 5.", "source": "emulator"}' }])
  })
})

describe('limits', () => {
  const counted = prompt('What is 2+2?')

  test.each([
    [1, ' 2', 'max_tokens', null],
    [4, ' 2 + 2 =', 'max_tokens', null],
    [5, ' 2 + 2 = 4.', 'stop_sequence', '\n\nHuman:'],
  ])('max_tokens_to_sample %i', async (max_tokens_to_sample, completion, stop_reason, stop) => {
    expect(await complete({ prompt: counted, max_tokens_to_sample })).toMatchObject({
      completion,
      stop_reason,
      stop,
    })
  })

  test.each([
    [0, [], 'max_tokens', 0],
    [1, [{ type: 'text', text: '2' }], 'max_tokens', 1],
    [5, [{ type: 'text', text: '2 + 2 = 4.' }], 'end_turn', 5],
  ])('max_tokens %i', async (max_tokens, content, stop_reason, output_tokens) => {
    const answer = await message({ messages: [{ role: 'user', content: 'What is 2+2?' }], max_tokens })
    expect(answer).toMatchObject({ content, stop_reason, stop_sequence: null, usage: { output_tokens } })
  })

  test('the legacy endpoint writes 4096 tokens at most', async () => {
    const { completion, stop_reason } = await complete(
      { max_tokens_to_sample: 100_000 },
      { reply: 'word '.repeat(5000) },
    )
    expect([completion.trim().split(' ').length, stop_reason]).toEqual([4096, 'max_tokens'])
  })

  test.each(['a😀'.repeat(40), '\u{1F600}'.repeat(9), 'x'.repeat(50), ' '.repeat(30), '\n\n\n a'])(
    'tokens of %j are whole characters, 8 units at most, and joined they are the text',
    async text => {
      const emulator = createEmulator({ reply: { content: [{ type: 'text', text }] } })
      const response = await emulator.fetch(
        'http://emulator.test/v1/messages',
        post(messagesBody({ stream: true })),
      )
      const deltas = [...(await response.text()).matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g)].map(
        ([, json]): string => JSON.parse(json ?? ''),
      )
      expect(deltas.join('')).toBe(text)
      for (const delta of deltas) {
        expect(delta).not.toMatch(/\p{Surrogate}/u)
        expect(delta.trimStart().length).toBeLessThanOrEqual(8)
      }
    },
  )

  const stops: [text: string, stops: string[], kept: string, stop: string | null][] = [
    ['1. Red\n2. Blue\n3. Green\n4. Yellow', ['4.'], '1. Red\n2. Blue\n3. Green\n', '4.'],
    ['one two three', ['three', 'two'], 'one ', 'two'],
    // The end counts, not the start: "b" is complete before "abc" is.
    ['xabcx', ['abc', 'b'], 'xa', 'b'],
    // Both end together: the first listed.
    ['xab', ['ab', 'b'], 'x', 'ab'],
    ['xab', ['b', 'ab'], 'xa', 'b'],
    ['no stop here', ['zzz'], 'no stop here', null],
    // Whitespace inside a stop is no trouble; a piece of a stop is no match.
    ['a\n\nHuma b', ['\n\nHuman'], 'a\n\nHuma b', null],
  ]
  test.each(stops)('%j with stops %j', async (reply, stop_sequences, kept, stop) => {
    expect(await complete({ stop_sequences }, { reply })).toMatchObject({
      completion: ` ${kept}`,
      stop_reason: 'stop_sequence',
      stop: stop ?? '\n\nHuman:',
    })
    expect(await message({ stop_sequences }, { reply })).toMatchObject({
      content: [{ type: 'text', text: kept }],
      stop_reason: stop === null ? 'end_turn' : 'stop_sequence',
      stop_sequence: stop,
    })
  })

  test('only the legacy endpoint stops at the next Human turn by itself', async () => {
    const reply = 'Yes.\n\nHuman: and now?'
    expect(await complete({}, { reply })).toMatchObject({ completion: ' Yes.', stop: '\n\nHuman:' })
    expect((await message({}, { reply })).content).toEqual([{ type: 'text', text: reply }])
  })

  test('a stop after the token limit is never reached', async () => {
    const answer = await complete(
      { max_tokens_to_sample: 2, stop_sequences: ['three'] },
      { reply: 'one two three' },
    )
    expect(answer).toMatchObject({ completion: ' one two', stop_reason: 'max_tokens', stop: null })
  })
})

describe('thinking', () => {
  const question = { messages: [{ role: 'user', content: 'What is 2+2?' }] }
  const types = ({ content }: Answer): string[] => content.map(block => block.type)

  test.each([
    ['claude-opus-5', undefined, ['thinking', 'text']],
    ['claude-opus-5', { type: 'disabled' }, ['text']],
    ['claude-sonnet-5-5', { type: 'between_tools' }, ['text']],
    ['claude-fable-5-2', undefined, ['thinking', 'text']],
    ['claude-opus-4-8', undefined, ['text']],
    ['claude-opus-4-8', { type: 'adaptive' }, ['thinking', 'text']],
    ['claude-haiku-4-5', undefined, ['text']],
    ['claude-haiku-4-5', { type: 'enabled', budget_tokens: 1024 }, ['thinking', 'text']],
  ])('%s with %j', async (model, thinking, expected) => {
    const answer = await message({ ...question, model, max_tokens: 2000, ...(thinking && { thinking }) })
    expect(types(answer)).toEqual(expected)
  })

  test.each([
    [12, 'Yes.', 12],
    [5, 'Yes.', 5],
    [5, '', 5],
  ])('a budget of %i that thinking uses up leaves no text block for %j', async (max_tokens, reply, spent) => {
    const answer = await message({ ...question, model: 'claude-opus-5', max_tokens }, { reply })
    expect(types(answer)).toEqual(['thinking'])
    expect(answer).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { output_tokens: spent, output_tokens_details: { thinking_tokens: spent } },
    })
  })
})

describe('shapes', () => {
  test('a legacy completion, in the order of its fields', async () => {
    const answer = await complete({})
    expect(Object.keys(answer)).toEqual([
      'type',
      'id',
      'completion',
      'stop_reason',
      'model',
      'stop',
      'log_id',
    ])
    expect(answer.id).toMatch(/^compl_01[1-9A-HJ-NP-Za-km-z]{22}$/)
    expect(answer.log_id).toBe(answer.id)
  })

  test.each([
    ['claude-2', 'claude-2.1'],
    ['claude-1', 'claude-1.3'],
    ['claude-v1', 'claude-v1.3'],
    ['claude-instant-1', 'claude-instant-1.2'],
    ['claude-2.0', 'claude-2.0'],
  ])('%s is answered by %s', async (model, answered) => {
    expect((await complete({ model })).model).toBe(answered)
  })

  test('a message', async () => {
    const answer = await message({ model: 'claude-opus-4-5' }, { today: DAY })
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', model: 'claude-opus-4-5-20251101' })
    expect(answer.id).toMatch(/^msg_01[1-9A-HJ-NP-Za-km-z]{22}$/)
    expect(answer.usage).toMatchObject({ input_tokens: 2, cache_read_input_tokens: 0 })
  })

  test('the first version of the legacy endpoint', async () => {
    const response = await createEmulator().fetch(
      'http://emulator.test/v1/complete',
      post(completeBody({ prompt: prompt('What is 2+2?'), model: 'claude-v1' }), {
        'anthropic-version': '2023-01-01',
      }),
    )
    expect(await response.text()).toMatch(
      /^\{"completion":" 2 \+ 2 = 4\.","stop":"\\n\\nHuman:","stop_reason":"stop_sequence","truncated":false,"log_id":"[0-9a-f]{32}","model":"claude-v1\.3","exception":null\}$/,
    )
  })
})

describe.each(adapters)('the models endpoint through $name', adapter => {
  test('lists, pages and shows', async () => {
    const open = await adapter.open({ today: DAY })
    const get = async (path: string): Promise<unknown> =>
      (await open.send(path, { headers: post({}).headers ?? {} })).json()
    const all = (await get('/v1/models?limit=1000')) as { data: { id: string }[] }
    const ids = all.data.map(model => model.id)
    expect(ids).toContain('claude-opus-5-5')
    expect(all).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids.at(-1) })
    expect(await get(`/v1/models?limit=2&after_id=${ids[0]}`)).toMatchObject({
      data: [{ id: ids[1] }, { id: ids[2] }],
      has_more: true,
    })
    expect(await get(`/v1/models?limit=2&before_id=${ids[3]}`)).toMatchObject({
      data: [{ id: ids[1] }, { id: ids[2] }],
      has_more: true,
    })
    expect(await get('/v1/models/claude-sonnet-4-5')).toMatchObject({
      id: 'claude-sonnet-4-5-20250929',
      max_tokens: 64_000,
      max_input_tokens: 200_000,
      lifecycle: 'deprecated',
      retires_at: '2026-11-30T00:00:00Z',
      capabilities: { thinking: { types: { adaptive: { supported: false }, enabled: { supported: true } } } },
    })
    await open.close()
  })
})

describe('a deprecated model', () => {
  const days: readonly [model: string, today: string, status: number][] = [
    ['claude-sonnet-4-5', '2026-11-29', 200],
    ['claude-sonnet-4-5', '2026-11-30', 404],
    ['claude-opus-4-5', '2026-11-30', 200],
    ['claude-opus-4-5', '2027-01-22', 404],
    // Its date is only the earliest possible one.
    ['claude-haiku-4-5', '2026-11-30', 200],
  ]

  test.each(days)('%s on %s answers with status %i', async (model, today, status) => {
    const emulator = createEmulator({ today })
    const headers = post({}).headers ?? {}
    const answer = await emulator.fetch('http://emulator.test/v1/messages', post(messagesBody({ model })))
    const shown = await emulator.fetch(`http://emulator.test/v1/models/${model}`, { headers })
    const all = await emulator.fetch('http://emulator.test/v1/models?limit=1000', { headers })
    expect([answer.status, shown.status]).toEqual([status, status])
    expect((await all.text()).includes(`"${model}-`)).toBe(status === 200)
  })

  test('answers on Bedrock, whose days are its own', async () => {
    const body = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
    }
    const url = 'http://emulator.test/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke'
    expect(
      (await createEmulator({ today: '2026-12-01' }).fetch(url, post(body, { authorization: 'Bearer key' })))
        .status,
    ).toBe(200)
  })
})
