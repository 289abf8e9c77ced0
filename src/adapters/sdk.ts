/**
 * Gives a client of the official SDK its `completions` back.
 *
 * @module
 */

import type { Outgoing } from '../core/call-plan.ts'
import { type CallHeaders, Completions, type Door } from '../core/completions.ts'
import { headerEntries, headerValue } from '../core/headers.ts'
import { checkDoorOptions, type DoorOptions, doorSettings } from '../core/options.ts'
import type { Reply, ReplyReader } from '../core/read.ts'
import type { EventFold, ReplyGrammar } from '../core/response-decoder.ts'
import { AnthropicError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import { type Broken, brokenOff, inClassOf } from './sdk-errors.ts'

export type { APIPromise } from '../core/api-promise.ts'
export type { ComparedSide, CompareOptions, Comparison, Difference } from '../core/compare.ts'
export { CompletionStream } from '../core/completion-stream.ts'
export {
  type CompletionCreateParams,
  type CompletionCreateParamsBase,
  type CompletionCreateParamsNonStreaming,
  type CompletionCreateParamsStreaming,
  Completions,
} from '../core/completions.ts'
export type { DoorOptions, RequestOptions } from '../core/options.ts'
export { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
export type { Completion } from '../wire.ts'

/** What is asked of a client: that it can create messages. Every official one since 0.20 can. */
export interface MessagesClient {
  messages: { create: (...args: never[]) => unknown }
}

/** The same client, with `completions`; so are those that its `withOptions` makes. */
export type WithCompletions<Client> = (Client extends { completions: unknown }
  ? Omit<Client, 'completions' | 'withOptions'> & Derivable<Client>
  : Client) & { completions: Completions }

/** The method that makes another client, where there is one. */
export type Derivable<Client> = Client extends { withOptions: (...args: infer Given) => unknown }
  ? { withOptions(...args: Given): WithCompletions<Client> }
  : unknown

/**
 * Restores `completions.create` and `completions.stream` on a client of the official SDK, of any version that has
 * `messages`, also one for Bedrock, Google Cloud or Foundry. It is the same object; nothing else of it changes.
 *
 * Requests travel through its own `messages.create`, and so its authentication, retries, logging and errors stay its
 * own; what is refused here is an error of its classes, too.
 *
 * @throws AnthropicError that names each option at fault, the reason and the remedy.
 * @example
 * const client = withCompletions(new Anthropic())
 * await client.completions.create({ model, prompt, max_tokens_to_sample: 256 })
 */
export function withCompletions<Client extends MessagesClient>(
  client: Client,
  options: DoorOptions = {},
): WithCompletions<Client> {
  checkDoorOptions(options)
  if (typeof Object(client).messages?.create !== 'function') {
    throw new AnthropicError(
      'withCompletions takes a client that has messages.create. Pass new Anthropic() of @anthropic-ai/sdk 0.20 or later.',
    )
  }
  // Some clients have a getter of that name that throws.
  Object.defineProperty(client, 'completions', {
    value: new Completions(sdkDoor(client, options)),
    configurable: true,
    writable: true,
  })
  restoreOnDerived(client, options)
  if (hasCompletions(client)) return client
  throw new AnthropicError('This client does not let completions be added to it.')
}

function hasCompletions<Client extends object>(client: Client): client is Client & WithCompletions<Client> {
  return 'completions' in client
}

/** `client.withOptions()` makes another client, which is to have them as well. */
function restoreOnDerived(client: MessagesClient, options: DoorOptions): void {
  if (!('withOptions' in client) || typeof client.withOptions !== 'function') return
  const derive = client.withOptions
  Object.defineProperty(client, 'withOptions', {
    value: (...args: unknown[]) => withCompletions(Reflect.apply(derive, client, args), options),
    configurable: true,
    writable: true,
    enumerable: false,
  })
}

/** More than this of a whole reply is streamed: some versions refuse to wait for it, for some models. */
const LONGEST_UNSTREAMED = 8192

/** The old SDK's time for a completion, in milliseconds. */
const DEFAULT_TIMEOUT = 600_000

function sdkDoor(client: MessagesClient, options: DoorOptions): Door {
  const settings = doorSettings(options)
  return {
    settings,
    timeoutOf: ({ timeout }) => timeout ?? timeoutOf(client) ?? DEFAULT_TIMEOUT,
    versionOf: ({ headers }) => headerValue(headers, 'anthropic-version'),
    asThrown: error => inClassOf(client, error),
    async send(outgoing, callHeaders, given, call): Promise<Reply> {
      const version = versionFor(client, outgoing, settings.translation.apiVersion !== undefined)
      const { body, isStreamed } = streamedIfLong(outgoing)
      const signal = isStreamed ? call.controller.signal : call.signal
      const { endpoint: _, headers, ...rest } = given
      const request = {
        ...rest,
        headers: {
          ...version.headers,
          ...callHeaders,
          ...(headers && Object.fromEntries(headerEntries(headers))),
        },
        ...(signal && { signal }),
      }
      const sent: unknown =
        outgoing.path === '/v1/messages'
          ? Reflect.apply(client.messages.create, client.messages, [{ ...body, ...version.body }, request])
          : postTo(client, outgoing.path, { ...request, body, stream: isStreamed })
      const broken = (error: unknown, partialText = ''): unknown =>
        brokenOff(client, signal, error, partialText)
      const { data, response } = await answerOf(sent, broken)
      return { response, open: () => readDecoded(data, outgoing.grammar, signal, broken) }
    },
  }
}

function timeoutOf(client: object): number | undefined {
  return 'timeout' in client && typeof client.timeout === 'number' ? client.timeout : undefined
}

function streamedIfLong({ path, body, isStreamed }: Outgoing): { body: object; isStreamed: boolean } {
  const isLong =
    path === '/v1/messages' && 'max_tokens' in body && Number(body.max_tokens) > LONGEST_UNSTREAMED
  return isLong ? { body: { ...body, stream: true }, isStreamed: true } : { body, isStreamed }
}

const SAMPLING = ['temperature', 'top_p', 'top_k']

/** What the clouds that take the version in the body call 2023-06-01, by a field that only their clients have. */
const CLOUD_VERSIONS: readonly [field: string, version: string][] = [
  ['awsSecretKey', 'bedrock-2023-05-31'],
  ['projectId', 'vertex-2023-10-16'],
]

/**
 * What says the version that a request is sent under: the SDK's own says itself, unless the user asked for one, or the
 * body is one that it would be refused under.
 */
function versionFor(
  client: object,
  { path, headers, body }: Outgoing,
  isAsked: boolean,
): { headers: CallHeaders; body?: { anthropic_version: string } } {
  if (path === '/v1/complete' || isAsked) return { headers }
  if (!SAMPLING.some(field => field in body)) return { headers: {} }
  const [, version] = CLOUD_VERSIONS.find(([field]) => field in client) ?? []
  return version === undefined ? { headers } : { headers: {}, body: { anthropic_version: version } }
}

/** The legacy endpoint has no method of its own any more. */
function postTo(client: object, path: string, request: object): unknown {
  if ('post' in client && typeof client.post === 'function')
    return Reflect.apply(client.post, client, [path, request])
  throw new AnthropicError(
    "This client has no post(), and so cannot reach endpoint 'complete'. Use 'messages'.",
  )
}

/** What came of a call of the SDK, and the response it came in. */
async function answerOf(sent: unknown, broken: Broken): Promise<{ data: unknown; response: Response }> {
  if (typeof sent === 'object' && sent !== null && 'asResponse' in sent) {
    const { asResponse } = sent
    if (typeof asResponse === 'function') {
      // What goes wrong before there is an answer, the SDK has errors for.
      const response: Response = await Reflect.apply(asResponse, sent, [])
      try {
        return { data: await sent, response }
      } catch (error) {
        throw broken(error)
      }
    }
  }
  // A client of somebody else's make: its headers are not known.
  return { data: await sent, response: new Response() }
}

/** Reads what the SDK has decoded: a whole message, or its events one by one. */
function readDecoded(
  data: unknown,
  grammar: ReplyGrammar,
  signal: AbortSignal | undefined,
  broken: Broken,
): ReplyReader {
  const reader = isAsyncIterable(data)
    ? readIterable(data[Symbol.asyncIterator](), grammar.events(), broken)
    : readOnce(Object(data), grammar)
  return {
    ...reader,
    async read() {
      signal?.throwIfAborted()
      return reader.read()
    },
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<object> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function readIterable(events: AsyncIterator<object>, fold: EventFold, broken: Broken): ReplyReader {
  const next = async (): Promise<IteratorResult<object>> => {
    try {
      return await events.next()
    } catch (error) {
      throw broken(error, fold.abandon())
    }
  }
  return {
    async read() {
      for (;;) {
        if (fold.isDone()) return []
        const { value, done } = await next()
        const chunks = done ? [fold.end()] : fold.pushDecoded(value)
        if (chunks.length > 0) return chunks
      }
    },
    whole: () => (fold.isDone() ? fold.end() : undefined),
    close() {
      // Where the message has not ended, the SDK cuts its connection off.
      events.return?.().catch(() => {})
    },
  }
}

function readOnce(data: object, grammar: ReplyGrammar): ReplyReader {
  let completion: Completion | undefined
  let isHandedOut = false
  const whole = (): Completion => {
    completion ??= grammar.whole(data)
    return completion
  }
  return {
    async read() {
      if (isHandedOut) return []
      isHandedOut = true
      return [whole()]
    },
    whole,
    close() {},
  }
}
