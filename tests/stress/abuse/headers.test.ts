import { Anthropic } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { type CompletionsFetchOptions, completionsFetch } from 'legacy-completions/fetch'
import { createProxy } from 'legacy-completions/proxy'
import { Client } from 'legacy-completions/v0'
import { describe, expect, test } from 'vitest'
import { KEY, params } from '../../unit/client/speeches.ts'

/** What would be a header, a request or a secret of its own, if a line could be ended within a value. */
const INJECTIONS = ['\r\nx-injected: 1', '\nx-injected: 1', '\r\n\r\nGET / HTTP/1.1', '\0', '\u2028é日本']
const SECRET = 'sk-ant-of-nobody-1234'

interface Way {
  name: string
  ask(value: string, fetch: ReturnType<typeof createEmulator>['fetch']): unknown
}

const client = (options: object, fetch: Way['ask'] extends (v: string, f: infer F) => unknown ? F : never) =>
  new Anthropic({
    apiKey: KEY,
    authToken: null,
    baseURL: 'http://emulator.test',
    maxRetries: 0,
    fetch,
    ...options,
  })

const hook = (options: CompletionsFetchOptions, headers: Record<string, string>): Promise<Response> =>
  completionsFetch(options)('http://emulator.test/v1/complete', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-api-key': KEY,
      ...headers,
    },
    body: JSON.stringify(params),
  })

/** Everything of a call that ends up in a header. */
const WAYS: readonly Way[] = [
  { name: 'apiKey', ask: (value, fetch) => client({ apiKey: value }, fetch).completions.create(params) },
  {
    name: 'authToken',
    ask: (value, fetch) => client({ authToken: value }, fetch).completions.create(params),
  },
  {
    name: 'apiVersion',
    ask: (value, fetch) => client({ apiVersion: value }, fetch).completions.create(params),
  },
  {
    name: 'defaultHeaders',
    ask: (value, fetch) => client({ defaultHeaders: { 'x-team': value } }, fetch).completions.create(params),
  },
  {
    name: 'headers of a call',
    ask: (value, fetch) => client({}, fetch).completions.create(params, { headers: { 'x-team': value } }),
  },
  {
    name: 'the name of a header',
    ask: (value, fetch) =>
      client({}, fetch).completions.create(params, { headers: { [`x${value.slice(SECRET.length)}`]: 'a' } }),
  },
  {
    name: 'betas',
    ask: (value, fetch) => client({}, fetch).completions.create({ ...params, betas: [value] }),
  },
  {
    name: 'workspace_id',
    ask: (value, fetch) => client({}, fetch).completions.create({ ...params, workspace_id: value }),
  },
  { name: 'apiVersion of the hook', ask: (value, fetch) => hook({ fetch, apiVersion: value }, {}) },
  { name: 'a header of the hook', ask: (value, fetch) => hook({ fetch }, { 'x-api-key': value }) },
  { name: 'the version of the hook', ask: (value, fetch) => hook({ fetch }, { 'anthropic-version': value }) },
  {
    name: 'the key of the proxy',
    ask: (value, fetch) =>
      createProxy({
        upstream: 'http://emulator.test',
        fetch,
        apiKey: value,
        tokens: ['a-token-of-the-client'],
      })(
        new Request('http://proxy.test/v1/complete', {
          method: 'POST',
          headers: { 'x-api-key': 'a-token-of-the-client', 'content-type': 'application/json' },
          body: JSON.stringify(params),
        }),
      ),
  },
  {
    name: 'the key of the first generation',
    ask: (value, fetch) =>
      new Client(value, { apiUrl: 'http://emulator.test', fetch }).complete({
        ...params,
        stop_sequences: [],
      }),
  },
]

describe.each(WAYS)('$name', ({ ask }) => {
  test.each(INJECTIONS)('that holds %j is refused, sends nothing, and is not repeated', async injection => {
    const emulator = createEmulator()
    const value = `${SECRET}${injection}`
    let error: unknown
    try {
      await ask(value, emulator.fetch)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(Error)
    expect(emulator.requests).toEqual([])
    const said = `${error} ${Object(error).remedy} ${Object(error).cause} ${Object(error).stack}`
    expect(said).not.toContain(SECRET)
    expect(said).toMatch(/header|version|betas|workspace|key/i)
  })
})

test('the model and the prompt go into the body, whatever they hold', async () => {
  const emulator = createEmulator()
  const prompt = `${params.prompt.replace('Claude', 'Claude\r\nx-injected: 1')}`
  await client({}, emulator.fetch).completions.create({ ...params, prompt })
  expect(emulator.requests[0]?.headers).not.toHaveProperty('x-injected')
})
