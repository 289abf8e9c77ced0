/**
 * A `fetch` that emulates `/v1/complete`: for code that uses an old official SDK, and for any code that accepts a
 * custom `fetch`.
 *
 * @module
 */

import { CallAbort, signalOf } from '../core/abort.ts'
import { type CompletionReader, httpResponse } from '../core/backend.ts'
import { requestAlreadyRead, toPlatformResponse } from '../core/body.ts'
import { type CallPlan, planMessagesCall } from '../core/call-plan.ts'
import { compareResponses } from '../core/compare-http.ts'
import { platformHeaders, setHeader } from '../core/headers.ts'
import {
  dialectOf,
  errorBody,
  LEGACY_PATH,
  legacyResponse,
  legacyStreamResponse,
  messagesVersion,
  NOT_JSON,
  parseRequest,
  statusOf,
} from '../core/legacy-http.ts'
import { type CompletionsOptions, checkCompletionsOptions, completionsSettings } from '../core/options.ts'
import { DiagnosticReporter } from '../core/report-diagnostics.ts'
import type { OnPing } from '../core/response-decoder.ts'
import { BadRequestError } from '../errors.ts'
import { chooseEndpoint } from '../translate/endpoint.ts'
import { bareCompletion } from '../translate/reply.ts'
import { wholeText } from '../utf8.ts'
import type { Completion, ErrorBody } from '../wire.ts'
import { warnAboutNodeHttp } from './node-http.ts'

export type { CompletionsOptions } from '../core/options.ts'

/** The signature of the platform's `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * The signature of the platform's `fetch`. It is also assignable to the type of node-fetch, which the official SDK 0.6
 * to 0.39 declares.
 */
export interface CompletionsFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** For callers whose `Response` type is another one. The returned value is always a platform `Response`. */
  <Answer extends ForeignResponse>(input: ForeignInput, init?: object): Promise<Answer>
}

/** The first argument of the platform's `fetch` or of node-fetch. */
export type ForeignInput = string | { href: string } | ForeignRequest

/** The common members of the platform's `Request` and that of node-fetch. */
export interface ForeignRequest {
  url: string
  method: string
  headers: Iterable<[name: string, value: string]>
  signal?: object
  bodyUsed?: boolean
  clone(): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** The common members of the platform's `Response` and that of node-fetch. */
export interface ForeignResponse {
  ok: boolean
  status: number
  statusText: string
  headers: { get(name: string): string | null }
  json(): Promise<unknown>
  text(): Promise<string>
}

/** The options of `completionsFetch` and `installCompletionsFetch`. */
export interface CompletionsFetchOptions extends CompletionsOptions {
  /** The `fetch` that sends the requests. @default the global `fetch`, looked up at each call */
  fetch?: Fetch | undefined
}

/**
 * The `fetch` that sends all requests. A caller that passes a `Request` of another library has to pass the `fetch` of
 * that library in the options.
 */
interface Through {
  pass(input: ForeignInput, init?: RequestInit): Promise<Response>
}

/**
 * Creates a `fetch` that sends `POST …/v1/complete` as `POST …/v1/messages` and converts the response to that of the
 * legacy endpoint: JSON, or the stream format of the requested version. All other requests pass through unchanged, and
 * so do error responses, because both endpoints use the same format for them.
 *
 * A stream that breaks off ends with an `error` event, which old clients support. A non-streamed response that breaks
 * off becomes a response of status 5xx, which they retry.
 *
 * @throws AnthropicError that names each invalid option, the reason and the remedy.
 * @example
 * const client = new Anthropic({ fetch: completionsFetch() }) // @anthropic-ai/sdk 0.5 to 0.137
 */
export function completionsFetch(options: CompletionsFetchOptions = {}): CompletionsFetch {
  checkCompletionsOptions(options)
  const settings = completionsSettings(options)
  const reporter = new DiagnosticReporter(settings)
  const global: Fetch = (input, init) => globalThis.fetch(input, init)
  const through: Through = { pass: options.fetch ?? global }
  const { compare, endpoint } = settings
  const sides = compare && {
    messages: completionsFetch({ ...options, compare: undefined, endpoint: 'messages' }),
    complete: completionsFetch({ ...options, compare: undefined, endpoint: 'complete' }),
  }

  function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  function fetch<Answer extends ForeignResponse>(input: ForeignInput, init?: object): Promise<Answer>
  async function fetch(input: ForeignInput, init: RequestInit = {}): Promise<Response> {
    const request = typeof input === 'object' && 'url' in input ? input : undefined
    const url = parseURL(
      request?.url ?? (typeof input === 'object' && 'href' in input ? input.href : `${input}`),
    )
    const method = init.method ?? request?.method ?? 'GET'
    if (url === undefined || method.toUpperCase() !== 'POST' || !LEGACY_PATH.test(url.pathname)) {
      const isOfBedrock = url !== undefined && INVOKE_PATH.test(url.pathname) && isLegacyBody(init.body)
      return isOfBedrock && settings.endpoint !== 'complete'
        ? refusal(400, OF_BEDROCK)
        : through.pass(input, init)
    }

    const text = await bodyText(request, init)
    const legacy = parseRequest(text)
    if (text === undefined || legacy === undefined) return refusal(400, UNREADABLE)
    const headers = platformHeaders(init.headers ?? (request && [...request.headers]))
    const given = init.signal ?? signalOf(request)
    if (sides !== undefined && compare !== undefined) {
      const sent = { ...init, method, headers, body: text, ...(given && { signal: given }) }
      return compareResponses(side => sides[side](url.href, sent), legacy, endpoint, compare)
    }
    const version = headers.get('anthropic-version')

    // If the body was a stream, it has been read, so send the text instead.
    if (chooseEndpoint(endpoint, legacy) === 'complete')
      return through.pass(input, init.body ? { ...init, body: text } : init)

    let plan: CallPlan
    try {
      const planned = planMessagesCall(legacy, settings, {
        apiVersion: settings.translation.apiVersion ?? messagesVersion(version),
        onDiagnostic: reporter.onResponse,
        readMessage: bareCompletion,
      })
      plan = planned instanceof Promise ? await planned : planned
    } catch (error) {
      if (error instanceof BadRequestError) return refusal(400, errorBody(error))
      throw error
    }
    if (plan.diagnostics.length > 0) reporter.report(plan.diagnostics)

    const abort = new CallAbort()
    // A caller reads a stream when it likes to, or never. The rest of a call ends soon, so the signal itself is enough.
    if (given && plan.callerStream) abort.follow(given)
    const signal = plan.callerStream ? abort.signal : (given ?? undefined)

    url.pathname = url.pathname.replace(LEGACY_PATH, plan.path)
    headers.delete('content-length')
    headers.set('content-type', 'application/json')
    for (const [name, value] of Object.entries(plan.headers)) setHeader(headers, name, value)
    const sent = through.pass(url.href, {
      ...init,
      method,
      // Some fetch functions do not accept platform `Headers`. A caller that passed `Headers` uses one that does.
      headers: init.headers instanceof Headers ? headers : Object.fromEntries(headers),
      body: JSON.stringify(plan.body),
      ...(signal && { signal }),
    })
    const answer = await sent.catch((error: unknown) => {
      abort.release()
      throw error
    })
    if (answer?.ok === false) {
      abort.release()
      return answer
    }
    const response = toPlatformResponse(answer)
    const dialect = dialectOf(version)
    // Old clients recognize their own abort by the error that the body rejects with, so it must not become an event.
    const isReported = (): boolean => signal?.aborted !== true
    let ping: OnPing = () => {}
    try {
      const reader = httpResponse(response, plan, signal, opening => ping(opening)).open()
      if (!plan.callerStream) return legacyResponse(response, await wholeOf(reader), dialect)
      const chunks = chunksOf(abortable(reader, abort), abort)
      return legacyStreamResponse(response, chunks, dialect, isReported, send => {
        ping = send
      })
    } catch (error) {
      signal?.throwIfAborted()
      return refusal(statusOf(error), errorBody(error), response.headers.get('request-id'))
    }
  }
  return fetch
}

/**
 * Replaces the global `fetch` by `completionsFetch`, for code that accepts no custom `fetch`. Returns a function that
 * restores the original.
 *
 * It does not affect code that does not call the global `fetch`, such as the official SDK 0.4 to 0.39 in Node, which
 * uses node-fetch. The first such request to `/v1/complete` is reported with a warning.
 *
 * @throws TypeError where the global `fetch` cannot be replaced.
 * @example
 * const undo = installCompletionsFetch()
 */
export function installCompletionsFetch(options: CompletionsFetchOptions = {}): () => void {
  const { fetch: before } = globalThis
  const through: Fetch = options.fetch ?? ((input, init) => before(input, init))
  const ours = completionsFetch({ ...options, fetch: through })
  let isInstalled = true
  // After the undo it only forwards, because other code may have kept a reference to it or wrapped it.
  const installed: Fetch = (input, init) => (isInstalled ? ours(input, init) : before(input, init))
  if (!Reflect.set(globalThis, 'fetch', installed)) {
    throw new TypeError(
      'The global fetch cannot be replaced here. Give completionsFetch() to the client instead.',
    )
  }
  const endWatch = warnAboutNodeHttp(completionsSettings(options).logLevel)
  return () => {
    isInstalled = false
    endWatch()
    if (globalThis.fetch === installed) globalThis.fetch = before
  }
}

/** Returns `undefined` for a relative URL, which belongs to a web page; such a request passes through. */
function parseURL(url: string): URL | undefined {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

/** Returns the body as text. `Request` reads the types of body other than a string. */
async function bodyText(
  request: ForeignRequest | undefined,
  { body }: RequestInit,
): Promise<string | undefined> {
  if (typeof body === 'string') return body.replace(/^\uFEFF/, '')
  const isOwn = body === undefined || body === null
  if (isOwn ? request?.bodyUsed : body instanceof ReadableStream && body.locked) {
    throw requestAlreadyRead()
  }
  const holder = isOwn ? request?.clone() : new Response(body)
  return holder && wholeText(new Uint8Array(await holder.arrayBuffer()))
}

type ChunkReader = Omit<CompletionReader, 'readWith'>

/** Follows the caller's signal only while a read is pending, and until the reader is closed. */
function abortable(reader: CompletionReader, abort: CallAbort): ChunkReader {
  abort.keepAlive(false)
  return {
    whole: reader.whole,
    async read() {
      abort.keepAlive(true)
      try {
        return await reader.read()
      } catch (error) {
        abort.signal?.throwIfAborted()
        throw error
      } finally {
        abort.keepAlive(false)
      }
    },
    close() {
      abort.release()
      reader.close()
    },
  }
}

function chunksOf(reader: ChunkReader, abort: CallAbort): AsyncIterableIterator<Completion> {
  const chunks = readChunks(reader)
  return {
    next() {
      // After an abort, drop the chunks that arrived in the same read, too.
      if (abort.signal?.aborted) reader.close()
      return abort.signal?.aborted ? Promise.reject(abort.signal.reason) : chunks.next()
    },
    return() {
      // Close first: `return` of a generator that waits for a silent server resolves only when the server sends more.
      reader.close()
      return chunks.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* readChunks(reader: ChunkReader): AsyncGenerator<Completion, void, undefined> {
  try {
    for (let chunks = await reader.read(); chunks.length > 0; chunks = await reader.read()) yield* chunks
  } finally {
    reader.close()
  }
}

async function wholeOf(reader: ChunkReader): Promise<Completion> {
  try {
    while ((await reader.read()).length > 0);
  } finally {
    reader.close()
  }
  const whole = reader.whole()
  if (whole === undefined) throw new TypeError('The reply ended without a completion.')
  return whole
}

/** Paths of Amazon Bedrock. These requests are signed before `fetch` receives them, so they cannot be changed here. */
const INVOKE_PATH = /\/model\/[^/]+\/invoke(?:-with-response-stream)?$/

const isLegacyBody = (body: unknown): boolean =>
  typeof body === 'string' && body.includes('"max_tokens_to_sample"')

const OF_BEDROCK: ErrorBody = {
  type: 'error',
  error: {
    type: 'invalid_request_error',
    message:
      'completionsFetch cannot translate a call of Amazon Bedrock, because its signature covers the body. Use withCompletions(client) of legacy-completions/sdk with AnthropicBedrock, or bedrockCompletions() of legacy-completions/bedrock with the AWS SDK.',
  },
}

const UNREADABLE: ErrorBody = {
  type: 'error',
  error: { type: 'invalid_request_error', message: NOT_JSON },
}

function refusal(status: number, body: ErrorBody, requestId: string | null = null): Response {
  return new Response(JSON.stringify(body), {
    status,
    statusText: status === 400 ? 'Bad Request' : '',
    headers: { 'content-type': 'application/json', ...(requestId !== null && { 'request-id': requestId }) },
  })
}
