import {
  type BedrockCompletionsOptions,
  type BedrockMiddleware,
  bedrockCompletions,
} from 'legacy-completions/bedrock'
import { createEmulator, type EmulatorOptions } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'

/**
 * Runs the plugin between the steps of the AWS SDK that it is hooked into, on an emulator of Bedrock. The published SDKs run
 * it in `npm run test:clients`.
 */
const PROMPT = '\n\nHuman: Why is the sky blue?\n\nAssistant:'
const PROVISIONED = 'arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abc'

interface Sent {
  status: number
  headers: Record<string, string>
  body: unknown
}

interface Call {
  modelId?: string
  body?: unknown
  operation?: 'InvokeModelCommand' | 'InvokeModelWithResponseStreamCommand'
  options?: BedrockCompletionsOptions
  emulator?: EmulatorOptions
  region?: string
}

async function send(call: Call): Promise<Sent & { path: string; sent: unknown }> {
  const { modelId = 'anthropic.claude-v2:1', operation = 'InvokeModelCommand' } = call
  const { body = JSON.stringify({ prompt: PROMPT, max_tokens_to_sample: 90 }), region = 'eu-central-1' } =
    call
  const emulator = createEmulator(call.emulator)
  const middlewares = new Map<string, BedrockMiddleware>()
  bedrockCompletions(call.options).applyToStack({
    add: (middleware, options) => void middlewares.set(String(Reflect.get(options, 'step')), middleware),
  })
  const context = { commandName: operation, authSchemes: [{ signingRegion: region }] }
  const path = `/model/${encodeURIComponent(modelId)}/invoke${operation === 'InvokeModelCommand' ? '' : '-with-response-stream'}`
  const request: { path: string; headers: Record<string, string>; body: unknown } = {
    path,
    headers: { 'content-type': 'application/octet-stream' },
    body,
  }
  const transport = async (): Promise<{ response: unknown; output: object }> => {
    const response = await emulator.fetch(`http://bedrock${request.path}`, {
      method: 'POST',
      headers: { ...request.headers, authorization: 'Bearer key' },
      body: typeof request.body === 'string' ? request.body : new Uint8Array(request.body as Uint8Array),
    })
    return {
      response: {
        statusCode: response.status,
        headers: Object.fromEntries(response.headers),
        body: response.body ?? new Uint8Array(0),
      },
      output: {},
    }
  }
  const deserialize = middlewares.get('deserialize')?.(transport, context) ?? transport
  const build = middlewares.get('build')?.(deserialize, context) ?? deserialize
  const { response } = await build({ input: { modelId, body }, request })
  const {
    statusCode,
    headers,
    body: received,
  } = response as {
    statusCode: number
    headers: Record<string, string>
    body: unknown
  }
  return {
    status: statusCode,
    headers,
    body: received,
    path: decodeURIComponent(emulator.requests[0]?.path ?? ''),
    sent: emulator.requests[0]?.body,
  }
}

async function textOf(body: unknown): Promise<string> {
  const parts: Uint8Array[] = []
  const items = body instanceof Uint8Array ? [body] : (body as AsyncIterable<Uint8Array>)
  for await (const part of items) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}

const jsonOf = async (body: unknown): Promise<object> => JSON.parse(await textOf(body))
const chunksOf = async (body: unknown): Promise<unknown[]> =>
  [...(await textOf(body)).matchAll(/"bytes":"([^"]+)"/g)].map(([, bytes = '']) =>
    JSON.parse(Buffer.from(bytes, 'base64').toString()),
  )

describe('bedrockCompletions', () => {
  test('sends a legacy call as a Messages request to the inference profile of the region', async () => {
    const { path, sent, body } = await send({ emulator: { reply: 'Rayleigh.' } })
    expect(path).toBe('/model/eu.anthropic.claude-opus-4-8/invoke')
    expect(sent).toMatchObject({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 90,
      messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    })
    expect(sent).not.toHaveProperty('model')
    expect(sent).not.toHaveProperty('stream')
    expect(await textOf(body)).toBe(
      '{"type":"completion","completion":" Rayleigh.","stop_reason":"stop_sequence","stop":"\\n\\nHuman:"}',
    )
  })

  test('streams chunks that have a type, and token counts in the last one', async () => {
    const { body, headers } = await send({
      operation: 'InvokeModelWithResponseStreamCommand',
      emulator: { reply: { deltas: ['Rayleigh', ' scattering.'] } },
    })
    expect(headers['content-type']).toBe('application/vnd.amazon.eventstream')
    expect(await chunksOf(body)).toEqual([
      { type: 'completion', completion: ' Rayleigh', stop_reason: null, stop: null },
      { type: 'completion', completion: ' scattering.', stop_reason: null, stop: null },
      {
        type: 'completion',
        completion: '',
        stop_reason: 'stop_sequence',
        stop: '\n\nHuman:',
        'amazon-bedrock-invocationMetrics': {
          inputTokenCount: expect.any(Number),
          outputTokenCount: expect.any(Number),
        },
      },
    ])
  })

  test('streams a whole completion whose stop sequence it enforces itself', async () => {
    const body = JSON.stringify({ prompt: PROMPT, max_tokens_to_sample: 90, stop_sequences: ['\n\n'] })
    const { path, body: received } = await send({ body, emulator: { reply: 'One.\n\nTwo.' } })
    expect(path).toContain('/invoke-with-response-stream')
    expect(await jsonOf(received)).toMatchObject({ completion: ' One.', stop: '\n\n' })
  })

  test.each<[string, Call, string]>([
    ['the geography of the id', { modelId: 'us.anthropic.claude-v2:1' }, 'us.anthropic.claude-opus-4-8'],
    ['the option geography', { options: { geography: 'global' } }, 'global.anthropic.claude-opus-4-8'],
    [
      'the option model',
      { options: { model: 'jp.anthropic.claude-opus-4-8' } },
      'jp.anthropic.claude-opus-4-8',
    ],
    [
      'the option model for an ARN that does not name its model',
      { modelId: PROVISIONED, options: { model: 'eu.anthropic.claude-opus-4-8' } },
      'eu.anthropic.claude-opus-4-8',
    ],
    [
      'a live model as it is',
      { modelId: 'global.anthropic.claude-opus-4-8' },
      'global.anthropic.claude-opus-4-8',
    ],
    [
      'an ARN of a profile of a live model as it is',
      { modelId: 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-4-8' },
      'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-4-8',
    ],
    [
      'another spelling of provisioned throughput',
      { modelId: 'anthropic.claude-v2:1:18k' },
      'eu.anthropic.claude-opus-4-8',
    ],
  ])('calls %s', async (_, call, modelId) => {
    const { path, status } = await send(call)
    expect({ path, status }).toEqual({ path: `/model/${modelId}/invoke`, status: 200 })
  })

  test.each<[string, Call, number, string, string]>([
    [
      'a prompt without turns',
      { body: JSON.stringify({ prompt: 'Hi', max_tokens_to_sample: 9 }) },
      400,
      'ValidationException',
      'Invalid prompt: prompt must start with "\n\nHuman:" turn',
    ],
    [
      'a body without max_tokens_to_sample',
      { body: JSON.stringify({ prompt: PROMPT }) },
      400,
      'ValidationException',
      'Malformed input request: #: required key [max_tokens_to_sample] not found',
    ],
    [
      'an ARN that does not name its model',
      { modelId: PROVISIONED },
      400,
      'ValidationException',
      'Set the option model of bedrockCompletions',
    ],
    [
      'a throttled call',
      { emulator: { reply: { error: { type: 'rate_limit_error', message: 'Too many requests' } } } },
      429,
      'ThrottlingException',
      'Too many requests',
    ],
    [
      'a body that is not a message',
      { emulator: { reply: { body: '{"Output":{"__type":"UnknownOperationException"}}' } } },
      424,
      'ModelErrorException',
      '',
    ],
    [
      'a model that needs a profile',
      { modelId: 'anthropic.claude-haiku-4-5-20251001-v1:0' },
      400,
      'ValidationException',
      "Set the option geography of bedrockCompletions, for example 'us'",
    ],
    [
      'a failure in a stream that it opened for a whole completion',
      {
        body: JSON.stringify({ prompt: PROMPT, max_tokens_to_sample: 90, stop_sequences: [' '] }),
        emulator: { reply: { body: '' } },
      },
      424,
      'ModelErrorException',
      '',
    ],
  ])('reports %s as the exception of Bedrock', async (_, call, status, name, message) => {
    const { status: seen, headers, body } = await send(call)
    expect({ seen, name: headers['x-amzn-errortype']?.split(':')[0] }).toEqual({ seen: status, name })
    expect(Reflect.get(await jsonOf(body), 'message')).toContain(message)
  })

  test.each([
    [{ streamError: { type: 'overloaded_error', message: 'Overloaded' } }, 'throttlingException'],
    [{ faults: { cutAfterBytes: 900 } }, 'modelStreamErrorException'],
    [{ faults: { endAfterBytes: 900 } }, 'modelStreamErrorException'],
    [{ faults: { corruptAt: 900 } }, 'modelStreamErrorException'],
  ])('ends a stream that fails (%j) in %s', async (fault, exception) => {
    const { body } = await send({
      operation: 'InvokeModelWithResponseStreamCommand',
      emulator: { reply: { deltas: ['a', ' b', ' c'], ...fault } },
    })
    expect(await textOf(body)).toContain(exception)
  })

  test.each<[string, unknown]>([
    ['meta.llama3-8b-instruct-v1:0', '{ "prompt": "Hi",  "max_gen_len": 9 }'],
    ['us.anthropic.claude-opus-4-8', '{ "messages": [], "max_tokens": 9 }'],
    ['anthropic.claude-v2', 'not JSON'],
    ['anthropic.claude-v2', undefined],
  ])('leaves the call to %s with the body %j untouched', async (modelId, body) => {
    const middlewares: BedrockMiddleware[] = []
    bedrockCompletions().applyToStack({ add: middleware => void middlewares.push(middleware) })
    const request = { path: '/model/x/invoke', headers: { 'content-length': '3' }, body }
    const before = structuredClone(request)
    const answer = { response: { statusCode: 200, headers: {}, body: new Uint8Array([1, 2]) }, output: {} }
    const context = { commandName: 'InvokeModelCommand' }
    const handler = middlewares.reduceRight<ReturnType<BedrockMiddleware>>(
      (next, middleware) => middleware(next, context),
      async () => answer,
    )
    expect(await handler({ input: { modelId, body }, request })).toEqual(answer)
    expect(request).toEqual(before)
  })

  test('leaves other commands untouched', async () => {
    const middlewares: BedrockMiddleware[] = []
    bedrockCompletions().applyToStack({ add: middleware => void middlewares.push(middleware) })
    const request = {
      path: '/model/anthropic.claude-v2/converse',
      headers: {},
      body: '{"prompt":"","max_tokens_to_sample":1}',
    }
    const before = structuredClone(request)
    const handler = middlewares[0]?.(async () => ({ response: {}, output: {} }), {
      commandName: 'ConverseCommand',
    })
    await handler?.({ input: { modelId: 'anthropic.claude-v2', body: request.body }, request })
    expect(request).toEqual(before)
  })

  test('reports a diagnostic once', async () => {
    const codes: string[] = []
    const { path } = await send({ options: { onDiagnostic: ({ code }) => void codes.push(code) } })
    expect(path).toContain('claude-opus-4-8')
    expect(codes).toContain('retired-model')
  })

  test.each<[BedrockCompletionsOptions, string]>([
    [{ geography: 'mars' } as unknown as BedrockCompletionsOptions, 'geography must be one of'],
    [{ model: '' }, 'model must not be empty'],
    [{ endpoint: 'complete' } as BedrockCompletionsOptions, 'endpoint is not supported'],
    [{ compare: { sampleRate: 1 } } as BedrockCompletionsOptions, 'compare is not supported'],
  ])('rejects the options %j', (options, message) => {
    expect(() => bedrockCompletions(options)).toThrow(message)
  })
})
