/** The file format of a recording: JSON lines, with a header and then one line per call. */

import type { ContentBlock } from '../wire.ts'

/** Parsed JSON body of a request. */
export type Body = Readonly<Record<string, unknown>>

/** Response to a recorded call: a message, or the error of a failed call. */
export type RecordedReply =
  | {
      readonly content: readonly ContentBlock[]
      readonly stop_reason: string | null
      readonly stop_sequence: string | null
    }
  | { readonly status: number; readonly error: { readonly type: string; readonly message: string } }

/** One call of the recorded program. */
export interface RecordedCall {
  /** Position of the call among all calls of the program, from 1. */
  readonly order: number
  /** Body of a request to `/v1/complete`; absent for a native Messages request. */
  readonly legacy?: Body
  /** Body of the Messages request, translated or native; absent if the legacy request was rejected. */
  readonly messages?: Body
  /** Number of the retry, as the official SDKs report it; absent for a first attempt. */
  readonly retry?: number
  /** HTTP status that the program received; 0 if it disconnected before. */
  readonly status: number
  readonly reply?: RecordedReply
}

/** Source of the responses: the emulator, another recording, or a server. */
export type ReplySource = 'emulator' | 'replay' | 'upstream'

/** The first line of a recording. */
export interface RecordingHeader {
  readonly recording: 1
  readonly notice: string
  readonly replies: ReplySource
}

/** A parsed recording. */
export interface Recording {
  readonly header: RecordingHeader
  /** Calls in the order in which the program made them. */
  readonly calls: readonly RecordedCall[]
}

const NOTICE =
  'This file contains the prompts of the recorded program and, with --replies, the replies. It contains no keys and no headers.'

/** Returns the first line of a recording. */
export function headerLine(replies: ReplySource): string {
  const header: RecordingHeader = { recording: 1, notice: NOTICE, replies }
  return `${JSON.stringify(header)}\n`
}

/** Returns the line of a call. */
export const callLine = (call: RecordedCall): string => `${JSON.stringify(call)}\n`

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Parses a recording.
 *
 * @throws TypeError that names the line and the reason.
 */
export function readRecording(text: string): Recording {
  const lines = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [{ line, at: index + 1 }]))
  const [first, ...rest] = lines.map(({ line, at }) => ({ value: parse(line, at), at }))
  if (first === undefined || !isHeader(first.value))
    throw new TypeError('Line 1 is not the header of a recording. Create one with legacy-completions record.')
  const calls = rest.map(({ value, at }) => {
    if (isCall(value)) return value
    throw new TypeError(`Line ${at} is not a recorded call.`)
  })
  return { header: first.value, calls: calls.sort((a, b) => a.order - b.order) }
}

function parse(line: string, at: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new TypeError(`Line ${at} is not JSON.`)
  }
}

function isHeader(value: unknown): value is RecordingHeader {
  return (
    isBody(value) &&
    value.recording === 1 &&
    (value.replies === 'emulator' || value.replies === 'replay' || value.replies === 'upstream')
  )
}

function isCall(value: unknown): value is RecordedCall {
  if (!isBody(value)) return false
  const isOptional = (field: unknown): boolean => field === undefined || isBody(field)
  return (
    typeof value.order === 'number' &&
    typeof value.status === 'number' &&
    isOptional(value.legacy) &&
    isOptional(value.messages) &&
    isOptional(value.reply)
  )
}
