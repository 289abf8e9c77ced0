/** A request target, normalized: one spelling for each path, so that a check of the path cannot be evaded. */
export interface Target {
  /** Begins with one `/`; has no empty, `.` or `..` segment, and no backslash. */
  path: string
  /** Begins with `?`; empty without a query. */
  query: string
}

/** Most targets: nothing in them could be spelled in another way. */
const PLAIN = /^(?:\/[\w~-][\w.~-]*)+(?:\?[\w.~=&%+-]*)?$/
/** RFC 3986, section 2.3: these characters mean the same whether they are encoded or not. */
const UNRESERVED = /[\w.~-]/
const ENCODED = /%([0-9a-f]{2})/gi
/** C0 and C1 never occur in UTF-8; servers that decode them anyway read `%C0%AE` as a dot. */
const OVERLONG = /%c[01]/i
/** How often a server behind another one may decode a path. */
const DECODINGS = 3

/**
 * Normalizes the target of a request as a URL parser does: resolves dot segments, reads backslashes as slashes, merges
 * repeated slashes, and decodes what need not be encoded. Returns `undefined` for a target that is not a path, and for a
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
  // Decoding may make new dot segments, which the second parser resolves.
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

/** Whether a server that decodes separators, or cuts path parameters off, could leave the directory. */
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

/** What a proxy with a held key allows: the calls that only concern the client itself. */
export const DEFAULT_ALLOWED: readonly string[] = [
  '/v1/complete',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/models',
  '/v1/models/*',
  '/model/*',
]

/** Whether a path is in the list; an entry that ends in `/*` stands for all paths below it. */
export function isAllowed(path: string, allowed: readonly string[]): boolean {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return allowed.some(entry =>
    entry.endsWith('/*') ? plain.startsWith(entry.slice(0, -1)) : plain === entry,
  )
}
