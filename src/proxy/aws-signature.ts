/** Signs requests for AWS (Signature Version 4), for a proxy that holds AWS credentials. */
import type { ResponseHead } from './headers.ts'
import type { AwsCredentialProvider, AwsCredentials } from './keys.ts'
import { firstValue } from './routes.ts'

/** The parts of a request that a signature covers. */
export interface SignableRequest {
  method: string
  /** Percent-encoded path, as it is sent. */
  path: string
  /** Query as it is sent, which begins with `?`; empty without one. */
  query: string
  host: string
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

/** The region and the service for which a signature is valid. */
export interface SigningScope {
  region: string
  /** Name of the service in signatures: `bedrock`, `bedrock-mantle`. */
  service: string
}

/** Headers that every AWS service requires to be signed, and those that change what Bedrock does. */
const SIGNED = /^(?:content-type|x-amz-.*|x-amzn-bedrock-.*)$/
const encoder = new TextEncoder()

/**
 * Returns the headers that sign a request: `authorization`, `x-amz-date` and, for temporary credentials,
 * `x-amz-security-token`.
 *
 * @example
 * const signature = await signRequest(request, credentials, { region: 'us-east-1', service: 'bedrock' }, new Date())
 */
export async function signRequest(
  { method, path, query, host, headers, body }: SignableRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service }: SigningScope,
  date: Date,
): Promise<Record<string, string>> {
  const time = date.toISOString().replace(/[:-]|\.\d+/g, '')
  const day = time.slice(0, 8)
  const own = { 'x-amz-date': time, ...(sessionToken && { 'x-amz-security-token': sessionToken }) }
  const signed = Object.entries({ ...headers, ...own, host })
    .filter(([name]) => name === 'host' || SIGNED.test(name))
    .sort(([one], [other]) => compare(one, other))
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    method,
    // Every service but S3 expects the encoded path to be encoded once more.
    path.split('/').map(encodeSegment).join('/'),
    sortedQuery(query),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, ' ')}`),
    '',
    names,
    await sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, await sha256(encoder.encode(canonical))].join('\n')
  let key: Uint8Array<ArrayBuffer> = encoder.encode(`AWS4${secretAccessKey}`)
  for (const part of [day, region, service, 'aws4_request', text]) key = await hmac(key, part)
  const credential = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}`
  return { ...own, authorization: `${credential}, SignedHeaders=${names}, Signature=${hex(key)}` }
}

const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** Sorts the parameters of a query. A parameter without a value gets an equals sign. */
function sortedQuery(query: string): string {
  const parameters = query.replace(/^\?/, '').split('&').filter(Boolean)
  return parameters
    .map(parameter => /^([^=]*)=?(.*)$/s.exec(parameter) ?? [])
    .sort(([, name = '', value = ''], [, other = '', otherValue = '']) =>
      name === other ? compare(value, otherValue) : compare(name, other),
    )
    .map(([, name, value]) => `${name}=${value}`)
    .join('&')
}

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

const hex = (bytes: Uint8Array): string => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')

async function sha256(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))))
}

async function hmac(secret: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
}

/** A request that is signed in place: its headers get the signature. */
export interface RequestToSign {
  method: string
  /** Path below the upstream's base URL, with its query. */
  target: string
  headers: Record<string, string>
  body: string | Uint8Array | undefined
}

/** Signs the requests of one proxy. */
export interface Signer {
  /** Resolves to the function that signs one request; `undefined` if the credentials are not available. */
  begin(): Promise<((request: RequestToSign) => Promise<void>) | undefined>
  /** Corrects the clock by the date of a response. Returns the head to send on. */
  observe(head: ResponseHead): ResponseHead
}

/** Minutes by which a clock may be wrong. AWS rejects a signature that is older than 5 minutes. */
const LARGEST_SKEW = 4 * 60_000
const SKEWED = /InvalidSignature|RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|SignatureDoesNotMatch/

/** Creates the signer of a proxy for an upstream. */
export function createSigner(
  given: AwsCredentials | AwsCredentialProvider,
  upstream: string,
  scope: SigningScope,
): Signer {
  const { host, pathname } = new URL(upstream)
  const base = pathname.replace(/\/+$/, '')
  const provide = typeof given === 'function' ? given : async () => given
  /** Milliseconds by which the clock of AWS is ahead of this machine's. */
  let skew = 0
  return {
    async begin() {
      let credentials: AwsCredentials
      try {
        credentials = await provide()
      } catch {
        // The error may contain secrets, so it is not repeated.
        return undefined
      }
      if (!credentials?.accessKeyId || !credentials.secretAccessKey) return undefined
      return async request => {
        const { method, target, headers, body = '' } = request
        const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(target) ?? []
        const signable: SignableRequest = {
          method,
          path: base + path,
          query,
          host,
          headers,
          body: typeof body === 'string' ? encoder.encode(body) : body,
        }
        const date = new Date(Date.now() + skew)
        Object.assign(headers, await signRequest(signable, credentials, scope, date))
      }
    },
    observe(head) {
      if (head.status !== 403 || !SKEWED.test(firstValue(head.headers['x-amzn-errortype']) ?? '')) return head
      const ahead = Date.parse(firstValue(head.headers.date) ?? '') - Date.now()
      if (!(Math.abs(ahead - skew) > LARGEST_SKEW)) return head
      skew = ahead
      // All AWS SDKs send a request again after status 503. Its signature will have the right time.
      return { ...head, status: 503, reason: 'Service Unavailable' }
    },
  }
}
