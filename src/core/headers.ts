import { AnthropicError } from '../errors.ts'

/**
 * Header values in any form that the official SDKs accepted: an object, pairs, or the platform's `Headers`. `null`
 * removes a header that would be sent otherwise.
 */
export type HeaderOptions =
  | Readonly<Record<string, string | null | undefined | readonly (string | null | undefined)[]>>
  | readonly (readonly [name: string, value: string | null | undefined])[]
  | Headers

/** Whether a value has one of the forms of {@link HeaderOptions}. */
export function isHeaderOptions(value: unknown): value is HeaderOptions {
  if (typeof value !== 'object' || value === null) return false
  const isValue = (item: unknown): boolean => item === null || item === undefined || typeof item === 'string'
  if (Symbol.iterator in value) {
    if (!Array.isArray(value)) return 'append' in value
    return value.every(pair => Array.isArray(pair) && typeof pair[0] === 'string' && isValue(pair[1]))
  }
  return Object.values(value).every(item => (Array.isArray(item) ? item.every(isValue) : isValue(item)))
}

/** Returns names and values, each name once; several values of a name are joined as in HTTP. */
export function headerEntries(headers: HeaderOptions): [name: string, value: string | null][] {
  const entries: [string, string | null][] = []
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  for (const [name, value] of pairs) {
    const values = Array.isArray(value) ? value : [value]
    const said = values.filter(item => typeof item === 'string')
    if (said.length > 0) entries.push([name, said.join(', ')])
    else if (values.includes(null)) entries.push([name, null])
  }
  return entries
}

/** Returns the value of a header, with a case-insensitive name; `undefined` if it is not set. */
export function headerValue(headers: HeaderOptions | undefined, name: string): string | undefined {
  if (headers === undefined) return undefined
  return headerEntries(headers).find(([given]) => given.toLowerCase() === name)?.[1] ?? undefined
}

/**
 * Sets a header.
 *
 * @throws AnthropicError for a name or value that HTTP cannot carry. The platform's own error quotes the value, which
 * may be a key.
 */
export function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value)
  } catch {
    throw uncarried(`The header ${JSON.stringify(name)}`)
  }
}

/**
 * Converts the headers of a request from other code. @throws AnthropicError for a name or value that HTTP cannot carry.
 */
export function platformHeaders(given: ConstructorParameters<typeof Headers>[0]): Headers {
  try {
    return new Headers(given)
  } catch {
    throw uncarried('A header of this request')
  }
}

/** Whether HTTP can carry a value. */
export function isHeaderValue(value: string): boolean {
  try {
    new Headers({ value })
    return true
  } catch {
    return false
  }
}

function uncarried(which: string): AnthropicError {
  return new AnthropicError(
    `${which} has a name or a value that HTTP cannot carry. Look for line breaks and characters outside Latin-1, for example at the end of a key that was read from a file.`,
  )
}
