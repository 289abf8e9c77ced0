import { AnthropicError, APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { CallAbort } from './abort.ts'
import { type Body, openBody } from './body.ts'
import type { CallPlan } from './call-plan.ts'
import type { CompletionsSettings, RequestOptions } from './options.ts'
import type { OnPing, ResponseDecoder } from './response-decoder.ts'

/** Sends the calls of `client.completions`: the HTTP client of this package, or a client of the official SDK. */
export interface Backend {
  /** Read at each call. */
  readonly settings: CompletionsSettings
  /** Milliseconds that a non-streamed response may take. */
  timeoutOf(options: RequestOptions): number
  /** The `anthropic-version` that the caller set for this call, if any. */
  versionOf(options: RequestOptions): string | undefined
  /** Converts an error of this package to the class that the caller expects; returns other errors unchanged. */
  readonly asThrown: (error: unknown) => unknown
  /** Sends a call to its endpoint; resolves when the response begins. */
  send(plan: CallPlan, options: RequestOptions, abort: CallAbort): Promise<UpstreamResponse>
}

/** A response that has begun. */
export interface UpstreamResponse {
  /** Its status, headers and address; `open` reads its body. */
  response: Response
  /** Starts to read its body. */
  open(): CompletionReader
}

/** Reads the completion of one response as it arrives. */
export interface CompletionReader {
  /**
   * Resolves with all chunks that have arrived, at least one; with none when the completion has ended.
   *
   * @throws the error that ended the response, after every chunk before it has been returned.
   */
  read(): Promise<readonly Completion[]>
  /** Returns the whole completion once it has ended, otherwise `undefined`. */
  whole(): Completion | undefined
  /** Makes the connection reusable if the response was read completely; otherwise closes it. */
  close(): void
}

/**
 * Wraps the response of an HTTP request. Its content type decides how it is decoded, because a server may ignore
 * `stream`.
 */
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
 * @param asFailure Converts the error that broke the connection. By default the decoder does that.
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

/** Reads a response to its end, within `timeout` milliseconds. */
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
