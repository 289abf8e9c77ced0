/** RFC 9110, section 7.6.1: these belong to one connection, as does whatever `connection` names. */
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

/** What nearly every connection says of itself names no header beyond these. */
const NAMES_NONE: ReadonlySet<string> = new Set(['', 'keep-alive', 'close'])

/** The names of the headers that must not be handed on, given the value of `connection`. */
export function hopByHop(connection: string | null | undefined): ReadonlySet<string> {
  if (NAMES_NONE.has(connection ?? '')) return HOP_BY_HOP
  const named = (connection ?? '').split(',').map(name => name.trim().toLowerCase())
  return new Set([...HOP_BY_HOP, ...named])
}
