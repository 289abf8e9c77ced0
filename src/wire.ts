/**
 * The types of both HTTP formats. What the two servers really send differs from their documentation: a field that some
 * server is known to omit is optional here.
 */

// ── POST /v1/complete ────────────────────────────────────────────────────────────────────────────

/** The body of a legacy completion request, field by field as the old API defined it. */
export interface CompletionRequest {
  /** The model id. A retired id is mapped to its vendor's recommended replacement. */
  model: string
  /** The prompt: `\n\nHuman: …\n\nAssistant:`. */
  prompt: string
  /** The maximum number of tokens to generate, at least 1. Values above the model's limit are lowered to it. */
  max_tokens_to_sample: number
  /** Sequences that end the completion. `"\n\nHuman:"` always does, listed or not. */
  stop_sequences?: string[] | undefined
  /** 0 to 1; the API's default is 1. `-1` means unset. */
  temperature?: number | undefined
  /** 0 to 1. `-1` means unset. */
  top_p?: number | undefined
  /** A whole number, 0 or more. `-1` means unset. */
  top_k?: number | undefined
  metadata?: { user_id?: string | null | undefined } | undefined
  stream?: boolean | undefined
}

/**
 * Why a completion ended. The old API had the first two values. Others are values of the Messages API without a legacy
 * counterpart; they are kept, so that they do not look like a normal end.
 */
export type CompletionStopReason = 'stop_sequence' | 'max_tokens' | (string & {})

/** A legacy completion: the whole response, or one chunk of a stream. */
export interface Completion {
  type: 'completion'
  /** Begins with `compl_`. */
  id: string
  /** The text, up to and excluding the stop sequence. In a stream: the text since the previous chunk. */
  completion: string
  /** `null` in every chunk of a stream except the last. */
  stop_reason: CompletionStopReason | null
  /** The model that generated the text. */
  model: string
  /** The sequence that ended the text: the caller's, or `"\n\nHuman:"` at a natural end; `null` at `max_tokens`. */
  stop: string | null
  /** The same as `id`. */
  log_id: string
  /**
   * The message that the completion was made from, including usage. Not enumerable, so JSON and comparisons do not
   * contain it. In a stream only the last chunk has it, and its content is the text alone.
   */
  readonly _message?: Message
  /** The `request-id` header of a non-streamed response; not enumerable. */
  readonly _request_id?: string | null
}

// ── POST /v1/messages ────────────────────────────────────────────────────────────────────────────

/** A message of a Messages request. */
export interface MessageParam {
  role: 'user' | 'assistant'
  content: string
}

/** The fields of a Messages request that a text completion may need. */
export interface MessagesRequest {
  model: string
  max_tokens: number
  messages: MessageParam[]
  system?: string
  stop_sequences?: string[]
  temperature?: number
  top_p?: number
  top_k?: number
  metadata?: { user_id: string }
  /** How to turn off thinking, for a model that thinks by default. */
  thinking?: { type: 'disabled' | 'between_tools' }
  output_config?: { effort: 'low' }
  stream?: boolean
}

/** A block of text. */
export interface TextBlock {
  type: 'text'
  text: string
}

/** A block of any other type, such as thinking or tool use. Select blocks by `type`, never by position. */
export interface OtherBlock {
  type: string
  [field: string]: unknown
}

/** A block of a message. Select blocks by `type`, never by position. */
export type ContentBlock = TextBlock | OtherBlock

/** The token counts of a request and its response. */
export interface Usage {
  input_tokens?: number | null
  /** Includes thinking. */
  output_tokens?: number | null
  output_tokens_details?: { thinking_tokens?: number | null } | null
  [field: string]: unknown
}

/** A response of the Messages API. */
export interface Message {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: ContentBlock[]
  stop_reason: string | null
  stop_sequence?: string | null
  usage?: Usage | null
}

/** Begins a message. `message` has its id and model, and usually no content yet. */
export interface MessageStartEvent {
  type: 'message_start'
  message: Message
}

/** Begins a content block. */
export interface ContentBlockStartEvent {
  type: 'content_block_start'
  index: number
  content_block: ContentBlock
}

/** Adds to a content block. */
export interface ContentBlockDeltaEvent {
  type: 'content_block_delta'
  index: number
  delta: { type: 'text_delta'; text: string } | { type: string; [field: string]: unknown }
}

/** Ends a content block. */
export interface ContentBlockStopEvent {
  type: 'content_block_stop'
  index: number
}

/** Reports the stop reason and the usage at the end of a message. */
export interface MessageDeltaEvent {
  type: 'message_delta'
  delta: { stop_reason?: string | null; stop_sequence?: string | null }
  /** Cumulative; some servers omit it. */
  usage?: Usage | null
}

/** Ends a message. */
export interface MessageStopEvent {
  type: 'message_stop'
}

/** Keeps the connection alive; has no content. */
export interface PingEvent {
  type: 'ping'
}

/** Ends a stream with an error. */
export interface ErrorEvent {
  type: 'error'
  error: { type: string; message: string }
  /** The received data, if it had another format. */
  body?: unknown
}

/** An event of a Messages stream. */
export type MessagesEvent =
  | MessageStartEvent
  | ContentBlockStartEvent
  | ContentBlockDeltaEvent
  | ContentBlockStopEvent
  | MessageDeltaEvent
  | MessageStopEvent
  | PingEvent
  | ErrorEvent

// ── both ─────────────────────────────────────────────────────────────────────────────────────────

/** The body of a failed request, on either endpoint. */
export interface ErrorBody {
  type: 'error'
  error: { type: string; message: string }
  request_id?: string | null
}
