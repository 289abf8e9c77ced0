/** Recordings of a program's calls, and the comparison of two of them. */

export {
  callLine,
  headerLine,
  type RecordedCall,
  type RecordedReply,
  type Recording,
  type ReplySource,
  readRecording,
} from './format.ts'
export { createReplay, matchCalls } from './match.ts'
export { createRecorder } from './recorder.ts'
export { FORMATS, isSame, report } from './report.ts'
