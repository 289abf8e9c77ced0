import type { RetryOptions, ShouldRetryState } from 'ky'
import { APIConnectionError } from '../errors.ts'

/** A delay the server asks for is honoured up to this; the old SDK's limit. */
const LONGEST_HINT = 60_000

/**
 * The old SDK's retries, for one request: `x-should-retry` decides if it is there, otherwise 408, 409, 429, 5xx
 * and failed connections are tried again, after the delay the server asks for or an exponential one.
 */
export function retryPolicy(
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
      // A redirect that is not followed would lead to the same place again.
      if (error instanceof APIConnectionError) return false
      if (!isHTTPError(error)) {
        onRetry(retryCount + 1, 'no answer')
        return true
      }
      const { status, headers, body } = error.response
      if (!isRetryable(status, headers.get('x-should-retry'))) return false
      hint = requestedDelay(headers)
      // A body that nobody reads keeps its socket.
      await body?.cancel()
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
