import { APIError, UnreadableReplyError } from '../errors.ts'
import { decodeEvents, type EventDecoder, type ServerSentEvent } from '../sse.ts'
import {
  type completionFrom,
  type OnDiagnostic,
  type ReplyPlan,
  readEvent,
  readLegacyEvents,
  reshapeEvents,
  toMessagesEvent,
  wholeLegacyCompletion,
} from '../translate/index.ts'
import { damaged, wholeText } from '../utf8.ts'
import type { Completion } from '../wire.ts'
import { connectionLost } from './body.ts'

/** Decodes one response into the chunks of one completion. */
export interface ResponseDecoder {
  /** Takes bytes of the body, or an event or a message that an SDK has decoded, and returns the chunks it completes. */
  push(piece: Uint8Array | object): readonly Completion[]
  /**
   * Ends the response: when nothing more comes, when `isOver`, or with what broke the connection. Returns the chunks that
   * were still due.
   *
   * @throws the error that ended the response: its own, IncompleteReplyError, or UnreadableReplyError.
   */
  end(cause?: unknown): readonly Completion[]
  /** The whole completion, once it has ended. */
  whole(): Completion | undefined
  /** Whether the completion has ended or failed: nothing that still comes counts, and `end` tells which. */
  readonly isOver: boolean
  /** Whether the server itself ended the response, and so will send no more. */
  readonly isEndSent: boolean
  /** The text so far, and what was held back, when no more will come. */
  partialText(): string
  /** Receives each ping: a chunk without text, for a stream that has to begin before the text does. */
  onPing?: OnPing | undefined
}

/** Receives a chunk without text, where the completion has begun. */
export type OnPing = (opening: Completion | undefined) => void

/** How a response is written: as server-sent events, or as one JSON value. */
export type ResponseForm = 'events' | 'whole'

/** Makes the decoder of a response. Errors that the body holds get the `headers`, request id included. */
export type MakeDecoder = (form: ResponseForm, headers?: Headers) => ResponseDecoder

/** How the events, and the whole responses, of one endpoint become completions. */
interface Format {
  events(): EventReducer
  /** @throws UnreadableReplyError for a body of another format. */
  whole(body: object): Completion
}

interface EventReducer {
  push(sent: ServerSentEvent): readonly Completion[]
  pushDecoded(event: object): readonly Completion[]
  /** The whole completion. @throws IncompleteReplyError when it had not ended. */
  end(cause?: unknown): Completion
  isDone(): boolean
  isEndSent(): boolean
  abandon(): string
  opening?: () => Completion | undefined
}

const NONE: readonly Completion[] = []

/**
 * Decodes responses of the Messages API, as the plan of the request asks; a whole message by `completionFrom`, or by
 * `bareCompletion` where the completion is only written out.
 */
export function messagesDecoder(
  plan: ReplyPlan,
  onDiagnostic: OnDiagnostic,
  readMessage: typeof completionFrom,
): MakeDecoder {
  return makerFor({
    events() {
      const reshaper = reshapeEvents(plan, onDiagnostic)
      let isEndSent = false
      const take = (event: ReturnType<typeof readEvent>): readonly Completion[] => {
        if (event === undefined) return NONE
        const chunks = reshaper.push(event)
        isEndSent ||= event.type === 'message_stop'
        return chunks
      }
      return {
        push: sent => take(readEvent(sent)),
        pushDecoded: event => take(toMessagesEvent(event)),
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

/** Decodes responses of the legacy endpoint, in either of its dialects. */
export function legacyDecoder(model: string): MakeDecoder {
  return makerFor({
    events() {
      const reader = readLegacyEvents(model)
      return {
        push: reader.push,
        pushDecoded: event => reader.push({ event: 'completion', data: JSON.stringify(event) }),
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
  return (form, headers) =>
    form === 'events' ? decodeEventStream(format.events(), headers) : decodeWhole(format, headers)
}

/** Data instead of getters: V8 gives each object literal that has a getter a shape of its own. */
type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

function decodeEventStream(reducer: EventReducer, headers: Headers | undefined): ResponseDecoder {
  let bytes: EventDecoder | undefined
  /** The error that ended the response, reported after the chunks that came before it. */
  let failure: { error: unknown } | undefined
  /** The chunks of the current `push`. */
  let chunks: Completion[] = []

  const fail = (error: unknown): void => {
    failure = { error: error instanceof APIError ? withHeaders(error, headers, reducer.abandon) : error }
    decoder.isOver = true
  }
  const advance = (made: readonly Completion[]): void => {
    for (const chunk of made) chunks.push(chunk)
    decoder.isOver = reducer.isDone()
    decoder.isEndSent = reducer.isEndSent()
  }
  const pushEvent = (sent: ServerSentEvent): void => {
    if (decoder.isOver) return
    try {
      if (sent.event === 'ping') decoder.onPing?.(reducer.opening?.())
      advance(reducer.push(sent))
    } catch (error) {
      fail(error)
    }
  }

  const decoder: Mutable<ResponseDecoder> = {
    isOver: false,
    isEndSent: false,
    onPing: undefined,
    push(piece) {
      if (decoder.isOver) return NONE
      chunks = []
      if (piece instanceof Uint8Array) {
        bytes ??= decodeEvents(pushEvent)
        const damage = bytes.feed(piece)
        if (damage !== undefined && !decoder.isOver) fail(damage)
      } else {
        try {
          advance(reducer.pushDecoded(piece))
        } catch (error) {
          fail(error)
        }
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

/** An `error` event belongs to the response it came in, headers and request id included. */
function withHeaders(error: APIError, headers: Headers | undefined, abandon: () => string): APIError {
  const partialText = error.partialText ?? abandon()
  const whole =
    error.constructor === APIError ? new APIError(error.status, error.error, undefined, headers) : error
  whole.partialText = partialText
  return whole
}

function decodeWhole(format: Format, headers: Headers | undefined): ResponseDecoder {
  const pieces: Uint8Array[] = []
  let body: object | undefined
  let completion: Completion | undefined
  const decoder: Mutable<ResponseDecoder> = {
    isOver: false,
    isEndSent: false,
    push(piece) {
      if (piece instanceof Uint8Array) pieces.push(piece)
      else {
        body = piece
        decoder.isOver = true
      }
      return NONE
    },
    end(cause) {
      if (completion !== undefined) return NONE
      if (cause !== undefined) throw connectionLost(cause)
      const value = body ?? parseObject(pieces)
      // Some gateways answer 200 and put the failure in the body.
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
