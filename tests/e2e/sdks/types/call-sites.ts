/**
 * Programs in the manner of the old SDK's own documentation, typed by this package in its place. Nothing here is run.
 */
import Anthropic, {
  AI_PROMPT,
  APIConnectionError,
  APIError,
  APIUserAbortError,
  BadRequestError,
  type ClientOptions,
  HUMAN_PROMPT,
  Anthropic as NamedAnthropic,
  RateLimitError,
  type Stream,
} from 'legacy-completions'
import type { Anthropic as OldAnthropic } from 'sdk-0.39.0'
import type { Stream as OldStream } from 'sdk-0.60.0/streaming'
import type { Anthropic as LastAnthropic } from 'sdk-0.137.0'
import { expectTypeOf } from 'vitest'

const client = new Anthropic({
  apiKey: process.env.MY_KEY,
  maxRetries: 0,
  timeout: 20 * 1000,
  defaultHeaders: { 'x-team': 'search' },
})

// A whole completion, with its parameters in a variable of the SDK's type.
async function whole(): Promise<string> {
  const params: Anthropic.CompletionCreateParams = {
    prompt: `${Anthropic.HUMAN_PROMPT} how does a court case get to the Supreme Court?${Anthropic.AI_PROMPT}`,
    max_tokens_to_sample: 300,
    model: 'claude-2.1',
  }
  const completion: Anthropic.Completion = await client.completions.create(params)
  const { completion: text, stop_reason, model, id } = completion
  expectTypeOf(text).toBeString()
  expectTypeOf(model).toBeString()
  expectTypeOf(id).toBeString()
  return stop_reason === 'max_tokens' ? `${text}…` : text
}

// A stream, by either namespace.
async function streamed(signal: AbortSignal): Promise<void> {
  const params: Anthropic.Completions.CompletionCreateParamsStreaming = {
    prompt: `${HUMAN_PROMPT} Your prompt here${AI_PROMPT}`,
    model: 'claude-2',
    stream: true,
    max_tokens_to_sample: 300,
    stop_sequences: [HUMAN_PROMPT],
    metadata: { user_id: '1' },
    temperature: 1,
    top_k: -1,
    top_p: -1,
  }
  const stream = await client.completions.create(params, { signal, headers: { 'x-trace': '1' } })
  expectTypeOf(stream).toExtend<Stream<Anthropic.Completion>>()
  for await (const { completion } of stream) process.stdout.write(completion)
  stream.controller.abort()
  const [left, right] = stream.tee()
  expectTypeOf(left).toEqualTypeOf(right)
  expectTypeOf(left.toReadableStream()).toExtend<ReadableStream>()
}

// Errors, by name and by static.
function describeError(error: unknown): string {
  if (error instanceof APIUserAbortError || error instanceof APIConnectionError) return error.message
  if (error instanceof RateLimitError) return `${error.headers?.get('retry-after')}`
  if (error instanceof Anthropic.APIError) return `${error.status} ${error.name} ${error.requestID}`
  return error instanceof BadRequestError || error instanceof APIError ? `${error.error}` : 'unknown'
}

// A wrapper that names the SDK's types.
class Assistant {
  private readonly client: Anthropic
  constructor(options: ClientOptions = {}) {
    this.client = new NamedAnthropic(options)
  }
  ask(body: Anthropic.CompletionCreateParamsNonStreaming, options?: Anthropic.RequestOptions) {
    return this.client.completions.create(body, options)
  }
}

async function raw(assistant: Assistant): Promise<void> {
  const call = assistant.ask({ model: 'claude-2.1', prompt: '', max_tokens_to_sample: 1 }, { maxRetries: 5 })
  const response = await call.asResponse()
  expectTypeOf(response).toEqualTypeOf<Response>()
  const { data, response: same } = await call.withResponse()
  expectTypeOf(data).toEqualTypeOf<Anthropic.Completion>()
  expectTypeOf(same.headers.get('x-my-header')).toEqualTypeOf<string | null>()
}

// What was written for the old SDK's types can be given ours, and the other way round.
expectTypeOf<OldAnthropic.CompletionCreateParamsNonStreaming>().toExtend<Anthropic.CompletionCreateParamsNonStreaming>()
expectTypeOf<OldAnthropic.CompletionCreateParamsStreaming>().toExtend<Anthropic.CompletionCreateParamsStreaming>()
expectTypeOf<LastAnthropic.CompletionCreateParamsNonStreaming>().toExtend<Anthropic.CompletionCreateParamsNonStreaming>()
expectTypeOf<Anthropic.Completion>().toExtend<OldAnthropic.Completion>()
expectTypeOf<Anthropic.Completion>().toExtend<LastAnthropic.Completion>()
expectTypeOf<AsyncIterable<Anthropic.Completion>>().toExtend<AsyncIterable<OldAnthropic.Completion>>()
expectTypeOf<keyof OldStream<unknown>>().toExtend<keyof Stream<unknown>>()

export { Assistant, describeError, raw, streamed, whole }
