/**
 * A proxy that keeps `/v1/complete` working for programs in any language: they only change their base URL.
 *
 * The handler is fetch-standard and runs in Node, Bun, Deno, Workers and Lambda.
 *
 * @module
 */

import { signalOf } from '../core/abort.ts'
import type { ComparisonOptions } from '../core/compare.ts'
import { compareResponses } from '../core/compare-http.ts'
import { LEGACY_PATH, parseRequest } from '../core/legacy-http.ts'
import { wholeText } from '../utf8.ts'
import { createProxyCore, type PlannedCall, type ProxyCore } from './core.ts'
import type { ResponseHead } from './headers.ts'
import { checkProxyOptions, DEFAULT_TIMEOUT, DEFAULT_UPSTREAM, type ProxyOptions } from './options.ts'
import type { Refused } from './refusals.ts'
import { decodable, readBody } from './request-body.ts'
import type { BufferedResponse, StreamedResponse } from './response.ts'
import type { HeaderRecord, ProxyResponse, UpstreamRequest } from './routes.ts'
import { SilenceTimer } from './silence-timer.ts'

export type { Fetch } from '../adapters/fetch.ts'
export type { CompletionsOptions } from '../core/options.ts'
export type { AwsCredentialProvider, AwsCredentials } from './keys.ts'
export type { ProxyOptions } from './options.ts'

/**
 * Creates a fetch handler for the proxy. Translates `POST …/v1/complete` in the format of the request's
 * `anthropic-version`, and forwards all other requests.
 *
 * @throws AnthropicError that names each wrong option, the reason and the remedy.
 * @example
 * export default { fetch: createProxy() } // a Worker
 */
export function createProxy(options: ProxyOptions = {}): (request: Request) => Promise<Response> {
  checkProxyOptions(options)
  const { compare } = options
  if (compare !== undefined) return comparingProxy(options, compare)
  const core = createProxyCore(options, decodable())
  const { upstream = DEFAULT_UPSTREAM, fetch: through, timeout = DEFAULT_TIMEOUT } = options
  const base = upstream.replace(/\/+$/, '')

  return async request => {
    const call = await planned(core, request)
    if (call.kind === 'refused') return reject(request, call)
    const signal = signalOf(request) ?? request.signal
    const wait = new SilenceTimer(timeout, signal)
    let response: Response
    try {
      await call.sign?.()
      response = await (through ?? globalThis.fetch)(base + call.request.target, {
        ...initOf(call.request, request),
        signal: wait.signal,
      })
    } catch (error) {
      wait.end()
      // If the client has left, reject with its own abort reason.
      signal.throwIfAborted()
      return responseOf(call.fail(wait.reason ?? error))
    }
    return answer(call, response, wait, signal)
  }
}

/** Creates a handler that also sends a share of the legacy calls to the other endpoint, for comparison. */
function comparingProxy(
  options: ProxyOptions,
  compare: ComparisonOptions,
): (request: Request) => Promise<Response> {
  const sides = {
    messages: createProxy({ ...options, compare: undefined, endpoint: 'messages' }),
    complete: createProxy({ ...options, compare: undefined, endpoint: 'complete' }),
  }
  const core = createProxyCore({ ...options, compare: undefined }, decodable())
  return async request => {
    // Reject an unknown token before its body is read.
    const admitted = await admit(core, request)
    if (admitted.kind === 'refused') return reject(request, admitted)
    const { method, url } = request
    if (admitted.kind === 'planned' || !LEGACY_PATH.test(new URL(url).pathname))
      return sides.messages(request)
    const body = await readBody(admitted, request)
    if (!(body instanceof Uint8Array)) return reject(request, body)
    const headers = new Headers(request.headers)
    // They describe the encoded body.
    for (const name of ['content-encoding', 'content-length']) headers.delete(name)
    const legacy = parseRequest(wholeText(body))
    const signal = signalOf(request) ?? request.signal
    const send = (side: keyof typeof sides): Promise<Response> =>
      sides[side](new Request(url, { method, headers, body: new Uint8Array(body), signal }))
    if (legacy === undefined) return send('messages')
    return compareResponses(send, legacy, options.endpoint ?? 'messages', compare)
  }
}

type Admission = Awaited<ReturnType<ProxyCore['admit']>>

async function admit(core: ProxyCore, { method, url, headers }: Request): Promise<Admission> {
  const { pathname, search } = new URL(url)
  return core.admit({ method, target: pathname + search, headers: Object.fromEntries(headers) })
}

async function planned(core: ProxyCore, request: Request): Promise<PlannedCall | Refused> {
  const admitted = await admit(core, request)
  if (admitted.kind !== 'unread') return admitted
  const body = await readBody(admitted, request)
  return body instanceof Uint8Array ? admitted.plan(body) : body
}

async function reject({ body }: Request, { response }: Refused): Promise<Response> {
  await body?.cancel().catch(() => {})
  return responseOf(response)
}

/** Returns the options for fetch. */
function initOf({ method, headers, body }: UpstreamRequest, request: Request): RequestInit {
  // A followed redirect would send the key to another location.
  const init: RequestInit & { duplex?: 'half' } = { method, headers, redirect: 'manual' }
  if (body !== undefined) init.body = typeof body === 'string' ? body : new Uint8Array(body)
  // Stream the request's body instead of buffering it.
  else if (request.body !== null) Object.assign(init, { body: request.body, duplex: 'half' })
  return init
}

async function answer(
  call: PlannedCall,
  response: Response,
  wait: SilenceTimer,
  signal: AbortSignal,
): Promise<Response> {
  const plan = call.respond(headOf(response), wait.ended)
  wait.restart()
  if (plan.kind === 'forwarded') {
    // fetch has already removed the content codings.
    const { status, reason, headers } = plan.head
    const body = response.body && timed(response.body, wait)
    if (body === null) wait.end()
    return new Response(body, { status, statusText: reason ?? '', headers: headersOf(headers) })
  }
  const reader = response.body?.getReader()
  wait.watch(reader)
  if (plan.kind === 'whole') return responseOf(await readWhole(plan, reader, wait, signal))
  return new Response(readStream(plan, reader, wait, signal), {
    status: plan.head.status,
    headers: headersOf(plan.head.headers),
  })
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>

async function readWhole(
  plan: BufferedResponse,
  reader: BodyReader | undefined,
  wait: SilenceTimer,
  signal: AbortSignal,
): Promise<ProxyResponse> {
  try {
    while (!plan.isOver) {
      const piece = await reader?.read()
      wait.throwIfOver()
      if (piece?.value === undefined) break
      wait.restart()
      plan.push(piece.value)
    }
    return plan.end()
  } catch (error) {
    signal.throwIfAborted()
    return plan.end(wait.reason ?? error)
  } finally {
    finish(plan, reader, wait)
  }
}

function readStream(
  plan: StreamedResponse,
  reader: BodyReader | undefined,
  wait: SilenceTimer,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const bytesOf = (text: string | Uint8Array): Uint8Array =>
    typeof text === 'string' ? encoder.encode(text) : text
  return new ReadableStream({
    async pull(controller) {
      let failure: unknown
      try {
        while (!plan.isOver) {
          wait.restart()
          const piece = await reader?.read()
          wait.throwIfOver()
          // Time in which the client is slow to read does not count as silence of the upstream.
          wait.pause()
          if (piece?.value === undefined) break
          const written = plan.push(piece.value)
          if (written.length > 0) return controller.enqueue(bytesOf(written))
        }
      } catch (error) {
        signal.throwIfAborted()
        failure = wait.reason ?? error
      }
      const { rest, isCut } = plan.end(failure)
      finish(plan, reader, wait)
      if (rest.length > 0) controller.enqueue(bytesOf(rest))
      if (isCut) controller.error(new Error('The upstream’s response ended in the middle.'))
      else controller.close()
    },
    async cancel() {
      wait.end()
      await reader?.cancel()
    },
  })
}

/** Maximum number of chunks to read after the last needed event, for a `[DONE]` and the end of the body. */
const MOST_REMAINING = 4

/** Reads the rest of a body whose end is near, so that its connection can be reused. Cancels any other body. */
function finish(
  plan: BufferedResponse | StreamedResponse,
  reader: BodyReader | undefined,
  wait: SilenceTimer,
): void {
  const close = async (): Promise<void> => {
    if (plan.isEndSent)
      for (let pieces = 0; pieces < MOST_REMAINING; pieces++)
        if ((await reader?.read())?.done !== false) return
    await reader?.cancel()
  }
  // The response is complete, so later errors of its connection do not matter.
  close()
    .catch(() => {})
    .finally(() => wait.end())
}

/** Returns a body that fails if the upstream is silent for too long. */
function timed(body: ReadableStream<Uint8Array>, wait: SilenceTimer): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  wait.watch(reader)
  return new ReadableStream({
    async pull(controller) {
      try {
        wait.restart()
        const { value } = await reader.read()
        wait.throwIfOver()
        // Time in which the client is slow to read does not count as silence of the upstream.
        wait.pause()
        if (value === undefined) {
          wait.end()
          controller.close()
        } else controller.enqueue(value)
      } catch (error) {
        wait.end()
        throw wait.reason ?? error
      }
    },
    async cancel(reason) {
      wait.end()
      await reader.cancel(reason)
    },
  })
}

function headOf({ status, statusText, headers }: Response): ResponseHead {
  const record: Record<string, string | string[]> = Object.fromEntries(headers)
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) record['set-cookie'] = cookies
  return { status, reason: statusText, headers: record }
}

function headersOf(record: HeaderRecord): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(record))
    for (const one of value === undefined ? [] : [value].flat()) headers.append(name, one)
  return headers
}

function responseOf({ status, headers, body }: ProxyResponse): Response {
  const bytes = new TextEncoder().encode(body)
  const all = headersOf(headers)
  all.set('content-length', `${bytes.length}`)
  return new Response(bytes, { status, headers: all })
}
