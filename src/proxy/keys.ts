/** Credentials of AWS, permanent or temporary. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  /** Token of temporary credentials. */
  sessionToken?: string | undefined
}

/**
 * Resolves to the current credentials. The proxy calls it for each request, because temporary credentials expire; the
 * function should cache them. Every credential provider of the AWS SDK for JavaScript v3 fits.
 */
export type AwsCredentialProvider = () => Promise<AwsCredentials>

/** Options that select the key for the upstream. */
export interface KeyOptions {
  /**
   * API key that the proxy holds and sends upstream for every client. Each client then sends one of the `tokens` instead
   * of a key.
   *
   * @default none: the proxy forwards the client's own key
   */
  apiKey?: string | undefined
  /**
   * AWS credentials with which the proxy signs every request to an upstream on Amazon Bedrock, or a function that
   * resolves to them. The function is called for each request, and every credential provider of the AWS SDK for
   * JavaScript v3 fits. Each client sends one of the `tokens`.
   *
   * @default none: the proxy signs no request
   * @example fromNodeProviderChain() // from @aws-sdk/credential-providers
   */
  awsCredentials?: AwsCredentials | AwsCredentialProvider | undefined
  /**
   * Tokens of the clients of a proxy that holds the key, at least 16 characters each. A token may have a name,
   * `name:token`, which appears in the log. Required with `apiKey` and `awsCredentials`.
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

/** Minimum length of a token in characters. A shorter token could be guessed. */
export const SHORTEST_TOKEN = 16

/** Headers that may carry a key. */
export const KEY_HEADERS = ['x-api-key', 'authorization'] as const

/** Key headers of a request, at most one value each. */
export type KeyHeaders = Readonly<Partial<Record<(typeof KEY_HEADERS)[number], string>>>

/** Headers to send upstream, and the name of the client's token. */
export interface ChosenKey {
  headers: KeyHeaders
  /** Name of the token; `undefined` if the proxy holds no key and therefore has no tokens. */
  client: string | undefined
}

/** Selects the key for the upstream. */
export interface Keys {
  /**
   * Returns the headers to send upstream, given the key headers of the client; `undefined` for an unknown token. Only
   * tokens have to be waited for.
   */
  choose(
    xApiKey: string | undefined,
    authorization: string | undefined,
  ): ChosenKey | undefined | Promise<ChosenKey | undefined>
  /** Replaces the tokens, from the next request on. */
  replaceTokens(tokens: readonly string[]): void
}

export function createKeys({ apiKey, awsCredentials, tokens = [], keyHeader }: KeyOptions): Keys {
  const held = heldHeaders()
  let known = Promise.all(tokens.map(digestToken))
  return {
    choose(xApiKey, authorization) {
      const presented = xApiKey || /^Bearer\s+(\S.*)$/i.exec(authorization ?? '')?.[1]
      if (held !== undefined) return presented ? chooseHeld(presented, held) : undefined
      if (keyHeader !== undefined && presented)
        return { headers: keyIn(keyHeader, presented), client: undefined }
      const headers = { ...(xApiKey && { 'x-api-key': xApiKey }), ...(authorization && { authorization }) }
      return { headers, client: undefined }
    },
    replaceTokens(next) {
      known = Promise.all(next.map(digestToken))
    },
  }

  async function chooseHeld(presented: string, headers: KeyHeaders): Promise<ChosenKey | undefined> {
    const client = findClient(await digestOf(presented), await known)
    return client === undefined ? undefined : { headers, client }
  }

  function heldHeaders(): KeyHeaders | undefined {
    if (apiKey !== undefined) return keyIn(keyHeader ?? 'x-api-key', apiKey)
    // A signature is added to each request.
    return awsCredentials === undefined ? undefined : {}
  }
}

/** Splits `name:token`. A token without a name gets its position as its name. */
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

/** Returns a digest. Its length reveals nothing about the length of the token. */
async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

/**
 * Finds the client of a token. Always compares with every token completely, so that the duration reveals nothing about
 * them.
 */
function findClient(presented: Uint8Array, known: readonly KnownToken[]): string | undefined {
  let client: string | undefined
  for (const { name, digest } of known) {
    let difference = 0
    for (const [at, byte] of digest.entries()) difference |= byte ^ (presented[at] ?? 0)
    if (difference === 0) client = name
  }
  return client
}
