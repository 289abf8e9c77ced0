import type { ContentBlock } from '../wire.ts'

/**
 * What the emulator answers with: a text, a text described in detail, an HTTP failure, or raw bytes.
 * The same script serves both endpoints, streamed or whole.
 *
 * @example
 * emulator.reply(
 *   'Hello!',
 *   { text: 'I cannot help with that.', stopReason: 'refusal' },
 *   { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } },
 *   { text: 'Half an answ', faults: { cutAfterBytes: 300 } },
 *   { body: '{"type":"mess', contentType: 'application/json' },
 * )
 */
export type Reply = string | AnswerReply | FailureReply | RawReply

/** Generated text, and how the server tells it. All fields are optional; `{}` is an empty answer. */
export interface AnswerReply {
  /** The text, without the space that the legacy endpoint puts before it. Default: the joined `deltas`. */
  text?: string
  /**
   * Exact content blocks, in place of `text`: several text blocks, a thinking block before a text. The
   * legacy endpoint shows the text blocks only. Given this, no thinking block is added by itself.
   */
  content?: readonly ContentBlock[]
  /** The exact pieces a stream sends `text` in (not `content`). Default: one per token. */
  deltas?: readonly string[]
  /** Reported as it stands, whatever really ended the text. Default: the true reason. */
  stopReason?: string
  /** Reported as it stands; without a `stopReason` the reason becomes `stop_sequence`. Default: the true match. */
  stopSequence?: string | null
  /** The caller's stop sequences are not obeyed, as on some servers. Default: `false`. */
  ignoreStops?: boolean
  /**
   * The server fails while it generates: a stream gets an `error` event after `afterDeltas` pieces of text and
   * ends there; a whole reply becomes an HTTP failure of that type.
   */
  streamError?: { type: string; message: string }
  /** How many pieces of text come before `streamError`. Default: 1. */
  afterDeltas?: number
  /** Added to the response, over the emulator's own. */
  headers?: Readonly<Record<string, string>>
  faults?: Faults
  error?: never
  body?: never
}

/** An HTTP failure in the server's envelope. */
export interface FailureReply {
  error: { type: string; message: string }
  /** Default: the status that belongs to the error's type, 500 for an unknown type. */
  status?: number
  /** Added to the response, over the emulator's own: `retry-after`, `x-should-retry`. */
  headers?: Readonly<Record<string, string>>
  faults?: Faults
  body?: never
}

/** A body sent exactly as given: garbage, half an event, another server's grammar. */
export interface RawReply {
  body: string | Uint8Array
  /** Default: `text/event-stream; charset=utf-8` for a streaming request, else `application/json`. */
  contentType?: string
  /** Default: 200. */
  status?: number
  headers?: Readonly<Record<string, string>>
  faults?: Faults
  error?: never
}

/** What goes wrong with the bytes of a response body, JSON and event streams alike. Offsets count from 0. */
export interface Faults {
  /** Before anything is sent, the status included, in milliseconds. */
  responseDelayMs?: number
  /** Before each chunk, in milliseconds. */
  delayMs?: number
  /** The body arrives in chunks of exactly this many bytes (the last may be smaller). Default: one per event. */
  chunkBytes?: number
  /** The byte at this offset is changed (all its bits flipped). */
  corruptAt?: number
  /** The connection dies after this many bytes: the reader gets an error. */
  cutAfterBytes?: number
  /** The body ends after this many bytes as if it were complete. */
  endAfterBytes?: number
  /** Nothing more comes after this many bytes, and the connection stays open until the client leaves. */
  stallAfterBytes?: number
}

/** A reply for every request, or a function that chooses one. */
export type ReplySource = Reply | ((conversation: Conversation, request: RecordedRequest) => Reply)

/** What was asked, read from either endpoint's format by the emulator's own parser. */
export interface Conversation {
  system?: string
  /** Turns of one role in a row stay apart; an open last assistant turn is not here but in `prefill`. */
  messages: { role: 'user' | 'assistant'; text: string }[]
  /** The beginning of the answer, to be continued, as it was sent (trailing whitespace included). */
  prefill?: string
  /** The model that answers: an alias already resolved. */
  model: string
}

/** A request the emulator received, whether or not it was a valid one. */
export interface RecordedRequest {
  readonly method: string
  /** The path with its query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed JSON, or the text when it is not JSON. `''` when there was none. */
  readonly body: unknown
  /** Becomes `true` when the client went away before the reply had ended. */
  readonly aborted: boolean
}

export interface EmulatorOptions {
  /** Answers every request for which no reply is queued. Default: answers made up from the conversation. */
  reply?: ReplySource
  /** The keys that are accepted. Default: every key but those that begin with `invalid`. */
  apiKeys?: readonly string[]
  /** Whether streams carry `ping` events. Default: `true`. */
  pings?: boolean
}
