import type { MessagesRequest } from '../wire.ts'
import { liveModels, type ModelAnswer, type ModelOverrides } from './models.ts'
import type { Remarks } from './policies.ts'

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
  answer: ModelAnswer,
  reserve: number,
  models: ModelOverrides | undefined,
  remarks: Remarks,
): TokenChoice {
  const { id, row } = answer
  const tokens = capTokens(asked, answer, remarks)
  const asIs: TokenChoice = { request: { max_tokens: tokens }, tokenBudget: undefined }
  switch (row.thinking) {
    case 'off':
      return asIs
    case 'always': {
      const sent = Math.max(tokens, Math.min(tokens + reserve, row.maxOutputTokens))
      const alternatives = liveModels(({ thinking }) => thinking !== 'always', models).join(', ')
      const effort = row.effort ? ' at the lowest effort' : ''
      const values = { model: id, asked: tokens, sent, effort, alternatives }
      if (!remarks.adapts('thinking-reserve', values)) return asIs
      return {
        request: { max_tokens: sent, ...(row.effort && { output_config: { effort: 'low' } }) },
        tokenBudget: sent > tokens ? tokens : undefined,
      }
    }
    default:
      if (remarks.policy('thinking') === 'pass') return asIs
      remarks.note('thinking-off', { model: id, off: row.thinking })
      return { ...asIs, request: { ...asIs.request, thinking: { type: row.thinking } } }
  }
}

function capTokens(asked: number, { id, row }: ModelAnswer, remarks: Remarks): number {
  const cap = row.maxOutputTokens
  if (asked <= cap) return asked
  return remarks.adapts('max-tokens-capped', { asked, model: id, sent: cap, cap }) ? cap : asked
}
