import { createEmulator } from 'legacy-completions/emulator'
import type { ServeOptions } from 'legacy-completions/node'
import { describe, expect, test } from 'vitest'
import { edges, emulated, fieldsOf } from '../proxy/edges.ts'
import { chunksIn } from './chunks.ts'

const PROMPT = '\n\nHuman: Hi\n\nAssistant:'
const LEGACY = { prompt: PROMPT, max_tokens_to_sample: 90 }
const TOKEN = 'token-of-the-search-team'
const HELD: ServeOptions = { apiKey: 'held-key', tokens: [`search:${TOKEN}`] }
const signed = (keyId: string, region = 'eu-central-1'): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${keyId}/20261129/${region}/bedrock/aws4_request, SignedHeaders=host, Signature=00`,
  'x-amz-date': '20261129T000000Z',
})
const OPAQUE = encodeURIComponent('arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abc')

interface Sent {
  path?: string
  body?: unknown
  headers?: Record<string, string>
}

describe.each(edges)('Bedrock routes of $name', edge => {
  const start = (script?: Parameters<typeof createEmulator>[0], options: ServeOptions = HELD) =>
    emulated(edge, script, options)
  const send = (
    url: string,
    { path = '/model/anthropic.claude-v2%3A1/invoke', body = LEGACY, headers = signed(TOKEN) }: Sent = {},
  ) =>
    fetch(url + path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test('answer a legacy body with the legacy body of Bedrock', async () => {
    const { url, emulator } = await start({ reply: 'Hello!' })
    const response = await send(url)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(
      '{"type":"completion","completion":" Hello!","stop_reason":"stop_sequence","stop":"\\n\\nHuman:"}',
    )
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('x-legacy-completions-diagnostics')).toContain('retired-model')
    const [request] = emulator.requests
    expect(request?.path).toBe('/v1/messages')
    expect(request?.headers).toMatchObject({ 'x-api-key': 'held-key', 'anthropic-version': '2023-06-01' })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(Object.keys(request?.headers ?? {}).filter(name => name.startsWith('x-amz'))).toEqual([])
    expect(fieldsOf(request)).not.toHaveProperty('anthropic_version')
  })

  test('stream chunks in frames', async () => {
    const { url } = await start({ reply: { deltas: ['One', ' two.'] } })
    const response = await send(url, { path: '/model/anthropic.claude-v2/invoke-with-response-stream' })
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
    expect(chunksIn(await response.arrayBuffer())).toMatchObject([
      { type: 'completion', completion: ' One', stop_reason: null, stop: null },
      { type: 'completion', completion: ' two.', stop_reason: null, stop: null },
      { type: 'completion', completion: '', stop_reason: 'stop_sequence', stop: '\n\nHuman:' },
    ])
  })

  test('send the token counts as Bedrock does: as headers, or in the last chunk', async () => {
    const { url } = await start({ reply: 'Hello!' })
    const whole = await send(url)
    const headers = Object.fromEntries(whole.headers)
    expect(headers).toMatchObject({
      'x-amzn-bedrock-input-token-count': '1',
      'x-amzn-bedrock-output-token-count': '1',
      'x-amzn-bedrock-cache-read-input-token-count': '0',
      'x-amzn-bedrock-cache-write-input-token-count': '0',
      'x-amzn-bedrock-invocation-latency': expect.stringMatching(/^\d+$/),
      'x-amzn-requestid': headers['request-id'],
    })
    const streamed = await send(url, { path: '/model/anthropic.claude-v2/invoke-with-response-stream' })
    expect([...streamed.headers.keys()].filter(name => name.startsWith('x-amzn-bedrock'))).toEqual([
      'x-amzn-bedrock-content-type',
    ])
    const chunks = chunksIn(await streamed.arrayBuffer())
    const field = 'amazon-bedrock-invocationMetrics'
    expect(Reflect.get(Object(chunks.at(-1)), field)).toEqual({
      inputTokenCount: 1,
      outputTokenCount: 1,
      invocationLatency: expect.any(Number),
      firstByteLatency: expect.any(Number),
    })
    expect(chunks.slice(0, -1).filter(chunk => field in Object(chunk))).toEqual([])
  })

  test.each([
    ['converse', '/model/anthropic.claude-v2/converse'],
    ['count-tokens', '/model/us.anthropic.claude-opus-4-8/count-tokens'],
  ])('reject the operation %s, which the upstream does not have', async (_, path) => {
    const { url, emulator } = await start()
    const response = await send(url, { path, body: { messages: [] } })
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException'])
    expect(await response.text()).toContain('their signature names the proxy as the host')
    const unsigned = await send(url, {
      path,
      body: { messages: [] },
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    expect(await unsigned.text()).toContain('which has no other Bedrock calls')
    expect(emulator.requests).toEqual([])
  })

  test.each([
    ['anthropic.claude-v2%3A1', 'claude-opus-4-8'],
    ['us.anthropic.claude-v2:1', 'claude-opus-4-8'],
    ['anthropic.claude-v2:1:18k', 'claude-opus-4-8'],
    [
      'arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fanthropic.claude-instant-v1',
      'claude-haiku-4-5-20251001',
    ],
    ['global.anthropic.claude-opus-4-8', 'claude-opus-4-8'],
  ])('send %s to the first party as %s', async (id, model) => {
    const { url, emulator } = await start()
    expect((await send(url, { path: `/model/${id}/invoke` })).status).toBe(200)
    expect(fieldsOf(emulator.requests[0]).model).toBe(model)
  })

  test.each<[string, ServeOptions, string]>([
    ['anthropic.claude-v2', {}, 'eu.anthropic.claude-opus-4-8'],
    ['us.anthropic.claude-v2:1', {}, 'us.anthropic.claude-opus-4-8'],
    ['anthropic.claude-v2', { bedrockGeography: 'global' }, 'global.anthropic.claude-opus-4-8'],
    [OPAQUE, { bedrockModel: 'jp.anthropic.claude-opus-4-8' }, 'jp.anthropic.claude-opus-4-8'],
  ])('send %s with %j to an upstream that is Bedrock as %s', async (id, options, model) => {
    const emulator = createEmulator()
    const bodies: unknown[] = []
    const { createProxy } = await import('legacy-completions/proxy')
    const proxy = createProxy({
      ...HELD,
      ...options,
      upstream: 'http://bedrock.test/anthropic',
      fetch: (input, init) => {
        bodies.push(JSON.parse(String(init?.body)))
        return emulator.fetch(input, init)
      },
    })
    const response = await proxy(
      new Request(`http://proxy/model/${id}/invoke`, {
        method: 'POST',
        headers: signed(TOKEN),
        body: JSON.stringify(LEGACY),
      }),
    )
    expect(response.status).toBe(200)
    expect(bodies).toMatchObject([{ model }])
    expect(emulator.requests[0]?.path).toBe('/anthropic/v1/messages')
  })

  test.each<[string, Sent, ServeOptions, number, string, string]>([
    [
      'a wrong token',
      { headers: signed('AKIAIOSFODNN7EXAMPLE') },
      HELD,
      403,
      'AccessDeniedException',
      'use one of its tokens',
    ],
    ['no credentials', { headers: {} }, HELD, 403, 'AccessDeniedException', 'use one of its tokens'],
    ['a signature where no key is held', {}, {}, 403, 'AccessDeniedException', '--hold-key'],
    [
      'a prompt without turns',
      { body: { ...LEGACY, prompt: 'Hi' } },
      HELD,
      400,
      'ValidationException',
      'Invalid prompt: prompt must start with',
    ],
    [
      'no max_tokens_to_sample',
      { body: { prompt: PROMPT } },
      HELD,
      400,
      'ValidationException',
      '#: required key [max_tokens_to_sample] not found',
    ],
    [
      'a body that is not JSON',
      { body: 'text' },
      HELD,
      400,
      'ValidationException',
      'Malformed input request,',
    ],
    ['an array', { body: '[]' }, HELD, 400, 'ValidationException', 'Malformed input request,'],
    ['an empty body', { body: '' }, HELD, 400, 'ValidationException', 'Malformed input request,'],
    [
      'a body with too many values',
      { body: { ...LEGACY, stop_sequences: Array.from({ length: 11_000 }, () => 'x') } },
      HELD,
      400,
      'ValidationException',
      'more than 10000',
    ],
    [
      'a body of another vendor',
      { path: '/model/meta.llama3-8b-instruct-v1%3A0/invoke', body: { prompt: 'Hi', max_gen_len: 9 } },
      HELD,
      400,
      'ValidationException',
      'their signature names the proxy as the host',
    ],
    [
      'a Messages body',
      { body: { messages: [], max_tokens: 9 } },
      HELD,
      400,
      'ValidationException',
      'their signature names the proxy as the host',
    ],
    [
      'a guardrail',
      { headers: { ...signed(TOKEN), 'x-amzn-bedrock-guardrailidentifier': 'g' } },
      HELD,
      400,
      'ValidationException',
      'has no guardrails',
    ],
    [
      'a guardrail in the body',
      { body: { ...LEGACY, 'amazon-bedrock-guardrailConfig': {} } },
      HELD,
      400,
      'ValidationException',
      'has no guardrails',
    ],
    [
      'an ARN that does not name its model',
      { path: `/model/${OPAQUE}/invoke` },
      HELD,
      400,
      'ValidationException',
      '--bedrock-model',
    ],
    [
      'a model that does not exist',
      { path: '/model/anthropic.claude-none-9/invoke' },
      HELD,
      404,
      'ResourceNotFoundException',
      'claude-none-9',
    ],
  ])('reject %s', async (_, sent, options, status, name, message) => {
    const { url } = await start({}, options)
    const response = await send(url, sent)
    const body: unknown = await response.json()
    expect({ status: response.status, name: response.headers.get('x-amzn-errortype') }).toEqual({
      status,
      name,
    })
    expect(Reflect.get(Object(body), 'message')).toContain(message)
  })

  test.each([
    [429, 'rate_limit_error', 429, 'ThrottlingException'],
    [529, 'overloaded_error', 503, 'ServiceUnavailableException'],
    [500, 'api_error', 500, 'InternalServerException'],
    [403, 'permission_error', 403, 'AccessDeniedException'],
  ])('word status %d of the upstream for AWS clients', async (given, type, status, name) => {
    const { url } = await start({
      reply: { error: { type, message: 'As asked' }, status: given, headers: { 'retry-after': '7' } },
    })
    const response = await send(url)
    expect({
      status: response.status,
      name: response.headers.get('x-amzn-errortype'),
      retry: response.headers.get('retry-after'),
      body: await response.json(),
    }).toEqual({ status, name, retry: '7', body: { message: 'As asked' } })
  })

  test.each([
    [{ streamError: { type: 'overloaded_error', message: 'Overloaded' } }, 'throttlingException'],
    [{ faults: { cutAfterBytes: 700 } }, 'modelStreamErrorException'],
    [{ faults: { endAfterBytes: 700 } }, 'modelStreamErrorException'],
  ])('end a stream that fails (%j) in %s', async (fault, exception) => {
    const { url } = await start({ reply: { deltas: ['a', ' b', ' c', ' d'], ...fault } })
    const response = await send(url, { path: '/model/anthropic.claude-v2/invoke-with-response-stream' })
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
    expect(text).toMatch(/:exception-type/)
    expect(text).toContain(exception)
  })

  test.each<[string, Record<string, string>]>([
    ['a bearer token', { authorization: `Bearer ${TOKEN}` }],
    ['a session token', { ...signed('AKIAIOSFODNN7EXAMPLE'), 'x-amz-security-token': TOKEN }],
  ])('take %s as a token', async (_, headers) => {
    const { url } = await start()
    expect((await send(url, { headers })).status).toBe(200)
  })

  test('forward an API key where no key is held', async () => {
    const { url, emulator } = await start({}, {})
    expect((await send(url, { headers: { authorization: 'Bearer bedrock-api-key' } })).status).toBe(200)
    expect(emulator.requests[0]?.headers.authorization).toBe('Bearer bedrock-api-key')
  })
})
