import { Anthropic, type CompletionRequest } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { completionsFetch } from 'legacy-completions/fetch'
import { describe, expect, it } from 'vitest'
import { headingsOf } from './markdown.ts'
import { SAID_BY, sentencesOf } from './sentences.ts'

const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })

const CALL: CompletionRequest = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: '\n\nHuman: Why is the sky blue?\n\nAssistant:',
}
const MESSAGES = { model: 'claude-opus-4-8', max_tokens: 300, messages: [user('Hi')] }

interface Case {
  path?: '/v1/complete' | '/v1/messages'
  /** The body that the server rejects. */
  body: object
  /** Rejected by partner clouds only: the first-party API, and so the emulator, accepts the body. */
  onPartnerClouds?: true
  headers?: Record<string, string | undefined>
  /** The equivalent legacy call, which this package accepts or rejects with `refused`. */
  here?: Partial<CompletionRequest>
  refused?: RegExp
}

const CASES: Readonly<Record<string, Case>> = {
  'is not supported on this API. Please use the Messages API instead.': {
    path: '/v1/complete',
    body: CALL,
    here: {},
  },
  'model: claude-2.1': { body: { ...MESSAGES, model: 'claude-2.1' }, here: { model: 'claude-2.1' } },
  'prompt must start with "\\n\\nHuman:" turn after an optional system prompt': {
    path: '/v1/complete',
    body: { ...CALL, model: 'claude-2.1', prompt: 'Why is the sky blue?\n\nAssistant:' },
    here: { prompt: 'Why is the sky blue?\n\nAssistant:' },
    refused: /prompt must start with/,
  },
  'prompt must end with "\\n\\nAssistant:" turn': {
    path: '/v1/complete',
    body: { ...CALL, model: 'claude-2.1', prompt: '\n\nHuman: Why is the sky blue?' },
    here: { prompt: '\n\nHuman: Why is the sky blue?' },
    refused: /prompt must end with/,
  },
  'This model does not support assistant message prefill. The conversation must end with a user message.': {
    body: { ...MESSAGES, messages: [user('Hi'), assistant('Well,')] },
    here: { prompt: '\n\nHuman: Hi\n\nAssistant: Well,' },
  },
  'final assistant content cannot end with trailing whitespace': {
    body: { ...MESSAGES, model: 'claude-haiku-4-5', messages: [user('Hi'), assistant('Well, ')] },
    here: { model: 'claude-haiku-4-5', prompt: '\n\nHuman: Hi\n\nAssistant: Well, ' },
  },
  'each stop sequence must contain non-whitespace': {
    body: { ...MESSAGES, stop_sequences: ['\n\n'] },
    here: { stop_sequences: ['\n\n'] },
  },
  '`temperature` is deprecated for this model.': {
    body: { ...MESSAGES, temperature: 0 },
    here: { temperature: 0 },
  },
  '`temperature` and `top_p` cannot both be specified for this model. Please use only one.': {
    body: { ...MESSAGES, model: 'claude-haiku-4-5', temperature: 0, top_p: 0.9 },
    here: { model: 'claude-haiku-4-5', temperature: 0, top_p: 0.9 },
  },
  'temperature: Extra inputs are not permitted': {
    body: { ...MESSAGES, model: 'claude-haiku-4-5', temperature: 0 },
    headers: { 'anthropic-version': '2026-10-21' },
    here: { model: 'claude-haiku-4-5', temperature: 0 },
  },
  'max_tokens_to_sample: Extra inputs are not permitted': {
    body: { ...MESSAGES, max_tokens_to_sample: 300 },
    here: {},
  },
  'which is the maximum allowed number of output tokens': {
    body: { ...MESSAGES, model: 'claude-haiku-4-5', max_tokens: 100_000 },
    here: { model: 'claude-haiku-4-5', max_tokens_to_sample: 100_000 },
  },
  'roles must alternate between "user" and "assistant"': {
    body: { ...MESSAGES, messages: [user('Hi'), user('Why?')] },
    onPartnerClouds: true,
    here: { prompt: '\n\nHuman: Hi\n\nHuman: Why?\n\nAssistant:' },
  },
  'first message must use the "user" role': {
    body: { ...MESSAGES, messages: [assistant('Hi'), user('Why?')] },
    here: { prompt: '\n\nAssistant: Hi\n\nHuman: Why?\n\nAssistant:' },
    refused: /prompt must start with/,
  },
  'text content blocks must be non-empty': {
    body: {
      ...MESSAGES,
      messages: [user('Hi'), { role: 'assistant', content: [{ type: 'text', text: '' }] }, user('Why?')],
    },
    here: { prompt: '\n\nHuman: Hi\n\nAssistant:\n\nHuman: Why?\n\nAssistant:' },
  },
  'at least one message is required': {
    body: { ...MESSAGES, messages: [] },
    here: { prompt: '\n\nHuman:\n\nAssistant:' },
  },
  'anthropic-version: header is required': {
    body: MESSAGES,
    headers: { 'anthropic-version': undefined },
  },
}

/** Legacy and Messages bodies that Bedrock rejects, and the model ids. */
const BEDROCK_CASES: Readonly<Record<string, { modelId: string; body: object }>> = {
  'This model version has reached the end of its life. Please refer to the AWS documentation for more details.':
    { modelId: 'anthropic.claude-v2', body: { prompt: CALL.prompt, max_tokens_to_sample: 300 } },
  'The provided model identifier is invalid.': { modelId: 'anthropic.claude-opus-9', body: {} },
  'with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.':
    { modelId: 'anthropic.claude-haiku-4-5-20251001-v1:0', body: {} },

  'Malformed input request: #: required key [anthropic_version] not found': {
    modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    body: { messages: [user('Hi')], max_tokens: 300 },
  },
}

/** A text as JSON has it: a heading of the page cannot contain a newline. */
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')

async function refusalOf({ path = '/v1/messages', body, headers = {} }: Case): Promise<string> {
  const emulator = createEmulator()
  const all = { 'x-api-key': 'any', 'anthropic-version': '2023-06-01', ...headers }
  const response = await emulator.fetch(`http://emulator.test${path}`, {
    method: 'POST',
    headers: Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined),
    body: JSON.stringify(body),
  })
  expect(response.status).toBeGreaterThanOrEqual(400)
  const { error } = (await response.json()) as { error: { message: string } }
  return escaped(error.message)
}

describe('docs/errors.md', () => {
  it('has a case for every sentence of the server, and no other', () => {
    expect(sentencesOf('server').sort()).toEqual(Object.keys(CASES).sort())
  })

  it('has a case for every sentence of Bedrock, and no other', () => {
    expect(sentencesOf('bedrock').sort()).toEqual(Object.keys(BEDROCK_CASES).sort())
  })

  it.each(Object.entries(BEDROCK_CASES))(
    '%s: is a sentence of Bedrock',
    async (sentence, { modelId, body }) => {
      const emulator = createEmulator()
      const response = await emulator.fetch(
        `http://emulator.test/model/${encodeURIComponent(modelId)}/invoke`,
        { method: 'POST', headers: { authorization: 'Bearer any' }, body: JSON.stringify(body) },
      )
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(await response.json()).toMatchObject({ message: expect.stringContaining(sentence) })
    },
  )

  it('has only sections whose sentences a test provokes', () => {
    expect(headingsOf('docs/errors.md', 2)).toEqual(Object.values(SAID_BY))
    expect(sentencesOf('python').length).toBeGreaterThan(3)
    expect(sentencesOf('typescript').length).toBeGreaterThan(3)
  })

  it.each(Object.entries(CASES))('%s: is a sentence of the server', async (sentence, one) => {
    if (one.onPartnerClouds) await expect(refusalOf(one)).rejects.toThrow('expected 200 to be greater than')
    else expect(await refusalOf(one)).toContain(sentence)
  })

  const made = Object.entries(CASES).filter(([, { here }]) => here !== undefined)
  it.each(made)('%s: does not occur with the legacy call here', async (_, { here, refused }) => {
    const emulator = createEmulator()
    const client = new Anthropic({ apiKey: 'any', fetch: emulator.fetch, maxRetries: 0 })
    const outcome = client.completions.create({ ...CALL, ...here, stream: false })
    if (refused === undefined) expect((await outcome).completion).not.toBe('')
    else await expect(outcome).rejects.toThrow(refused)
  })

  it('reads a request without a version in the dialect of 2023-01-01', async () => {
    const emulator = createEmulator()
    const fetch = completionsFetch({ fetch: emulator.fetch })
    const response = await fetch('http://emulator.test/v1/complete', {
      method: 'POST',
      headers: { 'x-api-key': 'any' },
      body: JSON.stringify(CALL),
    })
    expect(await response.json()).toMatchObject({ truncated: false, exception: null, stop: '\n\nHuman:' })
    expect(emulator.requests[0]?.headers['anthropic-version']).toBe('2023-06-01')
  })
})
