/**
 * Restores `completions` on a client of the official SDK, and prefills in its `messages`.
 *
 * @module
 */

import { type Backend, readCompletion, wholeOf } from '../core/backend.ts'
import type { Body } from '../core/body.ts'
import type { CallPlan } from '../core/call-plan.ts'
import { Completions } from '../core/completions.ts'
import { headerEntries, headerValue } from '../core/headers.ts'
import {
  type CompletionsOptions,
  type CompletionsSettings,
  checkCompletionsOptions,
  completionsSettings,
} from '../core/options.ts'
import { LOG_LEVELS } from '../core/report-diagnostics.ts'
import { AnthropicError } from '../errors.ts'
import { geographyOf } from './bedrock-models.ts'
import { changeDerived } from './derived-clients.ts'
import type { MessagesClient } from './prefill.ts'
import { type Broken, brokenOff, inClassOf } from './sdk-errors.ts'

export type { ComparedSide, Comparison, ComparisonOptions, Difference } from '../core/compare.ts'
export { CompletionStream } from '../core/completion-stream.ts'
export {
  type APIPromise,
  type CompletionCreateParams,
  type CompletionCreateParamsBase,
  type CompletionCreateParamsNonStreaming,
  type CompletionCreateParamsStreaming,
  Completions,
} from '../core/completions.ts'
export type { CompareOptions, CompletionsOptions, RequestOptions } from '../core/options.ts'
export { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
export type { Completion } from '../wire.ts'
export { type MessagesClient, type PrefillOptions, withPrefill } from './prefill.ts'

/** The same client with `completions`. The clients that its `withOptions` creates have them, too. */
export type WithCompletions<Client> = (Client extends { completions: unknown }
  ? Omit<Client, 'completions' | 'withOptions'> & Derivable<Client>
  : Client) & { completions: Completions }

/** The `withOptions` method, if the client has one. */
export type Derivable<Client> = Client extends { withOptions: (...args: infer Given) => unknown }
  ? { withOptions(...args: Given): WithCompletions<Client> }
  : unknown

/**
 * Restores `completions.create` and `completions.stream` on a client of the official SDK, of any version that has
 * `messages`, including those for Bedrock, Google Cloud and Foundry. It returns the same object and changes nothing
 * else.
 *
 * Requests go through the client's own `messages.create`, so its authentication, retries, logging and errors still
 * apply. Calls that this package rejects throw errors of the SDK's classes, too.
 *
 * @throws AnthropicError that names each invalid option, the reason and the remedy.
 * @example
 * const client = withCompletions(new Anthropic())
 * await client.completions.create({ model, prompt, max_tokens_to_sample: 256 })
 */
export function withCompletions<Client extends MessagesClient>(
  client: Client,
  options: CompletionsOptions = {},
): WithCompletions<Client> {
  checkCompletionsOptions(options)
  if (typeof Object(client).messages?.create !== 'function') {
    throw new AnthropicError(
      'withCompletions takes a client that has messages.create. Pass new Anthropic() of @anthropic-ai/sdk 0.20 or later.',
    )
  }
  // Defined, not assigned, because some clients have a getter named `completions` that throws.
  Object.defineProperty(client, 'completions', {
    value: new Completions(sdkBackend(client, options)),
    configurable: true,
    writable: true,
  })
  changeDerived(client, 'completions', derived => withCompletions(derived, options))
  if (hasCompletions(client)) return client
  throw new AnthropicError('This client does not let completions be added to it.')
}

function hasCompletions<Client extends object>(client: Client): client is Client & WithCompletions<Client> {
  return 'completions' in client
}

/** Requests with a higher `max_tokens` are streamed, because some SDK versions reject long non-streamed requests. */
const LONGEST_UNSTREAMED = 8192

/** Milliseconds; the old SDK's default timeout for a completion. */
const DEFAULT_TIMEOUT = 600_000

function sdkBackend(client: MessagesClient, options: CompletionsOptions): Backend {
  const settings = { ...completionsSettings(options), ...outputOf(client, options) }
  return {
    settings,
    timeoutOf: ({ timeout }) => timeout ?? timeoutOf(client) ?? DEFAULT_TIMEOUT,
    versionOf: ({ headers }) => headerValue(headers, 'anthropic-version'),
    asThrown: error => inClassOf(client, error),
    async send(plan, given, abort) {
      const version = versionFor(client, plan, settings.translation.apiVersion !== undefined)
      const { body, isStreamed } = streamedIfLong(plan)
      const signal = isStreamed ? abort.controller.signal : abort.signal
      const { endpoint: _, headers, ...rest } = given
      const request = {
        ...rest,
        headers: { ...version.headers, ...(headers && Object.fromEntries(headerEntries(headers))) },
        ...(signal && { signal }),
      }
      const sent: unknown =
        plan.endpoint === 'messages'
          ? Reflect.apply(client.messages.create, client.messages, [
              { ...body, ...profileFor(client, plan), ...version.body },
              request,
            ])
          : postTo(client, plan.path, { ...request, body, stream: isStreamed })
      const broken = (error: unknown, partialText = ''): unknown =>
        brokenOff(client, signal, error, partialText)
      const { data, response } = await resultOf(sent, broken)
      return {
        response,
        ...(!isAsyncIterable(data) && { whole: () => wholeOf(Object(data), plan.decoder('whole')) }),
        open() {
          const form = isAsyncIterable(data) ? 'events' : 'whole'
          return readCompletion(decodedBody(data, signal), plan.decoder(form), broken)
        },
      }
    },
  }
}

/** Returns the logger of the SDK (0.40 and later) and its level, for diagnostics. */
function outputOf(
  client: object,
  options: CompletionsOptions,
): Pick<CompletionsSettings, 'logger' | 'logLevel'> {
  const { logger, logLevel }: { logger?: unknown; logLevel?: unknown } = client
  return {
    logLevel: options.logLevel ?? LOG_LEVELS.find(level => level === logLevel) ?? 'warn',
    ...(canWarn(logger) && { logger }),
  }
}

function canWarn(logger: unknown): logger is { warn(message: string): void } {
  return (
    typeof logger === 'object' && logger !== null && 'warn' in logger && typeof logger.warn === 'function'
  )
}

function timeoutOf(client: object): number | undefined {
  return 'timeout' in client && typeof client.timeout === 'number' ? client.timeout : undefined
}

function streamedIfLong({ endpoint, body, upstreamStream }: CallPlan): { body: object; isStreamed: boolean } {
  const isLong =
    endpoint === 'messages' && 'max_tokens' in body && Number(body.max_tokens) > LONGEST_UNSTREAMED
  return isLong ? { body: { ...body, stream: true }, isStreamed: true } : { body, isStreamed: upstreamStream }
}

const SAMPLING = ['temperature', 'top_p', 'top_k']

/** A field that only the client for Bedrock's runtime has. */
const OF_BEDROCK = 'awsSecretKey'

/**
 * The names of version 2023-06-01 on clouds that expect it in the body, by a field that only the client of that cloud
 * has. Their older models do not support a later one.
 */
const CLOUD_VERSIONS: readonly [field: string, version: string][] = [
  [OF_BEDROCK, 'bedrock-2023-05-31'],
  ['projectId', 'vertex-2023-10-16'],
]

/**
 * Returns the headers and body fields that name the API version. The SDK sends its own version, except where the user
 * named one, the cloud has its own names, or the Messages API would reject the sampling parameters of the body under it.
 */
function versionFor(
  client: object,
  { endpoint, headers, body }: CallPlan,
  isAsked: boolean,
): { headers: Readonly<Record<string, string>>; body?: { anthropic_version: string } } {
  if (endpoint === 'complete' || isAsked) return { headers }
  const { 'anthropic-version': _, ...others } = headers
  const [, version] = CLOUD_VERSIONS.find(([field]) => field in client) ?? []
  if (version !== undefined) return { headers: others, body: { anthropic_version: version } }
  return { headers: SAMPLING.some(field => field in body) ? headers : others }
}

/** Returns the inference profile of a replacement model on Bedrock, which not every region serves without one. */
function profileFor(client: object, { body, diagnostics }: CallPlan): { model?: string } {
  if (!(OF_BEDROCK in client) || !diagnostics.some(({ code }) => code === 'retired-model')) return {}
  const awsRegion: unknown = Reflect.get(client, 'awsRegion')
  const { model }: { model?: unknown } = body
  if (typeof model !== 'string') return {}
  if (!model.startsWith('anthropic.')) return {}
  return { model: `${geographyOf(typeof awsRegion === 'string' ? awsRegion : undefined)}.${model}` }
}

/** Calls the client's generic `post`, because current SDKs have no method for the legacy endpoint. */
function postTo(client: object, path: string, request: object): unknown {
  if ('post' in client && typeof client.post === 'function')
    return Reflect.apply(client.post, client, [path, request])
  throw new AnthropicError(
    "This client has no post(), and so cannot reach endpoint 'complete'. Use 'messages'.",
  )
}

/** Resolves to the result of an SDK call and its HTTP response. */
async function resultOf(sent: unknown, broken: Broken): Promise<{ data: unknown; response: Response }> {
  if (typeof sent === 'object' && sent !== null && 'asResponse' in sent) {
    const { asResponse } = sent
    if (typeof asResponse === 'function') {
      // Not caught: for failures before the response begins, the SDK throws its own errors.
      const response: Response = await Reflect.apply(asResponse, sent, [])
      try {
        return { data: await sent, response }
      } catch (error) {
        throw broken(error)
      }
    }
  }
  // A client that is not the official SDK gives no access to the response, so its headers are unknown.
  return { data: await sent, response: new Response() }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<object> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Wraps what the SDK has decoded, a stream of events or one message, as a body. */
function decodedBody(data: unknown, signal: AbortSignal | undefined): Body<object> {
  const pieces = isAsyncIterable(data) ? data[Symbol.asyncIterator]() : [Object(data)].values()
  const cancel = (): void => {
    // If the message is incomplete, this makes the SDK close its connection.
    if (isAsyncIterable(data)) Promise.resolve(pieces.return?.()).catch(() => {})
  }
  return {
    async read() {
      signal?.throwIfAborted()
      return await pieces.next()
    },
    // After an abort, the SDK's own iteration just ends.
    throwIfAborted() {},
    cancel,
    drain: cancel,
  }
}
