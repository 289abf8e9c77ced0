/**
 * A client with the interface of the official SDK 0.2 to 0.4. It sends its requests to the Messages API.
 *
 * @module
 */

import { completionsFetch, type Fetch } from './adapters/fetch.ts'
import { CallAbort } from './core/abort.ts'
import { urlBelow } from './core/base-url.ts'
import { type CompletionsOptions, DEFAULT_BASE_URL } from './core/options.ts'
import { decodeEvents, type ServerSentEvent } from './sse.ts'

export type { Fetch } from './adapters/fetch.ts'
export type { CompletionsOptions } from './core/options.ts'
export { AI_PROMPT, HUMAN_PROMPT } from './transcript/index.ts'

/** The parameters of a completion request, as SDK 0.4 declared them. */
export interface SamplingParameters {
  prompt: string
  model: string
  max_tokens_to_sample: number
  stop_sequences: string[]
  temperature?: number | undefined
  top_k?: number | undefined
  top_p?: number | undefined
  /** Ignored: the server no longer accepts tags. */
  tags?: { [key: string]: string } | undefined
}

/** A completion, as SDK 0.4 declared it. */
export interface CompletionResponse {
  /** The complete text so far, not only what is new. */
  completion: string
  stop: string | null
  stop_reason: 'stop_sequence' | 'max_tokens'
  truncated: boolean
  exception: string | null
  log_id: string
}

/** Receives the response of a stream before its body is read. */
export type OnOpen = (response: Response) => void | Promise<void>
/** Receives a completion with the complete text so far. */
export type OnUpdate = (completion: CompletionResponse) => void | Promise<void>

/** The options of a stream. */
export interface StreamOptions {
  /** Called once, before the body is read. The client waits for its promise. */
  onOpen?: OnOpen | undefined
  /** Called with the complete text so far whenever there is more. The client does not wait for its promise. */
  onUpdate?: OnUpdate | undefined
  /** Aborts the call. */
  signal?: AbortSignal | undefined
}

/** The options of `new Client(apiKey, options)`. */
export interface V0ClientOptions extends CompletionsOptions {
  /** Base URL of the API. @default 'https://api.anthropic.com' */
  apiUrl?: string | undefined
  /** The `fetch` function that sends the requests. @default the global `fetch` */
  fetch?: Fetch | undefined
}

/**
 * The client of the official SDK 0.2 to 0.4. As in that SDK, it does not retry, has no timeout, and reads no
 * environment variables.
 *
 * @example
 * const client = new Client(apiKey)
 * await client.complete({ prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`, model: 'claude-v1', max_tokens_to_sample: 200, stop_sequences: [HUMAN_PROMPT] })
 */
export class Client {
  readonly #apiKey: string
  readonly #url: string
  readonly #fetch: Fetch

  /** @throws AnthropicError for an `apiUrl` that is not an absolute URL or has credentials, a query or a fragment. */
  constructor(apiKey: string, { apiUrl = DEFAULT_BASE_URL, ...options }: V0ClientOptions = {}) {
    this.#apiKey = apiKey
    this.#url = urlBelow(apiUrl, '/v1/complete', 'apiUrl').href
    this.#fetch = completionsFetch(options)
  }

  /**
   * Creates a completion.
   *
   * @throws Error `Sampling error: 400 Bad Request`, with the body of the response as its `cause`; an `AbortError` when
   * the signal aborts.
   */
  async complete(
    params: SamplingParameters,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<CompletionResponse> {
    const abort = new CallAbort()
    if (signal) abort.follow(signal)
    try {
      const response = await this.#post(params, false, abort.signal)
      if (response.ok) return await response.json()
      throw await refusal(`Sampling error: ${response.status} ${response.statusText}`, response)
    } catch (error) {
      // Programs check for this name, so the signal's own reason is not thrown.
      throw signal?.aborted ? new DOMException('The user aborted a request.', 'AbortError') : error
    } finally {
      abort.release()
    }
  }

  /**
   * Streams a completion: calls `onUpdate` with the complete text so far whenever there is more, and resolves with the
   * last of these completions.
   *
   * @throws Error `Failed to open sampling stream, HTTP status code 400: Bad Request`, or the error that `onUpdate`
   * rejects with. As in the old SDK, an aborted signal rejects with a plain object whose `name` is `AbortError`.
   */
  async completeStream(
    params: SamplingParameters,
    { onOpen, onUpdate, signal }: StreamOptions = {},
  ): Promise<CompletionResponse> {
    const abort = new CallAbort()
    if (signal) abort.follow(signal)
    try {
      const response = await this.#post(params, true, abort.controller.signal)
      if (!response.ok) {
        const { status, statusText } = response
        const message = `Failed to open sampling stream, HTTP status code ${status}: ${statusText}`
        throw await refusal(message, response)
      }
      await onOpen?.(response)
      // The promise of `onUpdate` is not awaited, but its rejection ends the stream.
      let failUpdate: (error: unknown) => void = () => {}
      const updateFailed = new Promise<never>((_, reject) => {
        failUpdate = reject
      })
      const last = readUpdates(response, update => {
        Promise.resolve(onUpdate?.(update)).catch(failUpdate)
      })
      return await Promise.race([last, updateFailed])
    } catch (error) {
      throw signal?.aborted ? ABORTED : error
    } finally {
      abort.release()
      abort.controller.abort()
    }
  }

  #post(
    { tags: _, ...params }: SamplingParameters,
    stream: boolean,
    signal?: AbortSignal,
  ): Promise<Response> {
    return this.#fetch(this.#url, {
      method: 'POST',
      headers: {
        accept: stream ? 'application/json, text/event-stream' : 'application/json',
        'content-type': 'application/json',
        'anthropic-version': '2023-01-01',
        'x-api-key': this.#apiKey,
      },
      body: JSON.stringify({ ...params, stream }),
      ...(signal && { signal }),
    })
  }
}

/** A plain object, not an Error, as in the old SDK. */
const ABORTED = { name: 'AbortError', message: 'Caller aborted completeStream' }

async function refusal(message: string, response: Response): Promise<Error> {
  return new Error(message, { cause: await response.text().catch(() => undefined) })
}

/** Reads events until one has a stop reason; resolves with that completion. */
async function readUpdates(
  { body }: Response,
  onUpdate: (update: CompletionResponse) => void,
): Promise<CompletionResponse> {
  const events: ServerSentEvent[] = []
  const decoder = decodeEvents(event => events.push(event))
  const reader = body?.getReader()
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      return (await reader?.read())?.value
    } catch (error) {
      throw new Error('The sampling stream ended in an error.', { cause: causeOf(error) })
    }
  }
  for (let piece = await read(); piece !== undefined; piece = await read()) {
    const damage = decoder.feed(piece)
    for (const { event, data } of events.splice(0)) {
      if (event === 'ping' || data === '[DONE]') continue
      if (event === 'error') throw new Error('The sampling stream ended in an error.', { cause: data })
      const update: CompletionResponse = JSON.parse(data)
      onUpdate(update)
      if (update.stop_reason !== null) return update
    }
    if (damage !== undefined) throw damage
  }
  throw new Error('The sampling stream ended before the completion did.')
}

/** Returns the message of an error; any other value unchanged. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error
}
