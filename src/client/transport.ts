import type { RetryOptions, ShouldRetryState } from 'ky'
import { LONGEST_TIMER } from '../core/abort.ts'
import { toPlatformResponse } from '../core/body.ts'
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '../errors.ts'
import { type FetchLike, globalFetch } from './options.ts'

export interface OutgoingRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Headers
  body?: string | Uint8Array<ArrayBuffer>
  /** What else `fetch` is to be told. */
  init: RequestInit
  /** Milliseconds until the answer has to begin, for each attempt. */
  timeout: number
  maxRetries: number
  signal: AbortSignal | undefined
  fetch: FetchLike
  /** Hears of each further attempt, the first of them being 2, and of why it is made. */
  onRetry?: (attempt: number, reason: string) => void
}

/** Numbers the retries, as the old SDK did from 0.28 on, unless the caller sets or removes it. */
export const RETRY_COUNT = 'x-stainless-retry-count'

/** An error body is short. More than this is not read, so that a broken server cannot fill the memory. */
const LONGEST_ERROR_BODY = 1_000_000

/**
 * Sends a request as the old SDK did, retries included, and returns an answer of status 2xx.
 *
 * @throws the error of the class that belongs to the status, or to what kept the answer away.
 */
export async function send(request: OutgoingRequest): Promise<Response> {
  const { method, url, headers, body, init, timeout, maxRetries, signal, fetch, onRetry } = request
  const { default: ky, isHTTPError, isTimeoutError } = await loadKy()
  if (signal?.aborted) throw new APIUserAbortError()
  const isCounted = headers.get(RETRY_COUNT) === '0'
  if (isCounted) headers.delete(RETRY_COUNT)
  let retries = 0
  try {
    return await ky(url, {
      method,
      ...(signal && { signal }),
      timeout: Math.min(timeout, LONGEST_TIMER),
      retry: retryPolicy(maxRetries, isHTTPError, onRetry),
      // ky hands over a Request; what is given as `fetch` today, node-fetch included, expects a URL and an init. Headers
      // and body are not told to ky at all, which would copy them for each attempt.
      fetch: async input => {
        if (isCounted && retries > 0) headers.set(RETRY_COUNT, `${retries}`)
        retries++
        const told = {
          ...init,
          method,
          // Of its own for each attempt: what stands in the way, such as a tracer, may add to them.
          headers: fetch === globalFetch ? new Headers(headers) : forEveryFetch(headers),
          ...(body !== undefined && { body }),
          signal: input instanceof Request ? input.signal : (signal ?? null),
        }
        return await fetchWithinOrigin(fetch, url, told)
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

/** With the first request: importing it takes longer than importing all the rest. */
function loadKy(): Promise<typeof import('ky')> {
  loading ??= import('ky').catch((error: unknown) => {
    // Over a network, the next request may find it.
    loading = undefined
    throw error
  })
  return loading
}

/**
 * The official SDK handed a plain object to what it was given as `fetch` until 0.39, and `Headers` from 0.40 on. Code
 * written for either finds here what it looks for.
 */
function forEveryFetch(headers: Headers): Headers {
  return Object.assign(new Headers(headers), Object.fromEntries(headers))
}

async function toAPIError({ status, headers, body }: Response, timeout: number): Promise<APIError> {
  const text = body === null || body.locked ? '' : await readText(body.getReader(), timeout)
  const parsed = parseJson(text)
  return APIError.generate(status, parsed, parsed === undefined ? text : undefined, headers)
}

/** What comes of an error body in the time given. The status alone says what went wrong: a cut body only explains less. */
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
    // The connection was lost.
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

/** The old SDK's error, with what to do about it, which the old one did not say. */
function unreachable(url: string, cause: unknown): APIConnectionError {
  const error = new APIConnectionError({ cause })
  error.remedy = `${new URL(url).origin} could not be reached. Check baseURL (or ANTHROPIC_BASE_URL) and the network.`
  return error
}

/** A delay the server asks for is honoured up to this; the old SDK's limit. */
const LONGEST_HINT = 60_000

/**
 * The old SDK's retries, for one request: `x-should-retry` decides if it is there, otherwise 408, 409, 429, 5xx
 * and failed connections are tried again, after the delay the server asks for or an exponential one.
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
    // Always answered with true or false: ky's own rules, which know other statuses and headers, never apply.
    async shouldRetry({ error, retryCount }: ShouldRetryState) {
      hint = undefined
      // A redirect that is not followed, or a fetch that returns no response: it would be the same again.
      if (error instanceof AnthropicError) return false
      if (!isHTTPError(error)) {
        onRetry(retryCount + 1, 'no answer')
        return true
      }
      const { status, headers, body } = error.response
      if (!isRetryable(status, headers.get('x-should-retry'))) return false
      hint = requestedDelay(headers)
      // A body that nobody reads keeps its socket.
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

/** Milliseconds, from `retry-after-ms` or `retry-after` (seconds or a date); `undefined` for none or nonsense. */
function requestedDelay(headers: Headers): number | undefined {
  const milliseconds = Number.parseFloat(headers.get('retry-after-ms') ?? '')
  const after = headers.get('retry-after') ?? ''
  const seconds = Number.parseFloat(after)
  const delay = milliseconds || (Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000)
  return delay > 0 && delay <= LONGEST_HINT ? delay : undefined
}

/** More hops than this go in a circle. */
const MOST_HOPS = 5

/**
 * Follows redirects within an origin, as a server makes them for a slash too many, and no others: what fetch itself
 * follows gets the key in `x-api-key`, wherever it leads.
 *
 * @throws APIConnectionError for a redirect to another origin.
 */
async function fetchWithinOrigin(fetch: FetchLike, url: string, init: RequestInit): Promise<Response> {
  let at = url
  for (let hop = 0; ; hop++) {
    const response = toPlatformResponse(await fetch(at, { ...init, redirect: 'manual' }))
    // A browser does not show where it leads.
    if (response.type === 'opaqueredirect')
      return toPlatformResponse(await fetch(at, { ...init, redirect: 'follow' }))
    const { status, headers } = response
    // The others would turn the request into a GET.
    const location = status === 307 || status === 308 ? headers.get('location') : null
    if (location === null || hop === MOST_HOPS) return response
    const next = new URL(location, at)
    if (next.origin !== new URL(url).origin) throw elsewhere(next)
    // A body that nobody reads keeps its socket.
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
