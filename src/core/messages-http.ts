/** Converts the HTTP response to an adapted request of the Messages API. */
import { decodeEvents, type EventBounds, type ServerSentEvent } from '../sse.ts'
import { type MessagesReplyPlan, reshapeMessage, reshapeMessageEvents } from '../translate/adapt-messages.ts'
import { readEvent } from '../translate/messages-events.ts'
import type { Message, MessagesEvent } from '../wire.ts'

/** Converts the bytes of a message stream. */
export interface MessageStreamReshaper {
  /**
   * Returns the events to send. An event that needs no change keeps its data, byte for byte.
   *
   * @throws UnreadableReplyError for bytes that are not UTF-8. @throws IncompleteReplyError for too large an event.
   */
  push(bytes: Uint8Array): string
  /** Whether a stop sequence has ended the message. */
  readonly isOver: boolean
  /** Whether the stream has its last event. */
  readonly isEnded: boolean
}

/** Creates the converter for the bytes of one stream. `bounds` limit one event. */
export function reshapeMessageStream(plan: MessagesReplyPlan, bounds?: EventBounds): MessageStreamReshaper {
  const events = reshapeMessageEvents(plan)
  let written = ''
  const take = (sent: ServerSentEvent): void => {
    const event = parseEvent(sent)
    if (event === undefined) {
      if (!events.isOver) written += write(sent)
      return
    }
    for (const made of events.push(event)) {
      written += made === event ? write(sent) : write({ event: made.type, data: JSON.stringify(made) })
      reshaper.isEnded ||= made.type === 'message_stop' || made.type === 'error'
    }
    reshaper.isOver = events.isOver
  }
  const decoder = decodeEvents(take, bounds)
  const reshaper = {
    isEnded: false,
    isOver: false,
    push(bytes: Uint8Array) {
      written = ''
      const damage = decoder.feed(bytes)
      if (damage !== undefined) throw damage
      return written
    },
  }
  return reshaper
}

/** Parses an event; returns `undefined` for one that is not of the Messages API, which is passed on. */
function parseEvent(sent: ServerSentEvent): MessagesEvent | undefined {
  try {
    return readEvent(sent)
  } catch {
    return undefined
  }
}

function write({ event, data }: ServerSentEvent): string {
  const lines = data.split('\n').map(line => `data: ${line}\n`)
  return `${event === undefined ? '' : `event: ${event}\n`}${lines.join('')}\n`
}

/** Converts the body of a whole response; returns `undefined` if it is not a message. */
export function reshapeMessageJson(json: string, plan: MessagesReplyPlan): string | undefined {
  let message: unknown
  try {
    message = JSON.parse(json)
  } catch {
    return undefined
  }
  return isMessage(message) ? JSON.stringify(reshapeMessage(message, plan)) : undefined
}

/** Whether a value is a message with content. */
export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'content' in value && Array.isArray(value.content)
}
