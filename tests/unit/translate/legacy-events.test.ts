import { APIError, IncompleteReplyError, UnreadableReplyError } from 'legacy-completions'
import { type Completion, readLegacyEvents, wholeLegacyCompletion } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

interface Sent {
  event?: string
  data: string
}

const ID = 'compl_015dfgyiT7JLszAiMbGMtgeG'
const HASH = '1cc6d5bd7fcadce7bba96746de63d5e0b1c0eaf78981f7aa1cf5403e66737bdd'

/** What a completion comes out as, unless a case says otherwise: a chunk in the middle, as of 2024. */
const CHUNK: Completion = {
  type: 'completion',
  id: ID,
  completion: ' Light',
  stop_reason: null,
  model: 'claude-2.1',
  stop: null,
  log_id: ID,
}
const ENDED = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const CUT = { stop_reason: 'max_tokens', stop: null }

const named = (fields: object, event = 'completion'): Sent => ({ event, data: JSON.stringify(fields) })
const unnamed = (fields: object): Sent => ({ data: JSON.stringify(fields) })

/** As of 2023-01-01: all of the text so far, and neither a type nor an id. */
const soFar = (completion: string, end: object = { stop_reason: null, stop: null }): Sent =>
  unnamed({ completion, ...end, truncated: false, log_id: HASH, model: 'claude-v1.3', exception: null })

const PING: Sent = { event: 'ping', data: '{"type": "ping"}' }
const DONE: Sent = { data: '[DONE]' }
const LAST = named({ ...CHUNK, completion: '', ...ENDED })

interface StreamCase {
  title: string
  sent: readonly Sent[]
  /** The texts of the chunks. */
  texts: readonly string[]
  /** The fields of the whole completion in addition to its text, where they differ from 2024. */
  whole?: object
}

const FIRST_DIALECT = {
  id: HASH,
  log_id: HASH,
  model: 'claude-v1.3',
  truncated: false,
  exception: null,
}

const streams: readonly StreamCase[] = [
  {
    title: 'a stream of 2024',
    sent: [
      named(CHUNK),
      { event: 'completion', data: `${JSON.stringify({ ...CHUNK, completion: ' sc' }).slice(0, -1)}     }` },
      PING,
      named({ ...CHUNK, completion: 'atters' }),
      LAST,
    ],
    texts: [' Light', ' sc', 'atters', ''],
  },
  {
    title: 'a stream of late 2023, without type and id, and with pings of nothing',
    sent: [
      named({ completion: ' 2', stop_reason: null, model: 'claude-instant-1.2', stop: null, log_id: HASH }),
      { event: 'ping', data: '{}' },
      named({ completion: '', ...ENDED, model: 'claude-instant-1.2', log_id: HASH }),
    ],
    texts: [' 2', ''],
    whole: { id: HASH, log_id: HASH, model: 'claude-instant-1.2' },
  },
  {
    title: 'the end max_tokens, with text in the last event',
    sent: [named(CHUNK), named({ ...CHUNK, completion: ' and', ...CUT })],
    texts: [' Light', ' and'],
    whole: CUT,
  },
  {
    title: 'the first dialect, whose events hold all of the text so far',
    sent: [soFar(' Hello'), { event: 'ping', data: '' }, soFar(' Hello there.', ENDED), DONE],
    texts: [' Hello', ' there.'],
    whole: FIRST_DIALECT,
  },
  {
    title: 'the first dialect, with an event that adds nothing',
    sent: [soFar(''), soFar(' Hi'), soFar(' Hi'), soFar(' Hi', CUT)],
    texts: ['', ' Hi', '', ''],
    whole: { ...FIRST_DIALECT, ...CUT },
  },
  {
    title: 'the first dialect under the name that an event without a name has',
    sent: [
      { ...soFar(' Hello'), event: 'message' },
      { ...soFar(' Hello there.', ENDED), event: 'message' },
    ],
    texts: [' Hello', ' there.'],
    whole: FIRST_DIALECT,
  },
  {
    title: 'the second dialect, its names lost on the way',
    sent: [
      unnamed(CHUNK),
      unnamed({ ...CHUNK, completion: ' Light' }),
      unnamed({ ...CHUNK, completion: '', ...ENDED }),
    ],
    texts: [' Light', ' Light', ''],
  },
  {
    title: 'Bedrock’s chunks, which name neither model nor id',
    sent: [
      named({ completion: ' Hi', stop_reason: null, stop: null }),
      named({ completion: '', ...ENDED, 'amazon-bedrock-invocationMetrics': { inputTokenCount: 25 } }),
    ],
    texts: [' Hi', ''],
    whole: {
      id: '',
      log_id: '',
      model: 'claude-asked',
      'amazon-bedrock-invocationMetrics': { inputTokenCount: 25 },
    },
  },
  {
    title: 'an id without a log_id',
    sent: [named({ completion: '', ...ENDED, id: ID, model: 'claude-2.1' })],
    texts: [''],
  },
  {
    title: 'an id and another log_id, each of which is kept',
    sent: [named({ ...CHUNK, ...ENDED, log_id: HASH })],
    texts: [' Light'],
    whole: { log_id: HASH },
  },
  {
    title: 'fields of the wrong type, which are as good as not there',
    sent: [named({ completion: ' Hi', ...ENDED, id: 5, log_id: null, model: {}, stop: ['x'] })],
    texts: [' Hi'],
    whole: { id: '', log_id: '', model: 'claude-asked', stop: null },
  },
  {
    title: 'an error of null next to the text',
    sent: [named({ ...CHUNK, ...ENDED, error: null })],
    texts: [' Light'],
    whole: { error: null },
  },
  {
    title: 'a stop_reason that nobody knows',
    sent: [named({ ...CHUNK, stop_reason: 'news' })],
    texts: [' Light'],
    whole: { stop_reason: 'news', stop: null },
  },
  {
    title: 'events that do not exist yet, whatever they hold',
    sent: [
      { event: 'news', data: 'not JSON' },
      named({ ...CHUNK, completion: 'no' }, 'completion_news'),
      { event: 'completion', data: '' },
      DONE,
      { event: 'done', data: '[DONE]' },
      LAST,
    ],
    texts: [''],
  },
  {
    title: 'what follows the end, and says nothing',
    sent: [
      LAST,
      named(CHUNK),
      named({ error: { type: 'api_error', message: 'x' } }, 'error'),
      { data: 'no' },
    ],
    texts: [''],
  },
]

/** The reason, what is kept, and the remedy. */
const WHY_INCOMPLETE = /^The (?:stream|server) [^.]+\. .*partialText.*again/

describe('readLegacyEvents', () => {
  it.each(streams)('reads $title', ({ sent, texts, whole }) => {
    const reader = readLegacyEvents('claude-asked')
    const chunks: Completion[] = []
    for (const event of sent) {
      const isOver = reader.done
      const given = reader.push(event)
      chunks.push(...given)
      if (isOver) expect(given).toEqual([])
      expect(reader.abandon()).toBe(chunks.map(({ completion }) => completion).join(''))
      expect(reader.done).toBe(chunks.at(-1)?.stop_reason != null)
    }
    expect(chunks.map(({ completion }) => completion)).toEqual(texts)
    const completion = texts.join('')
    expect(reader.abandon()).toBe(completion)
    expect(reader.end()).toStrictEqual({ ...CHUNK, ...ENDED, ...whole, completion })
    // Each chunk has the fields of the whole; only the last says how it ended.
    const { stop_reason, stop, ...same } = { ...CHUNK, ...whole }
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk).toMatchObject({ type: same.type, id: same.id, log_id: same.log_id, model: same.model })
      expect([chunk.stop_reason, chunk.stop]).toEqual([null, null])
    }
  })

  const overloaded = { type: 'overloaded_error', message: 'Overloaded' }
  it.each<[title: string, sent: Sent, body: unknown]>([
    ['an error', named({ type: 'error', error: overloaded }, 'error'), { type: 'error', error: overloaded }],
    ['an error of 2023', named({ error: overloaded }, 'error'), { error: overloaded }],
    ['an error without a name', unnamed({ error: overloaded }), { error: overloaded }],
    [
      'an error under the name of a completion',
      named({ type: 'error', error: overloaded }),
      { type: 'error', error: overloaded },
    ],
    ['an error that is not JSON', { event: 'error', data: 'out of memory' }, 'out of memory'],
    [
      'an error that has a completion, too',
      named({ completion: 'x', error: overloaded }, 'error'),
      { completion: 'x', error: overloaded },
    ],
  ])('passes %s on, with the text so far', (_, sent, body) => {
    const reader = readLegacyEvents('claude-asked')
    reader.push(named(CHUNK))
    const error = thrownBy(() => reader.push(sent))
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: undefined, error: body, partialText: ' Light' })
    expect(reader.abandon()).toBe(' Light')
  })

  it.each<[string, readonly Sent[], string]>([
    ['nothing', [], ''],
    ['an end mark alone', [DONE], ''],
    ['a text without an end', [named(CHUNK), DONE], ' Light'],
    ['the first dialect without an end', [soFar(' Hello'), soFar(' Hello th')], ' Hello th'],
  ])('takes %s for incomplete', (_, sent, partialText) => {
    const reader = readLegacyEvents('claude-asked')
    for (const event of sent) reader.push(event)
    const cause = new Error('socket hang up')
    const error = thrownBy(() => reader.end(cause))
    expect(error).toBeInstanceOf(IncompleteReplyError)
    expect(error).toMatchObject({ partialText, cause, message: expect.stringMatching(WHY_INCOMPLETE) })
  })

  const NOT_JSON = /^The reply holds an event of \d+ characters that is not JSON\./
  const NO_COMPLETION = /^The reply is not a completion\./
  const TAKEN_BACK = /^The reply takes back text/
  it.each<[title: string, sent: Sent, reason: RegExp]>([
    ['what is not JSON', { event: 'completion', data: '{"completion":"x7Kq' }, NOT_JSON],
    ['HTML', { data: '<html>x7Kq</html>' }, NOT_JSON],
    ['null', { data: 'null' }, NO_COMPLETION],
    ['a text', { data: '"x7Kq"' }, NO_COMPLETION],
    ['a number', { event: 'completion', data: '5' }, NO_COMPLETION],
    ['a list', { data: '["x7Kq"]' }, NO_COMPLETION],
    [
      'an event of the Messages API',
      unnamed({ type: 'message_start', message: { id: 'x7Kq' } }),
      NO_COMPLETION,
    ],
    ['a completion that is no text', named({ completion: { x7Kq: 1 }, stop_reason: null }), NO_COMPLETION],
    ['text that takes back what was sent', soFar(' Lx7Kq'), TAKEN_BACK],
    ['text that takes back its end', soFar(' Ligh'), TAKEN_BACK],
  ])('says of %s that it cannot be read, and shows nothing of it', (_, sent, reason) => {
    const reader = readLegacyEvents('claude-asked')
    reader.push(soFar(' Light'))
    const error = thrownBy(() => reader.push(sent))
    expect(error).toBeInstanceOf(UnreadableReplyError)
    const { message, stack, cause } = error
    expect(message).toMatch(reason)
    expect(message).toMatch(/baseURL.*\/v1\/complete\?$/)
    expect(`${message} ${stack} ${cause}`).not.toContain('x7Kq')
    expect([reader.abandon(), reader.done]).toEqual([' Light', false])
  })
})

describe('wholeLegacyCompletion', () => {
  const wholes: readonly (readonly [title: string, answer: object, made: object])[] = [
    [
      'early 2023',
      {
        completion: ' Leaves',
        stop: '\n\nHuman:',
        stop_reason: 'stop_sequence',
        truncated: false,
        log_id: 'f5d95cf3',
        model: 'claude-v1',
        exception: null,
      },
      { id: 'f5d95cf3', log_id: 'f5d95cf3', model: 'claude-v1', truncated: false, exception: null, ...ENDED },
    ],
    [
      'late 2023',
      { completion: ' Leaves', stop_reason: 'max_tokens', model: 'claude-2.0', stop: null, log_id: HASH },
      { id: HASH, log_id: HASH, model: 'claude-2.0', ...CUT },
    ],
    ['2024', { ...CHUNK, completion: ' Leaves', ...ENDED }, ENDED],
    [
      'Bedrock',
      { type: 'completion', completion: ' Leaves', ...ENDED },
      { id: '', log_id: '', model: 'claude-asked', ...ENDED },
    ],
  ]
  it.each(wholes)('reads an answer of %s', (_, answer, made) => {
    expect(wholeLegacyCompletion(answer, 'claude-asked')).toStrictEqual({
      ...CHUNK,
      ...made,
      completion: ' Leaves',
    })
  })

  it('takes one without a stop_reason for cut off, as in 2023 after an exception', () => {
    const answer = { completion: ' Lea', stop_reason: null, stop: null, exception: 'RuntimeError' }
    const error = thrownBy(() => wholeLegacyCompletion(answer, 'claude-asked'))
    expect(error).toBeInstanceOf(IncompleteReplyError)
    expect(error).toMatchObject({ partialText: ' Lea', message: expect.stringMatching(WHY_INCOMPLETE) })
  })

  it.each<unknown>([
    undefined,
    null,
    '',
    'x',
    5,
    [],
    {},
    { completion: null },
    { type: 'message', content: [] },
  ])('says of %j that it is no completion', answer => {
    const error = thrownBy(() => wholeLegacyCompletion(answer, 'claude-asked'))
    expect(error).toBeInstanceOf(UnreadableReplyError)
    expect(error.message).toMatch(/is not a completion.*baseURL.*\/v1\/complete/)
  })
})

function thrownBy(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('Nothing was thrown.')
}
