import { findBedrockModel, readBedrockCall, readBedrockPath, toBedrock } from './bedrock.ts'
import { common, invalid, Problem, shouldRetry, statusOf } from './errors.ts'
import { pause, responseBody } from './faults.ts'
import { apiId, type Call, type RenderContext, seededRandom } from './generate.ts'
import { readCompleteCall } from './legacy.ts'
import { readMessagesCall } from './messages.ts'
import { listModels, showModel } from './models.ts'
import { defaultAnswer, lastUserText } from './replies.ts'
import { FAULT_HEADER, findRule, isFault, readFaultHeader, readRules, replyOf } from './rules.ts'
import type {
  AnswerReply,
  EmulatorOptions,
  FailureReply,
  Faults,
  RawReply,
  RecordedRequest,
  Reply,
} from './script.ts'

/** Both HTTP endpoints as one function, with the received requests and a queue of replies. */
export interface Emulator {
  /**
   * Responds like the servers, without a network: pass it to a client as its `fetch`. Ignores the host of the URL.
   * Rejects like `fetch` for a malformed URL or an aborted signal, and with any error that a `reply` function throws.
   */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** All requests so far, valid or not, in the order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** Queues replies for the next valid requests, one each. When the queue is empty, the default applies again. */
  reply(...replies: Reply[]): void
}

/**
 * Emulates `POST /v1/complete`, `POST /v1/messages`, `GET /v1/models` and both operations of Amazon Bedrock. Validates
 * requests like the real servers, with the same messages, and responds in their format. Equal requests get equal
 * responses. An invalid request does not use up a queued reply.
 *
 * @example
 * const emulator = createEmulator()
 * emulator.reply('Hello!', { error: { type: 'overloaded_error', message: 'Overloaded' } })
 * const client = new Anthropic({ apiKey: 'any', fetch: emulator.fetch })
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  if (options.today !== undefined && !/^\d{4}-\d\d-\d\d$/.test(options.today))
    throw new TypeError('today must be a day written as YYYY-MM-DD.')
  const requests: Recording[] = []
  const queued: Reply[] = []
  const rules = options.rules === undefined ? [] : readRules(options.rules)
  const attempts = new Attempts()

  function nextReply(
    call: Call,
    request: RecordedRequest,
    endpoint: Endpoint,
    context: RenderContext,
  ): Reply {
    const { conversation, temperature, attached } = call
    const otherwise = (): Reply => {
      if (typeof options.reply === 'function') return options.reply(conversation, request)
      if (options.reply !== undefined) return options.reply
      call.checkDefaultReply?.()
      const question = lastUserText(conversation.messages)
      return defaultAnswer({ conversation, question, attached, temperature, random: context.random })
    }
    const header = request.headers[FAULT_HEADER]
    const oneOff = header === undefined ? [] : [readFaultHeader(header)]
    const next = (): Reply => queued.shift() ?? otherwise()
    if (oneOff.length === 0 && (queued.length > 0 || rules.length === 0)) return next()
    // The request id identifies the call, because equal requests have equal ids.
    const key = context.requestId
    const subject = {
      endpoint,
      model: modelOf(request.body),
      conversation,
      stream: call.stream,
      attempt: attempts.next(key),
    }
    const rule = findRule([...oneOff, ...(queued.length > 0 ? [] : rules)], subject)
    if (rule === undefined || !isFault(rule)) attempts.reset(key)
    return rule === undefined ? next() : replyOf(rule, next)
  }

  async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    // Use the caller's signal, because the signal of a new Request stops working after that Request is
    // garbage-collected.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    signal?.throwIfAborted()
    const request = new Request(input, init)
    const { pathname, search, searchParams } = new URL(request.url)
    const text = await request.text()
    const recording = record(request, pathname + search, text)
    requests.push(recording)

    const random = seededRandom(`${request.method} ${recording.path} ${text}`)
    const requestId = apiId('req', random)
    const bedrock = readBedrockPath(pathname)
    const today = options.today ?? new Date().toISOString().slice(0, 10)
    const context = { random, requestId, pings: options.pings ?? true }
    const decide = (): MockResponse => {
      if (bedrock !== undefined && request.method === 'POST') {
        const call = readBedrockCall(bedrock, jsonOrText(text), request.headers, options.apiKeys)
        return respond(nextReply(call, recording, 'messages', context), call, context)
      }
      const route = findRoute(request.method, pathname)
      const version = authenticate(request.headers, options.apiKeys, pathname.startsWith(BEDROCK_BASE))
      if (route === 'models') return json(listModels(searchParams, today))
      if (route === 'model') return json(showModel(pathname.slice('/v1/models/'.length), today))
      const body = parseBody(text)
      const call = pathname.startsWith(BEDROCK_BASE)
        ? READERS[route](onBedrock(body), version)
        : READERS[route](body, version, today)
      return respond(nextReply(call, recording, route, context), call, context)
    }
    const decided = orRejection(decide, requestId)
    const { status, headers, chunks, faults } =
      bedrock === undefined ? decided : toBedrock(decided, bedrock.isStreamed, requestId)

    if (faults.responseDelayMs !== undefined) await pause(faults.responseDelayMs, signal)
    if (signal?.aborted) {
      recording.aborted = true
      throw signal.reason
    }
    const body = responseBody(encode(chunks), faults, signal, () => {
      recording.aborted = true
    })
    return new Response(body, { status, headers: { 'request-id': requestId, ...headers } })
  }

  return { fetch, requests, reply: (...replies) => void queued.push(...replies) }
}

type Recording = RecordedRequest & { aborted: boolean }

function record(request: Request, path: string, text: string): Recording {
  const { method, headers } = request
  return { method, path, headers: Object.fromEntries(headers), body: jsonOrText(text), aborted: false }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Endpoint = 'complete' | 'messages'

const modelOf = (body: unknown): string => {
  const { model }: { model?: unknown } = Object(body)
  return typeof model === 'string' ? model : ''
}

/** Counts the attempts of each call. Equal requests belong to one call until one of them succeeds. */
class Attempts {
  readonly #counts = new Map<string, number>()

  next(key: string): number {
    const attempt = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, attempt)
    // Limit the memory of emulators that run for days: forget the oldest call.
    if (this.#counts.size > 10_000) this.#counts.delete(this.#counts.keys().next().value ?? key)
    return attempt
  }

  reset(key: string): void {
    this.#counts.delete(key)
  }
}

/** Base path under which Bedrock serves the Messages API itself, with its own model ids. */
const BEDROCK_BASE = '/anthropic'

function onBedrock(body: unknown): unknown {
  return { ...Object(body), model: findBedrockModel(modelOf(body)) }
}

const READERS = { complete: readCompleteCall, messages: readMessagesCall } as const

function findRoute(method: string, path: string): 'complete' | 'messages' | 'models' | 'model' {
  const allow = <T>(allowed: string, route: T): T => {
    if (method === allowed) return route
    throw new Problem('invalid_request_error', common.methodNotAllowed, 405)
  }
  if (path === '/v1/complete') return allow('POST', 'complete')
  if (path === '/v1/messages' || path === `${BEDROCK_BASE}/v1/messages`) return allow('POST', 'messages')
  if (path === '/v1/models') return allow('GET', 'models')
  if (/^\/v1\/models\/[^/]+$/.test(path)) return allow('GET', 'model')
  throw new Problem('not_found_error', common.notFound)
}

function orRejection(decide: () => MockResponse, requestId: string): MockResponse {
  try {
    return decide()
  } catch (error) {
    if (error instanceof Problem) return rejection(error, requestId)
    // Report an invalid fault header to the client that sent it.
    if (error instanceof TypeError && error.message.startsWith(FAULT_HEADER))
      return rejection(new Problem('emulator_invalid_script', error.message, 400), requestId)
    throw error
  }
}

function* encode(chunks: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk
}

/** Options of {@link startEmulator}. */
export interface StartOptions extends EmulatorOptions {
  /** Port to listen on. Default: 0, which selects a free port. */
  port?: number
  /** Address to listen on. Default: `127.0.0.1`, which only this machine can reach. */
  host?: string
}

/** An emulator that listens on a port. Its `fetch` shares the queue and the list of requests. */
export interface RunningEmulator extends Emulator {
  /** Base URL for clients without a trailing slash, such as `http://127.0.0.1:49152`. */
  url: string
  /** Closes all connections, including active ones, and frees the port. */
  close(): Promise<void>
}

/**
 * Starts the emulator as an HTTP server. Requires a runtime with `node:http`. Rejects if the port is in use.
 *
 * @example
 * const emulator = await startEmulator()
 * const client = new Anthropic({ apiKey: 'any', baseURL: emulator.url })
 * await emulator.close()
 */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  const { port, host, ...rest } = options
  const { listen } = await import('../listen.ts')
  const emulator = createEmulator(rest)
  const server = await listen(emulator.fetch, {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  })
  return { ...emulator, ...server }
}

/** Every published version of the API. */
const VERSIONS: readonly string[] = ['2023-01-01', '2023-06-01', '2026-10-21']

/** Checks the key, then the version, before anything else, as the servers do. Returns the version. */
function authenticate(headers: Headers, apiKeys: readonly string[] | undefined, isBedrock: boolean): string {
  const authorization = headers.get('authorization') ?? ''
  // Bedrock accepts a signature of AWS as well, which only AWS can verify.
  const isSigned = isBedrock && authorization.startsWith('AWS4-HMAC-SHA256')
  // If both headers are present, the server uses `x-api-key`.
  const key = headers.get('x-api-key') || /^Bearer\s+(\S+)/i.exec(authorization)?.[1]
  if (!key && !isSigned) throw new Problem('authentication_error', common.keyMissing)
  const accepted = !key || (apiKeys ? apiKeys.includes(key) : !key.startsWith('invalid'))
  if (!accepted) throw new Problem('authentication_error', common.keyInvalid)

  const version = headers.get('anthropic-version')
  if (!version) throw invalid(common.versionMissing)
  if (!VERSIONS.includes(version)) throw invalid(common.versionInvalid(version))
  return version
}

/** Parses a request body. Rejects a lone surrogate, as the servers' JSON parser does. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (hasLoneSurrogate(key) || (typeof value === 'string' && hasLoneSurrogate(value)))
        throw invalid(common.loneSurrogate)
      return value
    })
  } catch (error) {
    throw error instanceof Problem ? error : invalid(common.notJson)
  }
}

/** Returns whether a text contains a lone surrogate. */
const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text)

/** A response whose body is not yet generated. */
interface MockResponse {
  status: number
  headers: Record<string, string>
  chunks: Iterable<string | Uint8Array>
  faults: Faults
}

const JSON_TYPE = 'application/json'
const STREAM_TYPE = 'text/event-stream; charset=utf-8'

function json(value: object): MockResponse {
  return { status: 200, headers: { 'content-type': JSON_TYPE }, chunks: [JSON.stringify(value)], faults: {} }
}

/** Creates the response to a valid request from its reply. */
function respond(reply: Reply, call: Call, context: RenderContext): MockResponse {
  if (typeof reply === 'string') return answer({ text: reply }, call, context)
  if (reply.error !== undefined) return failure(reply, context.requestId)
  if (reply.body !== undefined) return raw(reply, call)
  // A failure during generation becomes an HTTP status if the response is not streamed.
  if (reply.streamError && !call.stream) {
    const { streamError: error, headers, faults } = reply
    return failure({ error, ...(headers && { headers }), ...(faults && { faults }) }, context.requestId)
  }
  return answer(reply, call, context)
}

/** Creates an HTTP failure in the envelope of both endpoints since mid-2025. */
function failure(reply: FailureReply, requestId: string): MockResponse {
  const { type, message } = reply.error
  const status = reply.status ?? statusOf(type)
  const retry = shouldRetry(status)
  return {
    status,
    headers: {
      'content-type': JSON_TYPE,
      ...(retry === undefined ? {} : { 'x-should-retry': retry }),
      ...lowerCase(reply.headers),
    },
    chunks: [JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId })],
    faults: reply.faults ?? {},
  }
}

/** Creates the response to an invalid request. */
function rejection({ type, message, status }: Problem, requestId: string): MockResponse {
  return failure({ error: { type, message }, status }, requestId)
}

function answer(reply: AnswerReply, call: Call, context: RenderContext): MockResponse {
  const stream = { 'content-type': STREAM_TYPE, 'cache-control': 'no-cache' }
  return {
    status: 200,
    headers: { ...(call.stream ? stream : { 'content-type': JSON_TYPE }), ...lowerCase(reply.headers) },
    chunks: call.write(reply, context),
    faults: reply.faults ?? {},
  }
}

function raw({ body, contentType, status = 200, headers, faults = {} }: RawReply, call: Call): MockResponse {
  const type = contentType ?? (call.stream ? STREAM_TYPE : JSON_TYPE)
  return { status, headers: { 'content-type': type, ...lowerCase(headers) }, chunks: [body], faults }
}

/** Converts header names to lower case, so that a reply's `Retry-After` replaces the default one. */
function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
