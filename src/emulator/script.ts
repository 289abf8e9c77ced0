import type { ContentBlock } from '../wire.ts'

/**
 * A reply of the emulator: a text, a detailed text, an HTTP failure, or raw bytes. The same reply works on both
 * endpoints, streamed or not.
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

/** Generated text and how the server reports it. All fields are optional; `{}` is an empty reply. */
export interface AnswerReply {
  /** The text, without the leading space of the legacy endpoint. Default: the joined `deltas`. */
  text?: string
  /**
   * Exact content blocks instead of `text`, such as several text blocks or a thinking block before a text. The
   * legacy endpoint returns the text blocks only. With `content` the emulator adds no thinking block.
   */
  content?: readonly ContentBlock[]
  /** The exact pieces in which a stream sends `text` (not `content`). Default: one per token. */
  deltas?: readonly string[]
  /** Reported stop reason. Default: the actual one. */
  stopReason?: string
  /** Reported stop sequence. Without `stopReason`, the reason becomes `stop_sequence`. Default: the actual match. */
  stopSequence?: string | null
  /** Whether to ignore the request's stop sequences, as some servers do. Default: `false`. */
  ignoreStops?: boolean
  /**
   * Failure during generation. A stream gets an `error` event after `afterDeltas` pieces of text and then ends. A
   * response that is not streamed becomes an HTTP failure of that type.
   */
  streamError?: { type: string; message: string }
  /** Number of text pieces before `streamError`. Default: 1. */
  afterDeltas?: number
  /** Response headers, which override the emulator's. */
  headers?: Readonly<Record<string, string>>
  faults?: Faults
  error?: never
  body?: never
}

/** An HTTP failure in the servers' error envelope. */
export interface FailureReply {
  error: { type: string; message: string }
  /** HTTP status. Default: the status of the error's type; 500 for an unknown type. */
  status?: number
  /** Response headers, such as `retry-after` or `x-should-retry`, which override the emulator's. */
  headers?: Readonly<Record<string, string>>
  faults?: Faults
  body?: never
}

/** A body that is sent unchanged: malformed JSON, half an event, the format of another server. */
export interface RawReply {
  body: string | Uint8Array
  /**
   * Content type. Default: `text/event-stream; charset=utf-8` for a streaming request, otherwise `application/json`.
   */
  contentType?: string
  /** HTTP status. Default: 200. */
  status?: number
  headers?: Readonly<Record<string, string>>
  faults?: Faults
  error?: never
}

/** Transport faults of a response body, JSON or event stream. Offsets are in bytes, from 0. */
export interface Faults {
  /** Milliseconds before the status is sent. */
  responseDelayMs?: number
  /** Milliseconds before each chunk is sent. */
  delayMs?: number
  /** Size of each chunk in bytes; the last one may be smaller. Default: one chunk per event. */
  chunkBytes?: number
  /** Flips all bits of the byte at this offset. */
  corruptAt?: number
  /** Breaks the connection after this many bytes: the reader gets an error. */
  cutAfterBytes?: number
  /** Ends the body after this many bytes, as if it were complete. */
  endAfterBytes?: number
  /** Sends nothing after this many bytes and keeps the connection open until the client closes it. */
  stallAfterBytes?: number
}

/** A reply for every request, or a function that returns one. */
export type ReplySource = Reply | ((conversation: Conversation, request: RecordedRequest) => Reply)

/** The conversation of a request to either endpoint, parsed by the emulator. */
export interface Conversation {
  system?: string
  /** The turns, without the prefill. Consecutive turns of one role are not joined. */
  messages: { role: 'user' | 'assistant'; text: string }[]
  /** The beginning of the reply that the model continues, with its trailing whitespace. */
  prefill?: string
  /** The id of the model that responds, with an alias resolved. */
  model: string
}

/** A request that the emulator received, valid or not. */
export interface RecordedRequest {
  readonly method: string
  /** The path with its query. */
  readonly path: string
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed JSON, or the text if it is not JSON. `''` for a request without a body. */
  readonly body: unknown
  /** Whether the client disconnected before the end of the response. */
  readonly aborted: boolean
}

/** Conditions of a rule. All given conditions must be met. */
export interface RuleConditions {
  /** The endpoint of the request: `'complete'` or `'messages'`. */
  endpoint?: 'complete' | 'messages'
  /** The model id of the request. `*` matches any text: `'claude-*'`. */
  model?: string
  /** Text that occurs in the system prompt, in a turn or in the prefill. */
  prompt?: string
  /** Whether the request asks for a stream. */
  stream?: boolean
  /**
   * Attempts to which the rule applies, counted from 1: a number such as `1`, or a range such as `'1-2'`. Equal
   * requests count as attempts of one call until one of them succeeds without a fault. Default: every attempt.
   */
  attempt?: number | string
}

/**
 * A rule of a script: conditions and what happens when they hold. The first rule that matches a valid request
 * applies. A rule can be written as JSON or YAML, because it contains data only.
 *
 * @example
 * const rules: ScriptRule[] = [
 *   { when: { attempt: 1 }, error: 'rate_limit_error', headers: { 'retry-after': '0' } },
 *   { when: { prompt: 'weather' }, reply: 'It is sunny.' },
 *   { when: { model: 'claude-opus-*', stream: true }, faults: { cutAfterBytes: 500 } },
 * ]
 */
export interface ScriptRule {
  /** Conditions of the rule. Default: the rule applies to every valid request. */
  when?: RuleConditions
  /** Reply. Default: the reply that the request would get without the rule. */
  reply?: Reply
  /** The type of an HTTP failure, such as `overloaded_error`. Not together with `reply`. */
  error?: string
  /** Message of the failure. Default: the error's type as words. */
  message?: string
  /** HTTP status of the failure. Default: the status of the error's type. Without `error`, it determines the type. */
  status?: number
  /** Response headers, which override the emulator's. */
  headers?: Readonly<Record<string, string>>
  /** Transport faults, for a scripted reply, a failure or a default reply. */
  faults?: Faults
}

/** Options of `createEmulator`: replies, accepted keys and pings. */
export interface EmulatorOptions {
  /** Rules that choose replies and faults by request. The first match applies; queued replies come first. */
  rules?: readonly ScriptRule[]
  /** Reply to every request without a queued one. Default: a reply generated from the conversation. */
  reply?: ReplySource
  /** Accepted keys. Default: every key that does not begin with `invalid`. */
  apiKeys?: readonly string[]
  /** Whether streams contain `ping` events. Default: `true`. */
  pings?: boolean
  /** The day, as `YYYY-MM-DD`, for which models count as retired. Default: the current day in UTC. */
  today?: string
}
