import { AnthropicError, APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { CallAbort } from './abort.ts'
import { type Body, type BodyPiece, openBody } from './body.ts'
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
  /**
   * Returns the completion, if the response has been read already. @throws the error that the response contains.
   */
  whole?: () => Completion
}

/** Reads the completion of one response as it arrives. */
export interface CompletionReader {
  /**
   * Resolves with all chunks that have arrived, at least one; with none when the completion has ended.
   *
   * @throws the error that ended the response, after every chunk before it has been returned.
   */
  read(): Promise<readonly Completion[]>
  /**
   * Returns a function that does the same as `read().then(receive, fail)` with one promise instead of three: a stream
   * with a chunk for each event takes 8 % less time. `receive` must not throw.
   */
  readWith<Result>(
    receive: (chunks: readonly Completion[]) => Result,
    fail: (error: unknown) => Result,
  ): () => Promise<Result>
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
  // Only two fields of the plan, because an open stream would keep its body in memory.
  { upstreamStream, decoder: decoderOf }: CallPlan,
  signal: AbortSignal | undefined,
  onPing?: OnPing,
): UpstreamResponse {
  return {
    response,
    open() {
      const { body, headers } = response
      const type = headers.get('content-type') ?? ''
      const isEventStream = type.includes('text/event-stream') || (upstreamStream && !type.includes('json'))
      if (isEventStream && body === null)
        throw new AnthropicError('Attempted to iterate over a response with no body')
      const decoder = decoderOf(isEventStream ? 'events' : 'whole', headers)
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
  const lost = (cause: unknown): readonly Completion[] => {
    if (asFailure !== undefined) throw asFailure(cause, decoder.partialText())
    return decoder.end(cause)
  }
  /** Returns the chunks of a piece; `undefined` if it completes none. */
  const take = ({ value }: BodyPiece<Uint8Array | object>): readonly Completion[] | undefined => {
    try {
      body.throwIfAborted()
    } catch (cause) {
      return lost(cause)
    }
    if (value === undefined) return decoder.end()
    const chunks = decoder.push(value)
    return chunks.length > 0 ? chunks : undefined
  }
  const read = async (): Promise<readonly Completion[]> => {
    while (!decoder.isOver) {
      const chunks = await body.read().then(take, lost)
      if (chunks !== undefined) return chunks
    }
    return decoder.end()
  }
  return {
    read,
    readWith(receive, fail) {
      type Received = ReturnType<typeof receive>
      const receiveFrom = (piece: BodyPiece<Uint8Array | object>): Received | Promise<Received> => {
        let chunks: readonly Completion[] | undefined
        try {
          chunks = take(piece)
        } catch (error) {
          return fail(error)
        }
        return chunks === undefined ? read().then(receive, fail) : receive(chunks)
      }
      const failFrom = (cause: unknown): Received => {
        try {
          return receive(lost(cause))
        } catch (error) {
          return fail(error)
        }
      }
      return () => (decoder.isOver ? read().then(receive, fail) : body.read().then(receiveFrom, failFrom))
    },
    whole: decoder.whole,
    close() {
      if (decoder.isEndSent) body.drain()
      else body.cancel()
    },
  }
}

/**
 * Decodes a message that an SDK has decoded from JSON. @throws the error that it contains, or UnreadableReplyError.
 */
export function wholeOf(message: object, decoder: ResponseDecoder): Completion {
  decoder.push(message)
  decoder.end()
  const whole = decoder.whole()
  if (whole === undefined) throw new APIUserAbortError()
  return whole
}

/** Reads a response to its end, within `timeout` milliseconds. */
export async function readWhole(
  upstream: UpstreamResponse,
  abort: CallAbort,
  timeout: number,
): Promise<Completion> {
  let reader: CompletionReader | undefined
  try {
    if (upstream.whole !== undefined && abort.error === undefined) return upstream.whole()
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
