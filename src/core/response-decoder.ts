import type { OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { APIError, UnreadableReplyError } from '../errors.ts'
import { decodeEvents, type EventDecoder, type ServerSentEvent } from '../sse.ts'
import { readLegacyEvents, wholeLegacyCompletion } from '../translate/legacy-events.ts'
import { readEvent, TEXT_DELTA_PREFIX, toMessagesEvent } from '../translate/messages-events.ts'
import { type completionFrom, reshapeEvents } from '../translate/reply.ts'
import { checkLength, type ReplyPlan, type StreamBounds } from '../translate/request.ts'
import { damaged, wholeText } from '../utf8.ts'
import type { Completion, MessagesEvent } from '../wire.ts'
import { connectionLost } from './body.ts'

/** Decodes one response into the chunks of one completion. */
export interface ResponseDecoder {
  /** Takes bytes of the body, or an event or a message that an SDK has decoded, and returns the chunks it completes. */
  push(piece: Uint8Array | object): readonly Completion[]
  /**
   * Ends the response: call it when no more data comes, when `isOver`, or with the error that broke the connection.
   * Returns the remaining chunks.
   *
   * @throws the error that ended the response: its own, IncompleteReplyError, or UnreadableReplyError.
   */
  end(cause?: unknown): readonly Completion[]
  /** Returns the whole completion once it has ended, otherwise `undefined`. */
  whole(): Completion | undefined
  /** Whether the completion has ended or failed; `end` returns or throws accordingly. Later data is ignored. */
  readonly isOver: boolean
  /** Whether the server itself ended the response and sends no more data. */
  readonly isEndSent: boolean
  /** Returns the text so far, including held-back text, when no more data will come. */
  partialText(): string
  /** Called for each ping with a chunk without text, for a stream that has to begin before the text does. */
  onPing?: OnPing | undefined
}

/** Receives a chunk without text, or `undefined` before the completion has begun. */
export type OnPing = (opening: Completion | undefined) => void

/** The format of a response: server-sent events, or one JSON value. */
export type ResponseForm = 'events' | 'whole'

/**
 * What a decoder may hold in memory: `maxLength` also limits one event, and the bytes of a non-streamed body. Without
 * bounds, a decoder keeps everything.
 */
export type DecoderBounds = StreamBounds

/** Creates the decoder of a response. Errors in the body get the `headers`, including the request id. */
export type MakeDecoder = (form: ResponseForm, headers?: Headers, bounds?: DecoderBounds) => ResponseDecoder

/** Converts the events and the non-streamed responses of one endpoint to completions. */
interface Format {
  events(bounds: DecoderBounds | undefined): EventReducer
  /** @throws UnreadableReplyError for a body of another format. */
  whole(body: object): Completion
}

interface EventReducer {
  /** Appends the chunks that an event completes. */
  push(sent: ServerSentEvent, chunks: Completion[]): void
  pushDecoded(event: object, chunks: Completion[]): void
  /** Receives the text of the most frequent events, if their form is known, instead of the events. */
  texts?: { prefix: string; push(text: string, chunks: Completion[]): void }
  /** Returns the whole completion. @throws IncompleteReplyError when it had not ended. */
  end(cause?: unknown): Completion
  isDone(): boolean
  isEndSent(): boolean
  abandon(): string
  opening?: () => Completion | undefined
}

const NONE: readonly Completion[] = []

/**
 * Creates decoders for responses of the Messages API, with the plan of the request. Converts a non-streamed message
 * with `completionFrom`, or with `bareCompletion` if the completion is only serialized.
 */
export function messagesDecoder(
  plan: ReplyPlan,
  onDiagnostic: OnDiagnostic,
  readMessage: typeof completionFrom,
): MakeDecoder {
  return makerFor({
    events(bounds) {
      const reshaper = reshapeEvents(plan, onDiagnostic, bounds)
      let isEndSent = false
      const take = (event: MessagesEvent | undefined, chunks: Completion[]): void => {
        if (event === undefined) return
        reshaper.push(event, chunks)
        isEndSent ||= event.type === 'message_stop'
      }
      // One event for all texts, because the reducer does not keep it.
      const delta = { type: 'text_delta', text: '' }
      const textEvent: MessagesEvent = { type: 'content_block_delta', index: 0, delta }
      return {
        texts: {
          prefix: TEXT_DELTA_PREFIX,
          push(text, chunks) {
            delta.text = text
            reshaper.push(textEvent, chunks)
          },
        },
        push: (sent, chunks) => take(readEvent(sent), chunks),
        pushDecoded: (event, chunks) => take(toMessagesEvent(event), chunks),
        end: reshaper.end,
        isDone: () => reshaper.done,
        isEndSent: () => isEndSent,
        abandon: reshaper.abandon,
        opening: reshaper.opening,
      }
    },
    whole: body => readMessage(body, plan, onDiagnostic),
  })
}

/** Creates decoders for responses of the legacy endpoint, in either of its dialects. */
export function legacyDecoder(model: string): MakeDecoder {
  return makerFor({
    events(bounds) {
      const reader = readLegacyEvents(model, bounds)
      return {
        push: (sent, chunks) => void chunks.push(...reader.push(sent)),
        pushDecoded: (event, chunks) =>
          void chunks.push(...reader.push({ event: 'completion', data: JSON.stringify(event) })),
        end: reader.end,
        isDone: () => reader.done,
        isEndSent: () => reader.done,
        abandon: reader.abandon,
      }
    },
    whole: body => wholeLegacyCompletion(body, model),
  })
}

function makerFor(format: Format): MakeDecoder {
  return (form, headers, bounds) =>
    form === 'events'
      ? decodeEventStream(format.events(bounds), headers, bounds)
      : decodeWhole(format, headers, bounds)
}

/** Data properties instead of getters: V8 gives each object literal with a getter its own hidden class. */
type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

function decodeEventStream(
  reducer: EventReducer,
  headers: Headers | undefined,
  bounds: DecoderBounds | undefined,
): ResponseDecoder {
  let bytes: EventDecoder | undefined
  /** The error that ended the response. It is thrown after the chunks before it have been returned. */
  let failure: { error: unknown } | undefined
  /** The chunks of the current `push`. */
  let chunks: Completion[] = []

  const fail = (error: unknown): void => {
    failure = { error: error instanceof APIError ? withHeaders(error, headers, reducer.abandon) : error }
    decoder.isOver = true
  }
  const advance = (): void => {
    decoder.isOver = reducer.isDone()
    decoder.isEndSent = reducer.isEndSent()
  }
  const pushEvent = (sent: ServerSentEvent): void => {
    if (decoder.isOver) return
    try {
      if (sent.event === 'ping') decoder.onPing?.(reducer.opening?.())
      reducer.push(sent, chunks)
      advance()
    } catch (error) {
      fail(error)
    }
  }

  const { texts } = reducer
  const literals = texts && {
    prefix: texts.prefix,
    onLiteral(text: string): void {
      if (decoder.isOver) return
      try {
        texts.push(text, chunks)
        decoder.isOver = reducer.isDone()
      } catch (error) {
        fail(error)
      }
    },
  }

  const decoder: Mutable<ResponseDecoder> = {
    isOver: false,
    isEndSent: false,
    onPing: undefined,
    push(piece) {
      if (decoder.isOver) return NONE
      chunks = []
      try {
        if (piece instanceof Uint8Array) {
          bytes ??= decodeEvents(pushEvent, bounds, literals)
          const damage = bytes.feed(piece)
          if (damage !== undefined && !decoder.isOver) fail(damage)
        } else {
          reducer.pushDecoded(piece, chunks)
          advance()
        }
      } catch (error) {
        if (!decoder.isOver) fail(error)
      }
      return chunks
    },
    end(cause) {
      if (failure !== undefined) throw failure.error
      if (!reducer.isDone()) reducer.end(cause)
      return NONE
    },
    whole: () => (reducer.isDone() ? reducer.end() : undefined),
    partialText: reducer.abandon,
  }
  return decoder
}

/** Adds to an `error` event the headers of the response that contained it, including the request id. */
function withHeaders(error: APIError, headers: Headers | undefined, abandon: () => string): APIError {
  const partialText = error.partialText ?? abandon()
  const whole =
    error.constructor === APIError ? new APIError(error.status, error.error, undefined, headers) : error
  whole.partialText = partialText
  return whole
}

function decodeWhole(
  format: Format,
  headers: Headers | undefined,
  bounds: DecoderBounds | undefined,
): ResponseDecoder {
  const pieces: Uint8Array[] = []
  let size = 0
  /** Bytes that the bounds are known to allow. */
  let allowed = bounds === undefined ? Number.POSITIVE_INFINITY : 0
  /** The error of a body that the bounds do not allow. */
  let excess: unknown
  let body: object | undefined
  let completion: Completion | undefined
  const decoder: Mutable<ResponseDecoder> = {
    isOver: false,
    isEndSent: false,
    push(piece) {
      if (decoder.isOver) return NONE
      if (piece instanceof Uint8Array) {
        size += piece.length
        try {
          if (bounds !== undefined && size > allowed) allowed = checkLength(bounds, size, 1)
          pieces.push(piece)
        } catch (error) {
          excess = error
          pieces.length = 0
          decoder.isOver = true
        }
      } else {
        body = piece
        decoder.isOver = true
      }
      return NONE
    },
    end(cause) {
      if (completion !== undefined) return NONE
      if (excess !== undefined) throw excess
      if (cause !== undefined) throw connectionLost(cause)
      const value = body ?? parseObject(pieces)
      // Some gateways respond with status 200 and put the failure into the body.
      if ('error' in value && value.error) throw new APIError(undefined, value, undefined, headers)
      completion = format.whole(value)
      decoder.isOver = true
      return [completion]
    },
    whole: () => completion,
    partialText: () => '',
  }
  return decoder
}

function parseObject(pieces: readonly Uint8Array[]): object {
  const text = wholeText(pieces)
  if (text === undefined) throw damaged()
  try {
    return Object(JSON.parse(text))
  } catch {
    // The parser's own error quotes the text, which may be confidential.
    throw new UnreadableReplyError({
      message: `The reply, of ${text.length} characters, is not JSON. Is baseURL a server that speaks this API?`,
    })
  }
}
