import type { HeaderOptions } from '../core/headers.ts'
import type { RequestOptions } from '../core/options.ts'
import { requestHeaders } from './headers.ts'
import { logTo } from './log.ts'
import type { ClientSettings } from './options.ts'
import { send } from './transport.ts'

/** One request of a client: what it asks of its server. */
export interface ClientRequest {
  method: 'GET' | 'POST'
  path: string
  headers: HeaderOptions
  body?: string | Uint8Array<ArrayBuffer>
  query?: Readonly<Record<string, unknown>>
  signal: AbortSignal | undefined
}

/** Sends a request as the client and the call are set up; resolves when an answer of status 2xx begins. */
export async function request(
  client: ClientSettings,
  { method, path, headers, body, query, signal }: ClientRequest,
  options: RequestOptions,
): Promise<Response> {
  const log = logTo(client)
  const url = urlOf(client, path, { ...query, ...options.query })
  const started = performance.now()
  log.debug('sending request', { method, url })
  const response = await send({
    method,
    url,
    headers: requestHeaders(client, headers, options.headers),
    ...(body !== undefined && { body }),
    init: { ...client.fetchOptions, ...options.fetchOptions },
    timeout: options.timeout ?? client.timeout,
    maxRetries: options.maxRetries ?? client.maxRetries,
    signal,
    fetch: client.fetch,
    onRetry: (attempt, reason) => log.info(`retrying, attempt ${attempt}: ${reason}`, { method, url }),
  })
  const { status } = response
  log.info(`answered ${status}`, { method, url, status, milliseconds: performance.now() - started })
  return response
}

function urlOf({ baseURL, defaultQuery }: ClientSettings, path: string, query: object): string {
  const url = new URL(`${baseURL.replace(/\/+$/, '')}${path}`)
  for (const [name, value] of Object.entries({ ...defaultQuery, ...query })) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
  }
  return url.href
}
