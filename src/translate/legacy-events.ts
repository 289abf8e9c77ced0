import { APIError, IncompleteReplyError, UnreadableReplyError } from '../errors.ts'
import { isObject } from '../fields.ts'
import type { Completion } from '../wire.ts'
import { parseFailure, toErrorEvent } from './messages-events.ts'
import type { EventReshaper } from './reply.ts'
import { checkLength, type StreamBounds } from './request.ts'

/** Converts the stream of the legacy endpoint to completions. Reads both of its dialects. */
export interface LegacyEventReader extends Omit<EventReshaper, 'push' | 'opening'> {
  /**
   * Converts the next server-sent event to chunks: one or none.
   *
   * @throws APIError for an `error` event, with the text so far in `partialText`.
   * @throws UnreadableReplyError for data that is not a completion.
   */
  push(sent: { event?: string | undefined; data: string }): readonly Completion[]
}

const NONE: readonly Completion[] = []

/**
 * Creates a reader for the events of `POST /v1/complete`. It detects the dialect: named events contain the text since
 * the previous one (version 2023-06-01), unnamed events all text so far (2023-01-01). The chunks always contain the
 * text since the previous one.
 *
 * @example
 * const reader = readLegacyEvents('claude-2.1')
 * for (const event of events) for (const { completion } of reader.push(event)) show(completion)
 * reader.end()
 */
export function readLegacyEvents(model: string, bounds?: StreamBounds): LegacyEventReader {
  let last: Completion | undefined
  let length = 0
  /** Characters that the bounds are known to allow. */
  let allowed = bounds === undefined ? Number.POSITIVE_INFINITY : 0
  let text = ''

  const takeCompletion = (value: unknown, isCumulative: boolean): readonly Completion[] => {
    const completion = legacyCompletion(value, model)
    if (isCumulative) {
      const whole = completion.completion
      if (!whole.startsWith(text)) throw unreadable('takes back text that it had sent before')
      completion.completion = whole.slice(text.length)
    }
    length += completion.completion.length
    // A cumulative stream is compared with the text so far.
    const isHeld = isCumulative || bounds?.keepsText !== false
    if (bounds !== undefined && length > allowed)
      allowed = checkLength(bounds, length, isCumulative ? 1 : undefined)
    if (isHeld) text += completion.completion
    if (completion.stop_reason !== null) last = completion
    reader.done = last !== undefined
    return [completion]
  }

  // Data properties instead of getters, for the same reason as in `foldEvents` of reply.ts.
  const reader: { -readonly [Name in keyof LegacyEventReader]: LegacyEventReader[Name] } = {
    done: false,
    abandon: () => text,
    push({ event, data }) {
      // Events after the end, such as [DONE], have no content.
      if (last !== undefined || data === '' || data === '[DONE]') return NONE
      const isNamed = event !== undefined && event !== 'message'
      // The old documentation: "Your integration must ignore any unexpected event types". This includes pings.
      if (isNamed && event !== 'completion' && event !== 'error') return NONE
      const value = event === 'error' ? parseFailure(data) : parse(data)
      if (event !== 'error' && !isFailure(value)) return takeCompletion(value, !isNamed && !isTyped(value))
      const failure = toErrorEvent(value)
      const error = new APIError(undefined, failure.body ?? failure, undefined, undefined)
      error.partialText = text
      throw error
    },
    end(cause) {
      if (last !== undefined) return { ...last, completion: text }
      throw IncompleteReplyError.of('The stream ended before the completion did.', text, cause)
    },
  }
  return reader
}

/**
 * Reads a completion of the legacy endpoint with all its fields, and fills in those that a version of the API lacks:
 * `type` and `id` were added in 2024, and Bedrock sends neither model nor id.
 *
 * @throws UnreadableReplyError when the value is not a completion.
 */
function legacyCompletion(value: unknown, model: string): Completion {
  if (!isObject(value) || !('completion' in value) || typeof value.completion !== 'string')
    throw unreadable('is not a completion')
  const field = (name: string): string | null => {
    const given: unknown = Object.getOwnPropertyDescriptor(value, name)?.value
    return typeof given === 'string' ? given : null
  }
  const id = field('id') ?? field('log_id') ?? ''
  return {
    ...value,
    type: 'completion',
    id,
    completion: value.completion,
    stop_reason: field('stop_reason'),
    model: field('model') ?? model,
    stop: field('stop'),
    log_id: field('log_id') ?? id,
  }
}

/**
 * Reads a non-streamed response of the legacy endpoint.
 *
 * @throws IncompleteReplyError when it has no stop reason, as in 2023 after an `exception`.
 * @throws UnreadableReplyError when the value is not a completion.
 * @example
 * const { completion } = wholeLegacyCompletion(await response.json(), 'claude-2.1')
 */
export function wholeLegacyCompletion(value: unknown, model: string): Completion {
  const completion = legacyCompletion(value, model)
  if (completion.stop_reason !== null) return completion
  throw IncompleteReplyError.of('The server gave no stop_reason.', completion.completion)
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    throw unreadable(`holds an event of ${data.length} characters that is not JSON`)
  }
}

function unreadable(what: string): UnreadableReplyError {
  return new UnreadableReplyError({
    message: `The reply ${what}. Is baseURL a server that has the old endpoint /v1/complete?`,
  })
}

/**
 * Whether an unnamed event is of the later dialect and lost its name on the way: events of the first dialect have no
 * `type`.
 */
function isTyped(value: unknown): boolean {
  return isObject(value) && 'type' in value
}

/** Whether the data is an error. The first dialect did not name its error events. */
function isFailure(value: unknown): boolean {
  return isObject(value) && !('completion' in value) && 'error' in value
}
