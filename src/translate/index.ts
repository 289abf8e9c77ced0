/**
 * Translates legacy requests to Messages requests and their responses to completions. Pure: no I/O, no clock, no
 * environment.
 *
 * Not exported: the stop matcher and the text filter, implementation details of the reducer.
 *
 * @module
 */
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from '../diagnostics/diagnostic.ts'
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
} from '../wire.ts'
// calls of the Messages API itself
export {
  type AdaptedMessages,
  adaptMessages,
  MESSAGES_ADAPTATIONS,
  type MessagesAdaptation,
  type MessagesEventReshaper,
  type MessagesReplyPlan,
  reshapeMessage,
  reshapeMessageEvents,
} from './adapt-messages.ts'
// endpoints
export { chooseEndpoint, type Endpoint, type EndpointChoice, rollout } from './endpoint.ts'
export { type LegacyEventReader, readLegacyEvents, wholeLegacyCompletion } from './legacy-events.ts'
export { parseFailure, readEvent, toMessagesEvent } from './messages-events.ts'
// models
export { type ModelId, type ModelPlatform, parseModelId, spellModelLike } from './model-ids.ts'
export {
  type CloudCalendar,
  type CloudDays,
  type LiveModel,
  MODEL_TABLE,
  type ModelDays,
  type ModelRow,
  type ModelTable,
  type RetiredModel,
  SAMPLING_PARAMETERS,
  type SamplingParameter,
  type SamplingRule,
  SOURCES,
  TABLE_DAY,
  type ThinkingRule,
  UNKNOWN_CLAUDE,
  UNKNOWN_MODEL,
} from './model-table.ts'
export {
  type ListedModel,
  type ListingScope,
  type ModelOptions,
  type ModelOverride,
  type ModelOverrides,
  type ResolvedModel,
  resolveModel,
  rowsFromListing,
} from './models.ts'
// requests
export type { Policies, Policy } from './policies.ts'
export type { PrefillEcho } from './prefill.ts'
export type { PromptMode } from './prompt-mode.ts'
// responses
export { completionFrom, type EventReshaper, reshapeEvents } from './reply.ts'
export {
  type CompletionStyle,
  checkLength,
  type ReplyPlan,
  type StreamBounds,
  type TranslateOptions,
  type Translation,
} from './request.ts'
export { translateRequest } from './translate-request.ts'
