/**
 * The translation itself: a request one way, a reply the other. Pure: no I/O, no clock, no environment.
 *
 * Withheld: the stop matcher and the text path, which only make sense inside the fold.
 *
 * @module
 */
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from '../diagnostics.ts'
export type {
  Completion,
  CompletionRequest,
  CompletionStopReason,
  Message,
  MessagesEvent,
  MessagesRequest,
} from '../wire.ts'
export { type EventReshaper, reshapeEvents } from './events.ts'
export {
  type LiveModel,
  MODEL_TABLE,
  type ModelRow,
  type ModelTable,
  type RetiredModel,
  type SamplingRule,
} from './model-table.ts'
export { type ModelAnswer, resolveModel } from './models.ts'
export { readEvent } from './read-event.ts'
export {
  type ReplyPlan,
  type Style,
  type TranslateOptions,
  type Translation,
  translateRequest,
} from './request.ts'
export { completionFrom } from './response.ts'
