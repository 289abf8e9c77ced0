import type { Call, Means } from './call.ts'
import { type Problem, shouldRetry, statusOf } from './problem.ts'
import type { AnswerReply, FailureReply, Faults, RawReply, Reply } from './script.ts'

/** A response before its bytes are made. */
export interface Outcome {
  status: number
  headers: Record<string, string>
  chunks: Iterable<string | Uint8Array>
  faults: Faults
}

const JSON_TYPE = 'application/json'
const STREAM_TYPE = 'text/event-stream; charset=utf-8'

export function json(value: object): Outcome {
  return { status: 200, headers: { 'content-type': JSON_TYPE }, chunks: [JSON.stringify(value)], faults: {} }
}

/** The response that a reply asks for, to a valid request. */
export function obey(reply: Reply, call: Call, means: Means): Outcome {
  if (typeof reply === 'string') return answer({ text: reply }, call, means)
  if (reply.error !== undefined) return failure(reply, means.requestId)
  if (reply.body !== undefined) return raw(reply, call)
  // A whole reply has no middle to fail in: the status tells it.
  if (reply.streamError && !call.stream) {
    const { streamError: error, headers, faults } = reply
    return failure({ error, ...(headers && { headers }), ...(faults && { faults }) }, means.requestId)
  }
  return answer(reply, call, means)
}

/** An HTTP failure in the envelope both endpoints share since mid-2025. */
export function failure(reply: FailureReply, requestId: string): Outcome {
  const { type, message } = reply.error
  const status = reply.status ?? statusOf(type)
  const retry = shouldRetry(status)
  return {
    status,
    headers: {
      'content-type': JSON_TYPE,
      ...(retry === undefined ? {} : { 'x-should-retry': retry }),
      ...lowerCase(reply.headers),
    },
    chunks: [JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId })],
    faults: reply.faults ?? {},
  }
}

/** The failure that a refused request gets. */
export function refusal({ type, message, status }: Problem, requestId: string): Outcome {
  return failure({ error: { type, message }, status }, requestId)
}

function answer(reply: AnswerReply, call: Call, means: Means): Outcome {
  const stream = { 'content-type': STREAM_TYPE, 'cache-control': 'no-cache' }
  return {
    status: 200,
    headers: { ...(call.stream ? stream : { 'content-type': JSON_TYPE }), ...lowerCase(reply.headers) },
    chunks: call.write(reply, means),
    faults: reply.faults ?? {},
  }
}

function raw({ body, contentType, status = 200, headers, faults = {} }: RawReply, call: Call): Outcome {
  const type = contentType ?? (call.stream ? STREAM_TYPE : JSON_TYPE)
  return { status, headers: { 'content-type': type, ...lowerCase(headers) }, chunks: [body], faults }
}

/** So that a script's `Retry-After` replaces ours instead of joining it. */
function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
