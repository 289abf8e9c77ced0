import { type HeaderOptions, headerEntries, setHeader } from '../core/headers.ts'
import { AnthropicError } from '../errors.ts'
import type { ClientSettings } from './options.ts'
import { VERSION } from './version.ts'

/**
 * The headers of a request. Later ones win: ours, the body's, the client's, the call's; `null` removes one.
 *
 * @throws AnthropicError when no key is known and none was left out on purpose.
 */
export function requestHeaders(
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
    // An empty key is none.
    'x-api-key': apiKey || undefined,
    authorization: authToken ? `Bearer ${authToken}` : undefined,
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
