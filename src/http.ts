/** Headers that apply to one connection. RFC 9110, section 7.6.1, forbids forwarding them. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Usual values of `connection`, which name no other header. */
const NAMES_NONE: ReadonlySet<string> = new Set(['', 'keep-alive', 'close'])

/** Returns the names of the headers that must not be forwarded, given the value of `connection`. */
export function hopByHop(connection: string | null | undefined): ReadonlySet<string> {
  if (NAMES_NONE.has(connection ?? '')) return HOP_BY_HOP
  const named = (connection ?? '').split(',').map(name => name.trim().toLowerCase())
  return new Set([...HOP_BY_HOP, ...named])
}
