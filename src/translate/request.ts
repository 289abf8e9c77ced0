import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { IncompleteReplyError } from '../errors.ts'
import { toMessages } from '../transcript/index.ts'
import type { CompletionRequest, MessagesRequest } from '../wire.ts'
import { chooseSampling, chooseTokens } from './limits.ts'
import { UNKNOWN_CLAUDE } from './model-table.ts'
import { lookUpModel, type ModelOptions, type ResolvedModel, unknownRow } from './models.ts'
import { DiagnosticCollector, type Policies } from './policies.ts'
import { choosePrefill, isInEcho, type PrefillEcho } from './prefill.ts'
import { type PromptMode, type PromptRepair, readPrompt } from './prompt-mode.ts'
import { validateRequest } from './validate.ts'

/**
 * The format of completions:
 *
 * - `legacy`: as the legacy endpoint returned them, field by field;
 * - `messages`: with the text, `stop_reason` and id of the message.
 */
export type CompletionStyle = 'legacy' | 'messages'

/** The options of `translateRequest`. All entry points accept them, too. */
export interface TranslateOptions extends Policies, ModelOptions {
  /**
   * The format of completions.
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
   * - `repair`: also repairs prompts that other tools broke, with a diagnostic for each repair.
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
   * Value of the `anthropic-version` header. From `2026-10-21` on no model accepts sampling parameters.
   *
   * @default '2023-06-01'
   */
  apiVersion?: string | undefined
}

/** The instructions for converting the response to a completion. Plain data. */
export interface ReplyPlan {
  style: CompletionStyle
  /** The requested model, for a response that does not name its model. */
  model: string
  /** The sequences that end the text, even if the server does not enforce them. */
  stopSequences: readonly string[]
  /** Whether to prepend the space that legacy completions began with after a bare `\n\nAssistant:`. */
  leadingSpace: boolean
  /** Trailing whitespace of the prompt that was not sent; the completion does not repeat it. */
  trimmedSuffix: string
  /** The prefill, if the response may repeat it. The completion must not. */
  echo?: PrefillEcho
  /** `max_tokens_to_sample`, if a larger limit was sent to allow for thinking. */
  tokenBudget?: number
}

/** What a reader of a stream may hold in memory. */
export interface StreamBounds {
  /** Maximum characters of the text. A longer one fails with an IncompleteReplyError. */
  maxLength: number
  /** Whether to keep the text, for `end` and for the `partialText` of an error. */
  keepsText: boolean
  /** Copies of the text in memory. @default 1 with `keepsText`, otherwise 0 */
  copies?: number | undefined
  /** Whether the last completion has a `_message` with the token counts alone. Otherwise it has none. @default false */
  keepsUsage?: boolean | undefined
  /**
   * Reserves memory for `size` characters. Returns how many are reserved now: at least `size`.
   *
   * @default no memory is reserved
   * @throws IncompleteReplyError if no memory is left.
   */
  reserve?(size: number): number
}

/**
 * Checks whether a reader may read `size` characters of text, and reserves memory for their copies. Returns the number
 * up to which the reader need not check again.
 *
 * @throws IncompleteReplyError if the bounds do not allow so many characters.
 */
export function checkLength(
  bounds: StreamBounds,
  size: number,
  copies: number = bounds.copies ?? Number(bounds.keepsText),
): number {
  const { maxLength } = bounds
  if (size > maxLength) throw IncompleteReplyError.tooLarge()
  if (copies === 0 || bounds.reserve === undefined) return maxLength
  return Math.min(maxLength, bounds.reserve(size * copies) / copies)
}

/** A translated request. */
export interface Translation {
  /** The body for `POST /v1/messages`. It may contain `stream: true` even if the caller did not request a stream. */
  request: MessagesRequest
  /** The headers that this body requires. */
  headers: { 'anthropic-version': string }
  /** The diagnostics, those about the prompt first. */
  diagnostics: readonly Diagnostic[]
  plan: ReplyPlan
}

/** The newest API version that accepts sampling parameters: 2026-10-21 rejects them for every model. */
export const API_VERSION = '2023-06-01'

/** Tokens that an always-thinking model may use at the lowest effort before its first word. */
export const THINKING_RESERVE = 4096

/** The old endpoint always applied this stop sequence; the Messages API has no built-in one. */
export const BUILT_IN_STOP = '\n\nHuman:'

/**
 * Requests with a higher `max_tokens` are streamed. A non-streamed response sends nothing until it is complete, and
 * Node's fetch gives up on a server that is silent for 300 s. The official SDKs estimate 3600 s for 128,000 tokens, and
 * reject non-streamed requests above twice this number.
 */
const LONGEST_UNSTREAMED = 10_666

/**
 * Translates a legacy request, as `translateRequest` does, with options that have been checked. Returns `undefined` if it
 * needs a repair that is not loaded.
 */
export function translate(
  legacy: CompletionRequest,
  options: TranslateOptions,
  repair: PromptRepair,
): Translation
export function translate(
  legacy: CompletionRequest,
  options: TranslateOptions,
  repair: PromptRepair | undefined,
): Translation | undefined
export function translate(
  legacy: CompletionRequest,
  options: TranslateOptions,
  repair: PromptRepair | undefined,
): Translation | undefined {
  const { style = 'legacy', thinkingReserve = THINKING_RESERVE, apiVersion = API_VERSION } = options
  const asked = validateRequest(legacy)
  const read = readPrompt(asked.prompt, options.prompts, repair)
  const givenStops = asked.stop_sequences ?? NO_STOPS
  if (read === undefined || (repair === undefined && givenStops.some(mayNeedRepair))) return undefined
  const { transcript, diagnostics } = read
  const collector = new DiagnosticCollector(options, diagnostics)
  // Stop here: the rest of the translation needs a parsed prompt.
  collector.rejectErrors(asked.prompt)

  const answer = chooseModel(asked.model, options, collector)
  const { system, messages } = toMessages(transcript)
  const prefill = choosePrefill(messages, answer, options, collector)
  const { sent: stops, enforced } = chooseStops(givenStops, prefill.echo, repair, collector)
  const tokens = chooseTokens(asked.max_tokens_to_sample, answer, thinkingReserve, options, collector)
  const sampling = chooseSampling(asked, answer, apiVersion, options, collector)
  collector.rejectErrors()

  const givenId = asked.metadata?.user_id
  const userId = typeof givenId === 'string' ? collector.wellFormed(givenId, 'metadata.user_id') : undefined
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
      ...(userId !== undefined && { metadata: { user_id: userId } }),
      ...(isStreamed && { stream: true }),
    },
    headers: { 'anthropic-version': apiVersion },
    diagnostics: collector.diagnostics,
    plan: {
      style,
      model: answer.id,
      stopSequences: [...(style === 'legacy' ? [BUILT_IN_STOP] : []), ...stops, ...enforced],
      // The old server removed trailing spaces, so "Assistant: " counts as bare, too; a trailing newline does not.
      leadingSpace:
        style === 'legacy' && !prefill.isPrefilled && /^ *$/.test(transcript.turns.at(-1)?.text ?? ''),
      trimmedSuffix: prefill.trimmedSuffix,
      ...(prefill.echo && { echo: prefill.echo }),
      ...(tokens.tokenBudget !== undefined && { tokenBudget: tokens.tokenBudget }),
    },
  }
}

/** Chooses the model to send, and reports what the caller should know about it. */
export function chooseModel(
  spelled: string,
  options: TranslateOptions,
  collector: DiagnosticCollector,
): ResolvedModel {
  const trimmed = spelled.trim()
  // An id that the user has a row for is not changed.
  const isTrimmed = trimmed !== spelled && trimmed !== '' && !Object.hasOwn(options.models ?? {}, spelled)
  if (isTrimmed) collector.report('model-id-whitespace', { model: JSON.stringify(spelled) })
  const asked = isTrimmed ? trimmed : spelled
  const answer = lookUpModel(asked, options)
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

const NO_STOPS: readonly string[] = []

/** Whether a stop sequence may be one of the broken constants, with a backslash and an n for each newline. */
const mayNeedRepair = (sequence: string): boolean => sequence.startsWith('\\n')

function readStops(
  given: readonly string[],
  repair: PromptRepair | undefined,
  collector: DiagnosticCollector,
): readonly string[] {
  const { sequences, diagnostics } = repair?.repairStopSequences(given) ?? {
    sequences: given,
    diagnostics: [],
  }
  collector.diagnostics.push(...diagnostics)
  return sequences.map(sequence => collector.wellFormed(sequence, 'stop_sequences'))
}

/** Splits the sequences into those that the server enforces and those that this package has to enforce. */
function chooseStops(
  asked: readonly string[],
  echo: PrefillEcho | undefined,
  repair: PromptRepair | undefined,
  collector: DiagnosticCollector,
): { sent: string[]; enforced: string[] } {
  // An optimization for requests without stop sequences; see `chooseSampling`.
  if (asked.length === 0) return { sent: [], enforced: [] }
  const sequences = readStops(asked, repair, collector)
  const isRefused = (sequence: string): boolean =>
    sequence.trim() === '' && collector.policy('stopSequences') !== 'pass'

  const named = sequences.filter(sequence => sequence !== '' || !isRefused(sequence))
  const blank = named.filter(isRefused)
  const repeated = named.filter(sequence => !isRefused(sequence) && isInEcho(sequence, echo))
  if (named.length < sequences.length) collector.adapts('empty-stop-sequence')
  if (blank.length > 0) collector.adapts('stop-enforced-here', { count: blank.length })
  if (repeated.length > 0) collector.report('stop-in-prefill', { count: repeated.length })
  const enforced = [...blank, ...repeated]
  return { sent: named.filter(sequence => !enforced.includes(sequence)), enforced }
}
