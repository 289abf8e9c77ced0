/**
 * A proxy that keeps `/v1/complete` alive for programs in any language: they only change their base URL.
 *
 * The handler is fetch-standard and runs wherever there is one: Node, Bun, Deno, Workers, Lambda.
 *
 * @module
 */

import { completionsFetch, type Fetch } from '../adapters/fetch.ts'
import { signalOf } from '../core/abort.ts'
import { LEGACY_PATH, NOT_JSON } from '../core/legacy-http.ts'
import { hopByHop } from '../http.ts'
import { readText } from '../utf8.ts'
import type { ErrorBody } from '../wire.ts'
import { createKeys, KEY_HEADERS } from './keys.ts'
import { checkProxyOptions, DEFAULT_UPSTREAM, LONGEST_BODY, type ProxyOptions } from './options.ts'

export type { Fetch } from '../adapters/fetch.ts'
export type { CompletionsOptions } from '../core/options.ts'
export type { ProxyOptions } from './options.ts'

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
    const { method } = request
    const signal = signalOf(request) ?? request.signal
    try {
      // Whoever follows a redirect takes the key along.
      const init: RequestInit & { duplex?: 'half' } = { method, headers, signal, redirect: 'manual' }
      if (method !== 'POST' || !LEGACY_PATH.test(pathname)) {
        // A body that streams in streams out.
        if (request.body !== null) Object.assign(init, { body: request.body, duplex: 'half' })
        return answered(await send(url, init))
      }
      const body = await readBody(request, maxBodyBytes)
      if (body instanceof Response) return body
      return answered(await translating(url, { ...init, body }))
    } catch (error) {
      // A caller that has gone is told its own reason.
      signal.throwIfAborted()
      // A function of the options that fails is no fault of the upstream.
      if (!(error instanceof Unreachable)) throw error
      return failure(502, 'api_error', error.message, { 'x-should-retry': 'true' })
    }
  }
}

class Unreachable extends Error {}

const NO_RETRY = { 'x-should-retry': 'false' }
const tooLarge = (): Response => failure(413, 'request_too_large', 'Request exceeds the maximum size')

/** What of a request's headers belongs to the request, and not to its connection. */
function forwardedHeaders(given: Headers): Headers {
  const hops = hopByHop(given.get('connection'))
  const headers = new Headers()
  for (const [name, value] of given) if (!hops.has(name)) headers.append(name, value)
  // The upstream is another host; bytes that come as they are can pass as they are; and 100 (Continue) has been said.
  for (const name of ['host', 'accept-encoding', 'content-length', 'expect']) headers.delete(name)
  return headers
}

/** The whole body, or what it is refused with. Of one that is larger than allowed, what is too much is not read. */
async function readBody({ body, headers }: Request, most: number): Promise<string | Response> {
  if (Number(headers.get('content-length') ?? 0) > most) {
    await body?.cancel()
    return tooLarge()
  }
  const reader = body?.getReader()
  const utf8 = readText()
  let text = ''
  let size = 0
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    size += piece.value.length
    if (size > most) {
      await reader?.cancel()
      return tooLarge()
    }
    text += utf8.take(piece.value)
  }
  utf8.end()
  return utf8.isDamaged ? failure(400, 'invalid_request_error', NOT_JSON) : text
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
