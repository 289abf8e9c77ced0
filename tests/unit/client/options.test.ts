import { inspect } from 'node:util'
import { Anthropic, AnthropicError, type ClientOptions, type RequestOptions } from 'legacy-completions'
import { createEmulator, startEmulator } from 'legacy-completions/emulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adapters, KEY, params } from './adapters.ts'
import { failure, until } from './outcomes.ts'

const NAMES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL']
const before = NAMES.map(name => [name, process.env[name]] as const)
const forget = (): void => {
  for (const name of NAMES) delete process.env[name]
}
beforeEach(forget)
afterEach(() => {
  forget()
  for (const [name, value] of before) if (value !== undefined) process.env[name] = value
})

/** The headers of a call by a client of these options. */
async function sent(options: ClientOptions, call: RequestOptions = {}): Promise<Record<string, string>> {
  const emulator = createEmulator()
  const client = new Anthropic({ baseURL: 'http://emulator.test', fetch: emulator.fetch, ...options })
  // A request without a key is refused, but has been made.
  await client.completions.create(params, call).catch(() => {})
  const [request] = emulator.requests
  if (request === undefined) throw new Error('no request was made')
  return request.headers
}

describe('the key', () => {
  const cases: readonly [title: string, environment: object, ClientOptions, object][] = [
    ['apiKey', {}, { apiKey: 'k' }, { 'x-api-key': 'k', authorization: undefined }],
    ['authToken', {}, { authToken: 't' }, { 'x-api-key': undefined, authorization: 'Bearer t' }],
    [
      'ANTHROPIC_API_KEY',
      { ANTHROPIC_API_KEY: ' env \n' },
      {},
      { 'x-api-key': 'env', authorization: undefined },
    ],
    [
      'ANTHROPIC_AUTH_TOKEN',
      { ANTHROPIC_AUTH_TOKEN: 'env' },
      {},
      { 'x-api-key': undefined, authorization: 'Bearer env' },
    ],
    ['apiKey over the environment', { ANTHROPIC_API_KEY: 'env' }, { apiKey: 'k' }, { 'x-api-key': 'k' }],
    [
      'null over the environment',
      { ANTHROPIC_API_KEY: 'env' },
      { apiKey: null, authToken: 't' },
      { 'x-api-key': undefined, authorization: 'Bearer t' },
    ],
    [
      'undefined is the environment',
      { ANTHROPIC_API_KEY: 'env' },
      { apiKey: undefined },
      { 'x-api-key': 'env' },
    ],
    [
      'a header of the client',
      {},
      { defaultHeaders: { 'X-API-Key': 'h' } },
      { 'x-api-key': 'h', authorization: undefined },
    ],
    ['one left out on purpose', {}, { defaultHeaders: { 'X-Api-Key': null } }, { 'x-api-key': undefined }],
  ]
  test.each(cases)('%s', async (_, environment, options, headers) => {
    Object.assign(process.env, environment)
    expect(await sent(options)).toMatchObject(
      Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    )
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) expect(await sent(options)).not.toHaveProperty(name)
    }
  })

  const missing: readonly [title: string, environment: object, ClientOptions][] = [
    ['none', {}, {}],
    ['null', {}, { apiKey: null, authToken: null }],
    ['a blank environment', { ANTHROPIC_API_KEY: '  ', ANTHROPIC_AUTH_TOKEN: '' }, {}],
    // What `apiKey: process.env.MY_KEY ?? ''` comes to. The old SDK asked for a key, too.
    ['an empty text', {}, { apiKey: '' }],
  ]
  test.each(missing)('missing: %s', async (_, environment, options) => {
    Object.assign(process.env, environment)
    const emulator = createEmulator()
    // As in the old SDK the client can be made, and the call fails.
    const client = new Anthropic({ baseURL: 'http://emulator.test', fetch: emulator.fetch, ...options })
    const error = await failure(() => client.completions.create(params), AnthropicError)
    expect(error.message).toBe(
      'Could not resolve authentication method. Expected either apiKey or authToken to be set. Or for one of the "X-Api-Key" or "Authorization" headers to be explicitly omitted',
    )
    expect(error.remedy).toMatch(/ANTHROPIC_API_KEY.*apiKey/)
    expect(emulator.requests).toHaveLength(0)
  })

  test('may be changed after the client was made, as in the old SDK', async () => {
    const emulator = createEmulator()
    const client = new Anthropic({ apiKey: 'one', baseURL: 'http://emulator.test', fetch: emulator.fetch })
    client.apiKey = 'two'
    await client.completions.create(params)
    expect(emulator.requests[0]?.headers['x-api-key']).toBe('two')
  })

  test('is not an option of the translation, which withOptions copies', () => {
    const client = new Anthropic({ apiKey: KEY, maxRetries: 3, sampling: 'error' })
    expect(client.translation).toMatchObject({ sampling: 'error' })
    expect(client.translation).not.toHaveProperty('apiKey')
    client.apiKey = 'sk-ant-later'
    client.maxRetries = 5
    expect(client.withOptions({ timeout: 1000 })).toMatchObject({ apiKey: 'sk-ant-later', maxRetries: 5 })
  })

  test('a client with all options works where the environment cannot be read', () => {
    const { env } = process
    const denied = new Proxy(env, {
      get() {
        throw new Error('denied')
      },
    })
    Object.defineProperty(process, 'env', { value: denied, configurable: true, writable: true })
    try {
      expect(() => process.env.HOME).toThrow('denied')
      expect(new Anthropic({ apiKey: 'k', authToken: null, baseURL: 'http://a.test' }).apiKey).toBe('k')
    } finally {
      Object.defineProperty(process, 'env', { value: env, configurable: true, writable: true })
    }
  })
})

describe('headers', () => {
  test('headers of the call override the client’s, and those override the defaults, in any case', async () => {
    const headers = await sent(
      { apiKey: 'k', defaultHeaders: { 'X-One': 'client', 'x-two': 'client', 'User-Agent': 'mine' } },
      { headers: { 'x-ONE': 'call', 'Anthropic-Version': '2023-01-01' } },
    )
    expect(headers).toMatchObject({
      'x-one': 'call',
      'x-two': 'client',
      'user-agent': 'mine',
      'anthropic-version': '2023-01-01',
    })
  })

  test('null removes one, undefined does not', async () => {
    const headers = await sent(
      { apiKey: 'k', defaultHeaders: { 'x-one': 'client', 'x-two': 'client' } },
      { headers: { 'X-One': null, 'x-two': undefined, 'x-api-key': undefined } },
    )
    expect(headers).not.toHaveProperty('x-one')
    expect(headers).toMatchObject({ 'x-two': 'client', 'x-api-key': 'k' })
  })

  test('a header that the client removed can be set by a call', async () => {
    const headers = await sent(
      { defaultHeaders: { 'x-api-key': null } },
      { headers: { 'x-api-key': 'call' } },
    )
    expect(headers['x-api-key']).toBe('call')
  })
})

describe('baseURL', () => {
  test.each(['', '/', '//', '/v1', '/v1/', '/v1/complete', '/v1/messages/'])(
    'with %j at its end',
    async slashes => {
      const emulator = await startEmulator()
      const client = new Anthropic({ apiKey: KEY, baseURL: emulator.url + slashes })
      await client.completions.create(params).finally(() => emulator.close())
      expect(emulator.requests[0]?.path).toBe('/v1/messages')
    },
  )

  test('with a path', async () => {
    const urls: string[] = []
    const emulator = createEmulator()
    const client = new Anthropic({
      apiKey: KEY,
      baseURL: 'http://gateway.test/team/claude/',
      fetch: (url, init) => {
        urls.push(url)
        return emulator.fetch('http://emulator.test/v1/messages', init)
      },
    })
    await client.completions.create(params)
    expect(urls).toEqual(['http://gateway.test/team/claude/v1/messages'])
  })

  test.each([undefined, null, '', '  '])('%j is the environment’s', baseURL => {
    process.env.ANTHROPIC_BASE_URL = ' http://env.test '
    expect(new Anthropic({ apiKey: KEY, baseURL }).baseURL).toBe('http://env.test')
  })

  test('is the vendor’s by default', () => {
    expect(new Anthropic({ apiKey: KEY }).baseURL).toBe('https://api.anthropic.com')
  })

  test.each(['localhost:8080', 'nonsense', '/v1', 'http://'])(
    'ANTHROPIC_BASE_URL=%s is named as the fault',
    async url => {
      process.env.ANTHROPIC_BASE_URL = url
      const error = await failure(
        () => new Anthropic({ apiKey: KEY, maxRetries: 0 }).completions.create(params),
        AnthropicError,
      )
      expect(`${error.message} ${error.remedy}`).toContain('ANTHROPIC_BASE_URL')
      expect(`${error.message} ${error.remedy}`).not.toContain('null could not be reached')
    },
  )
})

describe('a custom fetch', () => {
  test('gets a URL and a plain init, which the platform’s fetch takes', async () => {
    const seen: [unknown, RequestInit, number][] = []
    const emulator = createEmulator()
    const client = new Anthropic({
      apiKey: KEY,
      baseURL: 'http://emulator.test',
      fetch: (...args) => {
        seen.push([args[0], args[1], args.length])
        return emulator.fetch(...args)
      },
    })
    await client.completions.create(params)
    const [[url, init, count] = []] = seen
    expect([url, count]).toEqual(['http://emulator.test/v1/messages', 2])
    const { headers, ...rest } = init ?? {}
    expect(rest).toEqual({
      method: 'POST',
      redirect: 'manual',
      body: JSON.stringify({
        model: 'claude-opus-4-8',
        max_tokens: 300,
        messages: [{ role: 'user', content: 'Hello, Claude' }],
      }),
      signal: expect.any(AbortSignal),
    })
    // For a fetch written for the official SDK until 0.39, and for one written for a later one.
    expect({ ...headers }).toMatchObject({ 'x-api-key': KEY, 'content-type': 'application/json' })
    expect(new Headers(headers).get('x-api-key')).toBe(KEY)
    expect(headers).toBeInstanceOf(Headers)
  })

  test('is called without a this that is ours', async () => {
    const receivers: unknown[] = []
    const emulator = createEmulator()
    const client = new Anthropic({
      apiKey: KEY,
      baseURL: 'http://emulator.test',
      // A fetch of a browser refuses any `this` but the window.
      async fetch(this: unknown, url: string, init: RequestInit) {
        receivers.push(this)
        return emulator.fetch(url, init)
      },
    })
    await client.completions.create(params)
    expect(receivers).toEqual([undefined])
  })

  test('the global fetch is looked up at each call', async () => {
    const emulator = createEmulator()
    const client = new Anthropic({ apiKey: KEY, baseURL: 'http://emulator.test' })
    const { fetch } = globalThis
    globalThis.fetch = emulator.fetch
    try {
      await client.completions.create(params)
    } finally {
      globalThis.fetch = fetch
    }
    expect(emulator.requests).toHaveLength(1)
  })
})

describe('options of the wrong type', () => {
  type Row = readonly [option: string, value: unknown, reason: string]
  const clientRows: readonly Row[] = [
    ['apiKey', 5, 'must be a string'],
    ['authToken', {}, 'must be a string'],
    ['baseURL', 5, 'must be a string'],
    ['baseURL', 'localhost:8080', 'must be an absolute URL'],
    ['baseURL', 'ftp://a.test', 'must be an absolute URL'],
    ['baseURL', 'http://exa mple.test', 'must be an absolute URL'],
    ['baseURL', 'http://[', 'must be an absolute URL'],
    ['timeout', '600', 'must be an integer'],
    ['timeout', 1.5, 'must be an integer'],
    ['timeout', Number.NaN, 'must be an integer'],
    ['timeout', Number.POSITIVE_INFINITY, 'must be an integer'],
    ['timeout', -1, 'must be a positive integer'],
    ['maxRetries', '2', 'must be an integer'],
    ['maxRetries', -1, 'must be a positive integer'],
    ['fetch', 'fetch', 'must be a function'],
    ['onDiagnostic', true, 'must be a function'],
    ['defaultHeaders', 'x-one: 1', 'must be an object of header values'],
    ['defaultHeaders', { 'x-one': 1 }, 'must have only strings and null as values'],
    ['httpAgent', {}, 'is not supported'],
    ['defaultQuery', 'a=1', 'must be an object of values'],
    ['fetchOptions', 'cache', 'must be an object'],
    ['logger', {}, 'must have error, warn, info and debug'],
    ['logLevel', 'loud', 'must be one of off, error, warn, info, debug'],
    ['style', 'modern', "must be 'legacy' or 'messages'"],
    ['models', 'claude', 'must be an object of model rows'],
    ['endpoint', 'both', "must be 'messages', 'complete' or a function"],
    ['diagnosticsPer', 'never', "must be 'message' or 'call'"],
    ['thinkingReserve', -1, 'must be a positive integer'],
    ['apiVersion', 20230601, 'must be a string'],
    ...['sampling', 'prefill', 'maxTokens', 'thinking', 'retiredModel', 'stopSequences'].map(
      (policy): Row => [policy, 'drop', "must be 'adapt', 'error' or 'pass'"],
    ),
  ]
  const aRemedy = /\. (?:Pass|Leave|Give) [^.]+/

  test.each(clientRows)('client %s: %j', async (option, value, reason) => {
    const error = await failure(() => new Anthropic({ apiKey: KEY, [option]: value }), AnthropicError)
    expect(error.message).toMatch(new RegExp(`^${option}\\b`))
    expect(error.message).toContain(reason)
    expect(error.message).toMatch(aRemedy)
  })

  test('all faults of a client are named at once', async () => {
    const options: object = { timeout: 'x', maxRetries: 'y' }
    const error = await failure(() => new Anthropic(options), AnthropicError)
    expect(error.message).toMatch(/timeout must.*maxRetries must/)
  })

  // `new Client('sk-…')` was the first generation's.
  test.each(['sk-ant-key', 5, null])('options that are %j', async options => {
    const error = await failure(() => Reflect.construct(Anthropic, [options]), AnthropicError)
    expect(error.message).toContain('options must be an object')
    expect(error.message).toMatch(aRemedy)
    expect(error.message).not.toContain('sk-ant-key')
  })

  test('accepts options of the old SDK that have no effect here', () => {
    const options: object = {
      apiKey: KEY,
      httpAgent: undefined,
      dangerouslyAllowBrowser: true,
      logLevel: 'off',
    }
    expect(new Anthropic(options).apiKey).toBe(KEY)
  })

  const callRows: readonly Row[] = [
    ['httpAgent', {}, 'is not supported'],
    ['signal', 'stop', 'must be an AbortSignal'],
    ['signal', new AbortController(), 'must be an AbortSignal'],
    ['timeout', '600', 'must be an integer'],
    ['timeout', -1, 'must be a positive integer'],
    ['maxRetries', 0.5, 'must be an integer'],
    ['headers', 'x-one: 1', 'must be an object of header values'],
    ['headers', { 'x-one': 1 }, 'must have only strings and null as values'],
  ]
  describe.each(adapters)('through $name', ({ open }) => {
    test.each(callRows)('call %s: %j', async (option, value, reason) => {
      const { client, emulator } = await open()
      const options: object = { [option]: value }
      const calls = [
        () => client.completions.create(params, options),
        () => client.completions.create({ ...params, stream: true }, options),
        // A wrong option is the stream's error, not an exception where nobody awaits one.
        () => client.completions.stream(params, options)[Symbol.asyncIterator]().next(),
      ]
      for (const call of calls) {
        const error = await failure(call, AnthropicError)
        expect(error.message).toMatch(new RegExp(`^${option}\\b.*${reason}`))
        expect(error.message).toMatch(aRemedy)
      }
      expect(emulator.requests).toHaveLength(0)
    })
  })

  test.each(['x', 5])('a call’s options that are %j', async options => {
    const { completions } = new Anthropic({ apiKey: KEY, fetch: createEmulator().fetch })
    const error = await failure(
      () => Reflect.apply(completions.create, completions, [params, options]),
      AnthropicError,
    )
    expect(error.message).toContain('options must be an object')
  })

  const paramRows: readonly [object, string][] = [
    [{ betas: 'one' }, 'betas'],
    [{ betas: [1] }, 'betas'],
    [{ workspace_id: {} }, 'workspace_id'],
  ]
  test.each(paramRows)('parameters that become headers: %j', async (given, name) => {
    const emulator = createEmulator()
    const client = new Anthropic({ apiKey: KEY, fetch: emulator.fetch })
    const error = await failure(() => client.completions.create({ ...params, ...given }), AnthropicError)
    expect(error.message).toContain(name)
    expect(emulator.requests).toHaveLength(0)
  })
})

describe('what cannot be a header', () => {
  const SECRET = 'sk-ant-secret'
  const rows: readonly [title: string, ClientOptions, RequestOptions, object, named: RegExp][] = [
    ['apiKey with a newline', { apiKey: `${SECRET}\nx-evil: 1` }, {}, {}, /apiKey|x-api-key/i],
    ['apiKey in another alphabet', { apiKey: `${SECRET}ключ` }, {}, {}, /apiKey|x-api-key/i],
    ['authToken', { authToken: `${SECRET}\r\nx-evil: 1` }, {}, {}, /authToken|authorization/i],
    ['a client’s header', { defaultHeaders: { 'x-one': `${SECRET}\n1` } }, {}, {}, /x-one/],
    ['a client’s header name', { defaultHeaders: { 'x one': SECRET } }, {}, {}, /x one/],
    ['a call’s header', {}, { headers: { 'x-api-key': `${SECRET}\0` } }, {}, /x-api-key/],
    ['betas', {}, {}, { betas: ['a', `${SECRET}\nb`] }, /betas|anthropic-beta/],
    ['workspace_id', {}, {}, { workspace_id: `${SECRET}\nb` }, /workspace/],
  ]
  test.each(rows)('%s', async (_, options, call, given, named) => {
    const emulator = createEmulator()
    const error = await failure(() => {
      const client = new Anthropic({ apiKey: SECRET, authToken: null, fetch: emulator.fetch, ...options })
      return client.completions.create({ ...params, ...given }, call)
    }, AnthropicError)
    expect(error.message).toMatch(named)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET)
    expect(emulator.requests).toHaveLength(0)
  })

  test('ignores a newline at the end of a key, as fetch does', async () => {
    expect(await sent({ apiKey: `${KEY}\n` })).toMatchObject({ 'x-api-key': KEY })
  })
})

test('a client is not made to wait for its first call', async () => {
  const emulator = createEmulator()
  const client = new Anthropic({ apiKey: KEY, baseURL: 'http://emulator.test', fetch: emulator.fetch })
  const call = client.completions.create(params)
  await until(() => emulator.requests.length === 1)
  await call
})
