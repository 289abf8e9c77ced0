/** Whose key goes to the upstream. */
export interface KeyOptions {
  /**
   * A key that the proxy holds, in place of the clients' own. Then each client has to present one of the `tokens`, as it
   * would a key.
   */
  apiKey?: string | undefined
  /** What clients present where the proxy holds the key. At least 16 characters each. */
  tokens?: readonly string[] | undefined
  /** How the key goes to the upstream. @default as the client sent it; `x-api-key` for one that the proxy holds */
  keyHeader?: 'x-api-key' | 'authorization' | undefined
}

/** A token shorter than this could be guessed. */
export const SHORTEST_TOKEN = 16

/** The two headers that a key may come in. */
export const KEY_HEADERS = ['x-api-key', 'authorization'] as const

/** The headers that carry the key, at most one of each. */
export type KeyHeaders = Readonly<Partial<Record<(typeof KEY_HEADERS)[number], string>>>

export interface Keys {
  /** The headers to send, given what the client presented; or that it has no right to any. */
  choose(
    xApiKey: string | null | undefined,
    authorization: string | null | undefined,
  ): Promise<KeyHeaders | 'refused'>
}

export function createKeys({ apiKey, tokens = [], keyHeader }: KeyOptions): Keys {
  const held = apiKey === undefined ? undefined : keyIn(keyHeader ?? 'x-api-key', apiKey)
  const digests = Promise.all(tokens.map(digestOf))
  return {
    async choose(xApiKey, authorization) {
      const presented = xApiKey || /^Bearer\s+(\S.*)$/i.exec(authorization ?? '')?.[1]
      if (held !== undefined) {
        return presented && isOneOf(await digestOf(presented), await digests) ? held : 'refused'
      }
      if (keyHeader !== undefined && presented) return keyIn(keyHeader, presented)
      return { ...(xApiKey && { 'x-api-key': xApiKey }), ...(authorization && { authorization }) }
    },
  }
}

function keyIn(name: (typeof KEY_HEADERS)[number], key: string): KeyHeaders {
  return name === 'x-api-key' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` }
}

/** Digests are of one length, whatever they are of. */
async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

/** Compares with all of them, and to their ends: how long it takes tells nothing of the tokens. */
function isOneOf(presented: Uint8Array, digests: readonly Uint8Array[]): boolean {
  let isKnown = false
  for (const digest of digests) {
    let difference = 0
    for (const [at, byte] of digest.entries()) difference |= byte ^ (presented[at] ?? 0)
    if (difference === 0) isKnown = true
  }
  return isKnown
}
