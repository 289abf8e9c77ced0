/**
 * An independent implementation of both HTTP endpoints: a test double, a demo backend and the reference that the
 * translation is tested against. It shares no code with the translation, so its parsers and model tables are not
 * exported: use `legacy-completions/transcript` and `legacy-completions/translate`.
 */

export { readRules } from './rules.ts'
export type {
  AnswerReply,
  Conversation,
  EmulatorOptions,
  FailureReply,
  Faults,
  RawReply,
  RecordedRequest,
  Reply,
  ReplySource,
  RuleConditions,
  ScriptRule,
} from './script.ts'
export {
  createEmulator,
  type Emulator,
  type RunningEmulator,
  type StartOptions,
  startEmulator,
} from './server.ts'
