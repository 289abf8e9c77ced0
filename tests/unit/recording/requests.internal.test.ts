import { describe, expect, test } from 'vitest'
import type { Body, RecordedCall } from '../../../src/recording/format.ts'
import { createReplay, matchCalls } from '../../../src/recording/match.ts'
import { compareRequests, type EquivalenceReason } from '../../../src/recording/requests.ts'

const user = (content: unknown): object => ({ role: 'user', content })
const assistant = (content: unknown): object => ({ role: 'assistant', content })
const blocks = (...texts: string[]): object[] => texts.map(text => ({ type: 'text', text }))

const BASE = {
  model: 'claude-opus-4-8',
  max_tokens: 300,
  system: 'You tell stories to children.',
  messages: [user('Hi, I am Alice.'), assistant('Hello Alice!'), user('Tell me a story.')],
  stop_sequences: ['THE END', '###'],
}
const { system: _system, ...WITHOUT_SYSTEM } = BASE

const same: [why: string, before: object, after: object, reasons: EquivalenceReason[]][] = [
  ['equal requests', BASE, BASE, []],
  ['another order of fields', BASE, Object.fromEntries(Object.entries(BASE).reverse()), []],
  [
    'text blocks',
    BASE,
    { ...BASE, messages: [...BASE.messages.slice(0, 2), user(blocks('Tell me', ' a story.'))] },
    ['text-blocks'],
  ],
  ['a system block', BASE, { ...BASE, system: blocks('You tell stories to children.') }, ['text-blocks']],
  [
    'joined turns',
    { ...BASE, messages: [user('a\n\nb')] },
    { ...BASE, messages: [user('a'), user('b')] },
    ['joined-turns'],
  ],
  ['stream: false', BASE, { ...BASE, stream: false }, ['absent-default']],
  ['an empty system', WITHOUT_SYSTEM, { ...WITHOUT_SYSTEM, system: '' }, ['absent-default']],
  ['null fields', BASE, { ...BASE, metadata: { user_id: null }, thinking: null }, ['absent-default']],
  ['temperature 1', BASE, { ...BASE, temperature: 1 }, ['absent-default']],
  ['no stops', { ...BASE, stop_sequences: [] }, { ...BASE, stop_sequences: undefined }, ['absent-default']],
  ['a stream', BASE, { ...BASE, stream: true }, ['stream']],
  ['stops in another order', BASE, { ...BASE, stop_sequences: ['###', 'THE END'] }, ['stop-order']],
  [
    'a model alias',
    { ...BASE, model: 'claude-haiku-4-5-20251001' },
    { ...BASE, model: 'claude-haiku-4-5' },
    ['model-alias'],
  ],
]

test.each(same)('compareRequests finds no change in %s', (_why, before, after, reasons) => {
  const result = compareRequests(before as Body, after as Body)
  expect(result).toEqual({ verdict: reasons.length === 0 ? 'identical' : 'equivalent', reasons, changes: [] })
})

test('compareRequests names a parameter that was dropped before and after', () => {
  const legacy = { prompt: '', temperature: 0 }
  expect(compareRequests(BASE, BASE, legacy)).toMatchObject({
    verdict: 'equivalent',
    reasons: ['dropped-parameter'],
  })
})

const turns = (at: number, turn: object): object[] =>
  BASE.messages.map((message, index) => (index === at ? turn : message))

const changed: [why: string, after: object, changes: object[]][] = [
  [
    'a lost system text',
    WITHOUT_SYSTEM,
    [{ field: 'system', kind: 'lost', before: '"You tell stories to children."' }],
  ],
  [
    'an edited system text',
    { ...BASE, system: 'You tell tales to children.' },
    [
      {
        field: 'system',
        kind: 'changed',
        before: '"You tell stories to children."',
        after: '"You tell tales to children."',
      },
    ],
  ],
  [
    'a swapped role',
    { ...BASE, messages: turns(1, user('Hello Alice!')) },
    [{ field: 'messages[1].role', kind: 'changed', before: 'assistant', after: 'user' }],
  ],
  [
    'a dropped stop',
    { ...BASE, stop_sequences: ['THE END'] },
    [{ field: 'stop_sequences', kind: 'lost', before: '"###"' }],
  ],
  [
    'all stops dropped',
    { ...BASE, stop_sequences: undefined },
    [{ field: 'stop_sequences', kind: 'lost', before: '["THE END","###"]' }],
  ],
  [
    'another limit',
    { ...BASE, max_tokens: 1000 },
    [{ field: 'max_tokens', kind: 'changed', before: '300', after: '1000' }],
  ],
  ['another model', { ...BASE, model: 'claude-opus-4-7' }, [{ field: 'model', kind: 'changed' }]],
  ['a temperature', { ...BASE, temperature: 0 }, [{ field: 'temperature', kind: 'added', after: '0' }]],
  [
    'a lost turn',
    { ...BASE, messages: BASE.messages.slice(2) },
    [
      { kind: 'lost', before: 'user: "Hi, I am Alice."' },
      { kind: 'lost', before: 'assistant: "Hello Alice!"' },
    ],
  ],
  [
    'a lost prefill',
    { ...BASE, messages: [...BASE.messages, assistant('Once')] },
    [{ field: 'messages[3]', kind: 'added', after: 'assistant: "Once"' }],
  ],
  [
    'a space at the end of a turn',
    { ...BASE, messages: turns(2, user('Tell me a story. ')) },
    [{ field: 'messages[2].content', kind: 'changed' }],
  ],
  [
    'tools',
    { ...BASE, tools: [{ name: 'f' }] },
    [{ field: 'tools', kind: 'added', after: '[{"name":"f"}]' }],
  ],
]

test.each(changed)('compareRequests names %s', (_why, after, changes) => {
  const result = compareRequests(BASE, after as Body)
  expect(result.verdict).toBe('changed')
  expect(result.changes).toHaveLength(changes.length)
  expect(result.changes).toMatchObject(changes)
})

test('a long difference is shortened to its surroundings', () => {
  const text = (word: string): string => `${'a '.repeat(500)}${word}${' b'.repeat(500)}`
  const { changes } = compareRequests(
    { ...BASE, messages: [user(text('left'))] },
    { ...BASE, messages: [user(text('right'))] },
  )
  expect(changes).toHaveLength(1)
  expect(changes[0]?.before).toMatch(/^…"(?:a )+lef" ?…$|^…"[a ]+left?[b ]*"…$/)
  expect(changes[0]?.before?.length).toBeLessThan(100)
})

describe('matchCalls', () => {
  let order = 0
  const call = (content: string, fields: object = {}): RecordedCall => ({
    order: ++order,
    status: 200,
    messages: { model: 'm', max_tokens: 9, messages: [user(content)], ...fields },
  })
  const verdicts = (before: RecordedCall[], after: RecordedCall[]): string[] =>
    matchCalls(before, after).map(({ verdict }) => verdict)

  test('matches by content in any order', () => {
    const texts = ['What is the sky?', 'Tell me a story about ships.', 'List five colours.']
    const before = texts.map(text => call(text))
    const after = texts.toReversed().map(text => call(text))
    expect(verdicts(before, after)).toEqual(['identical', 'identical', 'identical'])
  })

  test('matches equal calls one to one', () => {
    expect(verdicts([call('a'), call('a')], [call('a')])).toEqual(['identical', 'missing'])
    expect(verdicts([call('a')], [call('a'), call('a')])).toEqual(['identical', 'new'])
  })

  test('matches a changed call with the most similar one', () => {
    const before = [call('Tell me a story about ships.'), call('List five colours of the rainbow.')]
    const after = [
      call('List six colours of the rainbow.'),
      call('Tell me a story about ships.', { max_tokens: 8 }),
    ]
    const [story, colours] = matchCalls(before, after)
    expect(story).toMatchObject({ verdict: 'changed', changes: [{ field: 'max_tokens' }] })
    expect(colours).toMatchObject({ verdict: 'changed', changes: [{ field: 'messages[0].content' }] })
  })

  test('reports calls without a counterpart as missing and new', () => {
    expect(verdicts([call('Why is the sky blue?')], [call('Translate this letter, please')])).toEqual([
      'missing',
      'new',
    ])
  })

  test('ignores the retries of a call', () => {
    expect(verdicts([call('a'), { ...call('a'), retry: 1 }], [call('a')])).toEqual(['identical'])
  })

  test('compares thousands of calls', () => {
    const before = Array.from({ length: 3000 }, (_, index) => call(`Question number ${index}`))
    const after = before.map(({ messages }, index) => ({
      order: index,
      status: 200,
      messages: index % 100 === 0 ? { ...messages, max_tokens: 8 } : (messages ?? {}),
    }))
    const counts = verdicts(before, after).filter(verdict => verdict === 'changed').length
    expect(counts).toBe(30)
  })
})

test('createReplay prefers an equal request, then an equivalent one, then the most similar one', () => {
  const recorded = (order: number, content: string): RecordedCall => ({
    order,
    status: 200,
    messages: { model: 'm', max_tokens: 9, messages: [user(content)] },
    reply: { content: blocks(`reply ${order}`) as never, stop_reason: 'end_turn', stop_sequence: null },
  })
  const find = createReplay([recorded(1, 'a b c'), recorded(2, 'd e f'), recorded(3, 'a b c')])
  const ask = (content: unknown, fields: object = {}): number | undefined =>
    find({ model: 'm', max_tokens: 9, messages: [user(content)], ...fields })?.order
  expect(ask('d e f')).toBe(2)
  expect(ask(blocks('a b c'), { stream: true })).toBe(1)
  expect(ask('a b x')).toBe(3)
  expect(ask('d e f')).toBe(2)
})
