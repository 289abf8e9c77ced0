import { callDiagnostic as diagnostic } from '../diagnostics/call.ts'
import type { Diagnostic, OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { APIError, IncompleteReplyError, UnreadableReplyError } from '../errors.ts'
import type { Completion, Message, MessagesEvent, Usage } from '../wire.ts'
import type { PrefillEcho } from './prefill.ts'
import { BUILT_IN_STOP, type CompletionStyle, type ReplyPlan } from './request.ts'
import { reshapeText } from './text-filter.ts'

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
  /** A chunk without text, once the message has begun: for a stream that has to begin before the text does. */
  opening(): Completion | undefined
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
function foldEvents(
  plan: ReplyPlan,
  echo: PrefillEcho | undefined,
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
    const { tokenBudget } = plan
    const overrun =
      foreign === undefined && tokenBudget !== undefined ? budgetOverrun(tokenBudget, usage) : undefined
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
    opening: () => (message === undefined ? undefined : completionOf('', null, null)),
    push(event) {
      if (last !== undefined) return NONE
      switch (event.type) {
        case 'content_block_delta':
          return takeText(textOf(event.delta, 'text_delta'))
        case 'content_block_start':
          // The vendor's are empty; a server that puts the first words here must not lose them.
          return takeText(textOf(event.content_block, 'text'))
        case 'message_start':
          if (message !== undefined) throw secondMessage(abandon())
          message = event.message
          // Other servers have other prefixes, which are kept.
          id = plan.style === 'legacy' ? `compl_${message.id.replace(/^msg_/, '')}` : message.id
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

function secondMessage(partialText: string): UnreadableReplyError {
  const error = new UnreadableReplyError({
    message: 'The stream begins a second message. A gateway has joined two responses. Try the call again.',
  })
  error.partialText = partialText
  return error
}

/** The completion, with its message reachable without its showing in JSON, in a comparison or in a spread. */
function attachMessage(completion: Completion, message: object): Completion {
  return Object.defineProperty(completion, '_message', { value: message, enumerable: false })
}

/** The text of a block or a delta, if it is of the type that has text; thinking and tools have none. */
function textOf(part: { type: string; text?: unknown }, type: string): string {
  return part.type === type && typeof part.text === 'string' ? part.text : ''
}

/**
 * The way back, for a whole reply: the legacy completion made of a message. Its text is that of all text blocks,
 * wherever they stand among thinking and other blocks.
 *
 * @throws UnreadableReplyError when the value is no message.
 * @example
 * const completion = completionFrom(await response.json(), plan)
 * completion.completion // " Hi, I'm Claude."
 */
export function completionFrom(message: object, plan: ReplyPlan, onDiagnostic?: OnDiagnostic): Completion {
  return attachMessage(bareCompletion(message, plan, onDiagnostic), message)
}

/**
 * The same without its `_message`, for a completion that is only written out: to attach it takes longer than to make the
 * completion.
 *
 * @throws UnreadableReplyError when the value is no message.
 */
export function bareCompletion(message: object, plan: ReplyPlan, onDiagnostic?: OnDiagnostic): Completion {
  if (!isMessage(message)) {
    throw new UnreadableReplyError({
      message:
        'The reply is not a message with an id and content. Is baseURL a server that speaks the Messages API?',
    })
  }
  const { content, stop_reason, stop_sequence = null } = message
  const reshaper = foldEvents(plan, plan.echo, onDiagnostic, true)
  reshaper.push({ type: 'message_start', message })
  for (const [index, content_block] of (content ?? []).entries()) {
    reshaper.push({ type: 'content_block_start', index, content_block })
  }
  reshaper.push({ type: 'message_delta', delta: { stop_reason, stop_sequence } })
  reshaper.push({ type: 'message_stop' })
  return reshaper.end()
}

function isMessage(value: unknown): value is Message {
  if (!isObject(value) || !('id' in value) || typeof value.id !== 'string') return false
  // Some servers write a reply of nothing as null, or leave it out.
  if (!('content' in value)) return 'type' in value && value.type === 'message'
  return value.content === null || (Array.isArray(value.content) && value.content.every(isObject))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** How a completion ended, in the caller's words. */
export interface Ending {
  reason: string
  stop: string | null
  /** The values of a `foreign-stop-reason` diagnostic, when the old API had no word for the reason. */
  foreign?: { reason: string; advice: string }
}

/** `stop_reason` and `stop` of a completion, from those of the message. */
function legacyEnd(reason: string, sequence: string | null, style: CompletionStyle): Ending {
  if (style === 'messages') return { reason, stop: sequence }
  // A sequence is named only where one was hit, whatever the reason says: llama.cpp and Ollama say `end_turn`.
  if (sequence !== null) return { reason: 'stop_sequence', stop: sequence }
  switch (reason) {
    case 'end_turn':
      return { reason: 'stop_sequence', stop: BUILT_IN_STOP }
    case 'stop_sequence':
      return { reason, stop: null }
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return { reason: 'max_tokens', stop: null }
    default:
      return { reason, stop: null, foreign: { reason, advice: adviceOn(reason) } }
  }
}

/** The remark on a reply that came to nothing. */
function noText(reason: string, usage: Usage | null | undefined): Diagnostic {
  const thought = thinkingTokens(usage)
  const after = thought > 0 ? ` after ${thought} tokens of thinking` : ''
  return diagnostic('no-text', { reason: `it ended with "${reason}"${after}`, advice: adviceOn(reason) })
}

/**
 * The remark on a reply whose text is longer than the caller asked for, as far as the server tells: it counts the
 * thinking apart, and only at the end.
 */
function budgetOverrun(budget: number, usage: Usage | null | undefined): Diagnostic | undefined {
  const written = (usage?.output_tokens ?? 0) - thinkingTokens(usage)
  return written > budget ? diagnostic('budget-overrun', { written, asked: budget }) : undefined
}

function thinkingTokens(usage: Usage | null | undefined): number {
  return usage?.output_tokens_details?.thinking_tokens ?? 0
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'refusal',
    'The model declined to answer. Change the prompt; the same call will most likely be declined again.',
  ],
  [
    'max_tokens',
    'Raise max_tokens_to_sample, or thinkingReserve: the tokens went into something other than text, such as thinking.',
  ],
  [
    'end_turn',
    'The model had nothing to add. Change the prompt; the same call will most likely end the same way.',
  ],
])

function adviceOn(reason: string): string {
  return ADVICE.get(reason) ?? 'Look at completion._message for what the server sent, and handle the reason.'
}
