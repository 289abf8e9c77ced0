import type { ServerSentEvent } from '../sse.ts'
import {
  type completionFrom,
  type MessagesEvent,
  type OnDiagnostic,
  type ReplyPlan,
  readEvent,
  readLegacyEvents,
  reshapeEvents,
  toMessagesEvent,
  wholeLegacyCompletion,
} from '../translate/index.ts'
import type { Completion } from '../wire.ts'

/** What a server answers in: how its events, and its whole answers, become completions. */
export interface ReplyGrammar {
  events(): EventFold
  /** @throws UnreadableReplyError for a body of another grammar. */
  whole(body: object): Completion
}

/** Takes the events of one reply and gives the chunks of one completion. */
export interface EventFold {
  /** @throws the error that the event tells of, or UnreadableReplyError. */
  push(sent: ServerSentEvent): readonly Completion[]
  /** Takes an event that somebody else has decoded: the official SDK. */
  pushDecoded(event: object): readonly Completion[]
  /** The whole completion. @throws IncompleteReplyError when it had not ended. */
  end(cause?: unknown): Completion
  /** Whether the completion has ended: by what the server said, or at a stop enforced here. */
  isDone(): boolean
  /** Whether the server itself said that it has ended, and so will say no more. */
  isEndSaid(): boolean
  /** The text so far, and what was held back, when no more will come. */
  abandon(): string
}

/**
 * The grammar of the Messages API, read as the plan of the request asks; a whole message by `completionFrom`, or by
 * `bareCompletion` where the completion is only written out.
 */
export function messagesGrammar(
  plan: ReplyPlan,
  onDiagnostic: OnDiagnostic,
  readMessage: typeof completionFrom,
): ReplyGrammar {
  return {
    events() {
      const reshaper = reshapeEvents(plan, onDiagnostic)
      let isEndSaid = false
      const take = (event: MessagesEvent | undefined): readonly Completion[] => {
        if (event === undefined) return []
        const chunks = reshaper.push(event)
        isEndSaid ||= event.type === 'message_stop'
        return chunks
      }
      return {
        push: sent => take(readEvent(sent)),
        pushDecoded: event => take(toMessagesEvent(event)),
        end: reshaper.end,
        isDone: () => reshaper.done,
        isEndSaid: () => isEndSaid,
        abandon: reshaper.abandon,
      }
    },
    whole: body => readMessage(body, plan, onDiagnostic),
  }
}

/** The grammar of the legacy endpoint, in either of its dialects. */
export function legacyGrammar(model: string): ReplyGrammar {
  return {
    events() {
      const reader = readLegacyEvents(model)
      return {
        push: reader.push,
        pushDecoded: event => reader.push({ event: 'completion', data: JSON.stringify(event) }),
        end: reader.end,
        isDone: () => reader.done,
        isEndSaid: () => reader.done,
        abandon: reader.abandon,
      }
    },
    whole: body => wholeLegacyCompletion(body, model),
  }
}
