import type { RetryOptions, ShouldRetryState } from 'ky'
import { LONGEST_TIMER, onAbort } from '../core/abort.ts'
import { toPlatformResponse } from '../core/body.ts'
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '../errors.ts'
import { type FetchLike, globalFetch } from './options.ts'

/** A request for {@link send}. */
export interface OutgoingRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Headers
  body?: string | Uint8Array<ArrayBuffer>
  /** Additional options for `fetch`, from `fetchOptions`. */
  init: RequestInit
  /** Milliseconds that each attempt may wait for the response to begin. */
  timeout: number
  maxRetries: number
  signal: AbortSignal | undefined
  fetch: FetchLike
  /** Called before each retry with the number of the attempt, from 2 on, and the reason. */
  onRetry?: (attempt: number, reason: string) => void
}

/** Header that numbers the retries, as in the old SDK since 0.28, unless the caller sets or removes it. */
export const RETRY_COUNT = 'x-stainless-retry-count'

/** Characters read from an error body, which is usually short. Limits what a broken server can put into memory. */
const LONGEST_ERROR_BODY = 1_000_000

/**
 * Sends a request with the retries of the old SDK and returns the 2xx response.
 *
 * @throws the error class that belongs to the status, or to the reason why there was no response.
 */
export async function send(request: OutgoingRequest): Promise<Response> {
  const { headers, signal } = request
  if (signal?.aborted) throw new APIUserAbortError()
  const isCounted = headers.get(RETRY_COUNT) === '0'
  if (isCounted) headers.delete(RETRY_COUNT)
  let first: Promise<Response>
  const controller = new AbortController()
  try {
    // `retry` would do the same, but `ky` creates a `Request` for it, a copy of that, and two signals: a call takes a
    // fifth less time without them.
    const response = await endable(attempt(request, controller.signal), controller, request)
    if (response.ok) return response
    first = Promise.resolve(response)
  } catch (error) {
    first = Promise.reject(error)
    first.catch(() => {})
  }
  if (signal?.aborted) throw new APIUserAbortError()
  return await retry(request, first, isCounted)
}

/** Adds the end by the time limit or the signal to an attempt, because the fetch may ignore its signal. */
function endable(
  sent: Promise<Response>,
  controller: AbortController,
  { timeout, signal }: Pick<OutgoingRequest, 'timeout' | 'signal'>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const end = (reason: unknown): void => {
      reject(reason)
      controller.abort(reason)
    }
    // Stays after the response begins, because a stream that nobody reads yet can be aborted, too.
    if (signal !== undefined) onAbort(signal, () => end(signal.reason))
    const timer = setTimeout(() => end(new APIConnectionTimeoutError()), Math.min(timeout, LONGEST_TIMER))
    sent.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Sends one attempt of a request; resolves when a response of any status begins. */
function attempt(
  { method, url, headers, body, init, fetch }: OutgoingRequest,
  signal: AbortSignal | null,
): Promise<Response> {
  return fetchWithinOrigin(fetch, url, {
    ...init,
    method,
    // Each attempt gets its own copy, because instrumentation such as a tracer may add headers to it.
    headers: fetch === globalFetch ? new Headers(headers) : forEveryFetch(headers),
    ...(body !== undefined && { body }),
    signal,
  })
}

/** Sends a request again as long as the retry policy requires it. `first` is the result of the first attempt. */
async function retry(
  request: OutgoingRequest,
  first: Promise<Response>,
  isCounted: boolean,
): Promise<Response> {
  const { method, url, headers, timeout, maxRetries, signal, onRetry } = request
  const { default: ky, isHTTPError, isTimeoutError } = await loadKy()
  if (signal?.aborted) throw new APIUserAbortError()
  let retries = 0
  try {
    return await ky(url, {
      method,
      ...(signal && { signal }),
      timeout: Math.min(timeout, LONGEST_TIMER),
      retry: retryPolicy(maxRetries, isHTTPError, onRetry),
      // ky passes a Request, but functions passed as `fetch`, such as node-fetch, expect a URL and an init object.
      // Headers and body are not passed to ky because it would copy them for each attempt.
      fetch: async input => {
        if (retries++ === 0) return await first
        if (isCounted) headers.set(RETRY_COUNT, `${retries - 1}`)
        return await attempt(request, input instanceof Request ? input.signal : (signal ?? null))
      },
    })
  } catch (error) {
    const refusal = isHTTPError(error) ? await toAPIError(error.response, timeout) : undefined
    if (signal?.aborted) throw new APIUserAbortError()
    if (refusal !== undefined) throw refusal
    if (isTimeoutError(error)) throw new APIConnectionTimeoutError()
    if (error instanceof AnthropicError) throw error
    throw unreachable(url, error)
  }
}

let loading: Promise<typeof import('ky')> | undefined

/** Imports ky with the first failure, because the import takes longer than the rest of the package. */
function loadKy(): Promise<typeof import('ky')> {
  loading ??= import('ky').catch((error: unknown) => {
    // Retry the import at the next failure: where modules are loaded over a network, the failure may be temporary.
    loading = undefined
    throw error
  })
  return loading
}

/**
 * Returns headers that can be read both as a plain object and as `Headers`. The official SDK passed a plain object to a
 * custom `fetch` until 0.39 and `Headers` since 0.40, and custom functions may rely on either.
 */
function forEveryFetch(headers: Headers): Headers {
  return Object.assign(new Headers(headers), Object.fromEntries(headers))
}

async function toAPIError({ status, headers, body }: Response, timeout: number): Promise<APIError> {
  const text = body === null || body.locked ? '' : await readText(body.getReader(), timeout)
  const parsed = parseJson(text)
  return APIError.generate(status, parsed, parsed === undefined ? text : undefined, headers)
}

/**
 * Reads an error body until it ends, until it is too long, or until `timeout` milliseconds have passed. A cut body is
 * acceptable, because the status alone identifies the error.
 */
async function readText(body: ReadableStreamDefaultReader<Uint8Array>, timeout: number): Promise<string> {
  const timer = setTimeout(() => body.cancel().catch(() => {}), Math.min(timeout, LONGEST_TIMER))
  const decoder = new TextDecoder()
  let text = ''
  try {
    while (text.length < LONGEST_ERROR_BODY) {
      const { done, value } = await body.read()
      if (done) return text
      text += decoder.decode(value, { stream: true })
    }
    await body.cancel()
  } catch {
    // The connection was lost: return the text read so far.
  } finally {
    clearTimeout(timer)
  }
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Creates the old SDK's connection error and adds a remedy to it. */
function unreachable(url: string, cause: unknown): APIConnectionError {
  const error = new APIConnectionError({ cause })
  error.remedy = `${new URL(url).origin} could not be reached. Check baseURL (or ANTHROPIC_BASE_URL) and the network.`
  return error
}

/** Milliseconds; the longest delay requested by a server that is used. The old SDK has the same limit. */
const LONGEST_HINT = 60_000

/**
 * Returns ky options for the retries of the old SDK. `x-should-retry` decides where it is present. Otherwise 408, 409,
 * 429, 5xx and failed connections are retried, after the delay that the server requests or an exponential one.
 */
function retryPolicy(
  maxRetries: number,
  isHTTPError: (error: unknown) => error is { response: Response },
  onRetry: (attempt: number, reason: string) => void = () => {},
): RetryOptions {
  let hint: number | undefined
  return {
    limit: maxRetries,
    methods: ['get', 'post'],
    // Always returns a boolean, because `undefined` would apply ky's own rules, which differ in statuses and headers.
    async shouldRetry({ error, retryCount }: ShouldRetryState) {
      hint = undefined
      // Not retried: a rejected redirect, or a custom fetch that returns no response, would fail again.
      if (error instanceof AnthropicError && !(error instanceof APIConnectionTimeoutError)) return false
      if (!isHTTPError(error)) {
        onRetry(retryCount + 1, 'no answer')
        return true
      }
      const { status, headers, body } = error.response
      if (!isRetryable(status, headers.get('x-should-retry'))) return false
      hint = requestedDelay(headers)
      // An unread body would keep its socket open.
      if (body?.locked !== true) await body?.cancel()
      onRetry(retryCount + 1, `status ${status}`)
      return true
    },
    delay: attempt => hint ?? Math.min(0.5 * 2 ** (attempt - 1), 8) * 1000 * (1 - Math.random() * 0.25),
  }
}

function isRetryable(status: number, wish: string | null): boolean {
  if (wish === 'true') return true
  if (wish === 'false') return false
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/** Milliseconds, from `retry-after-ms` or `retry-after` (seconds or a date); `undefined` if missing or invalid. */
function requestedDelay(headers: Headers): number | undefined {
  const milliseconds = Number.parseFloat(headers.get('retry-after-ms') ?? '')
  const after = headers.get('retry-after') ?? ''
  const seconds = Number.parseFloat(after)
  const delay = milliseconds || (Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000)
  return delay > 0 && delay <= LONGEST_HINT ? delay : undefined
}

/** Redirects that are followed for one request; more of them are a loop. */
const MOST_HOPS = 5

/**
 * Sends a request and follows redirects within its origin, such as those for a trailing slash. Other redirects are
 * rejected: fetch itself would send `x-api-key` to any origin.
 *
 * @throws APIConnectionError for a redirect to another origin.
 */
async function fetchWithinOrigin(fetch: FetchLike, url: string, init: RequestInit): Promise<Response> {
  let at = url
  for (let hop = 0; ; hop++) {
    const response = toPlatformResponse(await fetch(at, { ...init, redirect: 'manual' }))
    // Browsers do not reveal the target of a redirect, so the browser itself has to follow it.
    if (response.type === 'opaqueredirect')
      return toPlatformResponse(await fetch(at, { ...init, redirect: 'follow' }))
    const { status, headers } = response
    // 301, 302 and 303 would turn the request into a GET.
    const location = status === 307 || status === 308 ? headers.get('location') : null
    if (location === null || hop === MOST_HOPS) return response
    const next = new URL(location, at)
    if (next.origin !== new URL(url).origin) throw elsewhere(next)
    // An unread body would keep its socket open.
    response.body?.cancel?.().catch(() => {})
    at = next.href
  }
}

function elsewhere({ origin }: URL): APIConnectionError {
  const error = new APIConnectionError({
    message: `The server redirects to ${origin}, which is not followed.`,
  })
  error.remedy = `Set baseURL to ${origin} if the key may go there.`
  return error
}
