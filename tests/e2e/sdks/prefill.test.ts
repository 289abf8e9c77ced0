import AnthropicBedrock from '@anthropic-ai/bedrock-sdk'
import AnthropicFoundry from '@anthropic-ai/foundry-sdk'
import Anthropic from '@anthropic-ai/sdk'
import AnthropicVertex from '@anthropic-ai/vertex-sdk'
import type { Diagnostic } from 'legacy-completions'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { type PrefillOptions, withCompletions, withPrefill } from 'legacy-completions/sdk'
import { Anthropic as Anthropic20 } from 'sdk-0.20.9'
import { Anthropic as Anthropic39 } from 'sdk-0.39.0'
import { Anthropic as Anthropic60 } from 'sdk-0.60.0'
import { Anthropic as Anthropic137 } from 'sdk-0.137.0'
import { describe, expect, onTestFinished, test } from 'vitest'

import { startCloud } from './cloud-server.ts'

const USER = { role: 'user', content: 'List three colours.' } as const
const BEGUN = { role: 'assistant', content: '1. Red\n2.' } as const
const params = { model: 'claude-opus-4-8', max_tokens: 100, messages: [USER, BEGUN] }
const REPEATED = { reply: { deltas: ['1. R', 'ed\n2', '. Blue\n3', '. Green'] } }
const STOPPED = { reply: { text: '1. Red\n2. Blue\n2. Green' } }

async function emulated(options: EmulatorOptions = REPEATED): Promise<RunningEmulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

const textOf = ({ content }: { content: readonly object[] }): string =>
  content.map(block => ('text' in block ? block.text : '')).join('')

type Options = { apiKey: string; baseURL: string; maxRetries: number }
const versions = [
  { version: '0.20.9', connect: (options: Options) => new Anthropic20(options) },
  { version: '0.39.0', connect: (options: Options) => new Anthropic39(options) },
  { version: '0.60.0', connect: (options: Options) => new Anthropic60(options) },
  { version: '0.137.0', connect: (options: Options) => new Anthropic137(options) },
  { version: '1.12.0', connect: (options: Options) => new Anthropic(options) },
]

describe.each(versions)('SDK $version', ({ connect }) => {
  async function client(script?: EmulatorOptions, options: PrefillOptions = {}) {
    const emulator = await emulated(script)
    const seen: Diagnostic[] = []
    const given = connect({ apiKey: 'test-key', baseURL: emulator.url, maxRetries: 0 })
    const onDiagnostic = (diagnostic: Diagnostic): void => void seen.push(diagnostic)
    // The methods that are called exist in all versions, with the same parameters.
    const client = withPrefill(given, { onDiagnostic, ...options }) as unknown as Anthropic
    expect(client).toBe(given)
    return { client, emulator, seen }
  }

  test('continues a prefill, whole, and reports it once', async () => {
    const { client: one, emulator, seen } = await client()
    for (let times = 0; times < 2; times++) {
      const message = await one.messages.create(params)
      expect(textOf(message)).toBe(' Blue\n3. Green')
      expect(message.stop_reason).toBe('end_turn')
    }
    expect(seen.map(({ code }) => code)).toEqual(['prefill-continued'])
    expect(emulator.requests.map(({ body }) => Object(body).messages.length)).toEqual([3, 3])
    // The caller's own parameters are not changed.
    expect(params.messages).toEqual([USER, BEGUN])
  })

  test('continues a prefill with stream: true', async () => {
    const { client: one } = await client()
    const stream = await one.messages.create({ ...params, stream: true })
    let text = ''
    for await (const event of stream)
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
    expect(text).toBe(' Blue\n3. Green')
  })

  test('continues a prefill in messages.stream', async () => {
    const { client: one } = await client()
    const stream = one.messages.stream(params)
    let text = ''
    stream.on('text', piece => {
      text += piece
    })
    expect(textOf(await stream.finalMessage())).toBe(' Blue\n3. Green')
    expect(text).toBe(' Blue\n3. Green')
  })

  test('ends at a stop sequence that the prefill contains', async () => {
    const stopping = { ...params, stop_sequences: ['\n2.'] }
    const { client: one } = await client(STOPPED)
    const ended = { stop_reason: 'stop_sequence', stop_sequence: '\n2.' }
    const whole = await one.messages.create(stopping)
    expect([textOf(whole), whole]).toEqual([' Blue', expect.objectContaining(ended)])
    const streamed = await one.messages.stream(stopping).finalMessage()
    expect([textOf(streamed), streamed]).toEqual([' Blue', expect.objectContaining(ended)])
  })

  test('keeps withResponse and the rest of its promise', async () => {
    const { client: one } = await client()
    const { data, response } = await one.messages.create(params).withResponse()
    expect(textOf(data)).toBe(' Blue\n3. Green')
    expect(response.headers.get('request-id')).toMatch(/^req_/)
    const raw = await one.messages.create(params).asResponse()
    expect(await raw.text()).toContain('1. Red')
  })

  test('leaves a model that accepts a prefill alone', async () => {
    const { client: one, emulator, seen } = await client({ reply: ' Blue' })
    const body = { ...params, model: 'claude-haiku-4-5' }
    expect(textOf(await one.messages.create(body))).toBe(' Blue')
    expect(emulator.requests[0]?.body).toEqual(body)
    expect(seen).toEqual([])
  })

  test('leaves a call without a prefill alone', async () => {
    const { client: one, emulator } = await client()
    const body = { ...params, messages: [USER] }
    expect(textOf(await one.messages.create(body))).toBe('1. Red\n2. Blue\n3. Green')
    expect(emulator.requests[0]?.body).toEqual(body)
  })

  test('rejects it by its policy, in the class of the SDK', async () => {
    const { client: one, emulator } = await client(REPEATED, { prefill: 'error' })
    const { BadRequestError } = Object(one.constructor)
    await expect(one.messages.create(params)).rejects.toThrow(BadRequestError)
    await expect(one.messages.stream(params).finalMessage()).rejects.toThrow(BadRequestError)
    expect(emulator.requests).toEqual([])
  })

  test('keeps the errors of the server', async () => {
    const { client: one } = await client({
      reply: { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } },
    })
    await expect(one.messages.create(params)).rejects.toMatchObject({ status: 529 })
  })

  test('closes the connection when a stream is left early', async () => {
    const { client: one } = await client({ reply: { deltas: ['1. Red\n2. Blue', ' and', ' more'] } })
    const stream = await one.messages.create({ ...params, stream: true })
    for await (const event of stream) if (event.type === 'content_block_delta') break
    expect(stream.controller.signal.aborted).toBe(true)
  })
})

describe('SDK 1.12.0', () => {
  async function connected(
    script?: EmulatorOptions,
  ): Promise<{ client: Anthropic; emulator: RunningEmulator }> {
    const emulator = await emulated(script)
    return {
      client: withPrefill(new Anthropic({ apiKey: 'test-key', baseURL: emulator.url }), { logLevel: 'off' }),
      emulator,
    }
  }

  test('has it in beta.messages, in parse and in clients of withOptions', async () => {
    const { client } = await connected()
    expect(textOf(await client.beta.messages.create(params))).toBe(' Blue\n3. Green')
    expect(textOf(await client.messages.parse(params))).toBe(' Blue\n3. Green')
    const derived = client.withOptions({ maxRetries: 0 })
    expect(textOf(await derived.messages.create(params))).toBe(' Blue\n3. Green')
  })

  test('adapts a call once, however often the client is given', async () => {
    const { client, emulator } = await connected()
    const derive = Reflect.get(client, 'withOptions')
    expect(withPrefill(withPrefill(client))).toBe(client)
    expect(Reflect.get(client, 'withOptions')).toBe(derive)
    expect(textOf(await client.messages.create(params))).toBe(' Blue\n3. Green')
    expect(Object(emulator.requests[0]?.body).messages).toHaveLength(3)
  })

  test('works with withCompletions on the same client', async () => {
    const { client } = await connected()
    const both = withCompletions(client, { logLevel: 'off' })
    const prompt = '\n\nHuman: List three colours.\n\nAssistant: 1. Red\n2.'
    const { completion } = await both.completions.create({
      model: 'claude-opus-4-8',
      max_tokens_to_sample: 100,
      prompt,
    })
    expect(completion).toBe(' Blue\n3. Green')
    expect(textOf(await both.messages.create(params))).toBe(' Blue\n3. Green')
  })

  test('is aborted as before', async () => {
    const { client } = await connected()
    const stream = client.messages.stream(params)
    stream.abort()
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIUserAbortError)
  })
})

/** Clients that sign their requests, so that only `messages.create` can adapt them. */
const clouds = [
  {
    name: 'AnthropicBedrock',
    model: 'eu.anthropic.claude-opus-4-8',
    accepting: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
    connect: (baseURL: string) =>
      new AnthropicBedrock({
        awsAccessKey: 'AKIDEXAMPLE',
        awsSecretKey: 'none',
        awsRegion: 'eu-west-1',
        baseURL,
      }),
  },
  {
    name: 'AnthropicVertex',
    model: 'claude-opus-4-8',
    accepting: 'claude-haiku-4-5@20251001',
    connect: (baseURL: string) =>
      new AnthropicVertex({
        region: 'europe-west1',
        projectId: 'my-project',
        baseURL,
        authClient: Object.assign(Object.create(null), {
          projectId: 'my-project',
          getRequestHeaders: async () => new Headers({ authorization: 'Bearer dummy' }),
        }),
      }),
  },
  {
    name: 'AnthropicFoundry',
    model: 'claude-opus-4-8',
    accepting: 'claude-haiku-4-5',
    connect: (url: string) => new AnthropicFoundry({ apiKey: 'dummy', baseURL: `${url}/anthropic/` }),
  },
]

describe.each(clouds)('$name', ({ connect, model, accepting }) => {
  test('continues a prefill, whole and streamed', async () => {
    const { url, requests, emulator } = await startCloud()
    const client = withPrefill(connect(url), { logLevel: 'off' }) as unknown as Anthropic
    emulator.reply(REPEATED.reply, REPEATED.reply)
    expect(textOf(await client.messages.create({ ...params, model }))).toBe(' Blue\n3. Green')
    expect(textOf(await client.messages.stream({ ...params, model }).finalMessage())).toBe(' Blue\n3. Green')
    expect(requests.map(({ body }) => Object(body.messages).length)).toEqual([3, 3])
  })

  test('leaves a model that accepts a prefill alone', async () => {
    const { url, requests, emulator } = await startCloud()
    const client = withPrefill(connect(url), { logLevel: 'off' }) as unknown as Anthropic
    emulator.reply(' Blue')
    expect(textOf(await client.messages.create({ ...params, model: accepting }))).toBe(' Blue')
    expect(requests[0]?.body.messages).toEqual([USER, BEGUN])
  })
})

test('a client that cannot create messages is rejected', () => {
  expect(() => withPrefill(Object({}))).toThrow('withPrefill takes a client that has messages.create')
  expect(() => withPrefill(new Anthropic({ apiKey: 'k' }), Object({ prefill: 'no' }))).toThrow(
    /prefill must be/,
  )
})
