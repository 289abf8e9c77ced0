import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import {
  AI_PROMPT,
  type Completion,
  type CompletionCreateParamsNonStreaming,
  type Diagnostic,
  HUMAN_PROMPT,
} from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { ask, type Door, doors, KEY, messagesDoors, params, type Speech } from './doors.ts'
import { collect, join, readLegacyEvents, roads } from './outcomes.ts'
import { delta, ending, messageJson, START, serve } from './raw-server.ts'

interface Answer {
  completion: string
  stop_reason: string
  stop: string | null
}

interface Case extends Answer {
  title: string
  params?: Partial<CompletionCreateParamsNonStreaming>
  /** The beginning of the answer that the prompt ends in. */
  begun?: string
  reply: Reply
  /** What the legacy endpoint itself gives, where that is something else, and why. */
  onComplete?: Partial<Answer> & { because: string }
}

const STOPS_ARE_THE_SERVERS = 'the legacy endpoint stops by itself: nothing is enforced here'

const NATURAL_END = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const COLOURS = '1. Red\n2. Blue\n3. Green\n4. Yellow\n5. Purple\n\nThese are five colours.'

/** What the legacy endpoint would have answered, whichever road the answer comes by. */
const cases: readonly Case[] = [
  { title: 'a natural end', reply: 'Hi there.', completion: ' Hi there.', ...NATURAL_END },
  {
    title: 'max_tokens',
    params: { max_tokens_to_sample: 3 },
    reply: 'one two three four five',
    completion: ' one two three',
    stop_reason: 'max_tokens',
    stop: null,
  },
  {
    title: 'a custom stop',
    params: { stop_sequences: ['4.'] },
    reply: COLOURS,
    completion: ' 1. Red\n2. Blue\n3. Green\n',
    stop_reason: 'stop_sequence',
    stop: '4.',
  },
  {
    title: 'a stop of only whitespace',
    params: { stop_sequences: ['\n\n'] },
    reply: COLOURS,
    completion: ' 1. Red\n2. Blue\n3. Green\n4. Yellow\n5. Purple',
    stop_reason: 'stop_sequence',
    stop: '\n\n',
  },
  {
    title: 'both, the visible one first',
    params: { stop_sequences: ['\n\n', '4.'] },
    reply: COLOURS,
    completion: ' 1. Red\n2. Blue\n3. Green\n',
    stop_reason: 'stop_sequence',
    stop: '4.',
  },
  {
    title: 'both, the blank one first',
    params: { stop_sequences: ['4.', '\n\n'] },
    reply: 'Red, Blue\n\n4. Yellow',
    completion: ' Red, Blue',
    stop_reason: 'stop_sequence',
    stop: '\n\n',
  },
  {
    title: 'a stop at the very beginning',
    params: { stop_sequences: ['STOP'] },
    reply: 'STOP and more',
    completion: '',
    stop_reason: 'stop_sequence',
    stop: 'STOP',
    onComplete: { completion: ' ', because: 'the old models wrote the leading space, before the stop' },
  },
  {
    title: 'the built-in stop, written by the model',
    reply: 'Sure.\n\nHuman: And another?\n\nAssistant: Yes.',
    completion: ' Sure.',
    ...NATURAL_END,
  },
  {
    title: 'the beginning of a stop that is none',
    params: { stop_sequences: ['\n\n\n', 'END.'] },
    reply: 'One.\n\nTwo. END',
    completion: ' One.\n\nTwo. END',
    ...NATURAL_END,
  },
  {
    title: 'stops that the server ignores',
    params: { stop_sequences: ['STOP'] },
    reply: { text: 'Go, then ST, then STOP and go on.', ignoreStops: true },
    completion: ' Go, then ST, then ',
    stop_reason: 'stop_sequence',
    stop: 'STOP',
    onComplete: {
      completion: ' Go, then ST, then STOP and go on.',
      stop: '\n\nHuman:',
      because: STOPS_ARE_THE_SERVERS,
    },
  },
  {
    title: 'a stop that is split over pieces of the text',
    params: { stop_sequences: ['</a>'] },
    reply: { deltas: ['x <', '/', 'a', '> y'], ignoreStops: true },
    completion: ' x ',
    stop_reason: 'stop_sequence',
    stop: '</a>',
    onComplete: { completion: ' x </a> y', stop: '\n\nHuman:', because: STOPS_ARE_THE_SERVERS },
  },
  {
    title: 'a stop that the server reports as a natural end, as llama.cpp does',
    params: { stop_sequences: ['.'] },
    reply: { text: 'Hi', stopReason: 'end_turn', stopSequence: '.' },
    completion: ' Hi',
    stop_reason: 'stop_sequence',
    stop: '.',
  },
  { title: 'a reply that begins with a space', reply: ' Hi.', completion: ' Hi.', ...NATURAL_END },
  { title: 'a reply that begins with a newline', reply: '\nHi.', completion: '\nHi.', ...NATURAL_END },
  {
    title: 'a prefill',
    begun: ' Hello, my name is',
    reply: ' Claude.',
    completion: ' Claude.',
    ...NATURAL_END,
  },
  {
    title: 'a prefill that is continued in the middle of a word',
    begun: ' Cl',
    reply: 'aude.',
    completion: 'aude.',
    ...NATURAL_END,
  },
  {
    title: 'a prefill that ends in a newline',
    begun: ' Here you go:\n',
    reply: '\nYes.',
    completion: 'Yes.',
    ...NATURAL_END,
    onComplete: { completion: '\nYes.', because: 'the prompt is sent with its end, and nothing is dropped' },
  },
  {
    title: 'a refusal',
    reply: { text: 'I', stopReason: 'refusal' },
    completion: ' I',
    stop_reason: 'refusal',
    stop: null,
  },
  {
    title: 'a full context',
    reply: { text: 'I am', stopReason: 'model_context_window_exceeded' },
    completion: ' I am',
    stop_reason: 'max_tokens',
    stop: null,
    onComplete: {
      stop_reason: 'model_context_window_exceeded',
      because: 'an answer of the legacy endpoint is kept as it comes, whatever it says',
    },
  },
  {
    title: 'thinking before the text, and the text in two blocks',
    reply: {
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
        { type: 'text', text: 'A' },
        { type: 'some_future_block', note: 'x' },
        { type: 'text', text: 'B' },
      ],
    },
    completion: ' AB',
    ...NATURAL_END,
  },
  { title: 'no text at all', reply: {}, completion: '', ...NATURAL_END },
  {
    title: 'text of many alphabets',
    reply: '日本語 🐙👩‍👩‍👧 café, “quoted” \\n \u2028 end',
    completion: ' 日本語 🐙👩‍👩‍👧 café, “quoted” \\n \u2028 end',
    ...NATURAL_END,
  },
]

/** The ids of each speech, what it has beside a completion's own fields, and all of them in the order they come in. */
interface Shape {
  id: RegExp
  extra: object
  fields: readonly string[]
}

const FINAL: Shape = {
  id: /^compl_01[1-9A-HJ-NP-Za-km-z]{22}$/,
  extra: {},
  fields: ['type', 'id', 'completion', 'stop_reason', 'model', 'stop', 'log_id'],
}
const shapes: Readonly<Record<Speech, Shape>> = {
  messages: FINAL,
  complete: FINAL,
  // Had neither `type` nor `id`, which are filled in, and two fields that went with it, which are kept.
  'complete of 2023-01-01': {
    id: /^[0-9a-f]{32}$/,
    extra: { truncated: false, exception: null },
    fields: ['completion', 'stop', 'stop_reason', 'truncated', 'log_id', 'model', 'exception', 'type', 'id'],
  },
}

/** The call of a case, as the models behind a door take it. */
function callOf({ params: given, begun }: Case, door: Door): CompletionCreateParamsNonStreaming {
  const prefill = { model: door.prefilled.model, prompt: ask('Who are you?', begun) }
  return { ...door.params, ...(begun !== undefined && prefill), ...given }
}

/** What a case comes to where something is spoken. */
function answerOf({ completion, stop_reason, stop, onComplete }: Case, speech: Speech): Answer {
  const answer = { completion, stop_reason, stop }
  if (speech === 'messages' || onComplete === undefined) return answer
  const { because: _, ...instead } = onComplete
  return { ...answer, ...instead }
}

describe.each(doors)('through $name', door => {
  const { open, params, speech } = door

  describe.each(Object.entries(roads))('%s', (_, road) => {
    test.each(cases)('$title', async given => {
      const { emulator, client } = await open({ reply: given.reply })
      const answer = await road(client, callOf(given, door))
      expect(answer).toEqual({
        type: 'completion',
        id: expect.stringMatching(shapes[speech].id),
        model: given.begun === undefined ? params.model : door.prefilled.answersAs,
        log_id: answer.id,
        ...answerOf(given, speech),
        ...shapes[speech].extra,
      })
      expect(emulator.requests).toHaveLength(1)
    })
  })

  test('Alice is remembered over two calls', async () => {
    const { client } = await open()
    let prompt = ask('Hi! My name is Alice.')
    const first = await client.completions.create({ ...params, prompt })
    prompt += `${first.completion}${HUMAN_PROMPT} What is my name?${AI_PROMPT}`
    const second = await client.completions.create({ ...params, prompt })
    expect([first.completion, second.completion]).toEqual([
      ' Nice to meet you, Alice!',
      ' Your name is Alice.',
    ])
  })

  test('twenty calls at once each get their own answer', async () => {
    const { client, emulator } = await open()
    const numbers = Array.from({ length: 20 }, (_, index) => index)
    const answers = await Promise.all(
      numbers.map(async number => {
        const call = {
          ...params,
          prompt: ask(`What is ${number} + ${number}? Answer with only the number.`),
        }
        return number % 2 === 0
          ? client.completions.create(call)
          : client.completions.stream(call).finalCompletion()
      }),
    )
    expect(answers.map(({ completion }) => completion)).toEqual(numbers.map(number => ` ${2 * number}`))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(20)
    expect(emulator.requests).toHaveLength(20)
  })

  describe('asResponse()', () => {
    test.each([{}, { stop_sequences: ['\n\n'] }])('is the answer of the legacy endpoint, %j', async given => {
      const { client } = await open({ reply: { text: 'Hi.', headers: { 'x-extra': 'kept' } } })
      const response = await client.completions.create({ ...params, ...given }).asResponse()
      expect(response).toBeInstanceOf(Response)
      expect([response.status, response.bodyUsed]).toEqual([200, false])
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('x-extra')).toBe('kept')
      expect(response.headers.get('request-id')).toMatch(/^req_/)
      expect(response.headers.get('content-length') ?? '').toBe('')
      expect(Object.keys(await response.json())).toEqual(shapes[speech].fields)
    })

    test('of a stream is the stream of the legacy endpoint', async () => {
      const { client } = await open({ reply: 'one two' })
      const response = await client.completions.create({ ...params, stream: true }).asResponse()
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      const chunks = await readLegacyEvents(response)
      expect(chunks.map(({ completion }) => completion)).toEqual([' one', ' two', ''])
    })
  })

  test('withResponse() has the completion beside the answer it was made from', async () => {
    const { client } = await open({ reply: { text: 'Hi.', headers: { 'x-extra': 'kept' } } })
    const whole = await client.completions.create(params).withResponse()
    expect(whole.data.completion).toBe(' Hi.')
    expect(whole.response.headers.get('x-extra')).toBe('kept')
    expect(whole.request_id).toBe(whole.response.headers.get('request-id'))
    const streamed = await client.completions.create({ ...params, stream: true }).withResponse()
    expect(join(await collect(streamed.data)).completion).toBe(' Hi.')
    expect(streamed.request_id).toBe(streamed.response.headers.get('request-id'))
  })

  test('_request_id shows in no JSON', async () => {
    const { client } = await open({ reply: 'one' })
    const { data, request_id } = await client.completions.create(params).withResponse()
    expect(request_id).toMatch(/^req_/)
    expect(Object.getOwnPropertyDescriptor(data, '_request_id')).toMatchObject({
      value: request_id,
      enumerable: false,
    })
  })
})

// There is no message behind a legacy completion, its request is sent as it is, and nothing is noticed in either.
describe.each(messagesDoors)('through $name', ({ open }) => {
  describe('the request', () => {
    const requests: readonly [title: string, given: object, body: object][] = [
      [
        'is the question alone',
        {},
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
      [
        'has the system prompt, all turns, and the prefill',
        {
          model: 'claude-haiku-4-5',
          prompt: `Be kind.${HUMAN_PROMPT} Hi! My name is Alice.${AI_PROMPT} Hello, Alice!${HUMAN_PROMPT} What is my name?${AI_PROMPT} Your name is`,
        },
        {
          model: 'claude-haiku-4-5',
          max_tokens: 300,
          system: 'Be kind.',
          messages: [
            { role: 'user', content: 'Hi! My name is Alice.' },
            { role: 'assistant', content: 'Hello, Alice!' },
            { role: 'user', content: 'What is my name?' },
            { role: 'assistant', content: 'Your name is' },
          ],
        },
      ],
      [
        'names the replacement of a retired model',
        { model: 'claude-2.1' },
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
      [
        'leaves out what is -1',
        { temperature: -1, top_p: -1, top_k: -1 },
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
      [
        'keeps sampling, visible stops and metadata',
        {
          model: 'claude-haiku-4-5',
          temperature: 0,
          top_k: 5,
          stop_sequences: ['4.', 'END'],
          metadata: { user_id: 'u-1' },
        },
        {
          model: 'claude-haiku-4-5',
          max_tokens: 300,
          messages: [{ role: 'user', content: 'Hello, Claude' }],
          stop_sequences: ['4.', 'END'],
          temperature: 0,
          top_k: 5,
          metadata: { user_id: 'u-1' },
        },
      ],
      [
        'is streamed, without the blank stops, when they are enforced here',
        { stop_sequences: ['\n\n', '4.'] },
        {
          model: 'claude-opus-4-8',
          max_tokens: 300,
          messages: [{ role: 'user', content: 'Hello, Claude' }],
          stop_sequences: ['4.'],
          stream: true,
        },
      ],
      [
        'has neither betas nor workspace_id in it',
        { betas: ['one', 'two'], workspace_id: 'w-1' },
        { model: 'claude-opus-4-8', max_tokens: 300, messages: [{ role: 'user', content: 'Hello, Claude' }] },
      ],
    ]
    test.each(requests)('%s', async (_, given, body) => {
      const { emulator, client } = await open()
      await client.completions.create({ ...params, ...given })
      expect(emulator.requests[0]?.body).toEqual(body)
      await collect(client.completions.stream({ ...params, ...given }))
      expect(emulator.requests[1]?.body).toEqual({ ...body, stream: true })
    })

    test('is a POST with the headers of the old SDK and none of its telemetry', async () => {
      const { emulator, client } = await open()
      await client.completions.create(params)
      const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
      const { method, path, headers = {} } = emulator.requests[0] ?? {}
      expect([method, path]).toEqual(['POST', '/v1/messages'])
      expect(headers).toMatchObject({
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': `legacy-completions/${version}`,
        'x-api-key': KEY,
        'anthropic-version': '2023-06-01',
      })
      expect(
        Object.keys(headers).filter(name => /stainless|authorization|anthropic-beta|workspace/.test(name)),
      ).toEqual([])
    })

    test('has betas and workspace_id in its headers', async () => {
      const { emulator, client } = await open()
      await client.completions.create({ ...params, betas: ['one', 'two'], workspace_id: 'w-1' })
      expect(emulator.requests[0]?.headers).toMatchObject({
        'anthropic-beta': 'one,two',
        'anthropic-workspace-id': 'w-1',
      })
    })
  })

  describe('what shows in no JSON', () => {
    const hidden = async (completion: Completion, outputTokens: number): Promise<void> => {
      expect(completion._message).toMatchObject({
        id: completion.id.replace('compl_', 'msg_'),
        stop_reason: 'end_turn',
        content: [{ type: 'text', text: 'one two three' }],
        usage: { input_tokens: expect.any(Number), output_tokens: outputTokens },
      })
      expect(JSON.stringify(completion)).not.toMatch(/usage|_message|_request_id/)
      expect(Object.keys(completion)).not.toContain('_message')
    }

    test.each([{}, { stop_sequences: ['\n\n'] }])('_message of a whole completion, %j', async given => {
      const { client } = await open({ reply: 'one two three' })
      await hidden(await client.completions.create({ ...params, ...given }), 3)
    })

    test('_message of the last chunk, and of the completion they add up to', async () => {
      const { client } = await open({ reply: 'one two three' })
      const stream = client.completions.stream(params)
      const chunks = await collect(stream)
      const last = chunks.pop()
      expect(chunks.map(chunk => chunk._message)).toEqual(chunks.map(() => undefined))
      if (last === undefined) throw new Error('no chunk')
      await hidden(last, 3)
      await hidden(await stream.finalCompletion(), 3)
    })
  })

  test('onDiagnostic receives what was changed, then what was noticed in the reply', async () => {
    const { connect } = await open({ reply: { text: '', stopReason: 'refusal' } })
    const received: unknown[][] = []
    const client = connect({ onDiagnostic: (...args: [Diagnostic]) => received.push(args) })
    await client.completions.create({ ...params, model: 'claude-2.1', stop_sequences: ['\n'] })
    expect(received.map(([diagnostic]) => (diagnostic as Diagnostic).code)).toEqual([
      'retired-model',
      'stop-enforced-here',
      'no-text',
      'foreign-stop-reason',
    ])
    // Nothing but the diagnostic: `onDiagnostic: console.warn` would print the rest.
    expect(received.map(args => args.length)).toEqual([1, 1, 1, 1])
  })

  test('style: messages leaves text, id and stop_reason alone', async () => {
    const { connect } = await open({ reply: 'Hi.\n\nHuman: x' })
    const client = connect({ style: 'messages' })
    const { completion, id, stop_reason, stop } = await client.completions.create(params)
    expect({ completion, stop_reason, stop }).toEqual({
      completion: 'Hi.\n\nHuman: x',
      stop_reason: 'end_turn',
      stop: null,
    })
    expect(id).toMatch(/^msg_/)
  })
})

test('asResponse() says nothing of the bytes that the server sent, which are not its own', async () => {
  const server = await serve((request, response) => {
    const isStream = request.headers['x-stream'] === '1'
    const body = gzipSync(isStream ? START + delta('Hi.') + ending() : messageJson())
    response.writeHead(200, {
      'content-type': isStream ? 'text/event-stream' : 'application/json',
      'content-encoding': 'gzip',
      'content-length': body.length,
    })
    response.end(body)
  })
  const { completions } = server.client()
  const whole = await completions.create(params).asResponse()
  const streamed = await completions
    .create({ ...params, stream: true }, { headers: { 'x-stream': '1' } })
    .asResponse()
  for (const { headers } of [whole, streamed]) {
    for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) {
      expect(headers.has(name)).toBe(false)
    }
  }
  expect((await whole.json()).completion).toBe(' Hi.')
  expect(join(await readLegacyEvents(streamed)).completion).toBe(' Hi.')
})
