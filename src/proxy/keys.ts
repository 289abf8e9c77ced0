/** Which key goes to the upstream. */
export interface KeyOptions {
  /**
   * API key that the proxy holds. The proxy then sends this key for every client, and each client presents one of the
   * `tokens` where its own key would be. Without it, the proxy forwards the client's own key.
   */
  apiKey?: string | undefined
  /**
   * Tokens that clients present when the proxy holds the key, at least 16 characters each. A token may have a name,
   * `name:token`, which appears in the log.
   *
   * @example ['search-team:5f0c1b7e9a2d4c86', 'batch-jobs:c2a19d03b7e84f55']
   */
  tokens?: readonly string[] | undefined
  /**
   * Header that carries the key to the upstream: `x-api-key`, or `authorization` (as `Bearer …`).
   *
   * @default the header that the client sent; `x-api-key` for a held key
   */
  keyHeader?: 'x-api-key' | 'authorization' | undefined
}

/** A shorter token could be guessed. */
export const SHORTEST_TOKEN = 16

/** The two headers that may carry a key. */
export const KEY_HEADERS = ['x-api-key', 'authorization'] as const

/** The headers that carry the key, at most one of each. */
export type KeyHeaders = Readonly<Partial<Record<(typeof KEY_HEADERS)[number], string>>>

/** The headers to send upstream, and the name of the token that the client presented. */
export interface ChosenKey {
  headers: KeyHeaders
  /** Without a held key there are no tokens, and so no names. */
  client: string | undefined
}

export interface Keys {
  /** Returns the headers to send for what the client presented; `undefined` when its token is not known. */
  choose(xApiKey: string | undefined, authorization: string | undefined): Promise<ChosenKey | undefined>
  /** Replaces the tokens from the next request on. */
  replaceTokens(tokens: readonly string[]): void
}

export function createKeys({ apiKey, tokens = [], keyHeader }: KeyOptions): Keys {
  const held = apiKey === undefined ? undefined : keyIn(keyHeader ?? 'x-api-key', apiKey)
  let known = Promise.all(tokens.map(digestToken))
  return {
    async choose(xApiKey, authorization) {
      const presented = xApiKey || /^Bearer\s+(\S.*)$/i.exec(authorization ?? '')?.[1]
      if (held !== undefined) {
        const client = presented && findClient(await digestOf(presented), await known)
        return client ? { headers: held, client } : undefined
      }
      if (keyHeader !== undefined && presented)
        return { headers: keyIn(keyHeader, presented), client: undefined }
      const headers = { ...(xApiKey && { 'x-api-key': xApiKey }), ...(authorization && { authorization }) }
      return { headers, client: undefined }
    },
    replaceTokens(next) {
      known = Promise.all(next.map(digestToken))
    },
  }
}

/** Splits `name:token`. A token without a name is named by its position. */
export function readToken(entry: string, index: number): { name: string; token: string } {
  const { name, token } = /^(?<name>[\w.-]{1,64}):(?<token>.*)$/s.exec(entry)?.groups ?? {}
  return name === undefined || token === undefined
    ? { name: `client-${index + 1}`, token: entry }
    : { name, token }
}

interface KnownToken {
  name: string
  digest: Uint8Array
}

async function digestToken(entry: string, index: number): Promise<KnownToken> {
  const { name, token } = readToken(entry, index)
  return { name, digest: await digestOf(token) }
}

function keyIn(name: (typeof KEY_HEADERS)[number], key: string): KeyHeaders {
  return name === 'x-api-key' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` }
}

/** All digests have the same length, whatever the length of the token. */
async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

/** Compares with every token to its end, so that the time it takes reveals nothing about the tokens. */
function findClient(presented: Uint8Array, known: readonly KnownToken[]): string | undefined {
  let client: string | undefined
  for (const { name, digest } of known) {
    let difference = 0
    for (const [at, byte] of digest.entries()) difference |= byte ^ (presented[at] ?? 0)
    if (difference === 0) client = name
  }
  return client
}
