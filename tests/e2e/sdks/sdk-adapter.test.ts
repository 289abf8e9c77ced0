import AnthropicBedrock from '@anthropic-ai/bedrock-sdk'
import AnthropicFoundry from '@anthropic-ai/foundry-sdk'
import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import AnthropicVertex from '@anthropic-ai/vertex-sdk'
import { AI_PROMPT, type Diagnostic, HUMAN_PROMPT, rollout } from 'legacy-completions'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { type CompletionsOptions, type WithCompletions, withCompletions } from 'legacy-completions/sdk'
import { Anthropic as Anthropic60 } from 'sdk-0.60.0'
import { describe, expect, onTestFinished, test } from 'vitest'
import { collect, failure, soon, until } from '../../unit/client/outcomes.ts'
import { startCloud } from './cloud-server.ts'

const ask = (question: string, begun = ''): string => `${HUMAN_PROMPT} ${question}${AI_PROMPT}${begun}`
const params = { model: 'claude-opus-4-8', max_tokens_to_sample: 300, prompt: ask('Hello, Claude') }
const HELLO = { deltas: ['Hello', '!'] }
const RETRY_SOON = { 'retry-after-ms': '1' }

interface Restored {
  emulator: RunningEmulator
  client: WithCompletions<Anthropic>
  connect(client?: ClientOptions, adapter?: CompletionsOptions): WithCompletions<Anthropic>
}

/** A client of 1.12 with its completions back, and the emulator it speaks to. */
async function restored(options: EmulatorOptions = { reply: HELLO }): Promise<Restored> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  const connect: Restored['connect'] = (client, adapter) =>
    withCompletions(new Anthropic({ apiKey: 'test-key', baseURL: emulator.url, ...client }), adapter)
  return { emulator, client: connect(), connect }
}

describe('the client', () => {
  test('is the one that was given, and still of its class', () => {
    const given = new Anthropic({ apiKey: 'k' })
    const client = withCompletions(given)
    expect(client).toBe(given)
    expect(client).toBeInstanceOf(Anthropic)
    expect(Object.keys(client)).not.toContain('withOptions')
  })

  test('keeps its own methods', async () => {
    const { client, emulator } = await restored()
    const message = await client.messages.create({
      model: 'claude-opus-4-8',
      max_tokens: 5,
      messages: [{ role: 'user', content: 'Hi' }],
    })
    expect(message.content).toEqual([expect.objectContaining({ text: 'Hello!' })])
    expect(emulator.requests).toHaveLength(1)
  })

  test('hands its completions on to those made of it, as often as one is made', async () => {
    const seen: Diagnostic[] = []
    const { emulator, connect } = await restored()
    const client = connect({}, { onDiagnostic: diagnostic => seen.push(diagnostic) })
    const derived = client
      .withOptions({ defaultHeaders: { 'x-team': 'search' } })
      .withOptions({ maxRetries: 0 })
    const { completion } = await derived.completions.create({ ...params, model: 'claude-2.1' })
    expect(completion).toBe(' Hello!')
    expect(derived).toBeInstanceOf(Anthropic)
    expect(derived.maxRetries).toBe(0)
    expect(emulator.requests[0]?.headers['x-team']).toBe('search')
    expect(seen.map(({ code }) => code)).toContain('retired-model')
  })

  test('can be given twice: the second time counts', async () => {
    const { client } = await restored()
    const again = withCompletions(client, { style: 'messages' })
    const { completion, stop_reason } = await again.completions.create(params)
    expect([completion, stop_reason]).toEqual(['Hello!', 'end_turn'])
  })

  test('brings its fetch, its middleware and its headers along', async () => {
    const paths: string[] = []
    const { emulator, connect } = await restored()
    const client = connect({
      defaultHeaders: { 'x-team': 'search' },
      middleware: [
        (request, next, { options }) => {
          paths.push(`middleware of ${options?.path}`)
          return next(request)
        },
      ],
      fetch(url, init) {
        paths.push(`fetch of ${new URL(`${url}`).pathname}`)
        return fetch(url, init)
      },
    })
    await client.completions.create(params, { headers: { 'x-trace': '7' } })
    expect(paths).toEqual(['middleware of /v1/messages', 'fetch of /v1/messages'])
    expect(emulator.requests[0]?.headers).toMatchObject({
      'x-team': 'search',
      'x-trace': '7',
      authorization: 'Bearer test-key',
    })
  })
})

describe('anthropic-version', () => {
  test("is the SDK's own for a body that any version takes", async () => {
    const { client, emulator } = await restored()
    await client.completions.create(params)
    expect(emulator.requests[0]?.headers['anthropic-version']).toBe('2026-10-21')
  })

  test('is the last that has sampling for a body that has it', async () => {
    const { client, emulator } = await restored()
    await client.completions.create({ ...params, model: 'claude-haiku-4-5', temperature: 0.5, top_k: 5 })
    const [request] = emulator.requests
    expect(request?.headers['anthropic-version']).toBe('2023-06-01')
    expect(request?.body).toMatchObject({ temperature: 0.5, top_k: 5 })
  })

  test('is what the user says it is, for all calls and for one', async () => {
    const { emulator, connect } = await restored()
    await connect({}, { apiVersion: '2023-06-01' }).completions.create(params)
    const sampled = { ...params, model: 'claude-haiku-4-5', temperature: 0.5 }
    await connect().completions.create(sampled, { headers: { 'anthropic-version': '2026-10-21' } })
    expect(emulator.requests.map(({ headers }) => headers['anthropic-version'])).toEqual([
      '2023-06-01',
      '2026-10-21',
    ])
    expect(emulator.requests[1]?.body).not.toHaveProperty('temperature')
  })
})

describe('long answers', () => {
  // The SDK refuses to wait for more than some number of tokens, which for some models is a small one.
  const models = ['claude-opus-4-8', 'claude-2.1', 'claude-opus-4-1-20250805', 'claude-opus-4-20250514']
  const lengths = [8192, 8193, 21_334, 100_000]

  test.each(models.flatMap(model => lengths.map(length => ({ model, length }))))(
    'of $model, $length tokens, are waited for',
    async ({ model, length }) => {
      const emulator = await startEmulator({ reply: HELLO })
      onTestFinished(() => emulator.close())
      const options = { apiKey: 'test-key', baseURL: emulator.url }
      for (const client of [
        withCompletions(new Anthropic(options)),
        withCompletions(new Anthropic60(options)),
      ]) {
        const call = { ...params, model, max_tokens_to_sample: length }
        expect((await client.completions.create(call)).completion).toBe(' Hello!')
      }
      expect(emulator.requests).toHaveLength(2)
    },
  )

  test('of a model that the SDK has a limit for are waited for, where it is asked by its own name', async () => {
    const emulator = await startEmulator({ reply: HELLO })
    onTestFinished(() => emulator.close())
    const sent: object[] = []
    const client = new Anthropic60({
      apiKey: 'test-key',
      baseURL: emulator.url,
      // The emulator knows no model that is retired: another one answers.
      fetch(url, init) {
        const body = JSON.parse(`${init?.body}`)
        sent.push(body)
        return fetch(url, { ...init, body: JSON.stringify({ ...body, model: 'claude-opus-4-8' }) })
      },
    })
    const { completions } = withCompletions(client, { retiredModel: 'pass', maxTokens: 'pass' })
    await completions.create({ ...params, model: 'claude-opus-4-1-20250805', max_tokens_to_sample: 32_000 })
    expect(sent).toEqual([expect.objectContaining({ model: 'claude-opus-4-1-20250805', stream: true })])
  })
})

describe('what is made up for', () => {
  test('a stop of whitespace ends the text, and the request', async () => {
    const { client, emulator } = await restored({
      reply: { deltas: ['One', '.\n', '\nTwo', '.', ' Three'], faults: { delayMs: 20 } },
    })
    const whole = await client.completions.create({ ...params, stop_sequences: ['\n\n'] })
    expect([whole.completion, whole.stop_reason, whole.stop]).toEqual([' One.', 'stop_sequence', '\n\n'])
    await until(() => emulator.requests.every(({ aborted }) => aborted))

    const chunks = await collect(client.completions.stream({ ...params, stop_sequences: ['\n\n'] }))
    expect(chunks.map(({ completion }) => completion).join('')).toBe(' One.')
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  test('the beginning of an answer is continued, in words where the model takes no prefill', async () => {
    const { client, emulator } = await restored({ reply: { text: 'My name is Claude.' } })
    const { completion } = await client.completions.create({ ...params, prompt: ask('Who?', ' My name is') })
    expect(completion).toBe(' Claude.')
    expect(emulator.requests[0]?.body).toMatchObject({ messages: { length: 3 } })
  })
})

describe('errors', () => {
  test('of what is refused here are of the classes of the SDK', async () => {
    const { client, emulator } = await restored()
    const call = { ...params, prompt: 'Hello' }
    const error = await failure(() => client.completions.create(call), Anthropic.BadRequestError)
    expect(error).toMatchObject({ name: 'BadRequestError', status: 400, type: 'invalid_request_error' })
    expect(error.message).toMatch(/^400 .*prompt must start with/)
    expect(error).toHaveProperty('diagnostics')
    expect(error.stack).toContain('sdk-adapter.test.ts')
    expect(emulator.requests).toEqual([])

    const streamed = client.completions.stream(call)
    await failure(() => collect(streamed), Anthropic.BadRequestError)
    await failure(() => streamed.finalCompletion(), Anthropic.BadRequestError)
  })

  test('of what breaks off are too, with the text so far', async () => {
    const { client } = await restored({ reply: { text: 'Hello, world', faults: { endAfterBytes: 900 } } })
    const { completions } = client
    const error = await failure(() => collect(completions.stream(params)), Anthropic.APIConnectionError)
    expect(error).toHaveProperty('partialText')
    expect(error.name).toBe('APIConnectionError')
  })

  test('of the platform in the middle of an answer become some, and do not repeat it', async () => {
    const reply = { text: 'Hello, world' }
    const cut = await restored({ reply: { ...reply, faults: { cutAfterBytes: 900 } } })
    const reading = collect(cut.client.completions.stream(params))
    const lost = await failure(() => reading, Anthropic.APIConnectionError)
    expect(lost.message).toContain('lost in the middle')
    expect(lost).toHaveProperty('partialText')

    const ended = await restored({ reply: { ...reply, faults: { endAfterBytes: 200 } } })
    const whole = ended.client.completions.create(params, { maxRetries: 0 })
    const half = await failure(() => whole, Anthropic.APIConnectionError)
    expect(half.message).toContain('is not JSON')
    expect(`${half.message} ${half.cause}`).not.toContain('Hello')

    const caller = new AbortController()
    const silent = await restored({ reply: { ...reply, faults: { stallAfterBytes: 200 } } })
    const waiting = silent.client.completions.create(params, { signal: caller.signal })
    setTimeout(() => caller.abort(), 50)
    await failure(() => soon(waiting), Anthropic.APIUserAbortError)
  })

  test('of a stream that is read twice, and of one that was left, are too', async () => {
    const { client } = await restored()
    const stream = await client.completions.create({ ...params, stream: true })
    await collect(stream)
    await failure(() => collect(stream), Anthropic.AnthropicError)

    const left = client.completions.stream(params)
    for await (const _ of left) break
    await failure(() => left.finalCompletion(), Anthropic.APIUserAbortError)
  })

  test('of the SDK are the very ones it threw', async () => {
    const { connect } = await restored()
    const own = new RangeError('no network today')
    const client = connect({ maxRetries: 0, fetch: async () => Promise.reject(own) })
    const error = await failure(() => client.completions.create(params), Anthropic.APIConnectionError)
    expect(error.cause).toBe(own)

    const thrown = new Anthropic.AnthropicError('mine')
    const refusing = connect({ middleware: [() => Promise.reject(thrown)] })
    expect(await failure(() => refusing.completions.create(params), Error)).toBe(thrown)
  })

  test('of the server keep all that the SDK reads of them', async () => {
    const { client } = await restored({
      reply: { error: { type: 'rate_limit_error', message: 'Slow down.' }, headers: RETRY_SOON },
    })
    const error = await failure(() => client.completions.create(params), Anthropic.RateLimitError)
    expect(error).toMatchObject({
      status: 429,
      type: 'rate_limit_error',
      requestID: expect.stringMatching(/^req_/),
    })
  })
})

describe('how a call is made', () => {
  test('it is tried again as often as the SDK tries', async () => {
    const { client, emulator, connect } = await restored({
      reply: { error: { type: 'overloaded_error', message: 'no' }, headers: RETRY_SOON },
    })
    await failure(() => client.completions.create(params), Anthropic.InternalServerError)
    expect(emulator.requests.map(({ headers }) => headers['x-stainless-retry-count'])).toEqual([
      '0',
      '1',
      '2',
    ])
    await failure(() => connect().completions.create(params, { maxRetries: 0 }), Anthropic.APIError)
    await failure(() => connect({ maxRetries: 1 }).completions.create(params), Anthropic.APIError)
    expect(emulator.requests).toHaveLength(6)
  })

  test('an abort ends it: before, while it waits, and in the middle', async () => {
    const slow = { deltas: ['one', ' two', ' three', ' four'], faults: { responseDelayMs: 30, delayMs: 30 } }
    const { client, emulator } = await restored({ reply: slow })
    const create = (signal: AbortSignal) => () => client.completions.create(params, { signal })
    await failure(create(AbortSignal.abort()), Anthropic.APIUserAbortError)
    expect(emulator.requests).toEqual([])
    await failure(create(AbortSignal.timeout(10)), Anthropic.APIUserAbortError)

    const caller = new AbortController()
    const stream = await client.completions.create({ ...params, stream: true }, { signal: caller.signal })
    const texts: string[] = []
    for await (const { completion } of stream) {
      texts.push(completion)
      caller.abort()
    }
    expect(texts).toEqual([' one'])
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  test('a timeout ends it, also one that a streamed answer runs into', async () => {
    const { client, emulator } = await restored()
    emulator.reply(
      { text: 'Late.', faults: { responseDelayMs: 200 } },
      { deltas: ['one', ' two', ' three'], faults: { delayMs: 60 } },
    )
    const call = { ...params, stop_sequences: [' '] }
    const late = { timeout: 80, maxRetries: 0 }
    await failure(() => client.completions.create(params, late), Anthropic.APIConnectionTimeoutError)
    await failure(() => client.completions.create(call, late), Anthropic.APIConnectionTimeoutError)
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  test('its answer is to be had as the legacy endpoint would have sent it', async () => {
    const { client } = await restored()
    const { data, response, request_id } = await client.completions.create(params).withResponse()
    expect(request_id).toMatch(/^req_/)
    expect(response.headers.get('request-id')).toBe(request_id)
    const raw = await client.completions.create(params).asResponse()
    expect(await raw.json()).toEqual({ ...data, id: expect.any(String), log_id: expect.any(String) })
  })

  test("it can go to a server's legacy endpoint: always, for one call, or for a share of the users", async () => {
    const { client, emulator, connect } = await restored()
    const call = { ...params, model: 'claude-2.1' }
    const old = connect({}, { endpoint: 'complete' })
    expect((await old.completions.create(call)).completion).toBe(' Hello!')
    const chunks = await collect(await old.completions.create({ ...call, stream: true }))
    expect(chunks.map(({ completion }) => completion)).toEqual([' Hello', '!', ''])
    await client.completions.create(call, { endpoint: 'complete' })
    await connect({}, { endpoint: rollout(0) }).completions.create(call)
    await connect({}, { endpoint: rollout(1) }).completions.create(call)
    expect(emulator.requests.map(({ path }) => path)).toEqual([
      '/v1/complete',
      '/v1/complete',
      '/v1/complete',
      '/v1/complete',
      '/v1/messages',
    ])
    expect(emulator.requests[0]?.headers['anthropic-version']).toBe('2023-06-01')
    const error = await failure(
      () => old.completions.create({ ...call, prompt: 'Hello' }),
      Anthropic.BadRequestError,
    )
    expect(error.requestID).toMatch(/^req_/)
  })

  test('it can be compared with the legacy endpoint', async () => {
    const { client } = await restored()
    const { completion, difference } = await client.completions.compare({ ...params, model: 'claude-2.1' })
    expect(completion.completion).toBe(' Hello!')
    expect(await soon(difference)).toMatchObject({ differs: [] })
  })
})

const cloud = { maxRetries: 0 }
const DUMMY = { awsAccessKey: 'AKIDEXAMPLE', awsSecretKey: 'none' }

describe('a client of Bedrock', () => {
  const open = async () => {
    const server = await startCloud()
    const client = new AnthropicBedrock({ ...cloud, ...DUMMY, awsRegion: 'eu-west-1', baseURL: server.url })
    return { ...server, client: withCompletions(client) }
  }

  test('calls whole', async () => {
    const { client, requests, emulator } = await open()
    emulator.reply(HELLO)
    const { completion, stop } = await client.completions.create({
      ...params,
      model: 'anthropic.claude-v2:1',
    })
    expect([completion, stop]).toEqual([' Hello!', '\n\nHuman:'])
    const [request] = requests
    expect(request?.path).toBe('/model/eu.anthropic.claude-opus-4-8/invoke')
    expect(request?.body).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 300,
      messages: [{ role: 'user', content: 'Hello, Claude' }],
    })
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//)
    expect(request?.headers['anthropic-version']).toBeUndefined()
  })

  test('streams', async () => {
    const { client, requests, emulator } = await open()
    emulator.reply(HELLO)
    const call = { ...params, model: 'anthropic.claude-v2:1', stream: true } as const
    const chunks = await collect(await client.completions.create(call))
    expect(chunks.map(({ completion }) => completion)).toEqual([' Hello', '!', ''])
    expect(requests[0]?.path).toBe('/model/eu.anthropic.claude-opus-4-8/invoke-with-response-stream')
  })

  test('says the version in the words of Bedrock where there is sampling', async () => {
    const { client, requests } = await open()
    const model = 'anthropic.claude-haiku-4-5-20251001-v1:0'
    await client.completions.create({ ...params, model, temperature: 0.5 })
    expect(requests[0]?.body).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', temperature: 0.5 })
  })

  test('refuses by the classes of the SDK', async () => {
    const { client } = await open()
    await failure(() => client.completions.create({ ...params, prompt: 'Hi' }), Anthropic.BadRequestError)
  })

  test('hands its completions on', async () => {
    const { client, requests } = await open()
    await client.withOptions({ timeout: 1000 }).completions.create(params)
    expect(requests).toHaveLength(1)
  })
})

describe('a client of Google Cloud', () => {
  const open = async () => {
    const server = await startCloud()
    const client = new AnthropicVertex({
      ...cloud,
      region: 'europe-west1',
      projectId: 'my-project',
      baseURL: server.url,
      // Nothing is asked of Google: its library takes what it is given for a login.
      authClient: Object.assign(Object.create(null), {
        projectId: 'my-project',
        getRequestHeaders: async () => new Headers({ authorization: 'Bearer dummy' }),
      }),
    })
    return { ...server, client: withCompletions(client) }
  }
  const PATH = '/projects/my-project/locations/europe-west1/publishers/anthropic/models'

  test('calls whole', async () => {
    const { client, requests, emulator } = await open()
    emulator.reply(HELLO)
    expect((await client.completions.create(params)).completion).toBe(' Hello!')
    const [request] = requests
    expect(request?.path).toBe(`${PATH}/claude-opus-4-8:rawPredict`)
    expect(request?.body).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      max_tokens: 300,
      messages: [{ role: 'user', content: 'Hello, Claude' }],
    })
    expect(request?.headers.authorization).toBe('Bearer dummy')
  })

  test('streams', async () => {
    const { client, requests, emulator } = await open()
    emulator.reply(HELLO)
    const chunks = await collect(client.completions.stream(params))
    expect(chunks.map(({ completion }) => completion)).toEqual([' Hello', '!', ''])
    expect(requests[0]?.path).toBe(`${PATH}/claude-opus-4-8:streamRawPredict`)
  })

  test('says the version in the words of Google Cloud where there is sampling', async () => {
    const { client, requests } = await open()
    await client.completions.create({ ...params, model: 'claude-haiku-4-5@20251001', temperature: 0.5 })
    expect(requests[0]?.body).toMatchObject({ anthropic_version: 'vertex-2023-10-16', temperature: 0.5 })
  })
})

describe('a client of Foundry', () => {
  test('calls whole, and streams', async () => {
    const { url, requests, emulator } = await startCloud()
    const client = withCompletions(
      new AnthropicFoundry({ ...cloud, apiKey: 'dummy', baseURL: `${url}/anthropic/` }),
    )
    emulator.reply(HELLO, HELLO)
    expect((await client.completions.create(params)).completion).toBe(' Hello!')
    const chunks = await collect(client.completions.stream(params))
    expect(chunks.map(({ completion }) => completion)).toEqual([' Hello', '!', ''])
    expect(requests.map(({ path }) => path)).toEqual(['/anthropic/v1/messages', '/anthropic/v1/messages'])
    expect(requests[0]?.body).toMatchObject({ model: 'claude-opus-4-8', max_tokens: 300 })
    expect(requests[0]?.headers['x-api-key']).toBe('dummy')
  })
})
