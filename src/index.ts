/**
 * Keeps code that calls Claude through the old Text Completions interface running on the Messages API.
 *
 * The grammar alone is at `legacy-completions/transcript`, the translation alone at `legacy-completions/translate`,
 * a backend without a key at `legacy-completions/emulator`.
 *
 * Withheld: the transport, and the emulator, which no program in production needs.
 *
 * @module
 */

// the client
export type { APIPromise } from './client/api-promise.ts'
export {
  CompletionsClient as Anthropic,
  CompletionsClient,
  CompletionsClient as default,
} from './client/client.ts'
export { CompletionStream } from './client/completion-stream.ts'
export {
  type CompletionCreateParams,
  type CompletionCreateParamsBase,
  type CompletionCreateParamsNonStreaming,
  type CompletionCreateParamsStreaming,
  Completions,
} from './client/completions.ts'
export type {
  ClientOptions,
  ClientSettings,
  FetchLike,
  HeaderOptions,
  RequestOptions,
} from './client/options.ts'
export { Stream } from './client/stream.ts'
// errors and remarks
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from './diagnostics.ts'
export {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  IncompleteReplyError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
  UnreadableReplyError,
} from './errors.ts'
// prompts
export {
  AI_PROMPT,
  type Conversation,
  type ConversationMessage,
  HUMAN_PROMPT,
  lineColumn,
  type Position,
  parsePrompt,
  prompt,
  type RenderOptions,
  type Role,
  renderPrompt,
  renderSource,
  type Transcript,
  type Turn,
  toMessages,
} from './transcript/index.ts'
// the translation
export {
  completionFrom,
  type EventReshaper,
  type LiveModel,
  MODEL_TABLE,
  type ModelAnswer,
  type ModelRow,
  type ModelTable,
  type ReplyPlan,
  type RetiredModel,
  reshapeEvents,
  resolveModel,
  type SamplingRule,
  type Style,
  type TranslateOptions,
  type Translation,
  translateRequest,
} from './translate/index.ts'

// both wire formats
export type {
  Completion,
  CompletionRequest,
  CompletionStopReason,
  ContentBlock,
  ContentBlockDeltaEvent,
  ContentBlockStartEvent,
  ContentBlockStopEvent,
  ErrorBody,
  ErrorEvent,
  Message,
  MessageDeltaEvent,
  MessageParam,
  MessageStartEvent,
  MessageStopEvent,
  MessagesEvent,
  MessagesRequest,
  OtherBlock,
  PingEvent,
  TextBlock,
  Usage,
} from './wire.ts'
