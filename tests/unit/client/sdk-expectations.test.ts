/** What the official SDKs expect of themselves, tried on this client: streams, headers, queries and retries. */
import { Anthropic, APIError, APIUserAbortError, type ClientOptions, Stream } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'

const params = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 30,
  prompt: '\n\nHuman: Hi\n\nAssistant:',
}

interface Sent {
  url: URL
  headers: Headers
  body: Record<string, unknown>
}

/** A client whose first attempts get these responses, and the requests that it sends. */
function open(options: ClientOptions = {}, first: readonly (() => Promise<Response>)[] = []) {
  const emulator = createEmulator({ reply: 'Hi.' })
  const sent: Sent[] = []
  const client = new Anthropic({
    apiKey: 'k',
    ...options,
    fetch(url, init) {
      sent.push({
        url: new URL(url),
        headers: new Headers(init.headers),
        body: JSON.parse(String(init.body)),
      })
      return first[sent.length - 1]?.() ?? emulator.fetch('http://emulator.test/v1/messages', init)
    },
  })
  return { client, sent }
}

const refusing = (headers: Record<string, string>) => async (): Promise<Response> =>
  new Response(undefined, { status: 429, headers })

describe('Stream.fromSSEResponse', () => {
  const itemsOf = async (...pieces: (string | number[])[]): Promise<unknown[]> => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces)
          controller.enqueue(
            typeof piece === 'string' ? new TextEncoder().encode(piece) : Uint8Array.from(piece),
          )
        controller.close()
      },
    })
    const items: unknown[] = []
    for await (const item of Stream.fromSSEResponse(new Response(body), new AbortController()))
      items.push(item)
    return items
  }

  const cases: readonly [title: string, pieces: (string | number[])[], items: unknown[]][] = [
    ['one event, line by line', ['event: completion\n', 'data: {"a":true}\n', '\n'], [{ a: true }]],
    ['data without a name', ['data: {"a":true}\n\n'], []],
    ['a ping among events', ['event: x\ndata: 1\n\nevent: ping\ndata: {"b":false}\n\n'], [1]],
    [
      'data of several lines, some of them empty',
      ['event: x\ndata: {\ndata: "a":\ndata: \ndata:\ndata: true}\n\n\n'],
      [{ a: true }],
    ],
    ['an escaped empty line', ['event: x\ndata: {"a":"one\\n\\ntwo"}', '\n\n'], [{ a: 'one\n\ntwo' }]],
    [
      'a line separator of Unicode',
      ['event: x\ndata: {"a":"', [0xe2, 0x80, 0xa8], '"}\n\n'],
      [{ a: '\u2028' }],
    ],
    [
      'characters that are split between pieces',
      ['event: x\ndata: "', [0xd0], [0xb8, 0xd0], [0xb7], '"\n\n'],
      ['из'],
    ],
  ]

  test.each(cases)('reads %s', async (_, pieces, items) => {
    expect(await itemsOf(...pieces)).toEqual(items)
  })

  test('throws for an error event, with its data as the message', async () => {
    const data = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    const error: unknown = await itemsOf(`event: error\ndata: ${data}`, '\n\n').catch(
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(APIError)
    expect(String(error)).toBe(`Error: ${data}`)
  })
})

describe('headers', () => {
  test.each([
    [{ 'X-Mine': undefined }, '2'],
    [{ 'X-Mine': null }, null],
    [{ 'x-mine': '3' }, '3'],
  ])('of the client with %j of the call come to %s', async (headers, expected) => {
    const { client, sent } = open({ defaultHeaders: { 'X-Mine': '2' } })
    await client.completions.create(params, { headers })
    expect(sent[0]?.headers.get('x-mine')).toBe(expected)
  })

  test('of one name in different cases: the last one that is defined wins', async () => {
    const { client, sent } = open()
    const headers = { 'X-Foo': 'baz', 'x-foo': 'bar', 'x-Foo': undefined, 'x-baz': 'bam', 'X-Baz': null }
    await client.completions.create(params, { headers })
    expect(sent[0]?.headers.get('x-foo')).toBe('bar')
    expect(sent[0]?.headers.has('x-baz')).toBe(false)
  })
})

describe('the query', () => {
  test.each([
    [null, '?a=foo&b=world'],
    [undefined, '?a=foo&b=world'],
    [{ b: 'me' }, '?a=foo&b=me'],
    [{ b: undefined }, '?a=foo'],
    [{ b: null }, '?a=foo&b='],
    [{ b: false, 'c/d': 'e&f' }, '?a=foo&b=false&c%2Fd=e%26f'],
  ])('of the client with %j of the call', async (query, search) => {
    const { client, sent } = open({ defaultQuery: { a: 'foo', b: 'world' } })
    await client.completions.create(params, { query })
    expect(sent[0]?.url.search).toBe(search)
  })
})

describe('the body', () => {
  test.each<[string, object]>([
    ['the metadata', { toJSON: () => ({ user_id: 'user-1' }) }],
    ['the id of the user', { user_id: { toJSON: () => 'user-1' } }],
  ])('has what toJSON() of %s returns', async (_, metadata) => {
    const { client, sent } = open()
    // As a program in JavaScript does it: the types allow only the plain value.
    const given = { ...params }
    Reflect.set(given, 'metadata', metadata)
    await client.completions.create(given)
    expect(sent[0]?.body.metadata).toEqual({ user_id: 'user-1' })
  })
})

describe('retries', () => {
  test.each([
    ['retry-after', '0.1', 90],
    ['retry-after-ms', '10', 5],
  ])('after %s: %s', async (name, value, atLeast) => {
    const { client, sent } = open({}, [refusing({ [name]: value })])
    const started = performance.now()
    expect((await client.completions.create(params)).completion).toBe(' Hi.')
    expect(sent).toHaveLength(2)
    const taken = performance.now() - started
    expect([taken >= atLeast, taken < 450 + atLeast]).toEqual([true, true])
  })

  test('after a timeout', async () => {
    let signal: AbortSignal | null | undefined
    const emulator = createEmulator({ reply: 'Hi.' })
    let attempts = 0
    const client = new Anthropic({
      apiKey: 'k',
      timeout: 200,
      fetch(_, init) {
        if (attempts++ > 0) return emulator.fetch('http://emulator.test/v1/messages', init)
        signal = init.signal
        return new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('timed out'))),
        )
      },
    })
    expect((await client.completions.create(params)).completion).toBe(' Hi.')
    expect(attempts).toBe(2)
  })

  test('end with the signal of the call', async () => {
    const controller = new AbortController()
    const { client, sent } = open({}, [
      () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 100)),
    ])
    setTimeout(() => controller.abort(), 20)
    const error: unknown = await client.completions
      .create(params, { signal: controller.signal })
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(APIUserAbortError)
    expect(sent).toHaveLength(1)
  })
})
