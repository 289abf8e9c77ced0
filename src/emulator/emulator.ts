import type { Call } from './call.ts'
import { defaultAnswer, lastUserText } from './default-replies.ts'
import { common } from './error-texts.ts'
import { checkHeaders, parseBody } from './gate.ts'
import { readCompleteCall } from './legacy-request.ts'
import { readMessagesCall } from './messages-request.ts'
import { listModels, showModel } from './models-endpoint.ts'
import { json, type Outcome, obey, refusal } from './outcome.ts'
import { pause } from './pause.ts'
import { Problem } from './problem.ts'
import { apiId, type Random, seededRandom } from './random.ts'
import { responseBody } from './response-body.ts'
import type { EmulatorOptions, RecordedRequest, Reply } from './script.ts'

/** Both HTTP endpoints as one function, with what it was asked and what it is to say next. */
export interface Emulator {
  /**
   * Answers like the two servers, without a network: give it to a client in place of `fetch`. The host of the
   * URL does not matter. Rejects as `fetch` does, on a malformed URL or when the signal aborts, and with whatever
   * a `reply` function throws.
   */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Every request so far, valid or not, in the order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** Queues replies for the next valid requests, one each. When none is left the default answers again. */
  reply(...replies: Reply[]): void
}

/**
 * Emulates `POST /v1/complete`, `POST /v1/messages` and `GET /v1/models`: checks requests as the real servers do,
 * in their words, and answers in their bytes. Equal requests get equal answers: there is no clock and no chance.
 *
 * Requests are checked before a reply is taken from the script, so that a refused request uses none up.
 *
 * @example
 * const emulator = createEmulator()
 * emulator.reply('Hello!', { error: { type: 'overloaded_error', message: 'Overloaded' } })
 * const client = new Anthropic({ apiKey: 'any', fetch: emulator.fetch })
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const requests: Recording[] = []
  const queued: Reply[] = []

  function nextReply(call: Call, request: RecordedRequest, random: Random): Reply {
    const scripted = queued.shift() ?? options.reply
    if (typeof scripted === 'function') return scripted(call.conversation, request)
    const { conversation, temperature } = call
    const question = lastUserText(conversation.messages)
    return scripted ?? defaultAnswer({ conversation, question, temperature, random })
  }

  async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    // The caller's own signal: the one of a new Request goes silent when that Request is collected.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    signal?.throwIfAborted()
    const request = new Request(input, init)
    const { pathname, search, searchParams } = new URL(request.url)
    const text = await request.text()
    const recording = record(request, pathname + search, text)
    requests.push(recording)

    const random = seededRandom(`${request.method} ${recording.path} ${text}`)
    const requestId = apiId('req', random)
    const decide = (): Outcome => {
      const route = findRoute(request.method, pathname)
      const version = checkHeaders(request.headers, options.apiKeys)
      if (route === 'models') return json(listModels(searchParams))
      if (route === 'model') return json(showModel(pathname.slice('/v1/models/'.length)))
      const call = READERS[route](parseBody(text), version)
      const reply = nextReply(call, recording, random)
      return obey(reply, call, { random, requestId, pings: options.pings ?? true })
    }
    const { status, headers, chunks, faults } = orRefusal(decide, requestId)

    if (faults.responseDelayMs !== undefined) await pause(faults.responseDelayMs, signal)
    if (signal?.aborted) {
      recording.aborted = true
      throw signal.reason
    }
    const body = responseBody(encode(chunks), faults, signal, () => {
      recording.aborted = true
    })
    return new Response(body, { status, headers: { 'request-id': requestId, ...headers } })
  }

  return { fetch, requests, reply: (...replies) => void queued.push(...replies) }
}

type Recording = RecordedRequest & { aborted: boolean }

function record(request: Request, path: string, text: string): Recording {
  const { method, headers } = request
  return { method, path, headers: Object.fromEntries(headers), body: jsonOrText(text), aborted: false }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const READERS = { complete: readCompleteCall, messages: readMessagesCall } as const

function findRoute(method: string, path: string): 'complete' | 'messages' | 'models' | 'model' {
  const allow = <T>(allowed: string, route: T): T => {
    if (method === allowed) return route
    throw new Problem('invalid_request_error', common.methodNotAllowed, 405)
  }
  if (path === '/v1/complete') return allow('POST', 'complete')
  if (path === '/v1/messages') return allow('POST', 'messages')
  if (path === '/v1/models') return allow('GET', 'models')
  if (/^\/v1\/models\/[^/]+$/.test(path)) return allow('GET', 'model')
  throw new Problem('not_found_error', common.notFound)
}

function orRefusal(decide: () => Outcome, requestId: string): Outcome {
  try {
    return decide()
  } catch (error) {
    if (error instanceof Problem) return refusal(error, requestId)
    throw error
  }
}

function* encode(chunks: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk
}
