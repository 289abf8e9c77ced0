import {
  AnthropicError,
  APIUserAbortError,
  AuthenticationError,
  type CompareOptions,
  type Difference,
  InternalServerError,
} from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, quickest } from './adapters.ts'
import { failure, soon, until } from './outcomes.ts'

const params = { ...quickest.params, model: 'claude-2.1' }
const ENDPOINTS = ['messages', 'complete'] as const
type Endpoint = (typeof ENDPOINTS)[number]

/** Clients of an emulator that gives each endpoint a reply of its own. */
async function open(replies: Readonly<Record<Endpoint, Reply>>) {
  const adapter = await quickest.open({
    reply: (_, { path }) => (path === '/v1/complete' ? replies.complete : replies.messages),
  })
  const requestTo = (endpoint: Endpoint) =>
    adapter.emulator.requests.find(({ path }) => path === `/v1/${endpoint}`)
  return { ...adapter, requestTo }
}

const REFUSED: Reply = { error: { type: 'authentication_error', message: 'No.' } }
const once = { maxRetries: 0 }

describe.each(ENDPOINTS)('of a call that goes to %s anyway', endpoint => {
  const other: Endpoint = endpoint === 'messages' ? 'complete' : 'messages'

  const cases: readonly [title: string, complete: Reply, messages: Reply, Partial<Difference>][] = [
    ['the same', 'One two.', 'One two.', { differs: [], partsAt: null, length: 0 }],
    ['another word', 'One two.', 'One three.', { differs: ['text'], partsAt: 6, length: 2 }],
    ['more text', 'One', 'One two', { differs: ['text'], partsAt: 4, length: 4 }],
    ['less text', 'One two', 'One', { differs: ['text'], partsAt: 4, length: -4 }],
    ['no text', 'One two', {}, { differs: ['text'], partsAt: 0, length: -8 }],
    [
      'another stop',
      'One',
      { text: 'One', stopReason: 'stop_sequence', stopSequence: 'END' },
      { differs: ['stop'], partsAt: null, length: 0 },
    ],
    [
      'another reason',
      'One',
      { text: 'One', stopReason: 'max_tokens' },
      { differs: ['stop_reason', 'stop'], partsAt: null, length: 0 },
    ],
    [
      'all of it',
      { text: 'Two', stopReason: 'max_tokens' },
      { text: 'I', stopReason: 'refusal' },
      { differs: ['text', 'stop_reason'], partsAt: 1, length: -2 },
    ],
  ]
  test.each(cases)('%s', async (_, complete, messages, expected) => {
    const { connect, emulator } = await open({ complete, messages })
    const { completions } = connect({ endpoint })
    const { completion, difference } = await completions.compare(params, { redact: false })
    const found = await difference
    expect(found).toMatchObject(expected)
    expect(found?.[endpoint].completion).toEqual({
      text: completion.completion,
      length: completion.completion.length,
      stop_reason: completion.stop_reason,
      stop: completion.stop,
      model: completion.model,
    })
    expect(emulator.requests.map(({ path }) => path).sort()).toEqual(['/v1/complete', '/v1/messages'])
    // The completion is that of the endpoint that the call goes to anyway.
    const alone = await completions.create(params)
    expect(completion.completion).toBe(alone.completion)
  })

  test('the other one fails: that is a difference, and no error', async () => {
    const replies = { complete: 'Hi.', messages: 'Hi.', [other]: REFUSED }
    const { connect } = await open(replies)
    const { completion, difference } = await connect({ endpoint }).completions.compare(params)
    expect(completion.completion).toBe(' Hi.')
    const found = await difference
    expect(found).toMatchObject({ differs: ['error'], partsAt: null })
    expect(found?.[other].error).toEqual({
      name: 'AuthenticationError',
      status: 401,
      type: 'authentication_error',
    })
    expect(found?.[other].completion).toBeUndefined()
    expect(found?.[endpoint].error).toBeUndefined()
  })

  test('the one that counts fails: that is the call’s error, as without a comparison', async () => {
    const { connect } = await open({ complete: 'Hi.', messages: 'Hi.', [endpoint]: REFUSED })
    const { completions } = connect({ endpoint })
    const error = await failure(() => completions.compare(params), AuthenticationError)
    const alone = await failure(() => completions.create(params), AuthenticationError)
    expect(error.message.replace(/req_\w+/, '')).toBe(alone.message.replace(/req_\w+/, ''))
  })

  test('both fail', async () => {
    const { connect } = await open({
      complete: { error: { type: 'api_error', message: 'No.' } },
      messages: { error: { type: 'api_error', message: 'No.' } },
    })
    await failure(() => connect({ endpoint }).completions.compare(params, once), InternalServerError)
  })

  test('of a call that is not sampled nothing is asked of the other', async () => {
    const { connect, emulator } = await open({ complete: 'Hi.', messages: 'Hi.' })
    const { completions } = connect({ endpoint })
    for (let call = 0; call < 20; call++) {
      const { completion, difference } = await completions.compare(params, { sampleRate: 0 })
      expect([completion.completion, await difference]).toEqual([' Hi.', undefined])
    }
    expect(new Set(emulator.requests.map(({ path }) => path))).toEqual(new Set([`/v1/${endpoint}`]))
  })

  test('the one that counts does not wait for the other, and an abort ends both', async () => {
    const replies = {
      complete: 'Hi.',
      messages: 'Hi.',
      [other]: { text: 'Hi.', faults: { responseDelayMs: 60_000 } },
    }
    const { connect, requestTo } = await open(replies)
    const caller = new AbortController()
    const { completion, difference } = await soon(
      connect({ endpoint }).completions.compare(params, { signal: caller.signal }),
    )
    expect(completion.completion).toBe(' Hi.')
    await until(() => requestTo(other) !== undefined)
    caller.abort()
    const found = await soon(difference)
    expect(found?.[other].error).toEqual({ name: 'APIUserAbortError', status: undefined, type: null })
    expect(requestTo(other)?.aborted).toBe(true)
  })

  test('an abort before either has answered rejects, and ends both', async () => {
    const late: Reply = { text: 'Hi.', faults: { responseDelayMs: 60_000 } }
    const { connect, emulator } = await open({ complete: late, messages: late })
    const caller = new AbortController()
    const call = failure(
      () => connect({ endpoint }).completions.compare(params, { signal: caller.signal }),
      APIUserAbortError,
    )
    await until(() => emulator.requests.length === 2)
    caller.abort()
    await soon(call)
    await until(() => emulator.requests.every(({ aborted }) => aborted))
  })

  test('reports the milliseconds of each call', async () => {
    const { connect } = await open({
      complete: 'Hi.',
      messages: 'Hi.',
      [other]: { text: 'Hi.', faults: { responseDelayMs: 80 } },
    })
    const { difference } = await connect({ endpoint }).completions.compare(params)
    const found = await difference
    if (found === undefined) throw new Error('not sampled')
    const { complete, messages, milliseconds } = found
    expect(found[other].milliseconds).toBeGreaterThanOrEqual(75)
    expect(found[endpoint].milliseconds).toBeGreaterThan(0)
    expect(milliseconds).toBe(messages.milliseconds - complete.milliseconds)
    expect(Math.sign(milliseconds)).toBe(other === 'messages' ? 1 : -1)
  })
})

describe('the endpoint that the call goes to anyway', () => {
  test('may be said with the call, or by a function, which is asked once', async () => {
    const { connect } = await open({ complete: 'Old.', messages: 'New.' })
    let asked = 0
    const choose = (): 'complete' => {
      asked += 1
      return 'complete'
    }
    const { completions } = connect()
    expect((await completions.compare(params)).completion.completion).toBe(' New.')
    expect((await completions.compare(params, { endpoint: 'complete' })).completion.completion).toBe(' Old.')
    expect((await completions.compare(params, { endpoint: choose })).completion.completion).toBe(' Old.')
    expect(asked).toBe(1)
  })

  test('is the only endpoint that an invalid call reaches', async () => {
    const { connect, emulator } = await open({ complete: 'Hi.', messages: 'Hi.' })
    const { completions } = connect({ retiredModel: 'error', endpoint: 'complete' })
    // The translation refuses what the legacy endpoint takes: nothing is sent, and that is the difference.
    const { difference } = await completions.compare(params)
    expect(await difference).toMatchObject({
      differs: ['error'],
      messages: {
        request: undefined,
        error: { name: 'BadRequestError', status: 400, type: 'invalid_request_error' },
      },
    })
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/complete'])
  })
})

describe('sampleRate', () => {
  // Chance itself cannot be asserted.
  afterEach(() => void vi.restoreAllMocks())

  test.each([
    [0.3, 0.29, true],
    [0.3, 0.3, false],
    [1, 0.9999, true],
    [undefined, 0.9999, true],
    [0, 0, false],
  ])('%d, where chance says %d', async (sampleRate, chance, isSampled) => {
    const { connect, emulator } = await open({ complete: 'Hi.', messages: 'Hi.' })
    vi.spyOn(Math, 'random').mockReturnValue(chance)
    const { difference } = await connect().completions.compare(params, { sampleRate })
    expect((await difference) !== undefined).toBe(isSampled)
    expect(emulator.requests).toHaveLength(isSampled ? 2 : 1)
  })
})

describe('options of the wrong type', () => {
  const rows: readonly [option: string, value: unknown, says: RegExp][] = [
    ['sampleRate', -0.1, /^sampleRate must be from 0 to 1\. Pass 1 to/],
    ['sampleRate', 1.1, /^sampleRate must be from 0 to 1\. Pass 1 to/],
    ['sampleRate', Number.NaN, /^sampleRate must be a number\. Pass 1 to/],
    ['sampleRate', '0.1', /^sampleRate must be a number\. Pass 1 to/],
    ['redact', true, /^redact must be a function or false\. Leave it out/],
    ['redact', 'no', /^redact must be a function or false\. Leave it out/],
    ['timeout', 'x', /^timeout must be an integer\. Pass milliseconds/],
    ['endpoint', 'both', /^endpoint must be 'messages', 'complete' or a function\. Leave it out/],
  ]
  test.each(rows)('%s: %j', async (option, value, says) => {
    const { client, emulator } = await open({ complete: 'Hi.', messages: 'Hi.' })
    const options: CompareOptions = { [option]: value }
    const error = await failure(() => client.completions.compare(params, options), AnthropicError)
    expect(error.message).toMatch(says)
    expect(emulator.requests).toHaveLength(0)
  })
})

describe('what the difference shows', () => {
  const SECRETS = {
    prompt: 'secret of the prompt',
    system: 'secret of the system prompt',
    prefill: 'secret of the prefill',
    user_id: 'secret-user',
    stop: 'SECRET STOP',
    old: 'secret of the old answer',
    young: 'secret of the new answer',
    error: 'secret of an error',
  }
  const secretCall = {
    ...params,
    prompt: `${SECRETS.system}${ask(SECRETS.prompt, ` ${SECRETS.prefill}`)}`,
    stop_sequences: [SECRETS.stop, '\n\n'],
    metadata: { user_id: SECRETS.user_id },
    temperature: 0.5,
  }

  /** The differences of calls that go well and of such that fail, at either endpoint. */
  async function differences(options: CompareOptions): Promise<Difference[]> {
    const found: Difference[] = []
    const failing: Reply = { error: { type: 'invalid_request_error', message: SECRETS.error } }
    const cutOff: Reply = {
      body: `{"id":"${SECRETS.young}","completion":"${SECRETS.old}`,
      contentType: 'application/json',
    }
    const both = { complete: SECRETS.old, messages: SECRETS.young }
    for (const replies of [both, { ...both, complete: failing }, { ...both, complete: cutOff }]) {
      const { client } = await open(replies)
      found.push((await (await client.completions.compare(secretCall, options)).difference) as Difference)
    }
    for (const replies of [both, { ...both, messages: failing }, { ...both, messages: cutOff }]) {
      const { connect } = await open(replies)
      const { completions } = connect({ endpoint: 'complete' })
      found.push((await (await completions.compare(secretCall, options)).difference) as Difference)
    }
    return found
  }

  test('contains lengths, and no text of the prompt, the completions, the user or the errors', async () => {
    for (const difference of await differences({})) {
      const shown = JSON.stringify(difference)
      expect(shown).not.toMatch(/secret/i)
      expect(shown).toContain('claude-2.1')
    }
  })

  test('is the shape of both requests', async () => {
    const [difference] = await differences({})
    expect(difference?.complete.request).toEqual({
      model: 'claude-2.1',
      max_tokens_to_sample: 300,
      prompt: `[${secretCall.prompt.length} characters]`,
      stop_sequences: [`[${SECRETS.stop.length} characters]`, '[2 characters]'],
      metadata: { user_id: `[${SECRETS.user_id.length} characters]` },
      temperature: 0.5,
    })
    expect(difference?.messages.request).toMatchObject({
      model: 'claude-opus-4-8',
      max_tokens: 300,
      system: `[${SECRETS.system.length} characters]`,
      messages: [
        { role: 'user', content: `[${SECRETS.prompt.length} characters]` },
        { role: 'assistant', content: expect.stringMatching(/^\[\d+ characters\]$/) },
        { role: 'user', content: expect.stringMatching(/^\[\d+ characters\]$/) },
      ],
      stream: true,
    })
  })

  test('does not contain the caller’s stop sequence that matched', async () => {
    const { client } = await open({ complete: `One${SECRETS.stop}`, messages: 'One' })
    const { difference } = await client.completions.compare(secretCall)
    expect((await difference)?.differs).toContain('stop')
    expect(JSON.stringify(await difference)).not.toMatch(/secret/i)
  })

  test('is everything with redact: false, but for the texts of errors', async () => {
    const shown = JSON.stringify(await differences({ redact: false }))
    const { stop: _, error, ...texts } = SECRETS
    for (const text of Object.values(texts)) expect(shown).toContain(text)
    expect(shown).not.toContain(error)
  })

  test('is what the caller’s own function makes of each text', async () => {
    const seen: string[] = []
    const redact = (text: string): string => {
      seen.push(text)
      return `<${text.length}>`
    }
    const [difference] = await differences({ redact })
    expect(difference?.complete.completion).toMatchObject({ text: `<${SECRETS.old.length}>` })
    expect(difference?.complete.request).toMatchObject({ prompt: `<${secretCall.prompt.length}>` })
    for (const text of [SECRETS.old, SECRETS.young, secretCall.prompt, SECRETS.user_id, SECRETS.stop])
      expect(seen.join('\n')).toContain(text)
    expect(JSON.stringify(difference)).not.toMatch(/secret/i)
  })

  test('a function of the caller’s that throws ends no program that does not look', async () => {
    const reasons: unknown[] = []
    const listener = (reason: unknown): void => void reasons.push(reason)
    process.on('unhandledRejection', listener)
    try {
      const { client } = await open({ complete: 'Hi.', messages: 'Hi.' })
      const { difference } = await client.completions.compare(params, {
        redact: () => {
          throw new RangeError('mine')
        },
      })
      for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setTimeout(resolve, 2))
      expect(reasons).toEqual([])
      await failure(() => difference, RangeError)
    } finally {
      process.off('unhandledRejection', listener)
    }
  })

  test('is plain data', async () => {
    for (const difference of await differences({})) expect(structuredClone(difference)).toEqual(difference)
  })
})
