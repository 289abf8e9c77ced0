import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { repairStopSequences } from '../repair/index.ts'
import { toMessages } from '../transcript/index.ts'
import type { CompletionRequest, MessagesRequest } from '../wire.ts'
import { chooseSampling, chooseTokens } from './limits.ts'
import { UNKNOWN_CLAUDE } from './model-table.ts'
import { type ModelOptions, type ResolvedModel, resolveModel, unknownRow } from './models.ts'
import { DiagnosticCollector, POLICY_NAMES, type Policies } from './policies.ts'
import { choosePrefill, type PrefillEcho } from './prefill.ts'
import { type PromptMode, readPrompt, wellFormed } from './prompt-mode.ts'
import { validateRequest } from './validate.ts'

/**
 * What completions look like:
 *
 * - `legacy`: as the legacy endpoint returned them, field by field;
 * - `messages`: with the text, `stop_reason` and id of the message.
 */
export type CompletionStyle = 'legacy' | 'messages'

export interface TranslateOptions extends Policies, ModelOptions {
  /**
   * What completions look like.
   *
   * - `legacy`: as the legacy endpoint returned them, field by field;
   * - `messages`: with the text, `stop_reason` and id of the message.
   *
   * @default 'legacy'
   */
  style?: CompletionStyle | undefined
  /**
   * How prompts are read.
   *
   * - `strict`: as the old server read them;
   * - `repair`: in addition, prompts that other tools broke are understood, each repair with a diagnostic.
   *
   * @default 'strict'
   */
  prompts?: PromptMode | undefined
  /**
   * Tokens to add to `max_tokens_to_sample` for a model whose thinking cannot be turned off.
   *
   * @default 4096
   */
  thinkingReserve?: number | undefined
  /**
   * Value of the header `anthropic-version`. From `2026-10-21` on no model accepts sampling parameters.
   *
   * @default '2023-06-01'
   */
  apiVersion?: string | undefined
}

/** How to turn the response into a completion. Plain data. */
export interface ReplyPlan {
  style: CompletionStyle
  /** The model of the request, for a response that names none. */
  model: string
  /** The sequences that end the text, whatever the server does. */
  stopSequences: readonly string[]
  /** Whether to add the space that legacy completions began with after a bare `\n\nAssistant:`. */
  leadingSpace: boolean
  /** Whitespace from the end of the prompt that was not sent, and that the completion does not repeat. */
  trimmedSuffix: string
  /** The prefill, where the response may repeat it and the completion must not. */
  echo?: PrefillEcho
  /** `max_tokens_to_sample`, where more was sent to leave room for thinking. */
  tokenBudget?: number
}

/** A translated request. */
export interface Translation {
  /** The body for `POST /v1/messages`. It may say `stream: true` though the caller asked for a whole response. */
  request: MessagesRequest
  /** The headers that this body needs. */
  headers: { 'anthropic-version': string }
  /** What was noticed and changed, that of the prompt first. */
  diagnostics: readonly Diagnostic[]
  plan: ReplyPlan
}

/** The API version under which sampling parameters can still be sent: 2026-10-21 refuses them for every model. */
const API_VERSION = '2023-06-01'

/** What an always-thinking model may think, at the lowest effort, before its first word. */
const THINKING_RESERVE = 4096

/** Always active on the old endpoint; the Messages API has none. */
export const BUILT_IN_STOP = '\n\nHuman:'

/**
 * A whole reply of more tokens than this is streamed: nothing is heard until it is written, and Node's fetch gives up
 * on a server that is silent for 300 s. The official SDKs reckon with 3600 s for 128,000 tokens, and refuse to wait
 * for more than twice this many.
 */
const LONGEST_UNSTREAMED = 10_666

/**
 * Translates a legacy request into a Messages request, with the diagnostics of what was changed and a plan for turning the
 * response into a completion. Pure.
 *
 * @throws BadRequestError, in the old server's words, for a request that the old server rejected.
 * @throws TypeError for an option whose value is not one of those listed.
 * @example
 * const { request, headers, plan } = translateRequest({
 *   model: 'claude-2.1',
 *   prompt: '\n\nHuman: Hi\n\nAssistant:',
 *   max_tokens_to_sample: 256,
 * })
 * // request: { model: 'claude-opus-4-8', max_tokens: 256, messages: [{ role: 'user', content: 'Hi' }] }
 */
export function translateRequest(legacy: CompletionRequest, options: TranslateOptions = {}): Translation {
  checkOptions(options)
  const { style = 'legacy', thinkingReserve = THINKING_RESERVE, apiVersion = API_VERSION } = options
  const asked = validateRequest(legacy)
  const { transcript, diagnostics } = readPrompt(asked.prompt, options.prompts)
  const collector = new DiagnosticCollector(options, diagnostics)
  // Stop here: the rest of the translation needs a parsed prompt.
  collector.rejectErrors(asked.prompt)

  const answer = chooseModel(asked.model, options, collector)
  const { system, messages } = toMessages(transcript)
  const prefill = choosePrefill(messages, answer, options, collector)
  const { sent: stops, enforced } = chooseStops(asked.stop_sequences ?? [], prefill.echo, collector)
  const tokens = chooseTokens(asked.max_tokens_to_sample, answer, thinkingReserve, options, collector)
  const sampling = chooseSampling(asked, answer, apiVersion, options, collector)
  collector.rejectErrors()

  const userId = asked.metadata?.user_id
  const isStreamed =
    asked.stream === true || enforced.length > 0 || tokens.request.max_tokens > LONGEST_UNSTREAMED
  return {
    request: {
      model: answer.id,
      ...tokens.request,
      ...(system !== undefined && { system }),
      messages: prefill.messages,
      ...(stops.length > 0 && { stop_sequences: stops }),
      ...sampling,
      ...(typeof userId === 'string' && { metadata: { user_id: userId } }),
      ...(isStreamed && { stream: true }),
    },
    headers: { 'anthropic-version': apiVersion },
    diagnostics: collector.diagnostics,
    plan: {
      style,
      model: answer.id,
      stopSequences: [...(style === 'legacy' ? [BUILT_IN_STOP] : []), ...stops, ...enforced],
      // The old server removed trailing spaces, so "Assistant: " is bare as well; a newline is not.
      leadingSpace:
        style === 'legacy' && !prefill.isPrefilled && /^ *$/.test(transcript.turns.at(-1)?.text ?? ''),
      trimmedSuffix: prefill.trimmedSuffix,
      ...(prefill.echo && { echo: prefill.echo }),
      ...(tokens.tokenBudget !== undefined && { tokenBudget: tokens.tokenBudget }),
    },
  }
}

/** @throws TypeError for a value that would otherwise be taken for another. */
function checkOptions(options: TranslateOptions): void {
  for (const name of POLICY_NAMES) {
    const policy = options[name]
    if (policy === undefined || policy === 'adapt' || policy === 'error' || policy === 'pass') continue
    throw new TypeError(`${name} must be 'adapt', 'error' or 'pass'.`)
  }
  const { style, thinkingReserve, today } = options
  if (style !== undefined && style !== 'legacy' && style !== 'messages') {
    throw new TypeError("style must be 'legacy' or 'messages'.")
  }
  if (thinkingReserve !== undefined && !(Number.isInteger(thinkingReserve) && thinkingReserve >= 0)) {
    throw new TypeError('thinkingReserve must be a whole number of tokens, 0 or more.')
  }
  if (today !== undefined && !/^\d{4}-\d\d-\d\d$/.test(today)) {
    throw new TypeError('today must be a day written as YYYY-MM-DD.')
  }
}

function chooseModel(
  spelled: string,
  options: TranslateOptions,
  collector: DiagnosticCollector,
): ResolvedModel {
  const trimmed = spelled.trim()
  // An id that the user has described is used as it is.
  const isTrimmed = trimmed !== spelled && trimmed !== '' && !Object.hasOwn(options.models ?? {}, spelled)
  if (isTrimmed) collector.report('model-id-whitespace', { model: JSON.stringify(spelled) })
  const asked = isTrimmed ? trimmed : spelled
  const answer = resolveModel(asked, options)
  const { id, row, isKnown, retired } = answer
  if (retired) {
    const retirement = retired.retired === undefined ? 'is retired' : `was retired on ${retired.retired}`
    if (!collector.adapts('retired-model', { model: asked, retirement, sent: id })) {
      return { id: asked, row: unknownRow(asked), isKnown: false, retired }
    }
  }
  if (!isKnown) {
    collector.report('unknown-model', {
      model: id,
      assumption:
        row === UNKNOWN_CLAUDE
          ? 'It is assumed to be a newer Claude model, which accepts neither a prefill nor sampling parameters and always thinks.'
          : 'It is assumed to accept what the old API accepted, and the request is sent unchanged.',
    })
  } else if (row.retires !== undefined) {
    const replacement = row.replacement === undefined ? 'none is named yet' : `\`${row.replacement}\``
    collector.report('retiring-model', { model: id, date: row.retires, replacement })
  }
  return answer
}

function readStops(sequences: readonly string[], collector: DiagnosticCollector): readonly string[] {
  const repaired = repairStopSequences(sequences)
  collector.diagnostics.push(...repaired.diagnostics)
  return repaired.sequences.map(sequence => {
    const { text, diagnostics } = wellFormed(sequence, 'stop_sequences')
    collector.diagnostics.push(...diagnostics)
    return text
  })
}

/** Splits the sequences into those that the server can enforce and those that have to be enforced here. */
function chooseStops(
  asked: readonly string[],
  echo: PrefillEcho | undefined,
  collector: DiagnosticCollector,
): { sent: string[]; enforced: string[] } {
  // What follows would come to the same; see chooseSampling.
  if (asked.length === 0) return { sent: [], enforced: [] }
  const sequences = readStops(asked, collector)
  const isRefused = (sequence: string): boolean =>
    sequence.trim() === '' && collector.policy('stopSequences') !== 'pass'
  const isRepeated = (sequence: string): boolean =>
    sequence !== '' && echo?.isContinued === true && echo.text.includes(sequence)

  const named = sequences.filter(sequence => sequence !== '' || !isRefused(sequence))
  const blank = named.filter(isRefused)
  // A model that repeats the prefill must not be stopped within it.
  const repeated = named.filter(sequence => !isRefused(sequence) && isRepeated(sequence))
  if (named.length < sequences.length) collector.adapts('empty-stop-sequence')
  if (blank.length > 0) collector.adapts('stop-enforced-here', { count: blank.length })
  if (repeated.length > 0) collector.report('stop-in-prefill', { count: repeated.length })
  const enforced = [...blank, ...repeated]
  return { sent: named.filter(sequence => !enforced.includes(sequence)), enforced }
}
