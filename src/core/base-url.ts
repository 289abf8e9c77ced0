import { AnthropicError } from '../errors.ts'
import { DEFAULT_BASE_URL } from './options.ts'

export const BASE_URL_REMEDY: string = `Pass an address such as ${DEFAULT_BASE_URL}; the key goes into apiKey or defaultHeaders, a query into defaultQuery.`

/** Returns why a base URL is invalid, if it is. */
export function baseURLFault(value: string): string | undefined {
  const parsed = parseBaseURL(value)
  return typeof parsed === 'string' ? parsed : undefined
}

/** Parses a base URL, or returns why it is invalid. The reason does not quote the value, which may contain a password. */
function parseBaseURL(value: string): URL | string {
  let url: URL
  try {
    url = new URL(value)
  } catch {
    return 'must be an absolute URL'
  }
  const { protocol, username, password, search, hash } = url
  if (protocol !== 'https:' && protocol !== 'http:') return 'must be an absolute URL'
  if (username !== '' || password !== '') return 'must not hold a user name or a password'
  if (search !== '') return 'must not have a query'
  return hash === '' ? url : 'must not have a fragment'
}

/** The end of a base URL that already names the version or one of the two endpoints. */
const NAMED_ENDPOINT = /(?:\/v1(?:\/(?:complete|messages))?)?\/*$/

/**
 * Returns the URL of a path, such as `/v1/messages`, below a base URL.
 *
 * @throws AnthropicError that names the option, and does not quote the URL, which may contain a password.
 */
export function urlBelow(baseURL: string, path: string, option: string): URL {
  const url = parseBaseURL(baseURL.trim().replace(NAMED_ENDPOINT, '') + path)
  if (typeof url === 'string') throw new AnthropicError(`${option} ${url}. ${BASE_URL_REMEDY}`)
  return url
}
