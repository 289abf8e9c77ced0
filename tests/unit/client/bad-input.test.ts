import { inspect } from 'node:util'
import { type BadRequestError as BadRequest, BadRequestError } from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { ask, messagesAdapters, params } from './adapters.ts'
import { beginnings, failure } from './outcomes.ts'

type Row = readonly [title: string, given: unknown, says: RegExp]

const START_RULE = 'prompt must start with "\n\nHuman:" turn after an optional system prompt'
const END_RULE = 'prompt must end with "\n\nAssistant:" turn'

/** Fields over those of a good call. Each refusal names the field, the reason and the remedy. */
const rows: readonly Row[] = [
  ['no model', { model: undefined }, /model: field required\. Name a model/],
  ['a model that is no text', { model: 5 }, /model: str type expected\. Name a model/],
  ['an empty model', { model: '' }, /model: ensure this value has at least 1 characters.*Name a model/],
  ['no prompt', { prompt: undefined }, /prompt: field required\. Pass one string/],
  ['a prompt that is a list', { prompt: [{ role: 'user' }] }, /prompt: str type expected\. Pass one string/],
  ['an empty prompt', { prompt: '' }, /prompt: ensure this value has at least 1 characters.*Pass one string/],
  [
    'no max_tokens_to_sample',
    { max_tokens_to_sample: undefined },
    /max_tokens_to_sample: field required\. Pass the largest number/,
  ],
  ['none at all', { max_tokens_to_sample: 0 }, /max_tokens_to_sample: range: 1\.\..*Pass the largest number/],
  ['a text', { max_tokens_to_sample: '9' }, /max_tokens_to_sample: value is not a valid integer.*Pass/],
  ['a fraction', { max_tokens_to_sample: 1.5 }, /max_tokens_to_sample: value is not a valid integer.*Pass/],
  ['Infinity', { max_tokens_to_sample: Number.POSITIVE_INFINITY }, /max_tokens_to_sample: .*Pass/],
  ['max_tokens of the new API', { max_tokens: 5 }, /max_tokens: extra fields not permitted\. Remove it/],
  ['an unknown field', { maxOutputTokens: 5 }, /maxOutputTokens: extra fields not permitted\. Remove it/],
  [
    'a stop that is no list',
    { stop_sequences: '4.' },
    /stop_sequences: value is not a valid list.*Pass an array/,
  ],
  [
    'a stop that is no text',
    { stop_sequences: ['a', 5] },
    /stop_sequences\.1: str type expected.*Pass an array/,
  ],
  ['temperature as a text', { temperature: 'hot' }, /temperature: value is not a valid float.*Pass a number/],
  ['temperature above 1', { temperature: 1.1 }, /temperature: range: -1 or 0\.\.1.*Pass a number/],
  ['temperature that is no number', { temperature: Number.NaN }, /temperature: .*Pass a number/],
  ['top_p below 0', { top_p: -0.5 }, /top_p: range: -1 or 0\.\.1.*Pass a number/],
  ['top_k below -1', { top_k: -2 }, /top_k: range: -1 or 0 and above.*Pass a whole number/],
  ['metadata as a text', { metadata: 'me' }, /metadata: value is not a valid dict.*Pass/],
  [
    'an unknown field of metadata',
    { metadata: { name: 'me' } },
    /metadata\.name: extra fields not permitted/,
  ],
  [
    'a prompt without markers',
    { prompt: 'Hello, Claude' },
    /prompt must start with .*, prompt must end with /s,
  ],
  ['a prompt without an end', { prompt: '\n\nHuman: Hello' }, /^400 .*prompt must end with /s],
  ['a prompt without a start', { prompt: 'Hello\n\nAssistant:' }, /^400 .*prompt must start with /s],
  ['a prompt that ends with a Human turn', { prompt: `${ask('A')} B\n\nHuman: C` }, /prompt must end with /],
  ['several faults', { model: 5, prompt: 5 }, /model: str type expected.*prompt: str type expected/],
]

// The legacy endpoint is sent a call as it is, for the server to refuse: `endpoint.test.ts`.
describe.each(messagesAdapters)('through $name', ({ open }) => {
  describe.each(Object.entries(beginnings))('%s', (_, road) => {
    const refusal = async (value: unknown): Promise<BadRequest> => {
      const { client, emulator } = await open()
      const error = await failure(() => road(client, value as typeof params), BadRequestError)
      expect(emulator.requests).toHaveLength(0)
      return error
    }

    test.each(rows)('%s', async (_, given, says) => {
      const error = await refusal({ ...params, ...Object(given) })
      const { message, type } = (error.error as { error: { message: string; type: string } }).error
      expect([error.status, error.type, type]).toEqual([
        400,
        'invalid_request_error',
        'invalid_request_error',
      ])
      // The sentence is the body's, as the server's were; the message is that body.
      expect(error.message).toBe(`400 ${JSON.stringify(error.error)}`)
      expect(`400 ${message}`).toMatch(says)
    })

    test.each([undefined, null, {}, 'Hello', 5, []])('parameters that are %j', async value => {
      const error = await refusal(value)
      expect(error.message).toMatch(/model.*prompt.*max_tokens_to_sample/)
    })

    test('a stream that is neither true nor false', async () => {
      // stream() streams whatever the parameter says.
      const { client } = await open()
      const given: object = { stream: 'yes' }
      const error = await failure(() => client.completions.create({ ...params, ...given }), BadRequestError)
      expect(error.message).toMatch(/stream: value could not be parsed to a boolean.*Pass true or false/)
    })

    test('the old server’s sentences, with the newlines they had', async () => {
      const error = await refusal({ ...params, prompt: 'Hello' })
      expect(JSON.stringify(error.error)).toContain(JSON.stringify(`${START_RULE}, ${END_RULE}`).slice(1, -1))
      expect(error.diagnostics?.map(({ code }) => code)).toEqual([
        'missing-human-turn',
        'missing-assistant-turn',
      ])
    })

    test('no refusal repeats the prompt or the key', async () => {
      const secrets = ['a secret of the prompt', 'test-key']
      for (const given of [
        { prompt: secrets[0] },
        { prompt: `\n\nHuman: ${secrets[0]}` },
        { prompt: `${secrets[0]}\n\nAssistant:` },
        { prompt: [secrets[0]] },
        { temperature: secrets[0] },
      ]) {
        const error = await refusal({ ...params, ...given })
        for (const secret of secrets) expect(inspect(error, { depth: 9 })).not.toContain(secret)
      }
    })
  })

  test('accepts extra fields of the old SDKs’ request options', async () => {
    const { client } = await open({ reply: 'Hi.' })
    const options: object = { idempotencyKey: 'x', httpAgent: undefined, query: {} }
    expect((await client.completions.create(params, options)).completion).toBe(' Hi.')
  })

  test('parameters are read at the call, and never changed', async () => {
    const { client, emulator } = await open({ reply: 'Hi.' })
    const given = Object.freeze({
      ...params,
      stop_sequences: Object.freeze(['a', '\n']) as string[],
      metadata: Object.freeze({ user_id: 'u' }),
      betas: Object.freeze(['b']) as string[],
    })
    await client.completions.create(given)
    expect(emulator.requests).toHaveLength(1)
    const changed = { ...params }
    const call = client.completions.create(changed)
    changed.prompt = ask('something else')
    await call
    expect(emulator.requests[1]?.body).toMatchObject({ messages: [{ content: 'Hello, Claude' }] })
  })
})
