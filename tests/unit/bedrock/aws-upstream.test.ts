import { createEmulator } from 'legacy-completions/emulator'
import type { ServeOptions } from 'legacy-completions/node'
import { createProxy } from 'legacy-completions/proxy'
import { describe, expect, test } from 'vitest'
import { edges } from '../proxy/edges.ts'
import { type Answer, CREDENTIALS, startAws } from './aws-server.ts'
import { chunksIn } from './chunks.ts'

const PROMPT = '\n\nHuman: Hi\n\nAssistant:'
const LEGACY = { prompt: PROMPT, max_tokens_to_sample: 90 }
const TOKEN = 'token-of-the-search-team'
const HELD: ServeOptions = {
  awsCredentials: CREDENTIALS,
  tokens: [`search:${TOKEN}`],
  awsRegion: 'eu-central-1',
}
const SIGNED = {
  authorization: `AWS4-HMAC-SHA256 Credential=${TOKEN}/20261129/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00`,
  'x-amz-date': '20200101T000000Z',
  'x-amz-security-token': 'of-the-client',
  'x-amz-content-sha256': 'of-the-client',
  'amz-sdk-invocation-id': 'of-the-client',
}
const PROVISIONED = encodeURIComponent('arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abc')
const PROFILE = encodeURIComponent('arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc')

interface Sent {
  method?: string
  path?: string
  body?: unknown
  headers?: Record<string, string>
}

describe.each(edges)('signed requests of $name', edge => {
  async function start(
    aws: Parameters<typeof startAws>[0] = { reply: 'Hello!' },
    options: ServeOptions = HELD,
    base = '',
  ): Promise<{ url: string; received: Awaited<ReturnType<typeof startAws>>['received'] }> {
    const { url: upstream, received } = await startAws(aws)
    const { url } = await edge.open({ upstream: upstream + base, onDiagnostic() {}, ...options })
    return { url, received }
  }

  const send = (
    url: string,
    {
      method = 'POST',
      path = '/model/anthropic.claude-v2%3A1/invoke',
      body = LEGACY,
      headers = {},
    }: Sent = {},
  ) =>
    fetch(url + path, {
      method,
      headers: { ...SIGNED, ...headers },
      ...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })

  test('send a legacy call to InvokeModel, and return the legacy body', async () => {
    const { url, received } = await start()
    const response = await send(url)
    expect(await response.text()).toBe(
      '{"type":"completion","completion":" Hello!","stop_reason":"stop_sequence","stop":"\\n\\nHuman:"}',
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('x-amzn-bedrock-output-token-count')).toMatch(/^\d+$/)
    const [{ target, headers, body }] = received as [(typeof received)[0]]
    expect(target).toBe('/model/eu.anthropic.claude-opus-4-8/invoke')
    expect(headers.authorization).toMatch(/AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request/)
    expect(JSON.stringify(headers)).not.toContain('of-the-client')
    expect(JSON.stringify(headers)).not.toContain(TOKEN)
    expect(JSON.parse(body)).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 90 })
    expect(JSON.parse(body)).not.toHaveProperty('model')
  })

  test('stream a legacy call, with the metrics in its last chunk', async () => {
    const { url, received } = await start({ reply: { deltas: ['One', ' two.'] } })
    const response = await send(url, { path: '/model/anthropic.claude-v2/invoke-with-response-stream' })
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
    expect(response.headers.get('x-amzn-bedrock-content-type')).toBe('application/json')
    expect(chunksIn(await response.arrayBuffer())).toMatchObject([
      { type: 'completion', completion: ' One', stop_reason: null },
      { type: 'completion', completion: ' two.', stop_reason: null },
      {
        completion: '',
        stop_reason: 'stop_sequence',
        'amazon-bedrock-invocationMetrics': { inputTokenCount: expect.any(Number) },
      },
    ])
    expect(received[0]?.target).toBe('/model/eu.anthropic.claude-opus-4-8/invoke-with-response-stream')
  })

  test.each([
    ['us.anthropic.claude-v2:1', 'us.anthropic.claude-opus-4-8', {}],
    ['us.anthropic.claude-opus-4-8', 'us.anthropic.claude-opus-4-8', {}],
    [PROVISIONED, 'us.anthropic.claude-opus-4-8', { bedrockModel: 'us.anthropic.claude-opus-4-8' }],
    [PROFILE, PROFILE, { bedrockModel: decodeURIComponent(PROFILE) }],
    ['anthropic.claude-v2', 'us.anthropic.claude-opus-4-8', { bedrockGeography: 'us' }],
  ] as const)('send %s to %s', async (id, model, options) => {
    const { url, received } = await start({ answer: messageOf }, { ...HELD, ...options })
    expect((await send(url, { path: `/model/${id}/invoke` })).status).toBe(200)
    expect(received[0]?.target).toBe(`/model/${model}/invoke`)
  })

  test.each<[string, Sent]>([
    [
      'Llama',
      {
        path: '/model/meta.llama3-8b-instruct-v1%3A0/invoke',
        body: '{ "prompt":"Grüße",  "max_gen_len":9 }',
      },
    ],
    [
      'Titan',
      {
        path: '/model/amazon.titan-text-lite-v1/invoke',
        body: '{"inputText":"Hi","textGenerationConfig":{}}',
      },
    ],
    [
      'Mistral',
      { path: '/model/mistral.mistral-7b-instruct-v0:2/invoke', body: '{"prompt":"Hi","max_tokens":9}' },
    ],
    ['Messages', { body: '{"anthropic_version":"bedrock-2023-05-31", "max_tokens":9,"messages":[]}' }],
    [
      'Llama, streamed',
      {
        path: '/model/us.meta.llama3-1-8b-instruct-v1:0/invoke-with-response-stream',
        body: '{"prompt":"Hi"}',
      },
    ],
    ['an opaque ARN', { path: `/model/${PROVISIONED}/invoke`, body: '{"prompt":"Hi"}' }],
    ['Converse', { path: '/model/anthropic.claude-v2/converse', body: '{"messages":[]}' }],
    ['no JSON', { body: '\u0000 not JSON' }],
    ['11,000 values', { body: `{"messages":[${'0,'.repeat(11_000)}0]}` }],
    ['no body', { body: '' }],
    ['Messages of Anthropic', { path: '/v1/messages', body: '{"model":"us.anthropic.claude-opus-4-8"}' }],
    ['a query', { method: 'GET', path: '/async-invoke?maxResults=5&a=1' }],
    ['octet-stream', { body: '{"messages":[]}', headers: { 'content-type': 'application/octet-stream' } }],
    [
      'headers of Bedrock',
      { body: '{"messages":[]}', headers: { 'x-amzn-bedrock-trace': 'ENABLED', accept: '*/*' } },
    ],
  ])('forward a body of %s unchanged, with a new signature', async (_, sent) => {
    const bytes = new Uint8Array([0, 255, 1, 128])
    const answer: Answer = () =>
      new Response(bytes, { headers: { 'content-type': 'x/y', 'x-amzn-requestid': 'r1' } })
    const { url, received } = await start({ answer }, { ...HELD, allow: ['/*'] })
    const response = await send(url, sent)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-amzn-requestid')).toBe('r1')
    const path = sent.path ?? '/model/anthropic.claude-v2%3A1/invoke'
    const [request] = received
    expect(request?.target).toBe(path === '/v1/messages' ? `/anthropic${path}` : path)
    expect(request?.body).toBe(sent.method === 'GET' ? '' : sent.body)
    expect(request?.headers).toMatchObject(sent.headers ?? {})
  })

  test.each<[string, Sent]>([
    ['a header', { headers: { 'x-amzn-bedrock-guardrailidentifier': 'gr-1' } }],
    ['a body', { body: { ...LEGACY, 'amazon-bedrock-guardrailConfig': { tagSuffix: 'x' } } }],
  ])('send the guardrail of %s on, and return what it did', async (_, sent) => {
    const action = { 'amazon-bedrock-guardrailAction': 'INTERVENED' }
    const { url, received } = await start({ answer: () => messageOf(undefined, action) })
    expect(await (await send(url, sent)).json()).toMatchObject({ type: 'completion', ...action })
    expect(JSON.stringify(received[0])).toMatch(/gr-1|tagSuffix/)
  })

  test('serve /v1/complete with an inference profile', async () => {
    const { url, received } = await start({ reply: { deltas: ['One', ' two.'] } })
    const headers = { authorization: `Bearer ${TOKEN}`, 'anthropic-version': '2023-06-01' }
    const body = { ...LEGACY, model: 'claude-2.1' }
    const whole = await send(url, { path: '/v1/complete', headers, body })
    expect(await whole.json()).toMatchObject({
      completion: ' One two.',
      model: expect.stringContaining('claude'),
    })
    const streamed = await send(url, { path: '/v1/complete', headers, body: { ...body, stream: true } })
    expect(await streamed.text()).toMatch(/^event: completion\r?\ndata: .*" One"/)
    expect(received.map(({ target }) => target)).toEqual([
      '/model/eu.anthropic.claude-opus-4-8/invoke',
      '/model/eu.anthropic.claude-opus-4-8/invoke-with-response-stream',
    ])
  })

  test('sign requests to the Messages endpoint of Bedrock', async () => {
    const { url, received } = await start(undefined, HELD, '/anthropic')
    expect((await send(url)).status).toBe(200)
    const headers = { authorization: `Bearer ${TOKEN}`, 'anthropic-version': '2023-06-01' }
    const plain = await send(url, { path: '/v1/complete', headers, body: { ...LEGACY, model: 'claude-2.1' } })
    expect(await plain.json()).toMatchObject({ completion: ' Hello!' })
    expect(received.map(({ target }) => target)).toEqual(['/anthropic/v1/messages', '/anthropic/v1/messages'])
    expect(received.map(({ body }) => Object(JSON.parse(body)).model)).toEqual([
      'eu.anthropic.claude-opus-4-8',
      'eu.anthropic.claude-opus-4-8',
    ])
  })

  test.each([
    [400, 'ValidationException', 'Malformed input request', 400, 'invalid_request_error'],
    [
      403,
      'UnrecognizedClientException',
      'The security token included in the request is invalid',
      403,
      'permission_error',
    ],
    [
      404,
      'ResourceNotFoundException',
      'This model version has reached the end of its life.',
      404,
      'not_found_error',
    ],
    [424, 'ModelErrorException', 'The model failed', 400, 'api_error'],
    [429, 'ModelNotReadyException', 'Not ready', 429, 'rate_limit_error'],
    [503, 'ServiceUnavailableException', 'Busy', 529, 'overloaded_error'],
  ])(
    'return an error of status %d, %s, to both kinds of clients',
    async (status, name, message, own, type) => {
      const answer: Answer = () =>
        Response.json(
          { message },
          { status, headers: { 'x-amzn-errortype': name, 'x-amzn-requestid': 'r1' } },
        )
      const { url } = await start({ answer })
      const response = await send(url)
      expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, name])
      expect(response.headers.get('x-amzn-requestid')).toBe('r1')
      expect(Reflect.get(Object(await response.json()), 'message')).toMatch(message)
      const plain = await send(url, {
        path: '/v1/complete',
        body: { ...LEGACY, model: 'claude-2.1' },
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      expect(plain.status).toBe(own)
      expect(await plain.json()).toMatchObject({ error: { type, message: expect.stringContaining(message) } })
    },
  )

  test.each([
    [
      'an exception',
      { streamError: { type: 'rate_limit_error', message: 'Too many requests' } },
      'throttlingException',
    ],
    ['an internal error', { streamError: { type: 'api_error', message: 'Oh' } }, 'internalServerException'],
    ['a cut connection', { faults: { cutAfterBytes: 900 } }, 'modelStreamErrorException'],
    ['an early end', { faults: { endAfterBytes: 900 } }, 'modelStreamErrorException'],
  ])('end a stream after %s in an exception', async (_, fault, exception) => {
    const { url } = await start({ reply: { deltas: ['a', ' b', ' c', ' d'], ...fault } })
    const response = await send(url, { path: '/model/anthropic.claude-v2/invoke-with-response-stream' })
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
    expect(text).toContain(exception)
    expect(text).not.toContain('stop_sequence')
  })

  test('sign with the time of AWS after a rejection of the own time', async () => {
    const { url } = await start({ reply: 'Hello!', clock: () => Date.now() + 3_600_000 })
    const first = await send(url)
    // All AWS SDKs send a request again after this status.
    expect(first.status).toBe(503)
    expect((await send(url)).status).toBe(200)
    expect((await send(url)).status).toBe(200)
  })

  test('do not hide a wrong secret behind a retry', async () => {
    const { url } = await start({ secret: 'another' })
    for (let attempt = 0; attempt < 2; attempt++) expect((await send(url)).status).toBe(403)
  })

  test('use the current credentials for each request', async () => {
    let calls = 0
    const awsCredentials = async () => ({ ...CREDENTIALS, sessionToken: `session-${++calls}` })
    const { url, received } = await start(undefined, { ...HELD, awsCredentials })
    await send(url)
    await send(url)
    expect(received.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['session-1', 'session-2'])
  })

  test('say that the credentials are missing, without the reason, which may be secret', async () => {
    const awsCredentials = async (): Promise<never> => {
      throw new Error('the secret of the provider')
    }
    const { url, received } = await start(undefined, { ...HELD, awsCredentials })
    const response = await send(url)
    expect(response.status).toBe(403)
    expect(await response.text()).toBe(
      '{"message":"The proxy could not get its AWS credentials. Its operator has to renew them."}',
    )
    expect(received).toEqual([])
  })

  test.each<[string, Record<string, string>]>([
    ['no token', { authorization: '' }],
    ['an unknown access key id', { authorization: SIGNED.authorization.replace(TOKEN, 'AKIAEXAMPLE') }],
  ])('require a token: %s', async (_, headers) => {
    const { url, received } = await start()
    expect((await send(url, { headers, body: { messages: [] } })).status).toBe(403)
    expect(received).toEqual([])
  })
})

const messageOf = (_: unknown, extras: object = {}): Response =>
  Response.json({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-4-8',
    content: [{ type: 'text', text: 'Hello!' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 3 },
    ...extras,
  })

test.each<[string, ServeOptions, string]>([
  ['no tokens', { ...HELD, tokens: undefined }, 'tokens'],
  ['an API key', { ...HELD, apiKey: 'key' }, 'awsCredentials must not be given together with apiKey'],
  [
    'a comparison',
    { ...HELD, compare: { sampleRate: 1, onDifference() {} } },
    'Bedrock has no legacy endpoint',
  ],
  ['the legacy endpoint', { ...HELD, endpoint: 'complete' }, 'Bedrock has no legacy endpoint'],
  ['no region', { ...HELD, awsRegion: undefined }, 'awsRegion must be given'],
  ['a region that is invalid', { ...HELD, awsRegion: 'us east' }, 'awsRegion must be a region'],
  [
    'an empty secret',
    { ...HELD, awsCredentials: { accessKeyId: 'a', secretAccessKey: '' } },
    'awsCredentials',
  ],
])('AWS credentials with %s are rejected', (_, options, message) => {
  expect(() => createProxy(options)).toThrow(message)
})

test.each([
  ['https://bedrock-runtime.us-east-1.amazonaws.com', 'us-east-1', 'bedrock'],
  ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1', 'bedrock'],
  ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn/', 'cn-north-1', 'bedrock'],
  ['https://bedrock-runtime.eu-west-1.api.aws', 'eu-west-1', 'bedrock'],
  ['https://vpce-0a1b.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', 'ap-southeast-2', 'bedrock'],
  ['https://bedrock-mantle.us-west-2.api.aws/anthropic', 'us-west-2', 'bedrock-mantle'],
])('%s is signed for %s, %s', async (upstream, region, service) => {
  const scopes: unknown[] = []
  const proxy = createProxy({
    ...HELD,
    awsRegion: undefined,
    upstream,
    fetch: async (_, init) => {
      scopes.push(new Headers(init?.headers).get('authorization'))
      return messageOf(undefined)
    },
  })
  const request = new Request('http://proxy/model/anthropic.claude-v2/invoke', {
    method: 'POST',
    headers: SIGNED,
    body: JSON.stringify(LEGACY),
  })
  expect((await proxy(request)).status).toBe(200)
  expect(scopes[0]).toContain(`/${region}/${service}/aws4_request`)
})

test.each<[string, Record<string, string>, ServeOptions]>([
  ['the client’s', { authorization: 'Bearer bedrock-api-key' }, {}],
  ['the held', { authorization: `Bearer ${TOKEN}` }, { apiKey: 'bedrock-api-key', tokens: [TOKEN] }],
])('%s Bedrock API key reaches the runtime of Bedrock as a bearer token', async (_, headers, options) => {
  const sent: unknown[] = []
  const proxy = createProxy({
    ...options,
    upstream: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    fetch: async (url, init) => {
      sent.push(`${url} ${new Headers(init?.headers).get('authorization')}`)
      return messageOf(undefined)
    },
  })
  const send = (path: string, body: object): Promise<Response> =>
    proxy(new Request(`http://proxy${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
  expect((await send('/model/anthropic.claude-v2/invoke', LEGACY)).status).toBe(200)
  expect((await send('/model/meta.llama3/invoke', { prompt: 'Hi' })).status).toBe(200)
  expect(sent).toEqual([
    'https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-opus-4-8/invoke Bearer bedrock-api-key',
    'https://bedrock-runtime.us-east-1.amazonaws.com/model/meta.llama3/invoke Bearer bedrock-api-key',
  ])
})

test.each([
  ['https://bedrock-runtime.eu-west-1.amazonaws.com/anthropic', 'eu.anthropic.claude-opus-4-8'],
  ['https://bedrock-mantle.us-west-2.api.aws/anthropic', 'anthropic.claude-opus-4-8'],
  ['https://gateway.example/anthropic', 'claude-opus-4-8'],
])('claude-2.1 on /v1/complete becomes the id that %s has: %s', async (upstream, model) => {
  const bodies: unknown[] = []
  const proxy = createProxy({
    upstream,
    onDiagnostic() {},
    fetch: async (url, init) => {
      bodies.push([`${url}`, Object(JSON.parse(String(init?.body))).model])
      return messageOf(undefined)
    },
  })
  const request = new Request('http://proxy/v1/complete', {
    method: 'POST',
    headers: { 'x-api-key': 'bedrock-api-key', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...LEGACY, model: 'claude-2.1' }),
  })
  expect((await proxy(request)).status).toBe(200)
  expect(bodies).toEqual([[`${upstream}/v1/messages`, model]])
})

test.each(['converse', 'converse-stream', 'count-tokens'])(
  'the emulator says that it has no %s',
  async operation => {
    const { fetch } = createEmulator()
    const response = await fetch(`http://bedrock/model/us.anthropic.claude-opus-4-8/${operation}`, {
      method: 'POST',
      headers: { authorization: 'Bearer key' },
      body: '{"messages":[]}',
    })
    expect(response.headers.get('x-amzn-errortype')).toMatch(/^InternalServerException/)
    expect(Object(await response.json()).message).toContain(
      `The emulator does not implement the operation ${operation}`,
    )
  },
)
