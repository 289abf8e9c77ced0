/**
 * A proxy that keeps `/v1/complete` alive for programs in any language: they only change their base URL.
 *
 * The handler is fetch-standard and runs wherever there is one: Node, Bun, Deno, Workers, Lambda.
 *
 * @module
 */
import * as z from 'zod/mini'
import { callback, checkOptions, type DoorOptions, doorFields } from '../completions/options.ts'
import type { ErrorBody } from '../wire.ts'
import { completionsFetch, type Fetch } from './fetch.ts'
import { hopByHop } from './hop-by-hop.ts'
import { createKeys, KEY_HEADERS, type KeyOptions, SHORTEST_TOKEN } from './keys.ts'

export type { DoorOptions } from '../completions/options.ts'
export type { Fetch } from './fetch.ts'

export interface ProxyOptions extends DoorOptions, KeyOptions {
  /** Where requests go. @default 'https://api.anthropic.com' */
  upstream?: string | undefined
  /** The largest body of a request to the legacy endpoint, in bytes. @default 33554432 (32 MiB, the API's own limit) */
  maxBodyBytes?: number | undefined
  /** What the requests travel through. @default the global `fetch` */
  fetch?: Fetch | undefined
}

const DEFAULT_UPSTREAM = 'https://api.anthropic.com'
const LONGEST_BODY = 32 * 1024 * 1024

const LEGACY_PATH = /\/v1\/complete$/

/**
 * Makes the handler. `POST …/v1/complete` is translated, in the dialect that its `anthropic-version` asks for; everything
 * else passes through, byte for byte.
 *
 * @throws AnthropicError that names each option at fault, the reason and the remedy.
 * @example
 * export default { fetch: createProxy() } // a Worker
 */
export function createProxy(options: ProxyOptions = {}): (request: Request) => Promise<Response> {
  checkProxyOptions(options)
  const { upstream = DEFAULT_UPSTREAM, fetch: through, maxBodyBytes = LONGEST_BODY, ...door } = options
  const base = upstream.replace(/\/+$/, '')
  const send: Fetch = async (input, init) => {
    try {
      return await (through ?? globalThis.fetch)(input, init)
    } catch (cause) {
      throw new Unreachable('The upstream could not be reached.', { cause })
    }
  }
  const keys = createKeys(options)
  const translating = completionsFetch({ ...door, fetch: send })

  return async request => {
    const { pathname, search } = new URL(request.url)
    const headers = forwardedHeaders(request.headers)
    const key = await keys.choose(headers.get('x-api-key'), headers.get('authorization'))
    if (key === 'refused') return failure(401, 'authentication_error', 'invalid x-api-key', NO_RETRY)
    for (const name of KEY_HEADERS) headers.delete(name)
    for (const [name, value] of Object.entries(key)) headers.set(name, value)
    const url = `${base}${pathname}${search}`
    const { method, signal } = request
    try {
      // Whoever follows a redirect takes the key along.
      const init: RequestInit & { duplex?: 'half' } = { method, headers, signal, redirect: 'manual' }
      if (method !== 'POST' || !LEGACY_PATH.test(pathname)) {
        // A body that streams in streams out.
        if (request.body !== null) Object.assign(init, { body: request.body, duplex: 'half' })
        return answered(await send(url, init))
      }
      const body = await readBody(request, maxBodyBytes)
      if (body === undefined) return failure(413, 'request_too_large', TOO_LARGE)
      return answered(await translating(url, { ...init, body }))
    } catch (error) {
      // A client that has gone hears nothing any more; a function of the options that fails is no fault of the upstream.
      if (signal.aborted || !(error instanceof Unreachable)) throw error
      return failure(502, 'api_error', error.message, { 'x-should-retry': 'true' })
    }
  }
}

class Unreachable extends Error {}

const NO_RETRY = { 'x-should-retry': 'false' }
const TOO_LARGE = 'Request exceeds the maximum size'

/** @throws AnthropicError that names each option at fault, the reason and the remedy. */
export function checkProxyOptions(options: ProxyOptions): void {
  const schema = z.looseObject(
    {
      ...doorFields,
      fetch: callback,
      upstream: z.optional(z.string('must be a string').check(z.refine(isBase, 'must be an absolute URL'))),
      apiKey: z.optional(z.string('must be a string').check(z.minLength(1, 'must not be empty'))),
      tokens: z.optional(
        z.array(
          z.string('must be a string').check(z.minLength(SHORTEST_TOKEN, 'must have at least 16 characters')),
        ),
      ),
      keyHeader: z.optional(z.enum(['x-api-key', 'authorization'], "must be 'x-api-key' or 'authorization'")),
      maxBodyBytes: z.optional(z.int('must be a whole number').check(z.gte(1, 'must be 1 or more'))),
    },
    'options must be an object',
  )
  const whole = schema.check(
    z.refine(
      // A key that the proxy holds must serve nobody who is not known.
      given => !given.apiKey || (Array.isArray(given.tokens) && given.tokens.length > 0),
      { message: 'must be given where the proxy holds the key', path: ['tokens'] },
    ),
  )
  checkOptions(whole, options, {
    upstream: 'Pass an address such as https://api.anthropic.com, without /v1.',
    apiKey: 'Pass the key as text, or leave it out to have the clients’ keys forwarded.',
    tokens: 'Pass the secrets that clients present, of 16 characters or more.',
    keyHeader: 'Leave it out.',
    maxBodyBytes: 'Pass a number of bytes, for example 33554432.',
    fetch: 'Pass a function that takes (url, init), or leave it out.',
  })
}

function isBase(value: string): boolean {
  return /^https?:\/\/[^/?#]+/.test(value) && URL.canParse(value)
}

/** What of a request's headers belongs to the request, and not to its connection. */
function forwardedHeaders(given: Headers): Headers {
  const hops = hopByHop(given.get('connection'))
  const headers = new Headers()
  for (const [name, value] of given) if (!hops.has(name)) headers.append(name, value)
  // The upstream is another host; bytes that come as they are can pass as they are; and 100 (Continue) has been said.
  for (const name of ['host', 'accept-encoding', 'content-length', 'expect']) headers.delete(name)
  return headers
}

/** The whole body, or nothing where it is larger than allowed; what is too much is not read. */
async function readBody({ body, headers }: Request, most: number): Promise<string | undefined> {
  if (Number(headers.get('content-length') ?? 0) > most) {
    await body?.cancel()
    return undefined
  }
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    size += piece.value.length
    if (size > most) {
      await reader?.cancel()
      return undefined
    }
    text += decoder.decode(piece.value, { stream: true })
  }
  return text + decoder.decode()
}

/** The upstream's answer under headers that are true of what is handed on: fetch has decoded its body. */
function answered(response: Response): Response {
  const { status, statusText, body } = response
  const hops = hopByHop(response.headers.get('connection'))
  const isEncoded = response.headers.has('content-encoding')
  const headers = new Headers()
  for (const [name, value] of response.headers) {
    const isOfEncoding = isEncoded && (name === 'content-encoding' || name === 'content-length')
    if (!hops.has(name) && !isOfEncoding) headers.append(name, value)
  }
  return new Response(body, { status, statusText, headers })
}

function failure(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const body: ErrorBody = { type: 'error', error: { type, message } }
  return Response.json(body, { status, headers })
}
