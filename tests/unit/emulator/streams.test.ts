import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createEmulator, type EmulatorOptions, type Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { adapters, completeBody, messagesBody, post } from './adapters.ts'

const prompt = (question: string): string => `\n\nHuman: ${question}\n\nAssistant:`

interface Asked {
  version?: string
  options?: EmulatorOptions
}

async function stream(path: string, body: object, { version, options }: Asked = {}): Promise<string> {
  const emulator = createEmulator(options)
  const init = post({ ...body, stream: true }, version === undefined ? {} : { 'anthropic-version': version })
  const response = await emulator.fetch(`http://emulator.test${path}`, init)
  expect(response.status).toBe(200)
  return response.text()
}
const legacy = (fields: object, asked?: Asked): Promise<string> =>
  stream('/v1/complete', completeBody(fields), asked)
const messages = (fields: object, asked?: Asked): Promise<string> =>
  stream('/v1/messages', messagesBody(fields), asked)

/** What stays of a recorded stream when everything that may differ is taken out: lines, keys, and kinds of value. */
function structure(bytes: string): string[] {
  return bytes.split('\n').map(line => {
    if (!line.startsWith('data: {')) return line
    const { type, completion, stop_reason, ...rest } = JSON.parse(line.slice('data: '.length))
    const padding = / {0,15}\}(\r?)$/.exec(line)?.[1]
    const text = completion === undefined ? undefined : completion === '' ? 'empty' : 'text'
    return JSON.stringify({ type, text, stop_reason, keys: Object.keys(rest), line: padding })
  })
}

const recorded = fileURLToPath(new URL('../../../../shared/corpus/wire/v1-complete/stream/', import.meta.url))
const names = existsSync(recorded) ? readdirSync(recorded).filter(name => name.endsWith('.response.sse')) : []

describe('compared with recorded legacy streams', () => {
  if (names.length === 0)
    test('recordings', ({ skip }) => skip('there are no recordings next to the repository'))

  test.each(names)('%s', async name => {
    const theirs = readFileSync(recorded + name, 'utf8')
    const { stream: _, ...request } = JSON.parse(
      readFileSync(recorded + name.replace('.response.sse', '.request.json'), 'utf8'),
    )
    const ours = await legacy(request)
    expect(structure(ours)).toEqual(structure(theirs))
    // The first words aside, the same request must give lines of the same form, byte for byte but for the ids.
    const anonymous = (text: string): string[] =>
      text.split('\n').map(line =>
        line
          .replace(/compl_01\w{22}/g, 'ID')
          .replace(/"completion":"(?:[^"\\]|\\.)*"/, '"completion":""')
          .replace(/ *\}\r$/, '}\r'),
      )
    expect(anonymous(ours)).toEqual(anonymous(theirs))
  })
})

describe('legacy streams of 2023-06-01', () => {
  test('a natural end: a space, a ping after the second text, an empty last event, CRLF, padding', async () => {
    const bytes = await legacy({ prompt: prompt('What is 2+2?') })
    const id = /compl_01\w{22}/.exec(bytes)?.[0]
    const event = (text: string, reason = 'null', stop = 'null'): string =>
      `event: completion\r\ndata: {"type":"completion","id":"${id}","completion":"${text}","stop_reason":${reason},"model":"claude-2.1","stop":${stop},"log_id":"${id}"}\r\n\r\n`
    expect(bytes.replace(/ *\}\r\n\r\n/g, '}\r\n\r\n')).toBe(
      [
        event(' 2'),
        event(' +'),
        'event: ping\r\ndata: {"type": "ping"}\r\n\r\n',
        event(' 2'),
        event(' ='),
        event(' 4.'),
        event('', '"stop_sequence"', '"\\n\\nHuman:"'),
      ].join(''),
    )
    const padding = [...bytes.matchAll(/( *)\}\r\n\r\n/g)].map(([, spaces]) => spaces?.length ?? 0)
    expect(new Set(padding).size).toBeGreaterThan(2)
    expect(Math.max(...padding)).toBeLessThanOrEqual(15)
  })

  test('max_tokens: the reason comes with the last text', async () => {
    const bytes = await legacy({ prompt: prompt('What is 2+2?'), max_tokens_to_sample: 2 })
    expect(bytes.match(/"completion":"[^"]*","stop_reason":[^,]*/g)).toEqual([
      '"completion":" 2","stop_reason":null',
      '"completion":" +","stop_reason":"max_tokens"',
    ])
  })

  test('a stop sequence is cut out of the text, even across pieces', async () => {
    const bytes = await legacy(
      { stop_sequences: ['</answer>'] },
      { options: { reply: { deltas: ['4', '</', 'ans', 'wer> and so on'] } } },
    )
    expect(bytes.match(/"completion":"[^"]*"/g)).toEqual(['"completion":" 4"', '"completion":""'])
    expect(bytes).toContain('"stop":"</answer>"')
  })

  test('no ping when they are switched off', async () => {
    expect(await legacy({}, { options: { pings: false } })).not.toContain('ping')
  })
})

describe('legacy streams of 2023-01-01', () => {
  test('unnamed events, each with the whole text, and [DONE]', async () => {
    const bytes = await legacy(
      { prompt: prompt('What is 2+2?'), max_tokens_to_sample: 3, model: 'claude-v1' },
      { version: '2023-01-01' },
    )
    const logId = /"log_id": "([0-9a-f]{32})"/.exec(bytes)?.[1]
    const event = (text: string, reason = 'null'): string =>
      `data: {"completion": "${text}", "stop": null, "stop_reason": ${reason}, "truncated": false, "log_id": "${logId}", "model": "claude-v1.3", "exception": null}\r\n\r\n`
    expect(bytes).toBe(
      [
        event(' 2'),
        event(' 2 +'),
        'event: ping\r\ndata: {}\r\n\r\n',
        event(' 2 + 2'),
        event(' 2 + 2', '"max_tokens"'),
        'data: [DONE]\r\n\r\n',
      ].join(''),
    )
  })
})

describe('Messages streams', () => {
  const events = (bytes: string): { name: string; data: Record<string, unknown> }[] => {
    const blocks = bytes.split('\n\n')
    expect(blocks.pop()).toBe('')
    return blocks.map(block => {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (\{.*\})$/.exec(block) ?? []
      return { name, data: JSON.parse(data) }
    })
  }

  test('the grammar, on a model that thinks', async () => {
    const bytes = await messages({
      model: 'claude-opus-5',
      messages: [{ role: 'user', content: 'What is 2+2?' }],
      max_tokens: 14,
    })
    const seen = events(bytes)
    for (const { name, data } of seen) expect(data.type).toBe(name)
    expect(seen.map(({ data }) => data)).toMatchObject([
      {
        type: 'message_start',
        message: {
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: '2' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: ' +' } },
      { type: 'content_block_stop', index: 1 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'max_tokens', stop_sequence: null },
        usage: { input_tokens: 3, output_tokens: 14 },
      },
      { type: 'message_stop' },
    ])
    expect(bytes).toContain('event: ping\ndata: {"type": "ping"}\n\n')
    expect(bytes).not.toContain('\r')
  })

  test('a thinking block with words', async () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
      { type: 'text', text: 'Yes' },
    ]
    const bytes = await messages({}, { options: { reply: { content } } })
    expect(events(bytes).flatMap(({ data }) => data.delta ?? [])).toMatchObject([
      { type: 'thinking_delta', thinking: 'Hm.' },
      { type: 'signature_delta', signature: 'sig' },
      { type: 'text_delta', text: 'Yes' },
      { stop_reason: 'end_turn' },
    ])
  })
})

describe('a stream and a whole reply say the same', () => {
  const replies: Reply[] = [
    'Hello there, how are you?',
    '',
    { text: 'one STOP two' },
    { text: 'one STOP two', ignoreStops: true },
    {
      content: [
        { type: 'text', text: 'one ' },
        { type: 'text', text: 'two STOP' },
        { type: 'text', text: 'three' },
      ],
    },
    { text: 'No.', stopReason: 'refusal' },
    { text: 'x', stopReason: 'end_turn', stopSequence: 'STOP' },
    { text: 'many many many many many many many many words' },
    { deltas: ['one S', 'TOP', ' two'] },
  ]
  const limits = { stop_sequences: ['STOP'] }

  test.each(replies)('%j', async reply => {
    const body = messagesBody({ ...limits, max_tokens: 6 })
    const whole = await (
      await createEmulator({ reply }).fetch('http://emulator.test/v1/messages', post(body))
    ).json()
    const content: { type: string; text: string }[] = []
    let end = {}
    for (const line of (await stream('/v1/messages', body, { options: { reply } })).split('\n')) {
      const data = line.startsWith('data: ') ? JSON.parse(line.slice(6)) : {}
      if (data.type === 'content_block_start') content.push({ ...data.content_block })
      const block = content[data.index]
      if (data.type === 'content_block_delta' && block) block.text += data.delta.text
      if (data.type === 'message_delta') end = { ...data.delta, usage: data.usage }
    }
    expect({ content, ...end }).toEqual({
      content: whole.content,
      stop_reason: whole.stop_reason,
      stop_sequence: whole.stop_sequence,
      stop_details: whole.stop_details,
      usage: whole.usage,
    })

    const asked = completeBody({ ...limits, max_tokens_to_sample: 6 })
    const completion = await (
      await createEmulator({ reply }).fetch('http://emulator.test/v1/complete', post(asked))
    ).json()
    const chunks = (await stream('/v1/complete', asked, { options: { reply } }))
      .split('\r\n')
      .filter(line => line.startsWith('data: {"type":"completion"'))
      .map(line => JSON.parse(line.slice(6)))
    expect(chunks.map(chunk => chunk.completion).join('')).toBe(completion.completion)
    expect(chunks.at(-1)).toMatchObject({ stop_reason: completion.stop_reason, stop: completion.stop })
    for (const chunk of chunks.slice(0, -1)) expect(chunk.stop_reason).toBeNull()
  })
})

test.each(adapters)('the headers of a stream through $name', async adapter => {
  const open = await adapter.open()
  for (const [path, body] of [
    ['/v1/complete', completeBody({ stream: true })],
    ['/v1/messages', messagesBody({ stream: true })],
  ] as const) {
    const response = await open.send(path, post(body))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('request-id')).toMatch(/^req_01/)
    await response.text()
  }
  await open.close()
})
