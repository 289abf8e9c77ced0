import defaultExport, * as index from 'legacy-completions'
import {
  Anthropic,
  type APIConnectionError,
  type APIError,
  type APIPromise,
  type ClientOptions,
  type ClientSettings,
  type CompareOptions,
  type Comparison,
  type Completion,
  type CompletionCreateParams,
  type CompletionCreateParamsBase,
  type CompletionCreateParamsNonStreaming,
  type CompletionCreateParamsStreaming,
  type CompletionRequest,
  type CompletionStream,
  type Completions,
  CompletionsClient,
  type Diagnostic,
  type DiagnosticCode,
  type Difference,
  type Endpoint,
  type EndpointChoice,
  HUMAN_PROMPT,
  type Message,
  type MessagesRequest,
  MODEL_TABLE,
  type ModelOverrides,
  type Policies,
  type Policy,
  type RateLimitError,
  type RequestOptions,
  refreshModels,
  rollout,
  type Stream,
  type Transcript,
  type Translation,
} from 'legacy-completions'
import type { Emulator, RecordedRequest, Reply } from 'legacy-completions/emulator'
import { describe, expect, expectTypeOf, test } from 'vitest'

type IsAny<T> = 0 extends 1 & T ? true : false

/** The platform's own have `any`, and are not ours to change. */
type Platform =
  | Response
  | Headers
  | RequestInit
  | AbortController
  | AbortSignal
  | ReadableStream
  | Request
  | URL
  | Error
  | Uint8Array
  | AsyncIterator<unknown>

/** 'any' if there is one anywhere within a type, down to a depth that covers ours; never otherwise. */
type AnyIn<T, Depth extends 0[] = []> =
  IsAny<T> extends true
    ? 'any'
    : Depth['length'] extends 6
      ? never
      : T extends string | number | boolean | bigint | symbol | null | undefined | Platform
        ? never
        : T extends (...args: infer A) => infer R
          ? AnyIn<R | A[number], [...Depth, 0]>
          : T extends abstract new (
                ...args: infer A
              ) => infer R
            ? AnyIn<R | A[number], [...Depth, 0]>
            : T extends Promise<infer R>
              ? AnyIn<R, [...Depth, 0]>
              : T extends readonly (infer Item)[]
                ? AnyIn<Item, [...Depth, 0]>
                : { [K in keyof T]-?: AnyIn<T[K], [...Depth, 0]> }[keyof T]

declare const client: Anthropic
const params = { model: 'm', prompt: 'p', max_tokens_to_sample: 1 }

/** Type-checks what it is given, and runs nothing of it. */
const checked = (_: () => unknown): void => {}

describe('the overloads', () => {
  test('are distinguished by the literal of stream', () => {
    checked(() => {
      expectTypeOf(client.completions.create(params)).toEqualTypeOf<APIPromise<Completion>>()
      expectTypeOf(client.completions.create({ ...params, stream: false })).toEqualTypeOf<
        APIPromise<Completion>
      >()
      expectTypeOf(client.completions.create({ ...params, stream: true })).toEqualTypeOf<
        APIPromise<CompletionStream>
      >()
      const stream: boolean = Math.random() > 0.5
      expectTypeOf(client.completions.create({ ...params, stream })).toEqualTypeOf<
        APIPromise<Completion | CompletionStream>
      >()
      expectTypeOf(client.completions.stream(params)).toEqualTypeOf<CompletionStream>()
    })
  })

  test('the promise has the old SDK’s two methods', () => {
    checked(() => {
      const promise = client.completions.create(params)
      expectTypeOf(promise.asResponse()).toEqualTypeOf<Promise<Response>>()
      expectTypeOf(promise.withResponse()).toEqualTypeOf<
        Promise<{ data: Completion; response: Response; request_id: string | null }>
      >()
      expectTypeOf(promise).toExtend<Promise<Completion>>()
    })
  })

  test('a stream is iterated by chunks', () => {
    checked(async () => {
      for await (const chunk of client.completions.stream(params)) {
        expectTypeOf(chunk).toEqualTypeOf<Completion>()
        expectTypeOf(chunk.stop_reason).toExtend<string | null>()
        expectTypeOf(chunk.completion).toEqualTypeOf<string>()
      }
      const stream = client.completions.stream(params)
      expectTypeOf(stream.controller).toEqualTypeOf<AbortController>()
      expectTypeOf(stream.tee()).toEqualTypeOf<[Stream<Completion>, Stream<Completion>]>()
      expectTypeOf(stream.toReadableStream()).toEqualTypeOf<ReadableStream<Uint8Array>>()
      expectTypeOf(stream.finalCompletion()).toEqualTypeOf<Promise<Completion>>()
      expectTypeOf<CompletionStream>().not.toHaveProperty('then')
    })
  })
})

describe('parameters and options of the wrong type', () => {
  test('do not compile', () => {
    const { completions } = new Anthropic({ apiKey: 'k' })
    checked(() => [
      // @ts-expect-error no parameters
      completions.create(),
      // @ts-expect-error no max_tokens_to_sample
      completions.create({ model: 'm', prompt: 'p' }),
      // @ts-expect-error a list is no prompt
      completions.create({ ...params, prompt: ['p'] }),
      // @ts-expect-error a text is no number
      completions.create({ ...params, max_tokens_to_sample: '1' }),
      // @ts-expect-error one stop is no list
      completions.create({ ...params, stop_sequences: 'x' }),
      // @ts-expect-error a field of the other API
      completions.create({ ...params, max_tokens: 5 }),
      // @ts-expect-error stream is true or false
      completions.create({ ...params, stream: 'yes' }),
      // @ts-expect-error metadata has a user_id alone
      completions.create({ ...params, metadata: { name: 'x' } }),
      // @ts-expect-error betas is a list
      completions.create({ ...params, betas: 'x' }),
      // @ts-expect-error a controller is no signal
      completions.create(params, { signal: new AbortController() }),
      // @ts-expect-error a text is no number
      completions.create(params, { timeout: '5' }),
      // @ts-expect-error a number is no header
      completions.create(params, { headers: { 'x-one': 1 } }),
      // @ts-expect-error the first generation took a key; this one takes options
      new Anthropic('k'),
      // @ts-expect-error a number is no key
      new Anthropic({ apiKey: 5 }),
      // @ts-expect-error no such style
      new Anthropic({ style: 'modern' }),
      // @ts-expect-error no such endpoint
      new Anthropic({ endpoint: 'both' }),
      // @ts-expect-error a function has to choose
      new Anthropic({ endpoint: () => undefined }),
      // @ts-expect-error a choice is not waited for
      new Anthropic({ endpoint: async () => 'messages' }),
      // @ts-expect-error no such endpoint, of a call
      completions.create(params, { endpoint: 'both' }),
      // @ts-expect-error no such policy
      new Anthropic({ sampling: 'drop' }),
      // @ts-expect-error a day is a text
      new Anthropic({ apiVersion: 20230601 }),
      // @ts-expect-error a text is no number
      new Anthropic({ thinkingReserve: '4096' }),
      // @ts-expect-error no such choice
      new Anthropic({ diagnosticsPer: 'never' }),
      // @ts-expect-error no such field of a model
      new Anthropic({ models: { m: { maxTokens: 5 } } }),
      // @ts-expect-error a text is no share
      rollout('0.1'),
      // @ts-expect-error a key is a text
      rollout(0.1, ({ metadata }) => metadata),
      // @ts-expect-error a share is needed, and somebody who receives the differences
      new Anthropic({ compare: { sampleRate: 0.1 } }),
      // @ts-expect-error everything, or a function that says what
      completions.compare(params, { redact: true }),
    ])
    expectTypeOf<CompletionCreateParamsStreaming['stream']>().toEqualTypeOf<true>()
    expectTypeOf<CompletionCreateParamsNonStreaming['stream']>().toEqualTypeOf<false | undefined>()
    expectTypeOf<CompletionCreateParams>().toExtend<CompletionCreateParamsBase>()
  })

  test('accepts undefined for an absent field', () => {
    expectTypeOf<{
      model: string
      prompt: string
      max_tokens_to_sample: number
      temperature: undefined
      stop_sequences: undefined
      metadata: undefined
      betas: undefined
    }>().toExtend<CompletionCreateParamsNonStreaming>()
    expectTypeOf<{
      apiKey: string | undefined
      baseURL: undefined
      timeout: undefined
    }>().toExtend<ClientOptions>()
    expectTypeOf<{ signal: AbortSignal | null | undefined; timeout: undefined }>().toExtend<RequestOptions>()
  })
})

describe('where a call goes', () => {
  test('is one of two endpoints, or what a function of the request says', () => {
    expectTypeOf<Endpoint>().toEqualTypeOf<'messages' | 'complete'>()
    expectTypeOf<EndpointChoice>().toEqualTypeOf<Endpoint | ((request: CompletionRequest) => Endpoint)>()
    expectTypeOf<ClientOptions['endpoint']>().toEqualTypeOf<EndpointChoice | undefined>()
    expectTypeOf<RequestOptions['endpoint']>().toEqualTypeOf<EndpointChoice | undefined>()
    expectTypeOf<Anthropic['endpoint']>().toEqualTypeOf<EndpointChoice>()
  })

  test('is what rollout gives', () => {
    expectTypeOf(rollout).parameter(0).toEqualTypeOf<number>()
    expectTypeOf(rollout).parameter(1).toEqualTypeOf<((request: CompletionRequest) => string) | undefined>()
    expectTypeOf(rollout(0.1)).toEqualTypeOf<(request: CompletionRequest) => Endpoint>()
    expectTypeOf(rollout(0.1)).toExtend<EndpointChoice>()
  })
})

describe('the options of a client', () => {
  test('each policy is a separate, optional option', () => {
    expectTypeOf<Policy>().toEqualTypeOf<'adapt' | 'error' | 'pass'>()
    expectTypeOf<keyof Policies>().toEqualTypeOf<
      'sampling' | 'prefill' | 'maxTokens' | 'thinking' | 'retiredModel' | 'stopSequences'
    >()
    expectTypeOf<Policies[keyof Policies]>().toEqualTypeOf<Policy | undefined>()
    expectTypeOf<ClientOptions>().toExtend<Policies>()
    expectTypeOf<Record<never, never>>().toExtend<Policies>()
  })

  test('models take rows, fields of them, and the table itself', () => {
    expectTypeOf(MODEL_TABLE).toExtend<ModelOverrides>()
    expectTypeOf<{ m: { prefill: true } }>().toExtend<ModelOverrides>()
    expectTypeOf<{ m: { status: 'retired'; replacement: string } }>().toExtend<ModelOverrides>()
    expectTypeOf<Record<string, never>>().toExtend<ModelOverrides>()
    expectTypeOf<ClientOptions['models']>().toEqualTypeOf<ModelOverrides | undefined>()
    expectTypeOf<Anthropic>().toExtend<ClientSettings>()
    checked(() => {
      expectTypeOf(refreshModels(client)).toEqualTypeOf<Promise<ModelOverrides>>()
      expectTypeOf(refreshModels).parameter(1).toEqualTypeOf<RequestOptions | undefined>()
    })
  })

  test('and the rest', () => {
    expectTypeOf<ClientOptions['thinkingReserve']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<ClientOptions['apiVersion']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<ClientOptions['diagnosticsPer']>().toEqualTypeOf<'message' | 'call' | undefined>()
  })
})

test('a comparison has the completion, and what there is of a difference later', () => {
  checked(async () => {
    expectTypeOf(client.completions.compare(params)).toEqualTypeOf<Promise<Comparison>>()
    const { completion, difference } = await client.completions.compare(params, {
      sampleRate: 0.1,
      timeout: 5,
    })
    expectTypeOf(completion).toEqualTypeOf<Completion>()
    expectTypeOf(difference).toEqualTypeOf<Promise<Difference | undefined>>()
    expectTypeOf<CompareOptions>().toExtend<RequestOptions>()
    expectTypeOf<CompareOptions['redact']>().toEqualTypeOf<((text: string) => string) | false | undefined>()
    expectTypeOf<Difference['differs'][number]>().toEqualTypeOf<'text' | 'stop_reason' | 'stop' | 'error'>()
    expectTypeOf<Difference['partsAt']>().toEqualTypeOf<number | null>()
    expectTypeOf<Difference['messages']>().toEqualTypeOf<Difference['complete']>()
  })
})

describe('the exports', () => {
  test('are one class under three names, and its statics', () => {
    expect(defaultExport).toBe(CompletionsClient)
    expect(Anthropic).toBe(CompletionsClient)
    expect(Anthropic.Anthropic).toBe(CompletionsClient)
    expectTypeOf(defaultExport).toEqualTypeOf<typeof CompletionsClient>()
    expectTypeOf(Anthropic.HUMAN_PROMPT).toEqualTypeOf(HUMAN_PROMPT)
    expect([Anthropic.HUMAN_PROMPT, Anthropic.AI_PROMPT]).toEqual(['\n\nHuman:', '\n\nAssistant:'])
    expectTypeOf(Anthropic.DEFAULT_TIMEOUT).toEqualTypeOf<number>()
    expect(Anthropic.DEFAULT_TIMEOUT).toBe(600_000)
    expectTypeOf<Anthropic['completions']>().toEqualTypeOf<Completions>()
  })

  test('are these and no others', () => {
    expect(Object.keys(index).sort()).toMatchInlineSnapshot(`
      [
        "AI_PROMPT",
        "APIConnectionError",
        "APIConnectionTimeoutError",
        "APIError",
        "APIUserAbortError",
        "Anthropic",
        "AnthropicError",
        "AuthenticationError",
        "BadRequestError",
        "CompletionStream",
        "Completions",
        "CompletionsClient",
        "ConflictError",
        "HUMAN_PROMPT",
        "IncompleteReplyError",
        "InternalServerError",
        "MODEL_TABLE",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "Stream",
        "UnprocessableEntityError",
        "UnreadableReplyError",
        "completionFrom",
        "default",
        "lineColumn",
        "lineIndex",
        "parsePrompt",
        "prompt",
        "refreshModels",
        "renderPrompt",
        "renderSource",
        "repairPrompt",
        "reshapeEvents",
        "resolveModel",
        "rollout",
        "toMessages",
        "translateRequest",
      ]
    `)
  })
})

describe('errors', () => {
  test('have the old SDK’s fields', () => {
    expectTypeOf<APIError['status']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<APIError['headers']>().toEqualTypeOf<Headers | undefined>()
    expectTypeOf<APIError['error']>().toEqualTypeOf<unknown>()
    expectTypeOf<APIError['requestID']>().toEqualTypeOf<string | null | undefined>()
    expectTypeOf<APIError['type']>().toEqualTypeOf<string | null>()
    expectTypeOf<APIError['partialText']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<RateLimitError>().toExtend<APIError>()
    expectTypeOf<APIConnectionError>().toExtend<Error>()
  })

  test('isInstance narrows to its own class', () => {
    checked(() => {
      const error: unknown = undefined
      if (Anthropic.RateLimitError.isInstance(error)) {
        expectTypeOf(error).toEqualTypeOf<RateLimitError>()
      }
      if (error instanceof Anthropic.APIError) expectTypeOf(error.status).toEqualTypeOf<number | undefined>()
    })
  })
})

test('the codes of diagnostics are closed', () => {
  expectTypeOf<string>().not.toExtend<DiagnosticCode>()
  expectTypeOf<'retired-model'>().toExtend<DiagnosticCode>()
  expectTypeOf<'no-such-code'>().not.toExtend<DiagnosticCode>()
  expectTypeOf<Diagnostic['severity']>().toEqualTypeOf<'error' | 'warning' | 'info'>()
})

test('nothing is any', () => {
  // The instrument itself finds one where there is one.
  expectTypeOf<
    AnyIn<{ a: { b: () => { c: (x: ReturnType<typeof JSON.parse>) => void } } }>
  >().toEqualTypeOf<'any'>()

  type Functions = { [K in keyof typeof index]: (typeof index)[K] }
  type Found = { [K in keyof Functions]: [AnyIn<Functions[K]>] extends [never] ? never : K }[keyof Functions]
  expectTypeOf<Found>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Anthropic>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Completions['create']>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Completions['stream']>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Completion>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Message>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<MessagesRequest>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<ClientOptions>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<RequestOptions>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<CompareOptions>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Comparison>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Difference>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<ModelOverrides>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Transcript>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Translation>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Emulator>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<RecordedRequest>>().toEqualTypeOf<never>()
  expectTypeOf<AnyIn<Reply>>().toEqualTypeOf<never>()
})
