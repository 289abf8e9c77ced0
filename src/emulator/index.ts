/**
 * Both HTTP endpoints, emulated: a test double, a demo backend and an oracle. It knows the two formats by itself and
 * shares no code with the translation it is used to test, so its parsers and model tables are not exported:
 * use `legacy-completions/transcript` and `legacy-completions/translate`.
 */

export { createEmulator, type Emulator } from './emulator.ts'
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
} from './script.ts'
export { type RunningEmulator, type StartOptions, startEmulator } from './start.ts'
