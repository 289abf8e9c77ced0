import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { repairStopSequences } from '../repair/index.ts'
import { toMessages } from '../transcript/index.ts'
import type { CompletionRequest, MessagesRequest } from '../wire.ts'
import { chooseSampling, chooseTokens } from './limits.ts'
import { UNKNOWN_CLAUDE } from './model-table.ts'
import { type ModelOverrides, type ResolvedModel, resolveModel, unknownRow } from './models.ts'
import { DiagnosticCollector, type Policies } from './policies.ts'
import { choosePrefill, type PrefillEcho } from './prefill.ts'
import { type PromptMode, readPrompt } from './prompt-mode.ts'
import { validateRequest } from './validate.ts'

/**
 * - `legacy`: a completion is what the legacy endpoint would have returned, field by field;
 * - `messages`: `stop_reason`, text and id stay as the Messages API gave them.
 */
export type CompletionStyle = 'legacy' | 'messages'

export interface TranslateOptions extends Policies {
  /**
   * Whether a completion is as the legacy endpoint gave it, or keeps the text, `stop_reason` and id of the message.
   *
   * @default 'legacy'
   */
  style?: CompletionStyle | undefined
  /** How prompts are read: as the old server did, or (`repair`) with what other tools broke understood. @default 'strict' */
  prompts?: PromptMode | undefined
  /** What differs from the model table, or adds to it. */
  models?: ModelOverrides | undefined
  /**
   * How many tokens to ask for beyond `max_tokens_to_sample` where the model cannot be kept from thinking.
   *
   * @default 4096
   */
  thinkingReserve?: number | undefined
  /**
   * The value of `anthropic-version`. From 2026-10-21 on every model refuses sampling parameters.
   *
   * @default '2023-06-01'
   */
  apiVersion?: string | undefined
}

/** What has to be done to the reply on its way back. Plain data. */
export interface ReplyPlan {
  style: CompletionStyle
  /** The model that was asked, for a reply that names none. */
  model: string
  /** The sequences that end the text, enforced here whatever the server does. */
  stopSequences: readonly string[]
  /** Whether to give back the space that legacy completions began with after a bare `\n\nAssistant:`. */
  leadingSpace: boolean
  /** Whitespace that ended the prompt and could not be sent: the reply may not repeat it. */
  trimmedSuffix: string
  /** The beginning of the answer, where the reply may repeat it and the completion must not. */
  echo?: PrefillEcho
  /** What the caller asked for, where more was, to leave room for thinking. */
  tokenBudget?: number
}

export interface Translation {
  /** The body for `POST /v1/messages`. It may say `stream: true` though the caller asked for a whole reply. */
  request: MessagesRequest
  /** The headers this body needs. */
  headers: { 'anthropic-version': string }
  /** What was noticed and changed, the prompt's remarks first. */
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
 * Translates a legacy request into a Messages request, and says what was changed and what is to be done on the
 * way back. Pure.
 *
 * @throws BadRequestError, in the old server's words, for what the old server refused.
 * @example
 * const { request, headers, plan } = translateRequest({
 *   model: 'claude-2.1',
 *   prompt: '\n\nHuman: Hi\n\nAssistant:',
 *   max_tokens_to_sample: 256,
 * })
 * // request: { model: 'claude-opus-4-8', max_tokens: 256, messages: [{ role: 'user', content: 'Hi' }] }
 */
export function translateRequest(legacy: CompletionRequest, options: TranslateOptions = {}): Translation {
  const { style = 'legacy', models, thinkingReserve = THINKING_RESERVE, apiVersion = API_VERSION } = options
  const asked = validateRequest(legacy)
  const { transcript, diagnostics } = readPrompt(asked.prompt, options.prompts)
  const collector = new DiagnosticCollector(options, diagnostics)
  // What is no prompt has nothing that the rest could look at.
  collector.refuseErrors()

  const answer = chooseModel(asked.model, models, collector)
  const { system, messages } = toMessages(transcript)
  const prefill = choosePrefill(messages, answer, models, collector)
  const sequences = readStops(asked.stop_sequences ?? [], options.prompts, collector)
  const { sent: stops, enforced } = splitStops(sequences, prefill.echo, collector)
  const tokens = chooseTokens(asked.max_tokens_to_sample, answer, thinkingReserve, models, collector)
  const sampling = chooseSampling(asked, answer, apiVersion, models, collector)
  collector.refuseErrors()

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
      // Trailing spaces were sanitised away by the old server, so "Assistant: " counts as bare; a newline did not.
      leadingSpace: style === 'legacy' && /^ *$/.test(transcript.turns.at(-1)?.text ?? ''),
      trimmedSuffix: prefill.trimmedSuffix,
      ...(prefill.echo && { echo: prefill.echo }),
      ...(tokens.tokenBudget !== undefined && { tokenBudget: tokens.tokenBudget }),
    },
  }
}

function chooseModel(
  asked: string,
  models: ModelOverrides | undefined,
  collector: DiagnosticCollector,
): ResolvedModel {
  const answer = resolveModel(asked, models)
  const { id, row, isKnown, retired } = answer
  if (retired) {
    const { retired: date, replacement } = retired
    if (!collector.adapts('retired-model', { model: asked, date, replacement, sent: id }))
      return { id: asked, row: unknownRow(asked), isKnown: false, retired }
  }
  if (!isKnown) {
    collector.report('unknown-model', {
      model: id,
      assumption:
        row === UNKNOWN_CLAUDE
          ? 'It is taken for a Claude model newer than the table, which refuses a prefill and sampling, and thinks.'
          : 'It is taken for another server’s, and the request is sent as it is.',
    })
  } else if (row.retires !== undefined) {
    const { retires: date, replacement = 'none yet' } = row
    collector.report('retiring-model', { model: id, date, replacement })
  }
  return answer
}

function readStops(
  sequences: readonly string[],
  reading: PromptMode | undefined,
  collector: DiagnosticCollector,
): readonly string[] {
  if (reading !== 'repair') return sequences
  const repaired = repairStopSequences(sequences)
  collector.diagnostics.push(...repaired.diagnostics)
  return repaired.sequences
}

/** What the server can be told to stop at, and what has to be watched for here. */
function splitStops(
  sequences: readonly string[],
  echo: PrefillEcho | undefined,
  collector: DiagnosticCollector,
): { sent: string[]; enforced: string[] } {
  // What follows would come to the same; see chooseSampling.
  if (sequences.length === 0) return { sent: [], enforced: [] }
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
