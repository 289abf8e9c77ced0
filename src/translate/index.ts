/**
 * The translation itself: a request one way, a reply the other. Pure: no I/O, no clock, no environment.
 *
 * Withheld: the stop matcher and the text path, which only make sense inside the fold.
 *
 * @module
 */
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from '../diagnostics/diagnostic.ts'
export type {
  Completion,
  CompletionRequest,
  CompletionStopReason,
  Message,
  MessagesEvent,
  MessagesRequest,
} from '../wire.ts'
// where a call goes
export { chooseEndpoint, type Endpoint, type EndpointChoice, rollout } from './endpoint.ts'
// the way back
export { type EventReshaper, reshapeEvents } from './events.ts'
export { type LegacyEventReader, readLegacyEvents, wholeLegacyCompletion } from './legacy-events.ts'
export { type ListedModel, rowsFromListing } from './model-listing.ts'
// models
export {
  type LiveModel,
  MODEL_TABLE,
  type ModelRow,
  type ModelTable,
  type RetiredModel,
  type SamplingRule,
  SOURCES,
  type ThinkingRule,
  UNKNOWN_CLAUDE,
  UNKNOWN_MODEL,
} from './model-table.ts'
export { type ModelAnswer, type ModelOverride, type ModelOverrides, resolveModel } from './models.ts'
// the way there
export type { Policies, Policy } from './policies.ts'
export type { Echo } from './prefill.ts'
export type { PromptReading } from './prompt.ts'
export { parseFailure, readEvent, toMessagesEvent } from './read-event.ts'
export {
  type ReplyPlan,
  type Style,
  type TranslateOptions,
  type Translation,
  translateRequest,
} from './request.ts'
export { completionFrom } from './response.ts'
