/**
 * Keeps code that calls Claude through the old Text Completions interface running on the Messages API.
 *
 * The prompt parser alone is at `legacy-completions/transcript`, the translation and the event types at
 * `legacy-completions/translate`, and a server that needs no API key at `legacy-completions/emulator`.
 *
 * @module
 */

export { Anthropic, Anthropic as CompletionsClient, Anthropic as default } from './client/client.ts'
export type { ClientOptions, ClientSettings, FetchLike } from './client/options.ts'
export { refreshModels } from './client/refresh-models.ts'
export type { ComparedSide, Comparison, ComparisonOptions, Difference } from './core/compare.ts'
export { CompletionStream } from './core/completion-stream.ts'
// the client
export type { APIPromise } from './core/completions.ts'
export {
  type CompletionCreateParams,
  type CompletionCreateParamsBase,
  type CompletionCreateParamsNonStreaming,
  type CompletionCreateParamsStreaming,
  Completions,
} from './core/completions.ts'
export type { HeaderOptions } from './core/headers.ts'
export type {
  CompareOptions,
  CompletionsOptions,
  CompletionsSettings,
  RequestOptions,
} from './core/options.ts'
export type { Logger, LogLevel } from './core/report-diagnostics.ts'
export { Stream } from './core/stream.ts'
// errors and diagnostics
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from './diagnostics/diagnostic.ts'
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
export { type Repair, type RepairedPrompt, repairPrompt } from './repair/index.ts'
// prompts
export {
  AI_PROMPT,
  type Conversation,
  type ConversationMessage,
  HUMAN_PROMPT,
  lineColumn,
  lineIndex,
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
  type CompletionStyle,
  completionFrom,
  type Endpoint,
  type EndpointChoice,
  type LiveModel,
  MODEL_TABLE,
  type ModelOverride,
  type ModelOverrides,
  type ModelRow,
  type ModelTable,
  type Policies,
  type Policy,
  type PromptMode,
  type ResolvedModel,
  type RetiredModel,
  reshapeEvents,
  resolveModel,
  rollout,
  type SamplingRule,
  type ThinkingRule,
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
  ContentBlockStopEvent,
  Message,
  MessagesRequest,
  OtherBlock,
  TextBlock,
  Usage,
} from './wire.ts'
