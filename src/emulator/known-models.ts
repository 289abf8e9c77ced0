/**
 * What the emulated Messages endpoint knows about each model. From the vendor's documentation (deprecations page,
 * model pages, thinking pages) of 2026-10-10, the official SDK 1.12.0 (2026-11-20) and messages seen on the wire.
 */

export type ThinkingType = 'adaptive' | 'between_tools' | 'disabled' | 'enabled'

export interface KnownModel {
  /** The pinned id, as replies carry it. */
  id: string
  /** The undated spelling, for models up to 4.5. */
  alias?: string
  name: string
  /** The family: `line` in the models endpoint. */
  line: string
  /** The day of release; absent where it is not known. */
  released?: string
  deprecated?: string
  /** The day of retirement, or the earliest it can be. */
  retires?: string
  contextTokens: number
  maxTokens: number
  /** Whether the last message may be an assistant's, with thinking off. Only the 4.5 family still takes one. */
  prefill: boolean
  /**
   * `one-of`: temperature or top_p, not both, and top_k. `fixed`: nothing but the values that say nothing
   * (temperature 1, top_p 0.99), since 4.7.
   */
  sampling: 'one-of' | 'fixed'
  thinksByDefault: boolean
  /** The accepted values of `thinking.type`. */
  thinking: readonly ThinkingType[]
  /** Whether `output_config.effort` is accepted. */
  effort: boolean
}

const MILLION = { contextTokens: 1_000_000, maxTokens: 128_000 }
const OF_4_5 = {
  contextTokens: 200_000,
  maxTokens: 64_000,
  prefill: true,
  sampling: 'one-of',
  thinksByDefault: false,
  thinking: ['enabled', 'disabled'],
} as const
const OF_4_6 = {
  ...MILLION,
  prefill: false,
  sampling: 'one-of',
  thinksByDefault: false,
  thinking: ['adaptive', 'enabled', 'disabled'],
  effort: true,
} as const
const SINCE_4_7 = { ...MILLION, prefill: false, sampling: 'fixed', effort: true } as const
const OFF_UNLESS_ASKED = { thinksByDefault: false, thinking: ['adaptive', 'disabled'] } as const
const ON_UNLESS_SWITCHED_OFF = { thinksByDefault: true, thinking: ['adaptive', 'disabled'] } as const
const ALWAYS_ON = { thinksByDefault: true, thinking: ['adaptive'] } as const

// biome-ignore format: one model a line or two, so that a change is one line.
export const KNOWN_MODELS: readonly KnownModel[] = [
  { id: 'claude-fable-5-2', name: 'Claude Fable 5.2', line: 'fable', ...SINCE_4_7, ...ALWAYS_ON },
  { id: 'claude-mythos-5-2', name: 'Claude Mythos 5.2', line: 'mythos', ...SINCE_4_7, ...ALWAYS_ON },
  { id: 'claude-fable-5-1', name: 'Claude Fable 5.1', line: 'fable', retires: '2027-09-01', ...SINCE_4_7, ...ALWAYS_ON },
  { id: 'claude-mythos-5-1', name: 'Claude Mythos 5.1', line: 'mythos', retires: '2027-09-01', ...SINCE_4_7, ...ALWAYS_ON },
  { id: 'claude-fable-5', name: 'Claude Fable 5', line: 'fable', retires: '2027-06-09', ...SINCE_4_7, ...ALWAYS_ON },
  { id: 'claude-mythos-5', name: 'Claude Mythos 5', line: 'mythos', retires: '2027-06-09', ...SINCE_4_7, ...ALWAYS_ON },
  // Documented as refusing `disabled`; of `enabled` nothing is said.
  { id: 'claude-mythos-preview', name: 'Claude Mythos Preview', line: 'mythos', deprecated: '2026-06-09',
    ...SINCE_4_7, thinksByDefault: true, thinking: ['adaptive', 'enabled'] },
  { id: 'claude-opus-5-5', name: 'Claude Opus 5.5', line: 'opus', retires: '2027-09-22', ...SINCE_4_7, ...ALWAYS_ON },
  { id: 'claude-opus-5', name: 'Claude Opus 5', line: 'opus', retires: '2027-07-24', ...SINCE_4_7, ...ON_UNLESS_SWITCHED_OFF },
  { id: 'claude-sonnet-5-5', name: 'Claude Sonnet 5.5', line: 'sonnet', retires: '2027-09-28',
    ...SINCE_4_7, thinksByDefault: true, thinking: ['adaptive', 'between_tools'] },
  { id: 'claude-sonnet-5', name: 'Claude Sonnet 5', line: 'sonnet', retires: '2027-06-30', ...SINCE_4_7, ...ON_UNLESS_SWITCHED_OFF },
  { id: 'claude-haiku-5-5', name: 'Claude Haiku 5.5', line: 'haiku', retires: '2027-10-07', ...SINCE_4_7, ...ON_UNLESS_SWITCHED_OFF },
  { id: 'claude-opus-4-8', name: 'Claude Opus 4.8', line: 'opus', retires: '2027-05-28', ...SINCE_4_7, ...OFF_UNLESS_ASKED },
  { id: 'claude-opus-4-7', name: 'Claude Opus 4.7', line: 'opus', retires: '2027-04-16', ...SINCE_4_7, ...OFF_UNLESS_ASKED },
  { id: 'claude-opus-4-6', name: 'Claude Opus 4.6', line: 'opus', retires: '2027-02-05', ...OF_4_6 },
  { id: 'claude-sonnet-4-6', name: 'Claude Sonnet 4.6', line: 'sonnet', retires: '2027-02-17', ...OF_4_6 },
  { id: 'claude-opus-4-5-20251101', alias: 'claude-opus-4-5', name: 'Claude Opus 4.5', line: 'opus',
    released: '2025-11-01', retires: '2026-11-24', ...OF_4_5, effort: true },
  { id: 'claude-haiku-4-5-20251001', alias: 'claude-haiku-4-5', name: 'Claude Haiku 4.5', line: 'haiku',
    released: '2025-10-01', retires: '2026-10-15', ...OF_4_5, effort: false },
  { id: 'claude-sonnet-4-5-20250929', alias: 'claude-sonnet-4-5', name: 'Claude Sonnet 4.5', line: 'sonnet',
    released: '2025-09-29', deprecated: '2026-09-30', retires: '2026-11-30', ...OF_4_5, effort: false },
]

/** Retired: unknown to the Messages endpoint (404), and "not supported on this API" on the legacy one. */
export const RETIRED_MESSAGES_MODELS: readonly string[] = [
  'claude-3-sonnet-20240229',
  'claude-3-opus-20240229',
  'claude-3-haiku-20240307',
  'claude-3-5-sonnet-20240620',
  'claude-3-5-sonnet-20241022',
  'claude-3-5-haiku-20241022',
  'claude-3-7-sonnet-20250219',
  'claude-sonnet-4-20250514',
  'claude-opus-4-20250514',
  'claude-opus-4-1-20250805',
]

/** The model of that id or alias. */
export function findModel(id: string): KnownModel | undefined {
  return KNOWN_MODELS.find(model => model.id === id || model.alias === id)
}
