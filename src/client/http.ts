import type { Backend } from '../core/backend.ts'
import { httpResponse } from '../core/backend.ts'
import { urlBelow } from '../core/base-url.ts'
import { type HeaderOptions, headerEntries, headerValue, setHeader } from '../core/headers.ts'
import type { RequestOptions } from '../core/options.ts'
import { isLogged, type Logger, type LogLevel } from '../core/report-diagnostics.ts'
import { AnthropicError } from '../errors.ts'
import type { ClientSettings } from './options.ts'
import { RETRY_COUNT, send } from './transport.ts'
import { VERSION } from './version.ts'

/** Creates a backend that sends calls over HTTP and retries them as the old SDK did. */
export function httpBackend(settings: ClientSettings): Backend {
  return {
    settings,
    timeoutOf: options => options.timeout ?? settings.timeout,
    versionOf: ({ headers }) =>
      headerValue(headers, 'anthropic-version') ?? headerValue(settings.defaultHeaders, 'anthropic-version'),
    asThrown: error => error,
    async send(plan, options, abort) {
      const { path, headers, body, upstreamStream } = plan
      const signal = upstreamStream ? abort.controller.signal : abort.signal
      const response = await request(
        settings,
        { method: 'POST', path, headers, body: JSON.stringify(body), signal },
        options,
      )
      return httpResponse(response, plan, signal)
    },
  }
}

/** One HTTP request of a client. */
export interface ClientRequest {
  method: 'GET' | 'POST'
  path: string
  headers: HeaderOptions
  body?: string | Uint8Array<ArrayBuffer>
  query?: Readonly<Record<string, unknown>>
  signal: AbortSignal | undefined
}

/** Sends a request with the settings of the client and the call; resolves when a 2xx response begins. */
export async function request(
  client: ClientSettings,
  { method, path, headers, body, query, signal }: ClientRequest,
  options: RequestOptions,
): Promise<Response> {
  const log = client.logger && logTo(client.logger, client.logLevel)
  const url = urlOf(client, path, { ...query, ...options.query })
  const started = performance.now()
  log?.debug('sending request', { method, url })
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
    onRetry: (attempt, reason) => log?.info(`retrying, attempt ${attempt}: ${reason}`, { method, url }),
  })
  const { status } = response
  log?.info(`answered ${status}`, { method, url, status, milliseconds: performance.now() - started })
  return response
}

/** Returns the methods of the logger that `logLevel` enables. Headers and bodies are never logged. */
function logTo(logger: Logger, logLevel: LogLevel): Pick<Logger, 'info' | 'debug'> | undefined {
  if (!isLogged('info', logLevel)) return undefined
  return {
    info: (message, ...rest) => logger.info(`legacy-completions: ${message}`, ...rest),
    debug(message, ...rest) {
      if (isLogged('debug', logLevel)) logger.debug(`legacy-completions: ${message}`, ...rest)
    },
  }
}

/** Builds the request URL. @throws AnthropicError that does not quote the URL, which may contain a password. */
function urlOf({ baseURL, defaultQuery }: ClientSettings, path: string, query: object): string {
  // The program may have changed the public field `baseURL` since the client was created.
  const url = urlBelow(String(baseURL), path, 'baseURL')
  for (const [name, value] of Object.entries({ ...defaultQuery, ...query })) {
    // As the old SDK wrote it: `null` is an empty value.
    if (value !== undefined) url.searchParams.set(name, value === null ? '' : String(value))
  }
  return url.href
}

/**
 * Builds the headers of a request. Later sources override earlier ones: this package, the body, the client, the call.
 * `null` removes a header.
 *
 * @throws AnthropicError when there is no API key and no auth header was removed with `null`.
 */
function requestHeaders(
  { apiKey, authToken, defaultHeaders }: Pick<ClientSettings, 'apiKey' | 'authToken' | 'defaultHeaders'>,
  bodyHeaders: HeaderOptions,
  callHeaders: HeaderOptions = {},
): Headers {
  const headers = new Headers()
  const removed = new Set<string>()
  const ours: HeaderOptions = {
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': `legacy-completions/${VERSION}`,
    // An empty key counts as missing.
    'x-api-key': apiKey || undefined,
    authorization: authToken ? `Bearer ${authToken}` : undefined,
    [RETRY_COUNT]: '0',
  }
  for (const group of [ours, bodyHeaders, defaultHeaders, callHeaders]) {
    for (const [name, value] of headerEntries(group)) {
      if (value === null) {
        headers.delete(name)
        removed.add(name.toLowerCase())
      } else setHeader(headers, name, value)
    }
  }
  if (!['x-api-key', 'authorization'].some(name => headers.has(name) || removed.has(name))) throw missingKey()
  return headers
}

function missingKey(): AnthropicError {
  const error = new AnthropicError(
    'Could not resolve authentication method. Expected either apiKey or authToken to be set. Or for one of the "X-Api-Key" or "Authorization" headers to be explicitly omitted',
  )
  error.remedy = 'Set ANTHROPIC_API_KEY in the environment, or pass { apiKey } to the client.'
  return error
}
