import AnthropicAws from '@anthropic-ai/aws-sdk'
import AnthropicBedrock, { AnthropicBedrockMantle } from '@anthropic-ai/bedrock-sdk'
import AnthropicFoundry from '@anthropic-ai/foundry-sdk'
import AnthropicGoogleCloud from '@anthropic-ai/google-cloud-sdk'
import Anthropic from '@anthropic-ai/sdk'
import AnthropicVertex from '@anthropic-ai/vertex-sdk'
import { AnthropicBedrock as AnthropicBedrock9 } from 'bedrock-sdk-0.9.1'
import { AnthropicBedrock as AnthropicBedrock36 } from 'bedrock-sdk-0.36.0'
import { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'
import { completionsFetch } from 'legacy-completions/fetch'
import { type CompletionsOptions, type WithCompletions, withCompletions } from 'legacy-completions/sdk'
import { describe, expect, test } from 'vitest'
import { collect, failure } from '../../unit/client/outcomes.ts'
import { startCloud } from './cloud-server.ts'

/** Every client of the vendor for a cloud, in the version of the day: `@anthropic-ai/*-sdk` on npm. */
interface Cloud {
  name: string
  connect(
    baseURL: string,
    options?: CompletionsOptions,
  ): { completions: WithCompletions<Anthropic>['completions'] }
  /** A retired model of the cloud, and the path and model of the request for its replacement. */
  model: string
  /** A model that accepts sampling parameters. */
  live: string
  path: string
  streamPath?: string
  sentModel: string | undefined
  /** The version in the body, where the cloud expects it there, or in the header. */
  version: { body?: string; header?: string }
}

const AWS = { awsAccessKey: 'AKIDEXAMPLE', awsRegion: 'eu-west-1', maxRetries: 0 }
const GOOGLE = {
  maxRetries: 0,
  // Google's library takes this object for a login, and requests nothing.
  authClient: Object.assign(Object.create(null), {
    projectId: 'my-project',
    getAccessToken: async () => ({ token: 'dummy' }),
    getRequestHeaders: async () => new Headers({ authorization: 'Bearer dummy' }),
  }),
}
const VERTEX = '/projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-opus-4-8'

const CLOUDS: readonly Cloud[] = [
  {
    name: 'AnthropicBedrock',
    connect: (baseURL, options) =>
      withCompletions(new AnthropicBedrock({ ...AWS, awsSecretKey: 'none', baseURL }), options),
    model: 'anthropic.claude-v2:1',
    live: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
    path: '/model/eu.anthropic.claude-opus-4-8/invoke',
    streamPath: '/model/eu.anthropic.claude-opus-4-8/invoke-with-response-stream',
    sentModel: undefined,
    version: { body: 'bedrock-2023-05-31' },
  },
  {
    name: 'AnthropicBedrockMantle',
    connect: (baseURL, options) =>
      withCompletions(new AnthropicBedrockMantle({ ...AWS, awsSecretAccessKey: 'none', baseURL }), options),
    model: 'anthropic.claude-v2:1',
    live: 'anthropic.claude-haiku-4-5',
    path: '/v1/messages',
    sentModel: 'anthropic.claude-opus-4-8',
    version: { header: '2023-06-01' },
  },
  {
    name: 'AnthropicAws',
    connect: (baseURL, options) =>
      withCompletions(
        new AnthropicAws({ ...AWS, awsSecretAccessKey: 'none', workspaceId: 'wrkspc_1', baseURL }),
        options,
      ),
    model: 'claude-2.1',
    live: 'claude-haiku-4-5-20251001',
    path: '/v1/messages',
    sentModel: 'claude-opus-4-8',
    version: { header: '2023-06-01' },
  },
  {
    name: 'AnthropicVertex',
    connect: (baseURL, options) =>
      withCompletions(
        new AnthropicVertex({ ...GOOGLE, region: 'europe-west1', projectId: 'my-project', baseURL }),
        options,
      ),
    model: 'claude-2.1',
    live: 'claude-haiku-4-5@20251001',
    path: `${VERTEX}:rawPredict`,
    streamPath: `${VERTEX}:streamRawPredict`,
    sentModel: undefined,
    version: { body: 'vertex-2023-10-16' },
  },
  {
    name: 'AnthropicGoogleCloud',
    connect: (baseURL, options) =>
      withCompletions(
        new AnthropicGoogleCloud({
          ...GOOGLE,
          location: 'europe-west1',
          project: 'my-project',
          workspaceId: 'wrkspc_1',
          baseURL,
        }),
        options,
      ),
    model: 'claude-2.1',
    live: 'claude-haiku-4-5-20251001',
    path: '/v1/messages',
    sentModel: 'claude-opus-4-8',
    version: { header: '2023-06-01' },
  },
  {
    name: 'AnthropicFoundry',
    connect: (baseURL, options) =>
      withCompletions(new AnthropicFoundry({ apiKey: 'dummy', maxRetries: 0, baseURL }), options),
    model: 'claude-2.1',
    live: 'claude-haiku-4-5',
    path: '/v1/messages',
    sentModel: 'claude-opus-4-8',
    version: { header: '2023-06-01' },
  },
]

const HELLO = { deltas: ['Hello', '!'] }
const ERROR = { error: { type: 'rate_limit_error', message: 'Too many requests' } }
const BROKEN = { ...HELLO, streamError: { type: 'overloaded_error', message: 'Overloaded' }, afterDeltas: 1 }

describe.each(CLOUDS)('withCompletions on $name', cloud => {
  const open = async (options: CompletionsOptions = {}) => {
    const server = await startCloud()
    const client = cloud.connect(server.url, { onDiagnostic() {}, ...options })
    const params = {
      model: cloud.model,
      max_tokens_to_sample: 300,
      prompt: `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}`,
    }
    return { ...server, client, params }
  }

  test('returns a whole completion of the replacement model', async () => {
    const { client, requests, emulator, params } = await open()
    emulator.reply(HELLO)
    const completion = await client.completions.create(params)
    expect(completion).toMatchObject({
      type: 'completion',
      completion: ' Hello!',
      stop_reason: 'stop_sequence',
      stop: '\n\nHuman:',
    })
    const [request] = requests
    expect([request?.path, request?.body.model]).toEqual([cloud.path, cloud.sentModel])
    expect(request?.body.max_tokens).toBe(300)
    expect(request?.body.messages).toEqual([{ role: 'user', content: 'Hello, Claude' }])
    expect(request?.body.anthropic_version).toBe(cloud.version.body)
  })

  test('sends sampling parameters under the version of the old API', async () => {
    const { client, requests, params } = await open()
    await client.completions.create({ ...params, model: cloud.live, temperature: 0.5 })
    const [request] = requests
    expect(request?.body).toMatchObject({ temperature: 0.5 })
    expect({
      body: request?.body.anthropic_version,
      header: request?.headers['anthropic-version'],
    }).toEqual({ body: undefined, header: undefined, ...cloud.version })
  })

  test('streams chunks', async () => {
    const { client, requests, emulator, params } = await open()
    emulator.reply(HELLO, HELLO)
    const chunks = await collect(await client.completions.create({ ...params, stream: true }))
    const same = await collect(client.completions.stream(params))
    const pieces = [' Hello', '!', '']
    expect([chunks, same].map(list => list.map(({ completion }) => completion))).toEqual([pieces, pieces])
    const path = cloud.streamPath ?? cloud.path
    expect(requests.map(request => request.path)).toEqual([path, path])
  })

  test('throws the errors of the SDK, before a stream and within it', async () => {
    const { client, emulator, params } = await open()
    emulator.reply(ERROR, ERROR, BROKEN)
    const whole = await failure(() => client.completions.create(params), Anthropic.RateLimitError)
    expect(whole.message).toContain('Too many requests')
    const streamed = await failure(
      () => client.completions.create({ ...params, stream: true }),
      Anthropic.RateLimitError,
    )
    expect(streamed.requestID).toBe('req_cloud')
    const within = await failure(async () => {
      for await (const _ of await client.completions.create({ ...params, stream: true }));
    }, Anthropic.APIError)
    expect(within.message).toMatch(/Overloaded/)
  })

  test('rejects a prompt without turns before anything is sent', async () => {
    const { client, requests, params } = await open()
    await failure(() => client.completions.create({ ...params, prompt: 'Hello' }), Anthropic.BadRequestError)
    expect(requests).toEqual([])
  })

  test('gives the raw response, which is the legacy one', async () => {
    const { client, emulator, params } = await open()
    emulator.reply(HELLO, HELLO)
    const call = client.completions.create(params)
    const { data, response } = await call.withResponse()
    expect(data.completion).toBe(' Hello!')
    expect([response.status, response.headers.get('request-id')]).toEqual([200, 'req_cloud'])
    const raw = await client.completions.create(params).asResponse()
    expect(await raw.json()).toMatchObject({ type: 'completion', completion: ' Hello!' })
  })
})

const OLD = { '0.9.1': AnthropicBedrock9, '0.36.0': AnthropicBedrock36 }

describe.each(Object.entries(OLD))('completionsFetch under bedrock-sdk %s', (_, AnthropicBedrockOld) => {
  test.each([false, true])('names withCompletions, with stream: %j', async stream => {
    const { url, requests } = await startCloud()
    const fetch = completionsFetch({ onDiagnostic() {} })
    const client = new AnthropicBedrockOld({ ...AWS, awsSecretKey: 'none', baseURL: url, fetch })
    const prompt = `${HUMAN_PROMPT} Hi${AI_PROMPT}`
    const params = { model: 'anthropic.claude-v2', max_tokens_to_sample: 9, prompt }
    const call = stream
      ? client.completions.create({ ...params, stream: true })
      : client.completions.create(params)
    await expect(call).rejects.toThrow(/withCompletions\(client\)/)
    expect(requests).toEqual([])
  })
})
