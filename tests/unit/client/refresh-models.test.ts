import { getEventListeners } from 'node:events'
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  AuthenticationError,
  type ClientOptions,
  type Diagnostic,
  MODEL_TABLE,
  type ModelOverrides,
  refreshModels,
  UnreadableReplyError,
} from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { type RawServer, serve } from '../../support/raw-server.ts'
import { ask, messagesAdapters, quickest } from './adapters.ts'
import { failure, soon, until } from './outcomes.ts'

const { params } = quickest
const live = Object.keys(MODEL_TABLE).filter(id => MODEL_TABLE[id]?.status === 'live')

describe.each(messagesAdapters)('the emulator’s models, through $name', ({ open }) => {
  test('are read with the key and the version, and known from then on', async () => {
    const { client, emulator } = await open()
    const rows = await refreshModels(client)
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models?limit=1000',
    ])
    expect(emulator.requests[0]?.headers).toMatchObject({
      'x-api-key': 'test-key',
      'anthropic-version': '2023-06-01',
    })
    expect(client.translation.models).toEqual(rows)
    // Of the spellings of a model, the endpoint lists the dated one.
    for (const id of live.filter(id => !(`${id}-` in MODEL_TABLE) && rows[id] === undefined))
      expect(Object.keys(rows).some(listed => listed.startsWith(`${id}-2`))).toBe(true)
    expect(rows['claude-haiku-4-5-20251001']).toMatchObject({
      status: 'live',
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      source: 'the models endpoint',
    })
  })

  test('say nothing that the table does not say: calls are as before', async () => {
    for (const model of live) {
      const call = {
        ...params,
        model,
        max_tokens_to_sample: 1_000_000,
        temperature: 0,
        prompt: ask('Hi', ' Well'),
      }
      // On the day of the table: on later ones, models that it announces to retire are retired.
      const today = '2026-11-29'
      const { connect, emulator } = await open({ today })
      const client = connect({ today })
      await client.completions.create(call)
      await refreshModels(client)
      await client.completions.create(call)
      const [before, , after] = emulator.requests
      expect(after?.body).toEqual(before?.body)
    }
  })

  test('has every live model of the table, so that none is retired for lack of it', async () => {
    const { client, emulator } = await open()
    const rows = await refreshModels(client)
    const listed = new Set(Object.keys(rows))
    expect(live.filter(id => !listed.has(id))).toEqual([])
    expect(emulator.requests).toHaveLength(1)
  })

  test('are refused to a wrong key as a call is', async () => {
    const { connect } = await open()
    const client = connect({ apiKey: 'invalid' })
    expect((await failure(() => refreshModels(client), AuthenticationError)).status).toBe(401)
    expect(client.translation.models).toBeUndefined()
  })
})

/** A server that lists these, and answers calls with what it was sent. */
async function listing(...pages: (object | string)[]): Promise<
  RawServer & {
    asked: string[]
    bodyOf(client: ReturnType<RawServer['client']>, given?: object): Promise<object>
  }
> {
  const asked: string[] = []
  const server = await serve((request, response) => {
    asked.push(request.url ?? '')
    const page = pages.length > 1 ? pages.shift() : pages[0]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(typeof page === 'string' ? page : JSON.stringify(page))
  })
  return {
    ...server,
    asked,
    async bodyOf(client, given) {
      const bodies: string[] = []
      const { fetch } = client
      client.fetch = async (_, init) => {
        bodies.push(String(init.body))
        return new Response('{}', { status: 400 })
      }
      await client.completions.create({ ...params, ...given }).catch(() => {})
      client.fetch = fetch
      return JSON.parse(bodies[0] ?? '{}')
    },
  }
}

const model = (id: string, fields: object = {}): object => ({ type: 'model', id, ...fields })

describe('pages', () => {
  test('are read to the last, each after the one before', async () => {
    const server = await listing(
      { data: [model('a'), model('b')], has_more: true, first_id: 'a', last_id: 'b' },
      { data: [model('c&d/e')], has_more: true, last_id: 'c&d/e' },
      // Other servers name no last_id.
      { data: [model('f'), model('g')], has_more: true },
      { data: [model('h')], has_more: false, last_id: 'h' },
    )
    const rows = await refreshModels(server.client())
    expect(Object.keys(rows)).toEqual(['a', 'b', 'c&d/e', 'f', 'g', 'h'])
    expect(server.asked).toEqual([
      '/v1/models?limit=1000',
      '/v1/models?limit=1000&after_id=b',
      '/v1/models?limit=1000&after_id=c%26d%2Fe',
      '/v1/models?limit=1000&after_id=g',
    ])
  })

  test('stops reading an endless list of pages, and releases each response', async () => {
    const server = await listing({ data: [model('a')], has_more: true, last_id: 'a' })
    const warnings: string[] = []
    // Node warns of an eleventh listener.
    const note = ({ name }: Error): number => warnings.push(name)
    process.on('warning', note)
    expect(Object.keys(await refreshModels(server.client()))).toEqual(['a'])
    await new Promise(setImmediate)
    process.off('warning', note)
    expect(server.asked.length).toBeLessThanOrEqual(20)
    expect(server.asked.length).toBeGreaterThan(10)
    expect(warnings).toEqual([])
  })

  test('that are empty and claim more are the last', async () => {
    const server = await listing({ data: [], has_more: true, last_id: null })
    expect(await refreshModels(server.client())).toEqual({})
    expect(server.asked).toHaveLength(1)
  })

  test('without has_more are all there is, as other servers list', async () => {
    const server = await listing({ object: 'list', data: [{ id: 'local', object: 'model' }], models: [] })
    expect(await refreshModels(server.client())).toEqual({
      local: { status: 'live', source: 'the models endpoint' },
    })
  })

  test('are requested under baseURL, with or without a slash at its end', async () => {
    const server = await listing({ data: [] })
    await refreshModels(server.client({ baseURL: `${server.url}/team/` }))
    expect(server.asked).toEqual(['/team/v1/models?limit=1000'])
  })
})

describe('answers that list no models', () => {
  const nonsense: readonly [title: string, answer: object | string][] = [
    ['nothing', ''],
    ['HTML', '<html>Sign in</html>'],
    ['null', 'null'],
    ['a text', '"models"'],
    ['a list', '[{"id":"a"}]'],
    ['no data', {}],
    ['data that is no list', { data: { id: 'a' } }],
    ['a model that is null', { data: [model('a'), null] }],
    ['a model without an id', { data: [{ type: 'model' }] }],
    ['an id that is a number', { data: [{ id: 5 }] }],
  ]
  test.each(nonsense)('%s', async (_, answer) => {
    const server = await listing(answer)
    const models: ModelOverrides = { mine: { maxOutputTokens: 5 } }
    const client = server.client({ models })
    const error = await failure(() => refreshModels(client), UnreadableReplyError)
    expect(error.message).toBe('The answer lists no models. Is baseURL a server that has GET /v1/models?')
    expect(client.translation.models).toEqual(models)
  })

  test('on a later page leave everything as it was', async () => {
    const server = await listing({ data: [model('a')], has_more: true, last_id: 'a' }, '<html>')
    const client = server.client()
    await failure(() => refreshModels(client), UnreadableReplyError)
    expect(client.translation.models).toBeUndefined()
  })

  test('fields that are nonsense are as good as not there', async () => {
    const server = await listing({
      data: [
        model('a', {
          max_tokens: 'many',
          max_input_tokens: -5,
          lifecycle: 5,
          deprecated_at: {},
          retires_at: 'soon',
          capabilities: 'all',
        }),
        model('b', { max_tokens: null, max_input_tokens: null, retires_at: null, capabilities: null }),
        model('c', { capabilities: { effort: null, thinking: { types: null } } }),
        model('__proto__', { max_tokens: 5 }),
      ],
    })
    const rows = await refreshModels(server.client())
    for (const id of ['a', 'b', 'c'])
      expect(rows[id]).toEqual({ status: 'live', source: 'the models endpoint' })
    expect(Object.getPrototypeOf(rows)).toBe(Object.prototype)
  })
})

describe('the client uses the listing', () => {
  interface Row {
    title: string
    models?: ClientOptions['models']
    listed: object
    given?: object
    body: object
    codes?: string[]
  }
  const supports = (...types: string[]): object => ({
    capabilities: {
      effort: { supported: true },
      thinking: { types: Object.fromEntries(types.map(type => [type, { supported: true }])) },
    },
  })
  const rows: readonly Row[] = [
    {
      title: 'a smaller limit',
      listed: model('claude-opus-4-8', { max_tokens: 1000 }),
      given: { max_tokens_to_sample: 5000 },
      body: { max_tokens: 1000 },
      codes: ['max-tokens-capped'],
    },
    {
      title: 'a larger limit',
      listed: model('claude-opus-4-8', { max_tokens: 500_000 }),
      given: { max_tokens_to_sample: 400_000 },
      body: { max_tokens: 400_000 },
      codes: [],
    },
    {
      title: 'the caller’s own limit, above the listed one',
      models: { 'claude-opus-4-8': { maxOutputTokens: 500 } },
      listed: model('claude-opus-4-8', { max_tokens: 1000 }),
      given: { max_tokens_to_sample: 5000 },
      body: { max_tokens: 500 },
    },
    {
      title: 'the listed limit, next to other fields of the caller',
      models: { 'claude-opus-4-8': { prefill: true } },
      listed: model('claude-opus-4-8', { max_tokens: 1000 }),
      given: { max_tokens_to_sample: 5000, prompt: ask('Hi', ' Well') },
      body: {
        max_tokens: 1000,
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Well' },
        ],
      },
    },
    {
      title: 'the end of a model that has a replacement',
      listed: model('claude-sonnet-4-5', { lifecycle: 'retired', retires_at: '2026-11-30T00:00:00Z' }),
      given: { model: 'claude-sonnet-4-5' },
      body: { model: 'claude-sonnet-5-5' },
      codes: ['retired-model', 'thinking-off'],
    },
    {
      title: 'not the end of one that has none: where it is to go, nobody says',
      listed: model('claude-opus-4-8', { lifecycle: 'retired' }),
      body: { model: 'claude-opus-4-8' },
      codes: [],
    },
    {
      title: 'that a model will be retired',
      listed: model('claude-opus-4-8', { lifecycle: 'deprecated', retires_at: '2027-01-01T00:00:00Z' }),
      body: { model: 'claude-opus-4-8' },
      codes: ['retiring-model'],
    },
    {
      title: 'that a model, retired by the table, is still there',
      listed: model('claude-3-opus-20240229', { max_tokens: 4096 }),
      given: { model: 'claude-3-opus-20240229' },
      body: { model: 'claude-3-opus-20240229' },
    },
    {
      title: 'a future model whose thinking can be turned off',
      listed: model('claude-opus-9', { max_tokens: 1000, ...supports('adaptive', 'disabled') }),
      given: { model: 'claude-opus-9' },
      body: { max_tokens: 300, thinking: { type: 'disabled' } },
      codes: ['thinking-off'],
    },
    {
      title: 'a model of the future that always thinks',
      listed: model('claude-opus-9', { max_tokens: 1000, ...supports('adaptive') }),
      given: { model: 'claude-opus-9' },
      body: { max_tokens: 1000, output_config: { effort: 'low' } },
      codes: ['thinking-reserve'],
    },
  ]
  test.each(rows)('$title', async ({ models, listed, given, body, codes }) => {
    const server = await listing({ data: [listed], has_more: false })
    const diagnostics: Diagnostic[] = []
    const client = server.client({ models, onDiagnostic: diagnostic => diagnostics.push(diagnostic) })
    await refreshModels(client)
    expect(await server.bodyOf(client, given)).toMatchObject(body)
    if (codes !== undefined) expect(diagnostics.map(({ code }) => code)).toEqual(codes)
  })

  test('until it is read again', async () => {
    const page = (max_tokens: number): object => ({ data: [model('claude-opus-4-8', { max_tokens })] })
    const server = await listing(page(1000), page(2000), { data: [] })
    const client = server.client({ models: { mine: { maxOutputTokens: 5 } } })
    const given = { max_tokens_to_sample: 5000 }
    for (const expected of [1000, 2000, 5000]) {
      await refreshModels(client)
      expect(await server.bodyOf(client, given)).toMatchObject({ max_tokens: expected })
      expect(await server.bodyOf(client, { ...given, model: 'mine' })).toMatchObject({ max_tokens: 5 })
    }
  })

  test('the caller’s rows are not written into', async () => {
    const models: ModelOverrides = Object.freeze({ 'claude-opus-4-8': Object.freeze({ prefill: true }) })
    const server = await listing({ data: [model('claude-opus-4-8', { max_tokens: 1000 }), model('b')] })
    await refreshModels(server.client({ models }))
    expect(models).toEqual({ 'claude-opus-4-8': { prefill: true } })
  })
})

describe('a server that does not answer as it should', () => {
  test('is asked again, as a call is', async () => {
    let requests = 0
    const server = await serve((_, response) => {
      requests += 1
      response.writeHead(requests < 3 ? 500 : 200, { 'retry-after-ms': '1' })
      response.end(JSON.stringify({ data: [model('a')] }))
    })
    expect(Object.keys(await refreshModels(server.client()))).toEqual(['a'])
    expect(requests).toBe(3)
  })

  /** Answers with half a list, and then nothing more. */
  const stalling = (): Promise<RawServer> =>
    serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"data":[')
    })

  test('is not waited for longer than the timeout, once the answer has begun either', async () => {
    const server = await stalling()
    const call = failure(
      () => refreshModels(server.client(), { timeout: 100, maxRetries: 0 }),
      APIConnectionTimeoutError,
    )
    await soon(call)
  })

  test('is left when the caller’s signal aborts, in the middle of the answer too', async () => {
    const server = await stalling()
    const caller = new AbortController()
    const call = failure(() => refreshModels(server.client(), { signal: caller.signal }), APIUserAbortError)
    await until(() => server.openSockets() > 0)
    setTimeout(() => caller.abort(), 20)
    await soon(call)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  })

  test('is not asked when the signal has aborted already', async () => {
    const server = await stalling()
    await failure(() => refreshModels(server.client(), { signal: AbortSignal.abort() }), APIUserAbortError)
    expect(server.sockets()).toBe(0)
  })

  test('that breaks off is a lost connection', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"data":[', () => response.socket?.destroy())
    })
    await failure(() => refreshModels(server.client()), APIConnectionError)
  })

  test('options of the wrong type are named', async () => {
    const server = await stalling()
    const options: object = { timeout: 'x' }
    const error = await failure(() => refreshModels(server.client(), options), AnthropicError)
    expect(error.message).toMatch(/^timeout must be an integer\. Pass milliseconds/)
  })
})
