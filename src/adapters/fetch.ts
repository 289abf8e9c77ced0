/**
 * A `fetch` that keeps `/v1/complete` alive: for code pinned to an old official SDK, and for whatever else takes a
 * `fetch`.
 *
 * @module
 */

import { CallAbort, signalOf } from '../core/abort.ts'
import { type CompletionReader, httpResponse } from '../core/backend.ts'
import { toPlatformResponse } from '../core/body.ts'
import { type CallPlan, planCall } from '../core/call-plan.ts'
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
import { bareCompletion } from '../translate/reply.ts'
import { wholeText } from '../utf8.ts'
import type { Completion, ErrorBody } from '../wire.ts'
import { warnAboutNodeHttp } from './node-http.ts'

export type { CompletionsOptions } from '../core/options.ts'

/** A `fetch` as the platform has it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` as the platform has it, which is also taken where one of node-fetch is declared, as in the official SDK 0.6
 * to 0.39.
 */
export interface CompletionsFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Whatever the caller's types call an answer, it is one of the platform, of which what both have can be read. */
  <Answer extends ForeignResponse>(input: ForeignInput, init?: object): Promise<Answer>
}

/** What a `fetch` of the platform, or one of node-fetch, is asked for. */
export type ForeignInput = string | { href: string } | ForeignRequest

/** What the requests of the platform and of node-fetch have in common. */
export interface ForeignRequest {
  url: string
  method: string
  headers: Iterable<[name: string, value: string]>
  signal?: object
  clone(): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** What the answers of the platform and of node-fetch have in common. */
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
  /** What the requests travel through. @default the global `fetch`, looked up at each call */
  fetch?: Fetch | undefined
}

/** What all travels through. Whoever has a request of another make has also given the fetch that takes it. */
interface Through {
  pass(input: ForeignInput, init?: RequestInit): Promise<Response>
}

/**
 * Makes a `fetch` that turns `POST …/v1/complete` into `POST …/v1/messages`, and the answer back into what the legacy
 * endpoint would have sent: JSON, or the stream of the version that the request asks for. Everything else passes
 * through untouched, and so do refusals: both endpoints word them alike.
 *
 * A stream that breaks off ends in an `error` event, which old clients know; a whole answer that does is an answer of
 * status 5xx, which they try again.
 *
 * @throws AnthropicError that names each option at fault, the reason and the remedy.
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
    const abort = new CallAbort()
    if (given) abort.follow(given)
    const { signal } = abort
    const version = headers.get('anthropic-version')

    let plan: CallPlan
    try {
      plan = planCall(legacy, settings, {
        apiVersion: settings.translation.apiVersion ?? messagesVersion(version),
        onDiagnostic: reporter.onResponse,
        readMessage: bareCompletion,
      })
    } catch (error) {
      if (error instanceof BadRequestError) return refusal(400, errorBody(error))
      throw error
    }
    // The body of a stream has been read.
    if (plan.endpoint === 'complete') return through.pass(input, init.body ? { ...init, body: text } : init)
    reporter.report(plan.diagnostics)

    url.pathname = url.pathname.replace(LEGACY_PATH, plan.path)
    headers.delete('content-length')
    headers.set('content-type', 'application/json')
    for (const [name, value] of Object.entries(plan.headers)) setHeader(headers, name, value)
    const sent = through.pass(url.href, {
      ...init,
      method,
      // Not every fetch takes Headers of the platform; what was given Headers goes where they are taken.
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
    // Old clients recognise an abort of theirs by what the body rejects with.
    const isReported = (): boolean => signal?.aborted !== true
    let ping: OnPing = () => {}
    try {
      const opened = httpResponse(response, plan, signal, opening => ping(opening)).open()
      const reader = abortable(opened, abort)
      if (plan.callerStream) {
        return legacyStreamResponse(response, chunksOf(reader, abort), dialect, isReported, send => {
          ping = send
        })
      }
      return legacyResponse(response, await wholeOf(reader), dialect)
    } catch (error) {
      signal?.throwIfAborted()
      return refusal(statusOf(error), errorBody(error), response.headers.get('request-id'))
    }
  }
  return fetch
}

/**
 * Has the global `fetch` keep `/v1/complete` alive, for code that cannot be handed one. Returns what undoes it.
 *
 * Code that does not call the global `fetch` is out of reach, such as the official SDK 0.4 to 0.39 in Node, which brings
 * node-fetch: the first such request to `/v1/complete` is reported with a warning.
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
  // Once undone it only passes on, for somebody may have taken hold of it, or put another in its place.
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

/** Relative ones are of a page, and go where they went. */
function parseURL(url: string): URL | undefined {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

/** Most clients give a text; what else a body can be, the platform knows. */
async function bodyText(
  request: ForeignRequest | undefined,
  { body }: RequestInit,
): Promise<string | undefined> {
  if (typeof body === 'string') return body
  const holder = body === undefined || body === null ? request?.clone() : new Response(body)
  return holder && wholeText(new Uint8Array(await holder.arrayBuffer()))
}

/** A reader whose call follows the caller's signal while something waits for it, and until it is closed. */
function abortable(reader: CompletionReader, abort: CallAbort): CompletionReader {
  abort.keepAlive(false)
  return {
    ...reader,
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

function chunksOf(reader: CompletionReader, abort: CallAbort): AsyncIterableIterator<Completion> {
  const chunks = readChunks(reader)
  return {
    next() {
      // Chunks that came together with the last one end with the call, too.
      if (abort.signal?.aborted) reader.close()
      return abort.signal?.aborted ? Promise.reject(abort.signal.reason) : chunks.next()
    },
    return() {
      // A generator that waits for a silent server would return only when the server sends again.
      reader.close()
      return chunks.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* readChunks(reader: CompletionReader): AsyncGenerator<Completion, void, undefined> {
  try {
    for (let chunks = await reader.read(); chunks.length > 0; chunks = await reader.read()) yield* chunks
  } finally {
    reader.close()
  }
}

async function wholeOf(reader: CompletionReader): Promise<Completion> {
  for await (const _ of readChunks(reader));
  const whole = reader.whole()
  if (whole === undefined) throw new TypeError('The reply ended without a completion.')
  return whole
}

/** Calls of Amazon Bedrock are signed before a fetch sees them, so nothing in them can be changed here. */
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
