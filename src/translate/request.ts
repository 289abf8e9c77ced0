import { type Diagnostic, diagnostic } from '../diagnostics.ts'
import { refuse } from '../errors.ts'
import { parsePrompt, toMessages } from '../transcript/index.ts'
import type { CompletionRequest, MessagesRequest } from '../wire.ts'
import type { LiveModel, ModelTable } from './model-table.ts'
import { liveModels, resolveModel } from './models.ts'
import { chooseSampling } from './sampling.ts'
import { validateRequest } from './validate.ts'

/**
 * - `legacy`: a completion is what the legacy endpoint would have returned, field by field;
 * - `messages`: `stop_reason`, text and id stay as the Messages API gave them.
 */
export type Style = 'legacy' | 'messages'

export interface TranslateOptions {
  /** @default 'legacy' */
  style?: Style | undefined
  /** Rows that add to, or replace, those of the model table. */
  models?: ModelTable | undefined
}

/** What has to be done to the reply on its way back. Plain data. */
export interface ReplyPlan {
  style: Style
  /** The model that was asked, for a reply that names none. */
  model: string
  /** The sequences that end the text, enforced here whatever the server does. */
  stopSequences: readonly string[]
  /** Whether to give back the space that legacy completions began with after a bare `\n\nAssistant:`. */
  leadingSpace: boolean
  /** Whitespace that ended the prompt and could not be sent: the reply may not repeat it. */
  unsentTail: string
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
export function translateRequest(
  legacy: CompletionRequest,
  { style = 'legacy', models }: TranslateOptions = {},
): Translation {
  const asked = validateRequest(legacy)
  const transcript = parsePrompt(asked.prompt)
  const diagnostics = [...transcript.diagnostics]
  refuseErrors(diagnostics)

  const { id, row } = chooseModel(asked, models, diagnostics)
  const { system, messages } = toMessages(transcript)
  const unsentTail = trimPrefill(messages, diagnostics)
  const isPrefilled = messages.at(-1)?.role === 'assistant'
  if (isPrefilled && row?.prefill === false) {
    const alternatives = liveModels(({ prefill }) => prefill, models).join(', ')
    diagnostics.push(diagnostic('prefill-refused', { model: id, alternatives }))
  }
  const { sent: stops, enforced } = splitStops(asked.stop_sequences ?? [], diagnostics)
  const maxTokens = capTokens(asked.max_tokens_to_sample, id, row, diagnostics)
  const userId = asked.metadata?.user_id
  const isStreamed = asked.stream === true || enforced.length > 0 || maxTokens > LONGEST_UNSTREAMED

  return {
    request: {
      model: id,
      max_tokens: maxTokens,
      ...(system !== undefined && { system }),
      messages,
      ...(stops.length > 0 && { stop_sequences: stops }),
      ...chooseSampling(asked, id, row, models, diagnostics),
      ...(typeof userId === 'string' && { metadata: { user_id: userId } }),
      ...(isStreamed && { stream: true }),
    },
    headers: { 'anthropic-version': API_VERSION },
    diagnostics,
    plan: {
      style,
      model: id,
      stopSequences: [...(style === 'legacy' ? [BUILT_IN_STOP] : []), ...stops, ...enforced],
      // Trailing spaces were sanitised away by the old server, so "Assistant: " counts as bare; a newline did not.
      leadingSpace: style === 'legacy' && /^ *$/.test(transcript.turns.at(-1)?.text ?? ''),
      unsentTail,
    },
  }
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  // The old sentences first, joined as Bedrock joined them, so that code which looks for them finds them.
  const said = errors.map(({ message }) => message).join(', ')
  const remedies = diagnostics.filter(({ severity }) => severity !== 'info').map(({ fix }) => fix)
  throw refuse(`${said}. ${[...new Set(remedies)].join(' ')}`, diagnostics)
}

function chooseModel(
  { model }: CompletionRequest,
  models: ModelTable | undefined,
  diagnostics: Diagnostic[],
): ReturnType<typeof resolveModel> {
  const answer = resolveModel(model, models)
  if (answer.retired) {
    const { retired: date, replacement } = answer.retired
    diagnostics.push(diagnostic('retired-model', { model, date, replacement }))
  } else if (answer.row === undefined) {
    diagnostics.push(diagnostic('unknown-model', { model }))
  }
  return answer
}

/** Takes the whitespace off a last assistant message, where the Messages API refuses it; returns what it took. */
function trimPrefill(messages: { role: string; content: string }[], diagnostics: Diagnostic[]): string {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return ''
  const trimmed = last.content.trimEnd()
  const tail = last.content.slice(trimmed.length)
  if (tail === '') return ''
  last.content = trimmed
  diagnostics.push(diagnostic('prefill-trimmed'))
  return tail
}

/** What the server can be told to stop at, and what it would refuse and has to be watched for here. */
function splitStops(
  sequences: readonly string[],
  diagnostics: Diagnostic[],
): { sent: string[]; enforced: string[] } {
  const named = sequences.filter(sequence => sequence !== '')
  const sent = named.filter(sequence => sequence.trim() !== '')
  const enforced = named.filter(sequence => sequence.trim() === '')
  if (named.length < sequences.length) diagnostics.push(diagnostic('empty-stop-sequence'))
  if (enforced.length > 0) diagnostics.push(diagnostic('stop-enforced-here', { count: enforced.length }))
  return { sent, enforced }
}

function capTokens(
  asked: number,
  model: string,
  row: LiveModel | undefined,
  diagnostics: Diagnostic[],
): number {
  const sent = Math.min(asked, row?.maxOutputTokens ?? asked)
  if (sent < asked) diagnostics.push(diagnostic('max-tokens-capped', { asked, model, sent }))
  return sent
}
