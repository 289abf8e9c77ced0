import { APIError, IncompleteReplyError, UnreadableReplyError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import { parseFailure, toErrorEvent } from './messages-events.ts'
import type { EventReshaper } from './reply.ts'

/** Reads the stream of the legacy endpoint itself, in either of its dialects. */
export interface LegacyEventReader extends Omit<EventReshaper, 'push' | 'opening'> {
  /**
   * Takes the next server-sent event and returns the chunks it gives: one or none.
   *
   * @throws APIError for an `error` event, with the text so far in `partialText`.
   * @throws UnreadableReplyError for data that is no completion.
   */
  push(sent: { event?: string | undefined; data: string }): readonly Completion[]
}

const NONE: readonly Completion[] = []

/**
 * Reads the events of `POST /v1/complete`. The dialect is told by the events themselves: named ones hold the text since
 * the one before (version 2023-06-01), unnamed ones all of it so far (2023-01-01). Both come out as the former.
 *
 * @example
 * const reader = readLegacyEvents('claude-2.1')
 * for (const event of events) for (const { completion } of reader.push(event)) show(completion)
 * reader.end()
 */
export function readLegacyEvents(model: string): LegacyEventReader {
  let last: Completion | undefined

  const takeCompletion = (value: unknown, isCumulative: boolean): readonly Completion[] => {
    const completion = legacyCompletion(value, model)
    if (isCumulative) {
      const whole = completion.completion
      if (!whole.startsWith(reader.text)) throw unreadable('takes back text that it had sent before')
      completion.completion = whole.slice(reader.text.length)
    }
    reader.text += completion.completion
    if (completion.stop_reason !== null) last = completion
    reader.done = last !== undefined
    return [completion]
  }

  // Data, not getters, for the reason that the reshaper of messages has.
  const reader: { -readonly [Name in keyof LegacyEventReader]: LegacyEventReader[Name] } = {
    text: '',
    done: false,
    abandon: () => reader.text,
    push({ event, data }) {
      // What follows the end, such as [DONE], says nothing.
      if (last !== undefined || data === '' || data === '[DONE]') return NONE
      const isNamed = event !== undefined && event !== 'message'
      // "Your integration must ignore any unexpected event types": pings, and whatever may come.
      if (isNamed && event !== 'completion' && event !== 'error') return NONE
      const value = event === 'error' ? parseFailure(data) : parse(data)
      if (event !== 'error' && !isFailure(value)) return takeCompletion(value, !isNamed && !isTyped(value))
      const failure = toErrorEvent(value)
      const error = new APIError(undefined, failure.body ?? failure, undefined, undefined)
      error.partialText = reader.text
      throw error
    },
    end(cause) {
      if (last !== undefined) return { ...last, completion: reader.text }
      throw IncompleteReplyError.of('The stream ended before the completion did.', reader.text, cause)
    },
  }
  return reader
}

/**
 * A completion as the legacy endpoint sent it, with all its fields; those that a version of the API did not have are
 * filled in: `type` and `id` came in 2024, and Bedrock names neither model nor id.
 *
 * @throws UnreadableReplyError when the value is no completion.
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
 * The completion that a whole answer of the legacy endpoint holds.
 *
 * @throws IncompleteReplyError when it does not say why it ended, as in 2023 after an `exception`.
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

/** Whether it is of the later dialect, its name lost on the way: the first one had no `type`. */
function isTyped(value: unknown): boolean {
  return isObject(value) && 'type' in value
}

/** An error, named or not: the first dialect had no names. */
function isFailure(value: unknown): boolean {
  return isObject(value) && !('completion' in value) && 'error' in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
