import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from '../errors.ts'
import type { FetchLike } from './options.ts'
import { retryPolicy } from './retry.ts'

export interface Post {
  url: string
  headers: Headers
  body: string
  /** Milliseconds until the answer has to begin, for each attempt. */
  timeout: number
  maxRetries: number
  signal: AbortSignal
  fetch: FetchLike
}

/** The longest a timer can be set to, in milliseconds; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** An error body is short. More than this is not read, so that a broken server cannot fill the memory. */
const LONGEST_ERROR_BODY = 1_000_000

/**
 * Sends a request as the old SDK did, retries included, and returns an answer of status 2xx.
 *
 * @throws the error of the class that belongs to the status, or to what kept the answer away.
 */
export async function post(request: Post): Promise<Response> {
  const { url, headers, body, timeout, maxRetries, signal, fetch } = request
  // Loaded with the first request: importing it takes longer than importing all the rest.
  const { default: ky, isHTTPError, isTimeoutError } = await import('ky')
  if (signal.aborted) throw new APIUserAbortError()
  try {
    return await ky.post(url, {
      body,
      headers,
      signal,
      timeout: Math.min(timeout, LONGEST_TIMER),
      retry: retryPolicy(maxRetries, isHTTPError),
      // ky hands over a Request; what is given as `fetch` today, node-fetch included, expects a URL and an init.
      fetch: input =>
        fetch(url, {
          method: 'POST',
          headers: Object.fromEntries(headers),
          body,
          signal: input instanceof Request ? input.signal : signal,
        }),
    })
  } catch (error) {
    const refusal = isHTTPError(error) ? await toAPIError(error.response) : undefined
    if (signal.aborted) throw new APIUserAbortError()
    if (refusal !== undefined) throw refusal
    if (isTimeoutError(error)) throw new APIConnectionTimeoutError()
    throw unreachable(url, error)
  }
}

async function toAPIError({ status, headers, body }: Response): Promise<APIError> {
  const text = await readText(body)
  const parsed = parseJson(text)
  return APIError.generate(status, parsed, parsed === undefined ? text : undefined, headers)
}

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const bytes of body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      if (text.length > LONGEST_ERROR_BODY) break
    }
  } catch {
    // The status alone says what went wrong; a body cut short only explains less.
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
