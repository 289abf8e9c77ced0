/** A normalized request target. Each path has one spelling, so that a check of the path cannot be evaded. */
export interface Target {
  /** Path, which begins with one `/` and contains no empty, `.` or `..` segment and no backslash. */
  path: string
  /** Query, which begins with `?`; empty without one. */
  query: string
}

/** Matches targets that have no other spelling, which are most of them. */
const PLAIN = /^(?:\/[\w~-][\w.~-]*)+(?:\?[\w.~=&%+-]*)?$/
/** Unreserved characters (RFC 3986, section 2.3), which mean the same whether they are encoded or not. */
const UNRESERVED = /[\w.~-]/
const ENCODED = /%([0-9a-f]{2})/gi
/** Overlong encodings. C0 and C1 never occur in UTF-8, but some servers decode `%C0%AE` as a dot. */
const OVERLONG = /%c[01]/i
/** How many times a chain of servers may decode a path. */
const DECODINGS = 3

/**
 * Normalizes a request target as a URL parser does: resolves dot segments, converts backslashes to slashes, merges
 * repeated slashes, and decodes unreserved characters. Returns `undefined` for a target that is not a path, and for a
 * path that another server could read as one with dot segments.
 *
 * @example
 * readTarget('//v1/./complete?beta=true') // { path: '/v1/complete', query: '?beta=true' }
 * readTarget('/v1/..%2fadmin') // undefined
 */
export function readTarget(target: string): Target | undefined {
  if (PLAIN.test(target)) return split(target)
  if (!target.startsWith('/')) return undefined
  const { pathname, search } = new URL(`http://proxy.invalid${target}`)
  // Decoding may create new dot segments, which the second parser resolves.
  const decoded = pathname.replace(ENCODED, (whole, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    return UNRESERVED.test(character) ? character : whole
  })
  const path = new URL(`http://proxy.invalid${decoded}`).pathname.replace(/\/{2,}/g, '/')
  return isAmbiguous(path) ? undefined : { path, query: search }
}

function split(target: string): Target {
  const at = target.indexOf('?')
  if (at === -1 || at === target.length - 1) return { path: target.replace('?', ''), query: '' }
  return { path: target.slice(0, at), query: target.slice(at) }
}

/**
 * Returns whether a server that decodes separators or removes path parameters could read the path as leaving its
 * directory.
 */
function isAmbiguous(path: string): boolean {
  if (OVERLONG.test(path)) return true
  let text = path
  for (let round = 0; round <= DECODINGS; round++) {
    for (const segment of text.split(/[/\\]/)) {
      const [name] = segment.split(';')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a server may cut a path at one.
      if (name === '.' || name === '..' || /[\u0000-\u001f\u007f]/.test(segment)) return true
    }
    text = text.replace(ENCODED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  }
  return false
}

/** Paths that a proxy with a held key allows by default. Their calls concern only the client itself. */
export const DEFAULT_ALLOWED: readonly string[] = [
  '/v1/complete',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/models',
  '/v1/models/*',
  '/model/*',
]

/** Returns whether a path is in the list. An entry that ends in `/*` matches all paths below it. */
export function isAllowed(path: string, allowed: readonly string[]): boolean {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return allowed.some(entry =>
    entry.endsWith('/*') ? plain.startsWith(entry.slice(0, -1)) : plain === entry,
  )
}
