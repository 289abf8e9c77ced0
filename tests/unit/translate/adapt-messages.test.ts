import fc from 'fast-check'
import {
  adaptMessages,
  completionFrom,
  type Message,
  type MessagesEvent,
  type MessagesReplyPlan,
  MODEL_TABLE,
  reshapeMessage,
  reshapeMessageEvents,
  translateRequest,
} from 'legacy-completions/translate'
import { describe, expect, test } from 'vitest'

const USER = { role: 'user', content: 'List three colours.' }
const begun = (content: unknown): object => ({ role: 'assistant', content })
const call = (...messages: unknown[]): Record<string, unknown> => ({
  model: 'claude-opus-4-8',
  max_tokens: 100,
  messages: [USER, ...messages],
})
const both = ['prefill', 'retired-model'] as const
const today = '2026-11-29'

const fieldsOf = (adapted: ReturnType<typeof adaptMessages>): Record<string, unknown> => ({
  ...adapted?.body,
})
const codesOf = (adapted: ReturnType<typeof adaptMessages>): string[] =>
  adapted?.diagnostics.map(({ code }) => code) ?? []

describe('a body that needs no change is not adapted', () => {
  const tool = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
  const bodies: Record<string, object> = {
    'no prefill': call(),
    'a model that accepts a prefill': { ...call(begun('Red')), model: 'claude-haiku-4-5' },
    'a model of another vendor': { ...call(begun('Red')), model: 'llama-3' },
    'a blank last turn': call(begun(' \n')),
    'no content': call({ role: 'assistant' }),
    'a turn with tool use': call(begun([{ type: 'text', text: 'I look.' }, tool])),
    'a turn with a server tool, which continues a pause': call(begun([{ ...tool, type: 'server_tool_use' }])),
    'a last message that is not an object': call(null),
    'no messages': { model: 'claude-opus-4-8' },
    'messages of another type': { model: 'claude-opus-4-8', messages: 'Hi' },
    'a model of another type': { ...call(begun('Red')), model: 7 },
    'an array': [1, 2],
    nothing: {},
  }
  test.each(Object.entries(bodies))('%s', (_, body) => {
    const before = structuredClone(body)
    expect(adaptMessages(body, both, { today })).toBeUndefined()
    expect(body).toEqual(before)
  })

  test('a retired model, without that adaptation', () => {
    const body = { ...call(begun('Red')), model: 'claude-2.1', temperature: 0 }
    expect(adaptMessages(body, ['prefill'], { today })).toBeUndefined()
    expect(adaptMessages(body, [], { today })).toBeUndefined()
  })

  test('a prefill, without that adaptation', () => {
    expect(adaptMessages(call(begun('Red')), ['retired-model'], { today })).toBeUndefined()
  })

  test('policies that pass', () => {
    expect(adaptMessages(call(begun('Red')), both, { today, prefill: 'pass' })).toBeUndefined()
    const retired = { ...call(), model: 'claude-2.1' }
    expect(adaptMessages(retired, both, { today, retiredModel: 'pass' })).toBeUndefined()
  })
})

describe('a prefill', () => {
  const rejecting = Object.entries(MODEL_TABLE).flatMap(([id, row]) =>
    row.status === 'live' && !row.prefill ? [id] : [],
  )
  test.each(rejecting)('of %s becomes a turn that the model is asked to continue', model => {
    const adapted = adaptMessages({ ...call(begun('Red')), model, top_k: 3 }, ['prefill'], { today })
    const { messages, ...rest } = fieldsOf(adapted)
    // Other fields are the caller's, even those that the model rejects.
    expect(rest).toEqual({ model, max_tokens: 100, top_k: 3 })
    expect(messages).toEqual([
      USER,
      begun('Red'),
      { role: 'user', content: expect.stringContaining('<end>Red</end>') },
    ])
    expect(codesOf(adapted)).toEqual(['prefill-continued'])
    expect(adapted?.diagnostics[0]?.message).toContain('a last message with the role `assistant`')
    expect(adapted?.diagnostics[0]?.message).not.toContain('Assistant:')
  })

  test('in blocks keeps them', () => {
    const cached = begun([{ type: 'text', text: 'Red', cache_control: { type: 'ephemeral' } }])
    const { messages } = fieldsOf(adaptMessages(call(cached), ['prefill'], { today }))
    expect(messages).toMatchObject([USER, cached, { role: 'user' }])
  })

  test('loses the whitespace at its end, which the response does not repeat', () => {
    const adapted = adaptMessages(call(begun('Red, ')), ['prefill'], { today })
    expect(fieldsOf(adapted).messages).toMatchObject([USER, begun('Red,'), { role: 'user' }])
    expect(codesOf(adapted)).toEqual(['prefill-trimmed', 'prefill-continued'])
    expect(adapted?.plan?.trimmedSuffix).toBe(' ')
  })

  test('with stop sequences in it has them applied after the repeated text', () => {
    const body = { ...call(begun('1. Red\n2.')), stop_sequences: ['\n2.', '\n3.'] }
    const adapted = adaptMessages(body, ['prefill'], { today })
    expect(fieldsOf(adapted).stop_sequences).toEqual(['\n3.'])
    expect(adapted?.plan?.stopSequences).toEqual(['\n2.', '\n3.'])
    expect(codesOf(adapted)).toEqual(['prefill-continued', 'stop-in-prefill'])
  })

  test('is rejected by its policy', () => {
    const adapt = (): unknown => adaptMessages(call(begun('Red')), both, { today, prefill: 'error' })
    expect(adapt).toThrow(expect.objectContaining({ status: 400 }))
  })
})

describe('a retired model', () => {
  test.each([
    ['claude-2.1', 'claude-opus-4-8'],
    ['claude-instant-1.2', 'claude-haiku-4-5-20251001'],
    ['claude-3-haiku-20240307', 'claude-haiku-4-5'],
  ])('%s becomes %s', (model, sent) => {
    const adapted = adaptMessages({ ...call(), model }, ['retired-model'], { today })
    expect(fieldsOf(adapted)).toEqual({ ...call(), model: sent })
    expect(codesOf(adapted)).toEqual(['retired-model'])
    expect(adapted?.plan).toBeUndefined()
  })

  test('loses what its replacement rejects', () => {
    const body = {
      ...call(begun('Red')),
      model: 'claude-2.1',
      temperature: 0.5,
      top_k: 1,
      system: 'Be brief.',
    }
    const adapted = adaptMessages(body, ['retired-model'], { today })
    const { messages, ...rest } = fieldsOf(adapted)
    expect(rest).toEqual({ model: 'claude-opus-4-8', max_tokens: 100, system: 'Be brief.' })
    expect(messages).toHaveLength(3)
    expect(codesOf(adapted)).toEqual(['retired-model', 'sampling-dropped', 'prefill-continued'])
  })

  test('keeps what its replacement accepts', () => {
    const body = { ...call(begun('Red')), model: 'claude-instant-1.2', temperature: 0.5 }
    expect(fieldsOf(adaptMessages(body, both, { today }))).toEqual({
      ...body,
      model: 'claude-haiku-4-5-20251001',
    })
  })

  test('gets tokens for a replacement that thinks, in the words of the Messages API', () => {
    const models = { 'my-model': { status: 'retired', replacement: 'claude-fable-5-2' } } as const
    const body = { ...call(), model: 'my-model' }
    const adapted = adaptMessages(body, both, { today, models })
    expect(fieldsOf(adapted)).toMatchObject({ max_tokens: 4196, output_config: { effort: 'low' } })
    expect(JSON.stringify(adapted?.diagnostics)).not.toContain('max_tokens_to_sample')
    const thinking = { type: 'enabled', budget_tokens: 50 }
    expect(fieldsOf(adaptMessages({ ...body, thinking }, both, { today, models }))).toMatchObject({
      max_tokens: 100,
      thinking,
    })
  })

  test('is rejected by its policy', () => {
    const adapt = (): unknown =>
      adaptMessages({ ...call(), model: 'claude-2.1' }, both, { today, retiredModel: 'error' })
    expect(adapt).toThrow(/claude-2\.1/)
  })
})

const plan = (text: string, stopSequences: string[] = [], trimmedSuffix = ''): MessagesReplyPlan => ({
  echo: { text, isContinued: true },
  trimmedSuffix,
  stopSequences,
})
const ofText = (text: string) => ({ type: 'text', text })
const thought = { type: 'thinking', thinking: 'Red again?' }

/** What a model wrote in its blocks, and what is left of them. */
const replies: { title: string; plan: MessagesReplyPlan; blocks: object[]; left: object[]; stop?: string }[] =
  [
    { title: 'continues', plan: plan('Red,'), blocks: [ofText(' blue.')], left: [ofText(' blue.')] },
    { title: 'repeats it', plan: plan('Red,'), blocks: [ofText('Red, blue.')], left: [ofText(' blue.')] },
    { title: 'repeats only it', plan: plan('Red,'), blocks: [ofText('Red,')], left: [ofText('')] },
    {
      title: 'joins words',
      plan: plan('My name is'),
      blocks: [ofText('Claude.')],
      left: [ofText(' Claude.')],
    },
    {
      title: 'repeats the whitespace that was not sent',
      plan: plan('Red,', [], ' '),
      blocks: [ofText(' blue.')],
      left: [ofText('blue.')],
    },
    {
      title: 'thinks first',
      plan: plan('Red,'),
      blocks: [thought, ofText('Red, blue.')],
      left: [thought, ofText(' blue.')],
    },
    {
      title: 'repeats it in a later block, which is new text',
      plan: plan('Red,'),
      blocks: [ofText(' blue.'), thought, ofText('Red, blue.')],
      left: [ofText(' blue.'), thought, ofText('Red, blue.')],
    },
    {
      title: 'reaches a stop sequence',
      plan: plan('1. Red\n2.', ['\n2.']),
      blocks: [ofText('1. Red\n2. Blue\n2. Green'), ofText('more')],
      left: [ofText(' Blue')],
      stop: '\n2.',
    },
    { title: 'writes no text', plan: plan('Red,'), blocks: [thought], left: [thought] },
    { title: 'writes nothing', plan: plan('Red,'), blocks: [], left: [] },
  ]

const messageOf = (content: object[]): Message => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-8',
  content: structuredClone(content) as Message['content'],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 9 },
})

/** The events of a message whose text comes in pieces of `size` characters. */
function eventsOf({ content, stop_reason, usage, ...rest }: Message, size: number): MessagesEvent[] {
  const blocks = content.flatMap((block, index): MessagesEvent[] => {
    const text = block.type === 'text' ? String(block.text) : ''
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    return [
      { type: 'content_block_start', index, content_block: block.type === 'text' ? ofText('') : block },
      ...pieces.map(
        (piece): MessagesEvent => ({
          type: 'content_block_delta',
          index,
          delta: { type: 'text_delta', text: piece },
        }),
      ),
      { type: 'content_block_stop', index },
    ]
  })
  return [
    {
      type: 'message_start',
      message: { ...rest, content: [], stop_reason: null, usage: { output_tokens: 1 } },
    },
    { type: 'ping' },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: usage ?? null },
    { type: 'message_stop' },
  ]
}

/** Rebuilds a message from its events, as an SDK does. It fails for events in a wrong order. */
function rebuilt(
  events: readonly MessagesEvent[],
): Pick<Message, 'content' | 'stop_reason' | 'stop_sequence'> {
  const content: Record<string, unknown>[] = []
  let ending: { stop_reason?: string | null; stop_sequence?: string | null } = {}
  let isEnded = false
  let open: number | undefined
  for (const event of events) {
    expect(isEnded).toBe(false)
    switch (event.type) {
      case 'content_block_start':
        expect(open).toBeUndefined()
        open = event.index
        content.push({ ...event.content_block })
        break
      case 'content_block_delta': {
        expect(open).toBe(event.index)
        const block = content[event.index]
        if (block !== undefined) block.text = `${block.text}${event.delta.text}`
        break
      }
      case 'content_block_stop':
        expect(open).toBe(event.index)
        open = undefined
        break
      case 'message_delta':
        expect(event.usage).toHaveProperty('output_tokens')
        ending = event.delta
        break
      case 'message_stop':
        isEnded = true
    }
  }
  expect(isEnded).toBe(true)
  return {
    content: content as Message['content'],
    stop_reason: ending.stop_reason ?? null,
    stop_sequence: ending.stop_sequence ?? null,
  }
}

describe.each(replies)('a response that $title', ({ plan, blocks, left, stop }) => {
  const expected = {
    content: left,
    stop_reason: stop === undefined ? 'end_turn' : 'stop_sequence',
    stop_sequence: stop ?? null,
  }

  test('whole', () => {
    const message = messageOf(blocks)
    expect(reshapeMessage(message, plan)).toBe(message)
    expect(message).toMatchObject({ id: 'msg_1', usage: { input_tokens: 5, output_tokens: 9 } })
    expect(message.content).toEqual(left)
    expect(message).toMatchObject(expected)
  })

  test.each([1, 2, 3, 5, 100])('streamed in pieces of %i characters', size => {
    const reshaper = reshapeMessageEvents(plan)
    const events = eventsOf(messageOf(blocks), size).flatMap(event => reshaper.push(event))
    expect(rebuilt(events)).toEqual(expected)
    expect(reshaper.isOver).toBe(stop !== undefined)
  })

  test('streamed with the text in the start of its block', () => {
    const reshaper = reshapeMessageEvents(plan)
    const events = eventsOf(messageOf(blocks), 100).flatMap((event): MessagesEvent[] => {
      if (event.type === 'content_block_delta') return []
      if (event.type !== 'content_block_start') return [event]
      const block = blocks[event.index]
      return [{ ...event, content_block: structuredClone(block) as Message['content'][number] }]
    })
    expect(rebuilt(events.flatMap(event => reshaper.push(event)))).toEqual(expected)
  })
})

test('events that need no change are the same objects', () => {
  const reshaper = reshapeMessageEvents(plan('Red,'))
  const events = eventsOf(messageOf([thought]), 3)
  expect(events.flatMap(event => reshaper.push(event)).every((event, at) => event === events[at])).toBe(true)
})

/** A text of few letters and spaces, so that a reply repeats a part of a prefill by chance, too. */
const words = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', '\n', ',', '{', '"', '1', '.'),
  maxLength: 12,
})

test('a prefill of a message is continued as that of a completion', () => {
  const property = fc.property(words, words, words, fc.nat(12), (begun, more, last, from) => {
    const prefill = `x${begun}`
    const reply = `${prefill.slice(from)}${more}`
    const stops = last.trim() === '' ? [] : [last]
    const prompt = `\n\nHuman: List three colours.\n\nAssistant: ${prefill}`
    const { request, plan } = translateRequest(
      { model: 'claude-opus-4-8', max_tokens_to_sample: 100, prompt, stop_sequences: stops },
      { today },
    )
    const body = {
      ...call({ role: 'assistant', content: prefill }),
      ...(stops.length > 0 && { stop_sequences: stops }),
    }
    const adapted = adaptMessages(body, ['prefill'], { today })
    expect(fieldsOf(adapted).messages).toEqual(request.messages)

    // Both servers enforce the sequences that were sent.
    const sent = request.stop_sequences?.[0]
    const [text = ''] = sent === undefined ? [reply] : reply.split(sent)
    const { completion } = completionFrom(messageOf([ofText(text)]), plan)
    const message = messageOf([ofText(text)])
    if (adapted?.plan !== undefined) reshapeMessage(message, adapted.plan)
    expect(message.content).toEqual([ofText(completion)])
  })
  fc.assert(property, { numRuns: 2000 })
})
