/**
 * What is known of each model, as data: add a row, change a row, diff it.
 *
 * Sources, read on 2026-10-10 and 2026-11-20: the deprecations page and the models overview of
 * platform.claude.com/docs, and the model list of @anthropic-ai/sdk 1.12.0.
 */

/** What a target accepts of the parameters that shape sampling. */
export type SamplingRule =
  /** temperature, top_p and top_k. */
  | 'all'
  /** The same, but not temperature and top_p together. */
  | 'one-of-temperature-and-top_p'
  /** None: any value but the default is refused. */
  | 'none'

/** A model that answers. */
export interface LiveModel {
  status: 'live'
  /** The day the vendor retires it, where one is announced. */
  retires?: string | undefined
  /** The largest `max_tokens` it takes. */
  maxOutputTokens: number
  /** Whether the conversation may end with an assistant message that the model continues. */
  prefill: boolean
  sampling: SamplingRule
}

/** A model that no longer answers. */
export interface RetiredModel {
  status: 'retired'
  /** The day it was retired. */
  retired: string
  /** The replacement its vendor names. */
  replacement: string
}

export type ModelRow = LiveModel | RetiredModel

/** Model ids to what is known of them. */
export type ModelTable = Readonly<Record<string, ModelRow>>

const LONG_CONTEXT = { status: 'live', maxOutputTokens: 128_000, prefill: false } as const
const FAMILY_5 = { ...LONG_CONTEXT, sampling: 'none' } as const
const FAMILY_4_6 = { ...LONG_CONTEXT, sampling: 'one-of-temperature-and-top_p' } as const
const FAMILY_4_5 = {
  status: 'live',
  maxOutputTokens: 64_000,
  prefill: true,
  sampling: 'one-of-temperature-and-top_p',
} as const

const retired = (date: string, replacement: string): RetiredModel => ({
  status: 'retired',
  retired: date,
  replacement,
})
const CLAUDE_1 = retired('2024-11-06', 'claude-haiku-4-5-20251001')
const CLAUDE_2 = retired('2025-07-21', 'claude-opus-4-8')

export const MODEL_TABLE: ModelTable = {
  'claude-fable-5-2': FAMILY_5,
  'claude-mythos-5-2': FAMILY_5,
  'claude-fable-5-1': FAMILY_5,
  'claude-mythos-5-1': FAMILY_5,
  'claude-fable-5': FAMILY_5,
  'claude-mythos-5': FAMILY_5,
  'claude-mythos-preview': FAMILY_5,
  'claude-opus-5-5': FAMILY_5,
  'claude-opus-5': FAMILY_5,
  'claude-sonnet-5-5': FAMILY_5,
  'claude-sonnet-5': FAMILY_5,
  'claude-haiku-5-5': FAMILY_5,
  'claude-opus-4-8': FAMILY_5,
  'claude-opus-4-7': FAMILY_5,
  'claude-opus-4-6': FAMILY_4_6,
  'claude-sonnet-4-6': FAMILY_4_6,
  'claude-opus-4-5': FAMILY_4_5,
  'claude-opus-4-5-20251101': FAMILY_4_5,
  'claude-haiku-4-5': FAMILY_4_5,
  'claude-haiku-4-5-20251001': FAMILY_4_5,
  'claude-sonnet-4-5': { ...FAMILY_4_5, retires: '2026-11-30' },
  'claude-sonnet-4-5-20250929': { ...FAMILY_4_5, retires: '2026-11-30' },

  'claude-opus-4-1': retired('2026-08-05', 'claude-opus-4-8'),
  'claude-opus-4-1-20250805': retired('2026-08-05', 'claude-opus-4-8'),
  'claude-opus-4-0': retired('2026-06-15', 'claude-opus-4-8'),
  'claude-opus-4-20250514': retired('2026-06-15', 'claude-opus-4-8'),
  'claude-sonnet-4-0': retired('2026-06-15', 'claude-sonnet-5-5'),
  'claude-sonnet-4-20250514': retired('2026-06-15', 'claude-sonnet-5-5'),
  'claude-3-7-sonnet-latest': retired('2026-02-19', 'claude-sonnet-5-5'),
  'claude-3-7-sonnet-20250219': retired('2026-02-19', 'claude-sonnet-5-5'),
  'claude-3-5-sonnet-latest': retired('2025-10-28', 'claude-sonnet-5-5'),
  'claude-3-5-sonnet-20241022': retired('2025-10-28', 'claude-sonnet-5-5'),
  'claude-3-5-sonnet-20240620': retired('2025-10-28', 'claude-sonnet-5-5'),
  'claude-3-5-haiku-latest': retired('2026-02-19', 'claude-haiku-4-5'),
  'claude-3-5-haiku-20241022': retired('2026-02-19', 'claude-haiku-4-5'),
  'claude-3-opus-latest': retired('2026-01-05', 'claude-opus-4-8'),
  'claude-3-opus-20240229': retired('2026-01-05', 'claude-opus-4-8'),
  'claude-3-sonnet-20240229': retired('2025-07-21', 'claude-sonnet-5-5'),
  'claude-3-haiku-20240307': retired('2026-04-20', 'claude-haiku-4-5'),

  'claude-2': CLAUDE_2,
  'claude-2.0': CLAUDE_2,
  'claude-2.1': CLAUDE_2,

  'claude-1': CLAUDE_1,
  'claude-1.0': CLAUDE_1,
  'claude-1.1': CLAUDE_1,
  'claude-1.2': CLAUDE_1,
  'claude-1.3': CLAUDE_1,
  'claude-instant-1': CLAUDE_1,
  'claude-instant-1.0': CLAUDE_1,
  'claude-instant-1.1': CLAUDE_1,
  'claude-instant-1.2': CLAUDE_1,
}
