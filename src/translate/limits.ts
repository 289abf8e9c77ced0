import type { CompletionRequest, MessagesRequest } from '../wire.ts'
import type { SamplingRule } from './model-table.ts'
import { liveModels, type ModelOverrides, type ResolvedModel } from './models.ts'
import type { DiagnosticCollector } from './policies.ts'

/** How much is asked for, and how the model is kept from thinking all of it away. */
export interface TokenChoice {
  request: Pick<MessagesRequest, 'max_tokens' | 'thinking' | 'output_config'>
  /** What the caller asked for, where more is sent. */
  tokenBudget: number | undefined
}

/**
 * The old models did not think; most of today's do unless told not to, and their thinking counts as output: a budget
 * of 256 tokens can be used up before the first word.
 */
export function chooseTokens(
  asked: number,
  answer: ResolvedModel,
  reserve: number,
  models: ModelOverrides | undefined,
  collector: DiagnosticCollector,
): TokenChoice {
  const { id, row } = answer
  const tokens = capTokens(asked, answer, collector)
  const asIs: TokenChoice = { request: { max_tokens: tokens }, tokenBudget: undefined }
  switch (row.thinking) {
    case 'off':
      return asIs
    case 'always': {
      const sent = Math.max(tokens, Math.min(tokens + reserve, row.maxOutputTokens))
      const alternatives = liveModels(({ thinking }) => thinking !== 'always', models).join(', ')
      const effort = row.effort ? ' at the lowest effort' : ''
      const values = { model: id, asked: tokens, sent, effort, alternatives }
      if (!collector.adapts('thinking-reserve', values)) return asIs
      return {
        request: { max_tokens: sent, ...(row.effort && { output_config: { effort: 'low' } }) },
        tokenBudget: sent > tokens ? tokens : undefined,
      }
    }
    default:
      if (collector.policy('thinking') === 'pass') return asIs
      collector.report('thinking-off', { model: id, off: row.thinking })
      return { ...asIs, request: { ...asIs.request, thinking: { type: row.thinking } } }
  }
}

function capTokens(asked: number, { id, row }: ResolvedModel, collector: DiagnosticCollector): number {
  const cap = row.maxOutputTokens
  if (asked <= cap) return asked
  return collector.adapts('max-tokens-capped', { asked, model: id, sent: cap, cap }) ? cap : asked
}

type Sampling = Pick<MessagesRequest, 'temperature' | 'top_p' | 'top_k'>

const FIELDS = ['temperature', 'top_p', 'top_k'] as const

/** "Unset", as the old documentation had it. */
const UNSET = -1

/** What `temperature` and `top_p` are when they are left out: said aloud, it can be left out all the same. */
const DEFAULT = 1

/** The API version from which on every model refuses all three. */
const WITHOUT_SAMPLING = '2026-10-21'

/** The sampling parameters to send, of those asked for. */
export function chooseSampling(
  asked: CompletionRequest,
  { id, row }: ResolvedModel,
  apiVersion: string,
  models: ModelOverrides | undefined,
  collector: DiagnosticCollector,
): Sampling {
  const sampling: Sampling = {}
  // Most requests name none. To stop here, and in splitStops, saves 0.7 of the 10 µs of a translation that is cold.
  if (FIELDS.every(field => asked[field] === undefined)) return sampling
  // Other makers' versions, such as bedrock-2023-05-31, are no days.
  const isGone = /^\d{4}-/.test(apiVersion) && apiVersion >= WITHOUT_SAMPLING
  for (const field of FIELDS) {
    const value = asked[field]
    if (value === undefined) continue
    if (value === UNSET) collector.report('unset-sentinel', { field })
    else if (!isGone && row.sampling[field]) sampling[field] = value
    else if (collector.policy('sampling') === 'pass') sampling[field] = value
    else if (field === 'top_k' || value !== DEFAULT) {
      const alternatives = liveModels(({ sampling }) => sampling[field], models).join(', ')
      collector.adapts('sampling-dropped', {
        field,
        value,
        refuser: isGone ? `anthropic-version ${apiVersion}` : id,
        alternative: isGone
          ? 'leave the header anthropic-version at 2023-06-01'
          : `name a model that still takes it: ${alternatives}`,
      })
    }
  }
  return withoutExclusive(sampling, id, row.sampling, collector)
}

/** Leaves one of the parameters that exclude each other; one that says no more than the default goes first. */
function withoutExclusive(
  sampling: Sampling,
  model: string,
  rule: SamplingRule,
  collector: DiagnosticCollector,
): Sampling {
  const given = rule.oneOf.filter(field => sampling[field] !== undefined)
  const kept = given.find(field => sampling[field] !== DEFAULT) ?? given[0]
  for (const dropped of given) {
    if (dropped === kept || kept === undefined) continue
    const isSaid = sampling[dropped] !== DEFAULT
    if (!isSaid || collector.adapts('sampling-exclusive', { model, kept, dropped })) delete sampling[dropped]
  }
  return sampling
}
