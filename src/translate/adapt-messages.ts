/**
 * Adapts calls of the Messages API itself to what current models accept: a prefill, and a retired model id. The choices
 * are those of a translated completion.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { isObject } from '../fields.ts'
import type { Message, MessagesEvent } from '../wire.ts'
import { chooseSampling, chooseTokens } from './limits.ts'
import { SAMPLING_PARAMETERS } from './model-table.ts'
import { type ResolvedModel, resolveModel } from './models.ts'
import { DiagnosticCollector } from './policies.ts'
import { choosePrefill, isInEcho, type PrefillEcho } from './prefill.ts'
import { API_VERSION, chooseModel, THINKING_RESERVE, type TranslateOptions } from './request.ts'
import { reshapeText, type TextPath } from './text-filter.ts'
import { checkTranslation } from './validate.ts'

/**
 * What to adapt in calls of the Messages API:
 *
 * - `prefill`: a last message of the assistant, for a model that rejects it;
 * - `retired-model`: the id of a retired model, and what its replacement rejects: prefill, sampling, thinking.
 */
export type MessagesAdaptation = 'prefill' | 'retired-model'

/** All values of {@link MessagesAdaptation}. */
export const MESSAGES_ADAPTATIONS: readonly MessagesAdaptation[] = ['prefill', 'retired-model']

/** How to convert the response to an adapted request. Plain data. */
export interface MessagesReplyPlan {
  /** The prefill, which the response may repeat. */
  echo: PrefillEcho
  /** Trailing whitespace of the prefill that was not sent. */
  trimmedSuffix: string
  /**
   * The caller's stop sequences. Those that the model may write while it repeats the prefill are not sent, so they are
   * applied here; the others also where a space was added.
   */
  stopSequences: readonly string[]
}

/** An adapted request of the Messages API. */
export interface AdaptedMessages {
  /** The body to send: the caller's, with the changed fields. */
  body: object
  /** Reports every change. */
  diagnostics: readonly Diagnostic[]
  /** How to convert the response; `undefined` if it can be passed on unchanged. */
  plan: MessagesReplyPlan | undefined
}

/**
 * Adapts the body of `POST /v1/messages`; returns `undefined` for a body that needs no change. Pure.
 *
 * @throws BadRequestError if a policy is `'error'` and the call needs that adaptation.
 * @example
 * const adapted = adaptMessages(body, ['prefill'])
 * send(adapted?.body ?? body)
 */
export function adaptMessages(
  body: object,
  adaptations: readonly MessagesAdaptation[],
  options: TranslateOptions = {},
): AdaptedMessages | undefined {
  checkTranslation(options)
  const asked = readBody(body)
  if (asked === undefined) return undefined
  const answer = resolveModel(asked.model.trim(), options)
  const isMapped = answer.retired !== undefined && adaptations.includes('retired-model')
  const isPrefilled = asked.prefill !== undefined && !answer.row.prefill
  // A retired model rejects the whole call, so that adapting its prefill alone is of no use.
  const isContinued = isPrefilled && (isMapped || (adaptations.includes('prefill') && !answer.retired))
  if (!isMapped && !isContinued) return undefined

  const collector = new DiagnosticCollector(options, [])
  const model = isMapped ? chooseModel(asked.model, options, collector) : answer
  const changed = isMapped ? adaptToModel(asked, model, options, collector) : {}
  const continued = isContinued ? continuePrefill(asked, model, options, collector) : undefined
  collector.rejectErrors()
  if (collector.diagnostics.length === 0) return undefined
  return {
    body: { ...without(body, isMapped ? SAMPLING_PARAMETERS : []), ...changed, ...continued?.fields },
    diagnostics: collector.diagnostics.map(inMessagesTerms),
    plan: continued?.plan,
  }
}

/** The fields of a body that are adapted. A server checks the others. */
interface Asked {
  model: string
  messages: readonly unknown[]
  /** The last message, if it is a prefill, and its text. */
  prefill: { message: object; text: string } | undefined
  stops: readonly unknown[]
  fields: Readonly<Record<string, unknown>>
}

function readBody(body: object): Asked | undefined {
  const fields: Readonly<Record<string, unknown>> = { ...body }
  const { model, messages, stop_sequences: stops } = fields
  if (typeof model !== 'string' || !Array.isArray(messages)) return undefined
  return {
    model,
    messages,
    prefill: readPrefill(messages.at(-1)),
    stops: Array.isArray(stops) ? stops : [],
    fields,
  }
}

/** Reads a last message of the assistant that is only text. Other content, such as tool use, continues a paused turn. */
function readPrefill(message: unknown): Asked['prefill'] {
  if (!isObject(message)) return undefined
  const { role, content }: { role?: unknown; content?: unknown } = message
  if (role !== 'assistant') return undefined
  if (typeof content === 'string') return content.trim() === '' ? undefined : { message, text: content }
  if (!Array.isArray(content) || !content.every(isText)) return undefined
  const text = content.map(block => block.text).join('')
  return text.trim() === '' ? undefined : { message, text }
}

function isText(block: unknown): block is { type: 'text'; text: string } {
  const { type, text }: { type?: unknown; text?: unknown } = Object(block)
  return type === 'text' && typeof text === 'string'
}

function continuePrefill(
  { messages, prefill, stops }: Asked,
  model: ResolvedModel,
  options: TranslateOptions,
  collector: DiagnosticCollector,
): { fields: object; plan: MessagesReplyPlan } | undefined {
  if (prefill === undefined) return undefined
  const { message, text } = prefill
  const place = 'a last message with the role `assistant`'
  const choice = choosePrefill([{ role: 'assistant', content: text }], model, options, collector, place)
  const [begun, ...instruction] = choice.messages
  const { echo, trimmedSuffix } = choice
  if (echo === undefined || begun === undefined || instruction.length === 0) return undefined
  const stopSequences = stops.filter(stop => typeof stop === 'string')
  const repeated: readonly unknown[] = stopSequences.filter(sequence => isInEcho(sequence, echo))
  if (repeated.length > 0) collector.report('stop-in-prefill', { count: repeated.length })
  // Blocks are kept where their text did not change, because they may have a cache_control.
  const last = trimmedSuffix === '' ? message : { ...message, content: begun.content }
  return {
    fields: {
      messages: [...messages.slice(0, -1), last, ...instruction],
      ...(repeated.length > 0 && { stop_sequences: stops.filter(sequence => !repeated.includes(sequence)) }),
    },
    plan: { echo, trimmedSuffix, stopSequences },
  }
}

/** Returns the fields that the replacement of a retired model needs. The retired model accepted what was sent. */
function adaptToModel(
  { fields }: Asked,
  model: ResolvedModel,
  options: TranslateOptions,
  collector: DiagnosticCollector,
): object {
  const { apiVersion = API_VERSION, thinkingReserve = THINKING_RESERVE } = options
  const { max_tokens: limit, thinking } = fields
  const sampled = SAMPLING_PARAMETERS.filter(field => typeof fields[field] === 'number')
  const sampling = Object.fromEntries(sampled.map(field => [field, Number(fields[field])]))
  const isAsIs = typeof limit !== 'number' || thinking !== undefined
  return {
    model: model.id,
    ...chooseSampling(sampling, model, apiVersion, options, collector),
    ...(!isAsIs && chooseTokens(limit, model, thinkingReserve, options, collector).request),
  }
}

function without(body: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))
}

/** Names the field of the Messages API instead of that of completions. */
function inMessagesTerms(diagnostic: Diagnostic): Diagnostic {
  const rename = (text: string): string => text.replaceAll('max_tokens_to_sample', 'max_tokens')
  return { ...diagnostic, message: rename(diagnostic.message), fix: rename(diagnostic.fix) }
}

/** Removes from a message what repeats the prefill, and ends it at a stop sequence. Changes the message itself. */
export function reshapeMessage<T extends Message>(message: T, plan: MessagesReplyPlan): T {
  const paths = textPaths(plan)
  const { content } = message
  for (const [index, block] of content.entries()) {
    if (!isText(block)) continue
    const path = paths()
    let { text, stop } = path.push(block.text)
    if (stop === null) {
      const rest = path.flush()
      text += rest.text
      stop = rest.stop
    }
    block.text = text
    if (stop === null) continue
    content.length = index + 1
    return Object.assign(message, { stop_reason: 'stop_sequence', stop_sequence: stop })
  }
  return message
}

/** Converts the events of the response to an adapted request. */
export interface MessagesEventReshaper {
  /** Returns the events to pass on. An event that needs no change is the same object. */
  push(event: MessagesEvent): readonly MessagesEvent[]
  /** Whether a stop sequence has ended the message. Later events are ignored, and the request can be cancelled. */
  readonly isOver: boolean
}

const NONE: readonly MessagesEvent[] = []

/** Creates the converter for the events of one response: {@link reshapeMessage} for a stream. */
export function reshapeMessageEvents(plan: MessagesReplyPlan): MessagesEventReshaper {
  const paths = textPaths(plan)
  const open = new Map<number, TextPath>()
  let tokens: number | null = 0

  const take = (index: number, { text, stop }: ReturnType<TextPath['push']>): MessagesEvent[] => {
    const delta = { type: 'text_delta', text }
    const events: MessagesEvent[] = text === '' ? [] : [{ type: 'content_block_delta', index, delta }]
    if (stop === null) return events
    reshaper.isOver = true
    const usage = { output_tokens: tokens }
    return [
      ...events,
      { type: 'content_block_stop', index },
      { type: 'message_delta', delta: { stop_reason: 'stop_sequence', stop_sequence: stop }, usage },
      { type: 'message_stop' },
    ]
  }

  const reshaper = {
    isOver: false,
    push(event: MessagesEvent): readonly MessagesEvent[] {
      if (reshaper.isOver) return NONE
      switch (event.type) {
        case 'message_start':
          tokens = event.message.usage?.output_tokens ?? 0
          return [event]
        case 'content_block_start': {
          const { content_block: block, index } = event
          if (!isText(block)) return [event]
          const path = paths()
          open.set(index, path)
          if (block.text === '') return [event]
          return [{ ...event, content_block: { ...block, text: '' } }, ...take(index, path.push(block.text))]
        }
        case 'content_block_delta': {
          const { delta, index } = event
          const path = open.get(index)
          if (path === undefined || delta.type !== 'text_delta') return [event]
          return take(index, path.push(String(delta.text)))
        }
        case 'content_block_stop': {
          const path = open.get(event.index)
          open.delete(event.index)
          const rest = path === undefined ? NONE : take(event.index, path.flush())
          return reshaper.isOver ? rest : [...rest, event]
        }
        default:
          return [event]
      }
    },
  }
  return reshaper
}

/** Returns a function that creates the filter of the next text block. Only the first one can repeat the prefill. */
function textPaths({ echo, trimmedSuffix, stopSequences }: MessagesReplyPlan): () => TextPath {
  let isFirst = true
  return () => {
    const ofBlock = isFirst ? { trimmedSuffix, echo } : { trimmedSuffix: '', echo: undefined }
    isFirst = false
    // In this style, the filter adds the space that a native prefill would be followed by.
    const plan = {
      style: 'legacy',
      leadingSpace: false,
      stopSequences,
      trimmedSuffix: ofBlock.trimmedSuffix,
    } as const
    return reshapeText(plan, ofBlock.echo)
  }
}
