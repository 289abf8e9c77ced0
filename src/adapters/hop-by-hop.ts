/** RFC 9110, section 7.6.1: these belong to one connection, as does whatever `connection` names. */
const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** The names of the headers that must not be handed on, given the value of `connection`. */
export function hopByHop(connection: string | null | undefined): Set<string> {
  const named = (connection ?? '').split(',').map(name => name.trim().toLowerCase())
  return new Set([...HOP_BY_HOP, ...named])
}
