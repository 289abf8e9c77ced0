import { callDiagnostic as diagnostic } from '../diagnostics/call.ts'
import type { Diagnostic, OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { APIError, IncompleteReplyError, UnreadableReplyError } from '../errors.ts'
import { isObject } from '../fields.ts'
import type { Completion, Message, MessagesEvent, Usage } from '../wire.ts'
import type { PrefillEcho } from './prefill.ts'
import { BUILT_IN_STOP, checkLength, type ReplyPlan, type StreamBounds } from './request.ts'
import { addTexts, joinTexts, reshapeText, type TextPair } from './text-filter.ts'
import { countsOf, mergedUsage } from './usage.ts'

/** Converts the events of one message to the chunks of one legacy completion. */
export interface EventReshaper {
  /**
   * Converts the next event to chunks: usually one or none, at the end up to two. Appends them to `chunks`, which is
   * a new array by default, and returns it.
   *
   * @throws APIError for an `error` event, with the text so far in `partialText`.
   * @throws UnreadableReplyError for text outside a message.
   */
  push(event: MessagesEvent, chunks?: Completion[]): readonly Completion[]
  /**
   * Returns the whole completion. Call it when the message has ended, or when the server sends no more; then pass the
   * error that cut the connection.
   *
   * @throws IncompleteReplyError when the message had not ended, with the text so far in `partialText`.
   */
  end(cause?: unknown): Completion
  /**
   * Returns the text so far, including text that was held back because it might begin a stop sequence. For errors, when
   * no more text will arrive.
   */
  abandon(): string
  /** A chunk without text, once the message has begun: for a stream that has to begin before the text does. */
  opening(): Completion | undefined
  /** Whether the message has ended. Later events are ignored, and the request can be cancelled. */
  readonly done: boolean
}

/**
 * Converts the events of a message stream to completion chunks. {@link completionFrom} uses the same reducer, so that
 * streamed and non-streamed responses give the same completion.
 *
 * @example
 * const reshaper = reshapeEvents(plan)
 * for (const event of events) {
 *   for (const completion of reshaper.push(event)) show(completion.completion)
 *   if (reshaper.done) break
 * }
 * reshaper.end()
 */
export function reshapeEvents(
  plan: ReplyPlan,
  onDiagnostic?: OnDiagnostic,
  bounds?: StreamBounds,
): EventReshaper {
  // Servers that repeat a native prefill, llama.cpp and gateways to it, do so only in non-streamed responses.
  return foldEvents(plan, plan.echo?.isContinued ? plan.echo : undefined, onDiagnostic, bounds)
}

/**
 * The reducer. `echo` is a parameter of its own, because a stream ignores that of the plan. For a stream the completion
 * keeps the message rebuilt from its events, unless it has bounds; for a non-streamed response the caller attaches the
 * original message.
 */
function foldEvents(
  plan: ReplyPlan,
  echo: PrefillEcho | undefined,
  onDiagnostic: OnDiagnostic = () => {},
  bounds?: StreamBounds,
): EventReshaper {
  const isBare = bounds !== undefined
  const limits = bounds ?? UNBOUNDED
  const { keepsText, keepsUsage = false } = limits
  const path = reshapeText(plan, echo)
  let message: Message | undefined
  let id = ''
  let stopReason: string | null = null
  let stopSequence: string | null = null
  /** The text that the model wrote, and after stop sequences and filters, that of all chunks, if the bounds keep it. */
  const texts: TextPair = { written: '', returned: '', common: [] }
  /** Characters that the model wrote. */
  let length = 0
  /** Characters that the bounds are known to allow. */
  let allowed = 0
  let hasText = false
  let last: Completion | undefined

  const completionOf = (completion: string, stop_reason: string | null, stop: string | null): Completion => {
    // llama.cpp may omit the model.
    const model = started().model ?? plan.model
    return { type: 'completion', id, completion, stop_reason, model, stop, log_id: id }
  }

  const started = (): Message => {
    if (message !== undefined) return message
    const error = new UnreadableReplyError({
      message:
        'The stream has content before message_start. Is baseURL a server that speaks the Messages API?',
    })
    throw error
  }

  const chunk = (chunks: Completion[], completion: string, piece: string): void => {
    chunks.push(completionOf(completion, null, null))
    hasText = true
    if (keepsText) addTexts(texts, isBare ? completion : piece, completion)
  }

  const finish = (chunks: Completion[], rest: string, stop_reason: string, stop: string | null): void => {
    if (rest !== '') chunk(chunks, rest, '')
    last = completionOf('', stop_reason, stop)
    if (!isBare) {
      const text = joinTexts(texts).written
      const content = text === '' ? [] : [{ type: 'text', text }]
      attachMessage(last, { ...started(), content, stop_reason: stopReason, stop_sequence: stopSequence })
    } else if (keepsUsage) attachMessage(last, { usage: countsOf(started().usage) })
    reshaper.done = true
    chunks.push(last)
  }

  const takeText = (piece: string, chunks: Completion[]): void => {
    if (piece === '') return
    length += piece.length
    if (length > allowed) allowed = checkLength(limits, length)
    const { text: safe, stop } = path.push(piece)
    if (stop === null && safe !== '') chunk(chunks, safe, piece)
    else if (!isBare) addTexts(texts, piece, '')
    if (stop !== null) finish(chunks, safe, 'stop_sequence', stop)
  }

  const takeEnd = (chunks: Completion[]): void => {
    started()
    if (stopReason === null)
      throw IncompleteReplyError.of('The server ended the message without a stop_reason.', abandon())
    const { text: rest, stop: heldStop } = path.flush()
    if (heldStop !== null) {
      finish(chunks, rest, 'stop_sequence', heldStop)
      return
    }
    const { usage } = started()
    if (!hasText && rest === '' && stopSequence === null) onDiagnostic(noText(stopReason, usage))
    const { reason, stop, foreign } = legacyEnd(stopReason, stopSequence, plan.style)
    if (foreign) onDiagnostic(diagnostic('foreign-stop-reason', foreign))
    const { tokenBudget } = plan
    const overrun =
      foreign === undefined && tokenBudget !== undefined ? budgetOverrun(tokenBudget, usage) : undefined
    if (overrun === undefined || plan.style === 'messages') finish(chunks, rest, reason, stop)
    else {
      onDiagnostic(overrun)
      finish(chunks, rest, 'max_tokens', null)
    }
  }

  const abandon = (): string => {
    if (keepsText && last === undefined) addTexts(texts, '', path.flush().text)
    return joinTexts(texts).returned
  }

  // Data properties instead of getters: V8 gives each object literal with a getter its own hidden class.
  const reshaper = {
    done: false,
    abandon,
    opening: (): Completion | undefined => (message === undefined ? undefined : completionOf('', null, null)),
    push(event: MessagesEvent, chunks: Completion[] = []): readonly Completion[] {
      if (last !== undefined) return chunks
      switch (event.type) {
        case 'content_block_delta':
          takeText(textOf(event.delta, 'text_delta'), chunks)
          break
        case 'content_block_start':
          // Always empty from the vendor, but other servers may send the first words here.
          takeText(textOf(event.content_block, 'text'), chunks)
          break
        case 'message_start':
          if (message !== undefined) throw secondMessage(abandon())
          message = event.message
          // Other servers use other prefixes, which are kept.
          id = plan.style === 'legacy' ? `compl_${message.id.replace(/^msg_/, '')}` : message.id
          break
        case 'message_delta':
          message = started()
          if (event.usage) message = { ...message, usage: mergedUsage(message.usage, event.usage, isBare) }
          stopReason = event.delta.stop_reason ?? stopReason
          stopSequence = event.delta.stop_sequence ?? stopSequence
          break
        case 'message_stop':
          takeEnd(chunks)
          break
        case 'error': {
          const error = new APIError(undefined, event.body ?? event, undefined, undefined)
          error.partialText = abandon()
          throw error
        }
      }
      // Other events change nothing: pings may come at any time, and the API may add event types.
      return chunks
    },
    end(cause?: unknown): Completion {
      if (last === undefined)
        throw IncompleteReplyError.of('The stream ended before the message did.', abandon(), cause)
      const completion = completionOf(joinTexts(texts).returned, last.stop_reason, last.stop)
      return last._message === undefined ? completion : attachMessage(completion, last._message)
    },
  }
  return reshaper
}

const UNBOUNDED: StreamBounds = { maxLength: Number.POSITIVE_INFINITY, keepsText: true }

function secondMessage(partialText: string): UnreadableReplyError {
  const error = new UnreadableReplyError({
    message: 'The stream begins a second message. A gateway has joined two responses. Try the call again.',
  })
  error.partialText = partialText
  return error
}

/** Attaches the message as a non-enumerable property, so that JSON, comparisons and spreads do not contain it. */
function attachMessage(completion: Completion, message: object): Completion {
  return Object.defineProperty(completion, '_message', { value: message, enumerable: false })
}

/** Returns the text of a block or a delta of the given type. Thinking and tool use have none. */
function textOf(part: { type: string; text?: unknown }, type: string): string {
  return part.type === type && typeof part.text === 'string' ? part.text : ''
}

/**
 * Converts a non-streamed message to a legacy completion. Its text is that of all text blocks, including those after
 * thinking or other blocks.
 *
 * @throws UnreadableReplyError when the value is not a message.
 * @example
 * const completion = completionFrom(await response.json(), plan)
 * completion.completion // " Hi, I'm Claude."
 */
export function completionFrom(message: object, plan: ReplyPlan, onDiagnostic?: OnDiagnostic): Completion {
  return attachMessage(bareCompletion(message, plan, onDiagnostic), message)
}

/**
 * Converts like {@link completionFrom}, but without attaching `_message`, for a completion that is only serialized:
 * attaching takes longer than creating the completion.
 *
 * @throws UnreadableReplyError when the value is not a message.
 */
export function bareCompletion(message: object, plan: ReplyPlan, onDiagnostic?: OnDiagnostic): Completion {
  if (!isMessage(message)) {
    throw new UnreadableReplyError({
      message:
        'The reply is not a message with an id and content. Is baseURL a server that speaks the Messages API?',
    })
  }
  const { content, stop_reason, stop_sequence = null } = message
  const reshaper = foldEvents(plan, plan.echo, onDiagnostic, UNBOUNDED)
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
  // For an empty response some servers send `null` as the content, or omit it.
  if (!('content' in value)) return 'type' in value && value.type === 'message'
  return value.content === null || (Array.isArray(value.content) && value.content.every(isObject))
}

/** How a completion ended, in the style that the caller chose. */
export interface Ending {
  reason: string
  stop: string | null
  /** The values of a `foreign-stop-reason` diagnostic, if the old API had no equivalent of the reason. */
  foreign?: { reason: string; advice: string }
}

/** Converts `stop_reason` and `stop_sequence` of a message to `stop_reason` and `stop` of a completion. */
function legacyEnd(reason: string, sequence: string | null, style: ReplyPlan['style']): Ending {
  if (style === 'messages') return { reason, stop: sequence }
  // A sequence is present only if one was matched, whatever the reason is: llama.cpp and Ollama send `end_turn`.
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

/** Builds the diagnostic of a response without text. */
function noText(reason: string, usage: Usage | null | undefined): Diagnostic {
  const thought = thinkingTokens(usage)
  const after = thought > 0 ? ` after ${thought} tokens of thinking` : ''
  return diagnostic('no-text', { reason: `it ended with "${reason}"${after}`, advice: adviceOn(reason) })
}

/**
 * Builds the diagnostic of a text longer than the caller's limit. It depends on a server that reports thinking tokens
 * separately, which happens only at the end.
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
