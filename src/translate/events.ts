import { callDiagnostic as diagnostic } from '../diagnostics/call.ts'
import type { OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { APIError, IncompleteReplyError, UnreadableReplyError } from '../errors.ts'
import type { Completion, Message, MessagesEvent } from '../wire.ts'
import { budgetOverrun, legacyEnd, legacyId, noText } from './ending.ts'
import type { Echo } from './prefill.ts'
import type { ReplyPlan } from './request.ts'
import { reshapeText } from './text.ts'

/** Turns the events of one message into the chunks of one legacy completion. */
export interface EventReshaper {
  /**
   * Takes the next event and returns the chunks it gives: mostly one or none, at the end up to two.
   *
   * @throws APIError for an `error` event, with the text so far in `partialText`.
   * @throws UnreadableReplyError for text outside a message.
   */
  push(event: MessagesEvent): readonly Completion[]
  /**
   * The whole completion. To be called when the message has ended, or when the server sends no more, with what kept
   * it from doing so.
   *
   * @throws IncompleteReplyError when the message had not ended, with the text so far in `partialText`.
   */
  end(cause?: unknown): Completion
  /**
   * The text so far, and what of it was held back because it might have begun a stop: for an error, when no more will
   * come.
   */
  abandon(): string
  /** Whether the message has ended. What the server still sends does not count; the request can be cancelled. */
  readonly done: boolean
  /** The text of all chunks so far. */
  readonly text: string
}

const NONE: readonly Completion[] = []

/**
 * The way back, for streams: a fold over the events of a message. {@link completionFrom} is the same fold, so the
 * whole and the streamed road cannot disagree.
 *
 * @example
 * const reshaper = reshapeEvents(plan)
 * for (const event of events) {
 *   for (const completion of reshaper.push(event)) show(completion.completion)
 *   if (reshaper.done) break
 * }
 * reshaper.end()
 */
export function reshapeEvents(plan: ReplyPlan, onDiagnostic?: OnDiagnostic): EventReshaper {
  // A server that repeats a prefill by itself does so in whole replies only: llama.cpp, and what stands before it.
  return foldEvents(plan, plan.echo?.isContinued ? plan.echo : undefined, onDiagnostic)
}

/**
 * The fold itself; what the text may repeat of the prefill is told apart from the plan. Of a stream the completion keeps
 * the message, as far as its events told; whoever has it whole attaches it.
 */
export function foldEvents(
  plan: ReplyPlan,
  echo: Echo | undefined,
  onDiagnostic: OnDiagnostic = () => {},
  isWhole = false,
): EventReshaper {
  const path = reshapeText(plan, echo)
  let message: Message | undefined
  let id = ''
  let stopReason: string | null = null
  let stopSequence: string | null = null
  /** What the model wrote; what of it was handed out is the reshaper's text. */
  let written = ''
  let last: Completion | undefined

  const completionOf = (completion: string, stop_reason: string | null, stop: string | null): Completion => {
    // llama.cpp may name no model.
    const model = started().model ?? plan.model
    return { type: 'completion', id, completion, stop_reason, model, stop, log_id: id }
  }

  const chunk = (completion: string): Completion => {
    const made = completionOf(completion, null, null)
    reshaper.text += completion
    return made
  }

  const started = (): Message => {
    if (message !== undefined) return message
    const error = new UnreadableReplyError({
      message:
        'The stream has content before message_start. Is baseURL a server that speaks the Messages API?',
    })
    throw error
  }

  const finish = (rest: string, stop_reason: string, stop: string | null): readonly Completion[] => {
    const chunks = rest === '' ? [] : [chunk(rest)]
    last = completionOf('', stop_reason, stop)
    if (!isWhole) {
      const content = written === '' ? [] : [{ type: 'text', text: written }]
      attachMessage(last, { ...started(), content, stop_reason: stopReason, stop_sequence: stopSequence })
    }
    reshaper.done = true
    return [...chunks, last]
  }

  const takeText = (piece: string): readonly Completion[] => {
    if (piece === '') return NONE
    written += piece
    const { text: safe, stop } = path.push(piece)
    if (stop !== null) return finish(safe, 'stop_sequence', stop)
    return safe === '' ? NONE : [chunk(safe)]
  }

  const takeEnd = (): readonly Completion[] => {
    started()
    if (stopReason === null)
      throw IncompleteReplyError.of('The server ended the message without a stop_reason.', abandon())
    const { text: rest, stop: heldStop } = path.flush()
    if (heldStop !== null) return finish(rest, 'stop_sequence', heldStop)
    const { usage } = started()
    if (reshaper.text === '' && rest === '' && stopSequence === null) onDiagnostic(noText(stopReason, usage))
    const { reason, stop, foreign } = legacyEnd(stopReason, stopSequence, plan.style)
    if (foreign) onDiagnostic(diagnostic('foreign-stop-reason', foreign))
    const overrun = foreign === undefined ? budgetOverrun(plan.tokenBudget, usage) : undefined
    if (overrun === undefined || plan.style === 'messages') return finish(rest, reason, stop)
    onDiagnostic(overrun)
    return finish(rest, 'max_tokens', null)
  }

  const abandon = (): string => {
    reshaper.text += path.flush().text
    return reshaper.text
  }

  // Data, not getters: V8 gives each object that is written with a getter a shape of its own, and to make them took four
  // times as long as the whole way of a short reply.
  const reshaper: { -readonly [Name in keyof EventReshaper]: EventReshaper[Name] } = {
    text: '',
    done: false,
    abandon,
    push(event) {
      if (last !== undefined) return NONE
      switch (event.type) {
        case 'content_block_delta':
          return takeText(textOf(event.delta, 'text_delta'))
        case 'content_block_start':
          // The vendor's are empty; a server that puts the first words here must not lose them.
          return takeText(textOf(event.content_block, 'text'))
        case 'message_start':
          message = event.message
          id = plan.style === 'legacy' ? legacyId(message.id) : message.id
          return NONE
        case 'message_delta':
          message = { ...started(), usage: { ...message?.usage, ...event.usage } }
          stopReason = event.delta.stop_reason ?? stopReason
          stopSequence = event.delta.stop_sequence ?? stopSequence
          return NONE
        case 'message_stop':
          return takeEnd()
        case 'error': {
          const error = new APIError(undefined, event.body ?? event, undefined, undefined)
          error.partialText = abandon()
          throw error
        }
        default:
          // Pings come when they like, and the API may add event types at any time.
          return NONE
      }
    },
    end(cause) {
      if (last === undefined)
        throw IncompleteReplyError.of('The stream ended before the message did.', abandon(), cause)
      const completion = completionOf(reshaper.text, last.stop_reason, last.stop)
      return last._message === undefined ? completion : attachMessage(completion, last._message)
    },
  }
  return reshaper
}

/** The completion, with its message reachable without its showing in JSON, in a comparison or in a spread. */
export function attachMessage(completion: Completion, message: Message): Completion {
  return Object.defineProperty(completion, '_message', { value: message, enumerable: false })
}

/** The text of a block or a delta, if it is of the type that has text; thinking and tools have none. */
function textOf(part: { type: string; text?: unknown }, type: string): string {
  return part.type === type && typeof part.text === 'string' ? part.text : ''
}
