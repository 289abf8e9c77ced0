import { APIConnectionError } from '../errors.ts'
import type { FetchLike } from './options.ts'

/** More hops than this go in a circle. */
const MOST_HOPS = 5

/**
 * Follows redirects within an origin, as a server makes them for a slash too many, and no others: what fetch itself
 * follows gets the key in `x-api-key`, wherever it leads.
 *
 * @throws APIConnectionError for a redirect to another origin.
 */
export async function fetchWithinOrigin(fetch: FetchLike, url: string, init: RequestInit): Promise<Response> {
  let at = url
  for (let hop = 0; ; hop++) {
    const response = await fetch(at, { ...init, redirect: 'manual' })
    // A browser does not show where it leads.
    if (response.type === 'opaqueredirect') return fetch(at, { ...init, redirect: 'follow' })
    const location = isRedirect(response.status) ? response.headers.get('location') : null
    if (location === null || hop === MOST_HOPS) return response
    const next = new URL(location, at)
    if (next.origin !== new URL(url).origin) throw elsewhere(next)
    // A body that nobody reads keeps its socket.
    response.body?.cancel?.().catch(() => {})
    at = next.href
  }
}

/** Those that repeat the request as it was; the others would make it a GET. */
function isRedirect(status: number): boolean {
  return status === 307 || status === 308
}

function elsewhere({ origin }: URL): APIConnectionError {
  const error = new APIConnectionError({
    message: `The server redirects to ${origin}, which is not followed.`,
  })
  error.remedy = `Set baseURL to ${origin} if the key may go there.`
  return error
}
