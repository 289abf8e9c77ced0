import { AnthropicError, APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { CallAbort } from './abort.ts'
import { type Body, openBody } from './body.ts'
import type { CallPlan } from './call-plan.ts'
import type { CompletionsSettings, RequestOptions } from './options.ts'
import type { OnPing, ResponseDecoder } from './response-decoder.ts'

/** Sends the calls of `client.completions`: our own HTTP client, or a client of the official SDK. */
export interface Backend {
  /** Read at each call. */
  readonly settings: CompletionsSettings
  /** Milliseconds that a whole response may take. */
  timeoutOf(options: RequestOptions): number
  /** The `anthropic-version` that the caller named for this call, if any. */
  versionOf(options: RequestOptions): string | undefined
  /** Converts an error of this package to the class that the caller expects; returns any other unchanged. */
  readonly asThrown: (error: unknown) => unknown
  /** Sends a call to its endpoint; resolves when the response begins. */
  send(plan: CallPlan, options: RequestOptions, abort: CallAbort): Promise<UpstreamResponse>
}

/** A response that has begun. */
export interface UpstreamResponse {
  /** Its status, headers and address; `open` reads its body. */
  response: Response
  /** Begins to read its body. */
  open(): CompletionReader
}

/** Reads the completion of one response as it comes. */
export interface CompletionReader {
  /**
   * The next chunks: all that have come, at least one; none when the completion has ended.
   *
   * @throws the error that ended the response, after every chunk that came before it has been returned.
   */
  read(): Promise<readonly Completion[]>
  /** The whole completion, once it has ended. */
  whole(): Completion | undefined
  /** Lets the connection be used again when the response has been read, and closes it otherwise. */
  close(): void
}

/** The response of an HTTP request; its content type decides over what was asked for. */
export function httpResponse(
  response: Response,
  plan: CallPlan,
  signal: AbortSignal | undefined,
  onPing?: OnPing,
): UpstreamResponse {
  return {
    response,
    open() {
      const { body, headers } = response
      const type = headers.get('content-type') ?? ''
      const isEventStream =
        type.includes('text/event-stream') || (plan.upstreamStream && !type.includes('json'))
      if (isEventStream && body === null)
        throw new AnthropicError('Attempted to iterate over a response with no body')
      const decoder = plan.decoder(isEventStream ? 'events' : 'whole', headers)
      decoder.onPing = onPing
      return readCompletion(openBody(response, signal), decoder)
    },
  }
}

/**
 * Reads a body through its decoder.
 *
 * @param asFailure Words what broke the connection; by default the decoder does.
 */
export function readCompletion(
  body: Body<Uint8Array | object>,
  decoder: ResponseDecoder,
  asFailure?: (cause: unknown, partialText: string) => unknown,
): CompletionReader {
  return {
    async read() {
      while (!decoder.isOver) {
        let piece: Uint8Array | object | undefined
        try {
          piece = await body.read()
        } catch (cause) {
          if (asFailure !== undefined) throw asFailure(cause, decoder.partialText())
          return decoder.end(cause)
        }
        if (piece === undefined) break
        const chunks = decoder.push(piece)
        if (chunks.length > 0) return chunks
      }
      return decoder.end()
    },
    whole: decoder.whole,
    close() {
      if (decoder.isEndSent) body.drain()
      else body.cancel()
    },
  }
}

/** Reads a response whole, within `timeout` milliseconds. */
export async function readWhole(
  upstream: UpstreamResponse,
  abort: CallAbort,
  timeout: number,
): Promise<Completion> {
  let reader: CompletionReader | undefined
  try {
    const opened = upstream.open()
    reader = opened
    await abort.within(
      timeout,
      async () => {
        while ((await opened.read()).length > 0);
      },
      opened.close,
    )
    const whole = opened.whole()
    if (whole === undefined) throw new APIUserAbortError()
    return whole
  } catch (error) {
    throw abort.error ?? error
  } finally {
    reader?.close()
    abort.release()
  }
}
