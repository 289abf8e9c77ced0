import fc from 'fast-check'
import { APIError, IncompleteReplyError, UnreadableReplyError } from 'legacy-completions'
import {
  type Completion,
  completionFrom,
  type Message,
  type MessagesEvent,
  type ReplyPlan,
  reshapeEvents,
} from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { checkAll } from '../transcript/hostile.ts'
import { COMPLETION, MESSAGE, PLAN, REPLY_CASES, type ReplyCase } from './replies.ts'

/** A case with its defaults filled in. */
function filled({ plan, message, completion, diagnostics = [] }: ReplyCase): {
  plan: ReplyPlan
  message: Message
  completion: Completion
  diagnostics: readonly string[]
} {
  return {
    plan: { ...PLAN, ...plan },
    message: { ...MESSAGE, ...message },
    completion: { ...COMPLETION, ...completion },
    diagnostics,
  }
}

const FIELDS = ['type', 'id', 'completion', 'stop_reason', 'model', 'stop', 'log_id']

describe('completionFrom', () => {
  it.each(REPLY_CASES)('converts $title', replyCase => {
    const { plan, message, completion, diagnostics } = filled(replyCase)
    const before = structuredClone(message)
    const codes: string[] = []
    const made = completionFrom(message, plan, ({ code, message, fix }) => {
      codes.push(code)
      for (const sentence of [message, fix]) {
        expect(sentence).toMatch(/^[A-Z].*\.$/)
        expect(sentence).not.toMatch(/\{\w*\}|undefined|\[object|function/)
      }
    })
    expect(made).toStrictEqual(completion)
    expect(Object.keys(made)).toEqual(FIELDS)
    expect(codes).toEqual(diagnostics)
    expect(made._message).toBe(message)
    expect(message).toStrictEqual(before)
  })

  it('has cases with titles of their own', () => {
    expect(new Set(REPLY_CASES.map(({ title }) => title)).size).toBe(REPLY_CASES.length)
  })

  it('keeps the message out of JSON, spreads and comparisons', () => {
    const completion = completionFrom(MESSAGE, PLAN)
    expect(JSON.stringify(completion)).toBe(JSON.stringify(COMPLETION))
    expect({ ...completion }).not.toHaveProperty('_message')
    expect(completion._message?.usage).toEqual({ input_tokens: 10, output_tokens: 3 })
  })

  it.each([
    ['all of it', 'Once upon a time', 'Once upon a time, long ago', ', long ago'],
    ['its last line, in words of the model’s own', 'A list:\n1.', '1. Red', '1. Red'],
  ])('drops a prefill that a server repeats by itself: %s', (_, prefill, reply, completion) => {
    const plan = { ...PLAN, leadingSpace: false, echo: { text: prefill, isContinued: false } }
    const message = { ...MESSAGE, content: [{ type: 'text', text: reply }] }
    expect(completionFrom(message, plan).completion).toBe(completion)
  })

  it('takes content of null, which some servers write, and none for a reply of nothing', () => {
    const { content, ...bare } = MESSAGE
    expect(completionFrom({ ...MESSAGE, content: null }, PLAN).completion).toBe('')
    expect(completionFrom(bare, PLAN).completion).toBe('')
  })

  it.each<[string, Partial<ReplyPlan>, Partial<Message>, RegExp]>([
    ['of its end', {}, { content: [], stop_reason: 'max_tokens' }, /no text: it ended with "max_tokens"\.$/],
    [
      'of the thinking before it',
      {},
      { content: [], usage: { output_tokens: 7, output_tokens_details: { thinking_tokens: 7 } } },
      /no text: it ended with "end_turn" after 7 tokens of thinking\.$/,
    ],
    [
      'of tokens beyond the budget',
      { tokenBudget: 2 },
      { usage: { output_tokens: 12, output_tokens_details: { thinking_tokens: 7 } } },
      /has 5 tokens of text, more than max_tokens_to_sample \(2\):/,
    ],
  ])('tells %s', (_, plan, message, says) => {
    const messages: string[] = []
    completionFrom({ ...MESSAGE, ...message }, { ...PLAN, ...plan }, diagnostic =>
      messages.push(diagnostic.message),
    )
    expect(messages).toEqual([expect.stringMatching(says)])
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'Hello!'],
    ['an empty object', {}],
    ['content that is a text', { ...MESSAGE, content: 'Hello!' }],
    ['an error', { type: 'error', error: { type: 'api_error', message: 'x' } }],
    ['an id and nothing else', { id: 'msg_1' }],
    ['another object without content', { id: 'msg_1', type: 'list' }],
    ['a message without an id', { ...MESSAGE, id: undefined }],
    ['a message whose content holds null', { ...MESSAGE, content: [null] }],
  ])('says of %s that it is no message', (_, value) => {
    expect(() => completionFrom(value as Message, PLAN)).toThrow(UnreadableReplyError)
    expect(() => completionFrom(value as Message, PLAN)).toThrow(/baseURL/)
  })

  it('takes a message without a stop_reason for one that was cut off', () => {
    expect(() => completionFrom({ ...MESSAGE, stop_reason: null }, PLAN)).toThrow(IncompleteReplyError)
  })

  it('names a model where the server names none, as llama.cpp may', () => {
    const { model, ...nameless } = MESSAGE
    expect(completionFrom(nameless as Message, PLAN).model).toBeTypeOf('string')
  })
})

/** A message as its events, each text in the pieces that `cut` makes of it. */
function eventsOf(message: Message, cut: (text: string) => readonly string[]): MessagesEvent[] {
  const events: MessagesEvent[] = [
    {
      type: 'message_start',
      message: {
        ...message,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: message.usage ? { ...message.usage, output_tokens: 1 } : null,
      },
    },
    { type: 'ping' },
  ]
  for (const [index, block] of message.content.entries()) {
    if (block.type === 'text') {
      events.push({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } })
      for (const text of cut(String(block.text)))
        events.push({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } })
    } else {
      events.push(
        { type: 'content_block_start', index, content_block: block },
        {
          type: 'content_block_delta',
          index,
          delta: { type: 'thinking_delta', thinking: 'STOP', text: 'no' },
        },
        { type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: 'x' } },
      )
    }
    events.push({ type: 'content_block_stop', index }, { type: 'ping' })
  }
  const { stop_reason, stop_sequence, usage } = message
  return [
    ...events,
    {
      type: 'message_delta',
      // Left out, not undefined, as it is on the wire.
      delta: { stop_reason, ...(stop_sequence !== undefined && { stop_sequence }) },
      ...(usage && { usage: { output_tokens: usage.output_tokens ?? null } }),
    },
    { type: 'message_stop' },
  ]
}

/** Streams a case, and expects of the chunks what the whole reply was. */
function expectStreamed(replyCase: ReplyCase, cut: (text: string) => readonly string[]): void {
  const { plan, message, completion, diagnostics } = filled(replyCase)
  const codes: string[] = []
  const reshaper = reshapeEvents(plan, ({ code }) => codes.push(code))
  const chunks: Completion[] = []
  for (const event of eventsOf(message, cut)) {
    const wasDone = reshaper.done
    const given = reshaper.push(event)
    if (wasDone) expect(given).toEqual([])
    chunks.push(...given)
  }
  expect(reshaper.done).toBe(true)
  expect(codes).toEqual(diagnostics)

  const last = chunks.at(-1)
  expect(chunks.map(chunk => chunk.completion).join('')).toBe(completion.completion)
  expect(reshaper.abandon()).toBe(completion.completion)
  expect(last).toStrictEqual({ ...completion, completion: '' })
  for (const chunk of chunks) {
    expect(Object.keys(chunk)).toEqual(FIELDS)
    if (chunk === last) continue
    expect(chunk.completion).not.toBe('')
    expect(chunk).toStrictEqual({
      ...completion,
      completion: chunk.completion,
      stop_reason: null,
      stop: null,
    })
    expect(chunk._message).toBeUndefined()
  }

  const whole = reshaper.end()
  expect(whole).toStrictEqual(completion)
  expect(Object.keys(whole)).toEqual(FIELDS)
  expect(whole._message).toBe(last?._message)
  expect(last?._message?.id).toBe(message.id)
}

describe('reshapeEvents', () => {
  it.each(REPLY_CASES)('streams $title in whole blocks', replyCase => {
    expectStreamed(replyCase, text => [text])
  })

  it.each(REPLY_CASES)('streams $title in every two pieces', replyCase => {
    const longest = Math.max(
      0,
      ...filled(replyCase).message.content.map(block => String(block.text ?? '').length),
    )
    for (let at = 0; at <= longest; at++) {
      expectStreamed(replyCase, text => [text.slice(0, at), text.slice(at)])
    }
  })

  it.each(REPLY_CASES)('streams $title unit by unit, with empty pieces between', replyCase => {
    expectStreamed(replyCase, text => text.split(''))
    expectStreamed(replyCase, text => text.split('').flatMap(unit => ['', unit, '']))
  })

  it('streams every case in any pieces', () => {
    checkAll(
      fc.property(
        fc.constantFrom(...REPLY_CASES),
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 }),
        (replyCase, lengths) => {
          expectStreamed(replyCase, text => {
            const pieces: string[] = []
            for (let at = 0, turn = 0; at < text.length; turn++) {
              const length = lengths[turn % lengths.length] ?? 1
              pieces.push(text.slice(at, at + length))
              at += length
            }
            return pieces
          })
        },
      ),
      700,
    )
  })

  // A stop sequence of half a character leaves the other half, and nothing else does.
  const isInHalves = (text: string): boolean => /[\ud800-\udbff]$|^[\udc00-\udfff]/.test(text)
  const inWholes = REPLY_CASES.filter(one => !isInHalves(filled(one).completion.completion))

  it.each(inWholes)('never returns half a character of $title', replyCase => {
    const { plan, message } = filled(replyCase)
    const reshaper = reshapeEvents(plan)
    const halves = eventsOf(message, text => text.split(''))
      .flatMap(event => reshaper.push(event))
      .filter(({ completion }) => isInHalves(completion))
    expect(halves).toEqual([])
  })

  it('streams any text with the same result as a whole response', () => {
    const unit = fc.constantFrom(
      '\n',
      ' ',
      '\t',
      'a',
      'H',
      '\n\nHuman:',
      '\n\nHum',
      'an:',
      '\ud83d',
      '\ude00',
    )
    const texts = fc.array(
      fc.array(unit, { maxLength: 8 }).map(units => units.join('')),
      { maxLength: 3 },
    )
    const plans = fc.record<ReplyPlan>({
      style: fc.constantFrom('legacy', 'messages'),
      stopSequences: fc.array(fc.constantFrom('\n\nHuman:', '\n', '\n\n', ' a', 'a', '\ude00', ' '), {
        maxLength: 3,
      }),
      leadingSpace: fc.boolean(),
      model: fc.constant('m'),
      trimmedSuffix: fc.constantFrom('', '', ' ', '\n', '\n\n', ' \n', '\t '),
    })
    checkAll(
      fc.property(
        texts,
        plans,
        fc.constantFrom('end_turn', 'max_tokens', 'refusal'),
        fc.integer({ min: 1, max: 5 }),
        (texts, plan, stop_reason, length) => {
          const message = {
            ...MESSAGE,
            content: texts.map(text => ({ type: 'text', text })),
            stop_reason,
          }
          const codes: string[] = []
          const completion = completionFrom(message, plan, ({ code }) => codes.push(code))
          expectStreamed(
            {
              title: '',
              plan,
              message,
              completion,
              diagnostics: codes as NonNullable<ReplyCase['diagnostics']>,
            },
            text => text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? [],
          )
        },
      ),
      1500,
    )
  })

  it('keeps what the model wrote and what it cost in the message of the last chunk', () => {
    const reshaper = reshapeEvents({ ...PLAN, trimmedSuffix: '\n' })
    const message: Message = { ...MESSAGE, content: [{ type: 'text', text: '\nHello!' }] }
    const last = eventsOf(message, text => text.split(''))
      .flatMap(event => reshaper.push(event))
      .at(-1)
    expect(last?._message).toEqual(message)
    expect(Object.keys(last ?? {})).not.toContain('_message')
  })

  it('keeps no text in it where there was none', () => {
    const reshaper = reshapeEvents(PLAN)
    const message: Message = { ...MESSAGE, content: [] }
    const last = eventsOf(message, text => [text])
      .flatMap(event => reshaper.push(event))
      .at(-1)
    expect(last?._message).toEqual(message)
  })

  it('needs no event after the one with a stop sequence', () => {
    const reshaper = reshapeEvents({ ...PLAN, stopSequences: ['lo'] })
    const events = eventsOf(MESSAGE, text => [text])
    const cut = events.findIndex(event => event.type === 'content_block_delta')
    for (const event of events.slice(0, cut)) expect(reshaper.push(event)).toEqual([])
    expect(reshaper.done).toBe(false)
    expect(reshaper.push(events[cut] as MessagesEvent)).toStrictEqual([
      { ...COMPLETION, completion: ' Hel', stop_reason: null, stop: null },
      { ...COMPLETION, completion: '', stop: 'lo' },
    ])
    expect(reshaper.done).toBe(true)
    // Whatever the server still sends, or breaks off with, is nothing to the caller.
    expect(reshaper.push({ type: 'error', error: { type: 'api_error', message: 'x' } })).toEqual([])
    expect(reshaper.end(new Error('aborted'))).toStrictEqual({
      ...COMPLETION,
      completion: ' Hel',
      stop: 'lo',
    })
  })

  const start: MessagesEvent = {
    type: 'message_start',
    message: { ...MESSAGE, content: [], stop_reason: null },
  }
  const says = (text: string, index = 0): MessagesEvent => ({
    type: 'content_block_delta',
    index,
    delta: { type: 'text_delta', text },
  })
  const end: MessagesEvent[] = [
    { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
    { type: 'message_stop' },
  ]

  it.each<[string, MessagesEvent[], string]>([
    [
      'events, deltas and blocks that do not exist yet',
      [
        { type: 'some_future_event', text: 'no' } as unknown as MessagesEvent,
        start,
        { type: 'content_block_delta', index: 0, delta: { type: 'some_future_delta', text: 'no' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{' } },
        { type: 'content_block_start', index: 1, content_block: { type: 'some_future_block', text: 'no' } },
        says('Hello!', 1),
        ...end,
      ],
      ' Hello!',
    ],
    [
      'blocks that overlap, as those of llama.cpp do',
      [
        start,
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'no' } },
        { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
        says('Hel', 1),
        { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: '' } },
        { type: 'content_block_stop', index: 0 },
        says('lo!', 1),
        { type: 'content_block_stop', index: 1 },
        ...end,
      ],
      ' Hello!',
    ],
    ['no block at all', [start, says('Hello!'), ...end], ' Hello!'],
    [
      'text in the start of a block',
      [
        start,
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hel' } },
        says('lo!'),
        ...end,
      ],
      ' Hello!',
    ],
    [
      'text of the wrong type',
      [
        start,
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: null } },
        says('Hello!'),
        ...end,
      ],
      ' Hello!',
    ],
    [
      'several message_deltas, of which the later do not repeat the reason',
      [
        start,
        says('Hello!'),
        { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: null },
        { type: 'message_delta', delta: {}, usage: { output_tokens: 3 } },
        { type: 'message_stop' },
        { type: 'message_stop' },
      ],
      ' Hello!',
    ],
  ])('reads %s', (_, events, completion) => {
    const reshaper = reshapeEvents(PLAN)
    const chunks = events.flatMap(event => reshaper.push(event))
    expect(reshaper.end()).toStrictEqual({ ...COMPLETION, completion })
    expect(chunks.filter(({ stop_reason }) => stop_reason !== null)).toEqual(chunks.slice(-1))
  })

  it('reports every diagnostic once, the diagnostic alone', () => {
    const reports: unknown[][] = []
    const reshaper = reshapeEvents(PLAN, (...report) => reports.push(report))
    const refused: Message = { ...MESSAGE, content: [], stop_reason: 'refusal' }
    for (const event of eventsOf(refused, text => [text])) reshaper.push(event)
    reshaper.end()
    expect(reports.map(report => report.length)).toEqual([1, 1])
  })

  /** What a fold that is fed these events throws, at the latest at its end. */
  function thrownBy(events: readonly MessagesEvent[], plan: ReplyPlan = PLAN, cause?: unknown): unknown {
    const reshaper = reshapeEvents(plan)
    try {
      for (const event of events) reshaper.push(event)
      reshaper.end(cause)
    } catch (error) {
      return error
    }
    return undefined
  }

  const REPEATING = { leadingSpace: false, echo: { text: 'Once upon a time', isContinued: true } }
  it.each<[string, Partial<ReplyPlan>, pieces: readonly string[], given: readonly string[]]>([
    ['each piece', {}, ['Hel', 'lo'], [' Hel', 'lo']],
    ['half a character', {}, ['a\ud83d', '\ude00'], [' a', '😀']],
    ['what may be a stop', { stopSequences: ['\n\nHuman:'] }, ['a\n\nHum', 'b'], [' a', '\n\nHumb']],
    [
      'what may be a repetition',
      REPEATING,
      ['Once', ' upon', ' a hill', ' x'],
      ['', '', ' Once upon a hill', ' x'],
    ],
    ['what follows a repetition', REPEATING, ['Once upon a time', ', long', ' ago'], ['', ', long', ' ago']],
    ['what is no repetition', REPEATING, ['A', ' hill'], [' A', ' hill']],
  ])('hands out at once, or as soon as it can: %s', (_, plan, pieces, given) => {
    const reshaper = reshapeEvents({ ...PLAN, ...plan })
    reshaper.push(start)
    const texts = pieces.map(piece =>
      reshaper
        .push(says(piece))
        .map(({ completion }) => completion)
        .join(''),
    )
    expect(texts).toEqual(given)
  })

  it.each<[string, Partial<ReplyPlan>, piece: string, text: string]>([
    ['half a character', {}, 'a\ud83d', ' a\ud83d'],
    ['the beginning of a stop', {}, 'a\n\nHum', ' a\n\nHum'],
    ['the beginning of a repetition', REPEATING, 'Once upon', ' Once upon'],
  ])('gives %s that was held back once, however often it is asked', (_, plan, piece, text) => {
    const reshaper = reshapeEvents({ ...PLAN, ...plan })
    reshaper.push(start)
    reshaper.push(says(piece))
    for (let time = 0; time < 3; time++) expect(reshaper.abandon()).toBe(text)
  })

  it('passes an error event on, with the text so far', () => {
    const event: MessagesEvent = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    const error = thrownBy([start, says('Hel'), says('lo'), event])
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({
      status: undefined,
      error: event,
      type: 'overloaded_error',
      message: JSON.stringify(event),
      partialText: ' Hello',
    })
  })

  it('passes on an error event that comes before the message', () => {
    const event: MessagesEvent = { type: 'error', error: { type: 'internal_error', message: 'x' } }
    expect(thrownBy([event])).toMatchObject({ type: 'internal_error', partialText: '' })
  })

  it.each<[string, MessagesEvent[], string]>([
    ['nothing', [], ''],
    ['its start', [start], ''],
    ['some text', [start, says('Hel')], ' Hel'],
    ['its stop_reason', [start, says('Hel'), ...end.slice(0, 1)], ' Hel'],
    ['a message_stop without a reason', [start, says('Hel'), ...end.slice(1)], ' Hel'],
    [
      'a stop_reason of null',
      [start, says('Hel'), { type: 'message_delta', delta: { stop_reason: null } }, ...end.slice(1)],
      ' Hel',
    ],
  ])('takes a stream that breaks off after %s for incomplete', (_, events, partialText) => {
    const cause = new Error('socket hang up')
    const error = thrownBy(events, PLAN, cause)
    expect(error).toBeInstanceOf(IncompleteReplyError)
    expect(error).toMatchObject({ partialText })
    expect((error as Error).message).toMatch(/^The (?:stream|server) [^.]+\. .*partialText/)
    if (events.at(-1)?.type !== 'message_stop') expect((error as Error).cause).toBe(cause)
  })

  it.each<[string, MessagesEvent[]]>([
    ['text', [says('Hello!')]],
    ['usage', [{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }]],
    ['an end', end],
    // mockllm sends nothing else. To try again, as after a reply that broke off, would not help.
    ['deltas of another grammar', [{ type: 'message_delta', delta: {} }]],
  ])('does not take %s without a message for a reply', (_, events) => {
    expect(thrownBy(events)).toBeInstanceOf(UnreadableReplyError)
    expect(thrownBy(events)).toMatchObject({ message: expect.stringMatching(/message_start.*baseURL/) })
  })
})
