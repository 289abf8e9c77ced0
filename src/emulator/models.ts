import { common, invalid, Problem } from './errors.ts'

/**
 * Models of the emulated Messages endpoint. Sources: Anthropic's documentation (deprecations, model, thinking and
 * effort pages) of 2026-10-10, the official SDK 1.12.0 (2026-11-20) and recorded responses.
 */

export type ThinkingType = 'adaptive' | 'between_tools' | 'disabled' | 'enabled'

/** A model of the emulated Messages endpoint and the parameters that it accepts. */
export interface KnownModel {
  /** Pinned id, as in responses. */
  id: string
  /** Undated spelling, for models up to 4.5. */
  alias?: string
  name: string
  /** Model family: the field `line` of the models endpoint. */
  line: string
  /** Release date; absent if unknown. */
  released?: string
  deprecated?: string
  /** Retirement date, or the earliest possible one. */
  retires?: string
  contextTokens: number
  maxTokens: number
  /** Whether the last message may be an assistant message while thinking is off. Only the 4.5 family supports this. */
  prefill: boolean
  /**
   * `one-of`: accepts `top_k` and either `temperature` or `top_p`, not both. `fixed` (since 4.7): accepts only
   * `temperature: 1` and `top_p: 0.99`, which have no effect.
   */
  sampling: 'one-of' | 'fixed'
  thinksByDefault: boolean
  /** The accepted values of `thinking.type`. */
  thinking: readonly ThinkingType[]
  /** Accepted values of `output_config.effort`, in the order of the API's error. Empty: the field is rejected. */
  effort: readonly string[]
  /** Whether `messages` may contain the role `system` (since Opus 4.8, except Sonnet 5). */
  systemRole?: boolean
}

const UP_TO_HIGH = ['high', 'low', 'medium'] as const
const UP_TO_MAX = ['high', 'low', 'max', 'medium'] as const
const ALL_EFFORTS = ['high', 'low', 'max', 'medium', 'xhigh'] as const

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
  effort: UP_TO_MAX,
} as const
const SINCE_4_7 = { ...MILLION, prefill: false, sampling: 'fixed', effort: ALL_EFFORTS } as const
const SINCE_4_8 = { ...SINCE_4_7, systemRole: true } as const
const OFF_UNLESS_ASKED = { thinksByDefault: false, thinking: ['adaptive', 'disabled'] } as const
const ON_UNLESS_SWITCHED_OFF = { thinksByDefault: true, thinking: ['adaptive', 'disabled'] } as const
const ALWAYS_ON = { thinksByDefault: true, thinking: ['adaptive'] } as const

// biome-ignore format: one or two lines for each model, so that a change is one line.
const KNOWN_MODELS: readonly KnownModel[] = [
  { id: 'claude-fable-5-2', name: 'Claude Fable 5.2', line: 'fable', ...SINCE_4_8, ...ALWAYS_ON },
  { id: 'claude-mythos-5-2', name: 'Claude Mythos 5.2', line: 'mythos', ...SINCE_4_8, ...ALWAYS_ON },
  { id: 'claude-fable-5-1', name: 'Claude Fable 5.1', line: 'fable', retires: '2027-09-01', ...SINCE_4_8, ...ALWAYS_ON },
  { id: 'claude-mythos-5-1', name: 'Claude Mythos 5.1', line: 'mythos', retires: '2027-09-01', ...SINCE_4_8, ...ALWAYS_ON },
  { id: 'claude-fable-5', name: 'Claude Fable 5', line: 'fable', retires: '2027-06-09', ...SINCE_4_8, ...ALWAYS_ON },
  { id: 'claude-mythos-5', name: 'Claude Mythos 5', line: 'mythos', retires: '2027-06-09', ...SINCE_4_8, ...ALWAYS_ON },
  // Rejects `disabled`; the documentation does not mention `enabled`.
  { id: 'claude-mythos-preview', name: 'Claude Mythos Preview', line: 'mythos', deprecated: '2026-06-09',
    ...SINCE_4_7, thinksByDefault: true, thinking: ['adaptive', 'enabled'] },
  { id: 'claude-opus-5-5', name: 'Claude Opus 5.5', line: 'opus', retires: '2027-09-22', ...SINCE_4_8, ...ALWAYS_ON },
  { id: 'claude-opus-5', name: 'Claude Opus 5', line: 'opus', retires: '2027-07-24', ...SINCE_4_8, ...ON_UNLESS_SWITCHED_OFF },
  { id: 'claude-sonnet-5-5', name: 'Claude Sonnet 5.5', line: 'sonnet', retires: '2027-09-28',
    ...SINCE_4_8, thinksByDefault: true, thinking: ['adaptive', 'between_tools'] },
  { id: 'claude-sonnet-5', name: 'Claude Sonnet 5', line: 'sonnet', retires: '2027-06-30', ...SINCE_4_7, ...ON_UNLESS_SWITCHED_OFF },
  { id: 'claude-haiku-5-5', name: 'Claude Haiku 5.5', line: 'haiku', retires: '2027-10-07', ...SINCE_4_8, ...ON_UNLESS_SWITCHED_OFF },
  { id: 'claude-opus-4-8', name: 'Claude Opus 4.8', line: 'opus', retires: '2027-05-28', ...SINCE_4_8, ...OFF_UNLESS_ASKED },
  { id: 'claude-opus-4-7', name: 'Claude Opus 4.7', line: 'opus', retires: '2027-04-16', ...SINCE_4_7, ...OFF_UNLESS_ASKED },
  { id: 'claude-opus-4-6', name: 'Claude Opus 4.6', line: 'opus', retires: '2027-02-05', ...OF_4_6 },
  { id: 'claude-sonnet-4-6', name: 'Claude Sonnet 4.6', line: 'sonnet', retires: '2027-02-17', ...OF_4_6 },
  { id: 'claude-opus-4-5-20251101', alias: 'claude-opus-4-5', name: 'Claude Opus 4.5', line: 'opus',
    released: '2025-11-01', deprecated: '2026-11-23', retires: '2027-01-22', ...OF_4_5, effort: UP_TO_HIGH },
  { id: 'claude-haiku-4-5-20251001', alias: 'claude-haiku-4-5', name: 'Claude Haiku 4.5', line: 'haiku',
    released: '2025-10-01', retires: '2026-10-15', ...OF_4_5, effort: [] },
  { id: 'claude-sonnet-4-5-20250929', alias: 'claude-sonnet-4-5', name: 'Claude Sonnet 4.5', line: 'sonnet',
    released: '2025-09-29', deprecated: '2026-09-30', retires: '2026-11-30', ...OF_4_5, effort: [] },
]

/** Retired models: status 404 on the Messages endpoint, "not supported on this API" on the legacy endpoint. */
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

/**
 * Returns the model with that id or alias; `undefined` if Anthropic has retired it by `today`, a day as `YYYY-MM-DD`.
 * Without a day, as on a cloud with a calendar of its own, no model is retired.
 */
export function findModel(id: string, today?: string): KnownModel | undefined {
  return KNOWN_MODELS.find(model => (model.id === id || model.alias === id) && !isRetired(model, today))
}

/** The date of a model that is not deprecated is only the earliest possible one. */
function isRetired({ deprecated, retires }: KnownModel, today: string | undefined): boolean {
  return deprecated !== undefined && retires !== undefined && today !== undefined && retires <= today
}

/** A model of the legacy endpoint: the id in its responses and its longest prompt in tokens. */
export interface LegacyModel {
  id: string
  maxPromptTokens: number
}

// Source: the recorded errors "prompt is too long: … > 102398 maximum" and "… > 199999 maximum".
const LONG = 102_398
const LONGEST = 199_999
// Source: "exceeds max (9216)" in the official Python client. The limit includes the output.
const SHORT = 9216

/**
 * Legacy models by spelling. A major version meant its latest minor version, which the response named (`claude-2`
 * became `claude-2.1`, recorded 2024-05 to 2025-01). The `v1` spellings are from 2023.
 */
const SPELLINGS: Readonly<Record<string, LegacyModel>> = {
  'claude-v1': { id: 'claude-v1.3', maxPromptTokens: SHORT },
  'claude-v1-100k': { id: 'claude-v1.3-100k', maxPromptTokens: LONG },
  'claude-v1.0': { id: 'claude-v1.0', maxPromptTokens: SHORT },
  'claude-v1.2': { id: 'claude-v1.2', maxPromptTokens: SHORT },
  'claude-v1.3': { id: 'claude-v1.3', maxPromptTokens: SHORT },
  'claude-v1.3-100k': { id: 'claude-v1.3-100k', maxPromptTokens: LONG },
  'claude-1': { id: 'claude-1.3', maxPromptTokens: SHORT },
  'claude-1-100k': { id: 'claude-1.3-100k', maxPromptTokens: LONG },
  'claude-1.0': { id: 'claude-1.0', maxPromptTokens: SHORT },
  'claude-1.1': { id: 'claude-1.1', maxPromptTokens: SHORT },
  'claude-1.2': { id: 'claude-1.2', maxPromptTokens: SHORT },
  'claude-1.3': { id: 'claude-1.3', maxPromptTokens: SHORT },
  'claude-1.3-100k': { id: 'claude-1.3-100k', maxPromptTokens: LONG },
  'claude-instant-v1': { id: 'claude-instant-v1.1', maxPromptTokens: SHORT },
  'claude-instant-v1-100k': { id: 'claude-instant-v1.1-100k', maxPromptTokens: LONG },
  'claude-instant-v1.0': { id: 'claude-instant-v1.0', maxPromptTokens: SHORT },
  'claude-instant-v1.1': { id: 'claude-instant-v1.1', maxPromptTokens: SHORT },
  'claude-instant-v1.1-100k': { id: 'claude-instant-v1.1-100k', maxPromptTokens: LONG },
  'claude-instant-1': { id: 'claude-instant-1.2', maxPromptTokens: LONG },
  'claude-instant-1-100k': { id: 'claude-instant-1.2', maxPromptTokens: LONG },
  'claude-instant-1.0': { id: 'claude-instant-1.0', maxPromptTokens: SHORT },
  'claude-instant-1.1': { id: 'claude-instant-1.1', maxPromptTokens: SHORT },
  'claude-instant-1.1-100k': { id: 'claude-instant-1.1-100k', maxPromptTokens: LONG },
  'claude-instant-1.2': { id: 'claude-instant-1.2', maxPromptTokens: LONG },
  'claude-2': { id: 'claude-2.1', maxPromptTokens: LONGEST },
  'claude-2.0': { id: 'claude-2.0', maxPromptTokens: LONG },
  'claude-2.1': { id: 'claude-2.1', maxPromptTokens: LONGEST },
}

/** Returns the legacy model for a spelling. */
export function findLegacyModel(spelling: string): LegacyModel | undefined {
  return Object.hasOwn(SPELLINGS, spelling) ? SPELLINGS[spelling] : undefined
}

/**
 * Returns the response to `GET /v1/models`: newest first, with `limit`, `after_id` and `before_id`. Throws a Problem
 * for invalid values.
 */
export function listModels(query: URLSearchParams, today: string): object {
  const models = KNOWN_MODELS.filter(model => !isRetired(model, today))
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit)) throw invalid('limit: Input should be a valid integer')
  if (limit < 1) throw invalid('limit: Input should be greater than or equal to 1')
  if (limit > 1000) throw invalid('limit: Input should be less than or equal to 1000')
  const after = place(models, query.get('after_id'))
  const before = place(models, query.get('before_id'))

  const start = after === undefined ? (before === undefined ? 0 : Math.max(0, before - limit)) : after + 1
  const end = before !== undefined && after === undefined ? before : start + limit
  const page = models.slice(start, end)
  return {
    data: page.map(describe),
    has_more: before !== undefined && after === undefined ? start > 0 : end < models.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  }
}

/** Returns the response to `GET /v1/models/{id}`. Throws a Problem for an unknown id. */
export function showModel(id: string, today: string): object {
  const model = findModel(id, today)
  if (model === undefined) throw new Problem('not_found_error', common.unknownModel(id))
  return describe(model)
}

function place(models: readonly KnownModel[], id: string | null): number | undefined {
  if (id === null) return undefined
  const index = models.findIndex(model => model.id === id || model.alias === id)
  if (index === -1) throw new Problem('not_found_error', common.unknownModel(id))
  return index
}

function describe(model: KnownModel): object {
  const supported = (value: boolean): object => ({ supported: value })
  return {
    type: 'model',
    id: model.id,
    display_name: model.name,
    // The documentation says: "May be set to an epoch value if the release date is unknown".
    created_at: instant(model.released ?? '1970-01-01'),
    max_input_tokens: model.contextTokens,
    max_tokens: model.maxTokens,
    lifecycle: model.deprecated === undefined ? 'active' : 'deprecated',
    deprecated_at: model.deprecated === undefined ? null : instant(model.deprecated),
    retires_at: model.retires === undefined ? null : instant(model.retires),
    line: model.line,
    // The documented capabilities that change the emulator's behaviour.
    capabilities: {
      effort: { ...supported(model.effort.length > 0), ...effortLevels(model) },
      thinking: {
        supported: true,
        types: Object.fromEntries(
          (['adaptive', 'between_tools', 'disabled', 'enabled'] as const).map(type => [
            type,
            supported(model.thinking.includes(type)),
          ]),
        ),
      },
    },
  }
}

/** Returns the support for each effort level, in the format of the models endpoint. */
function effortLevels(model: KnownModel): object {
  return Object.fromEntries(ALL_EFFORTS.map(level => [level, { supported: model.effort.includes(level) }]))
}

const instant = (day: string): string => `${day}T00:00:00Z`
