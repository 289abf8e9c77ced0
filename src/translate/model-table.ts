/**
 * The facts about each model, as data. `docs/models.md` is generated from this file.
 *
 * A model without a row gets one of the two rows at the end.
 */

/** The sampling parameters. */
export const SAMPLING_PARAMETERS = ['temperature', 'top_p', 'top_k'] as const
/** The name of a sampling parameter. */
export type SamplingParameter = (typeof SAMPLING_PARAMETERS)[number]

/** Which sampling parameters a model accepts. */
export interface SamplingRule {
  temperature: boolean
  top_p: boolean
  top_k: boolean
  /** Parameters of which a request may contain only one. */
  oneOf: readonly SamplingParameter[]
}

/**
 * Whether a model thinks by default, and how to turn that off.
 *
 * - `off`: it does not think by default;
 * - `disabled`, `between_tools`: it does, unless `thinking.type` has this value;
 * - `always`: it does, and it cannot be turned off.
 */
export type ThinkingRule = 'off' | 'disabled' | 'between_tools' | 'always'

/** The dates of a model's life cycle, each as `YYYY-MM-DD`. */
export interface ModelDays {
  /** The date on which its retirement was announced. */
  deprecated?: string | undefined
  /** The announced retirement date: from then on the model counts as retired. */
  retires?: string | undefined
  /** The earliest possible retirement date. */
  notRetiredBefore?: string | undefined
}

/** The dates of a model on a cloud, which has its own calendar. */
export interface CloudDays extends ModelDays {
  /** Set if the model is retired there and no page gives the date. */
  isRetired?: true
  /** The date on which the source was read. */
  read: string
  /** The page that gives the dates. */
  source: string
}

/** A model that is not retired. */
export interface LiveModel extends ModelDays {
  status: 'live'
  /** The replacement that its vendor recommends, if one is announced. */
  replacement?: string | undefined
  /** Its dates on Amazon Bedrock and Google Cloud. Anthropic's own dates do not apply to ids of a cloud. */
  clouds?: CloudCalendar
  /** The context window: the maximum of input and output together, in tokens. */
  contextTokens: number
  /** The largest `max_tokens` that it accepts. */
  maxOutputTokens: number
  /** Whether it accepts a prefill: a final assistant message that the model continues. */
  prefill: boolean
  /** The sampling rule under API version 2023-06-01. Under 2026-10-21 every model rejects all sampling parameters. */
  sampling: SamplingRule
  thinking: ThinkingRule
  /** Whether it accepts `output_config.effort`. */
  effort: boolean
  /** The values of `anthropic-version` that it supports. */
  apiVersions: readonly string[]
  /** The source of the row: a key of {@link SOURCES}, or the user's own text. */
  source: string
}

/** The dates on clouds with their own calendars. */
export type CloudCalendar = Readonly<Partial<Record<'bedrock' | 'google', CloudDays>>>

/** A retired model. */
export interface RetiredModel {
  status: 'retired'
  /** The retirement date; absent if unknown. */
  retired?: string | undefined
  /** Its dates on Amazon Bedrock and Google Cloud, which may serve it for longer. */
  clouds?: CloudCalendar
  /** The replacement that its vendor recommends. */
  replacement: string
  source: string
}

/** A row of the model table. */
export type ModelRow = LiveModel | RetiredModel

/** Model rows by id. */
export type ModelTable = Readonly<Record<string, ModelRow>>

/** The sources of the rows, with the date of each reading. */
export const SOURCES: Readonly<Record<string, { read: string; what: string }>> = {
  docs: {
    read: '2026-10-10',
    what: 'platform.claude.com/docs: model deprecations, models overview, thinking pages',
  },
  sdk: {
    read: '2026-11-29',
    what: 'the model list, the deprecated models and the type comments of @anthropic-ai/sdk 1.14.0',
  },
  aws: {
    read: '2026-10-16',
    what: 'the lifecycle page of Amazon Bedrock, as public trackers and the LiteLLM table quote it',
  },
  google: {
    read: '2026-11-26',
    what: 'the model deprecations page of Google Cloud, as public trackers quote it',
  },
  traffic: {
    read: '2026-11-29',
    what: 'recorded traffic: the model answered on Amazon Bedrock until September 2025 at least',
  },
}

/**
 * The date of the last update of the table. A retirement announced for a later date applies to calls from that date on.
 */
export const TABLE_DAY = '2026-11-29'

const ALL: SamplingRule = { temperature: true, top_p: true, top_k: true, oneOf: [] }
const TEMPERATURE_OR_TOP_P: SamplingRule = { ...ALL, oneOf: ['temperature', 'top_p'] }
const NO_SAMPLING: SamplingRule = { temperature: false, top_p: false, top_k: false, oneOf: [] }

const API_VERSIONS = ['2023-06-01', '2026-10-21'] as const
const OF_2026 = {
  status: 'live',
  contextTokens: 1_000_000,
  maxOutputTokens: 128_000,
  prefill: false,
  effort: true,
  apiVersions: API_VERSIONS,
  source: 'docs',
} as const
const SINCE_4_7 = { ...OF_2026, sampling: NO_SAMPLING } as const
const ALWAYS_THINKS = { ...SINCE_4_7, thinking: 'always' } as const
const OF_4_6 = { ...OF_2026, sampling: TEMPERATURE_OR_TOP_P, thinking: 'off' } as const
const OF_4_5 = {
  status: 'live',
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
  prefill: true,
  sampling: TEMPERATURE_OR_TOP_P,
  thinking: 'off',
  effort: false,
  apiVersions: API_VERSIONS,
  source: 'docs',
} as const
const bedrock = (days: ModelDays): CloudCalendar => ({
  bedrock: { ...days, read: '2026-10-16', source: 'aws' },
})
const google = (retires: string): CloudCalendar => ({
  google: { retires, read: '2026-11-26', source: 'google' },
})
const OPUS_4_5 = {
  ...OF_4_5,
  effort: true,
  deprecated: '2026-11-23',
  retires: '2027-01-22',
  replacement: 'claude-opus-5-5',
  clouds: google('2027-01-22'),
  source: 'sdk',
} as const
const HAIKU_4_5 = { ...OF_4_5, notRetiredBefore: '2026-10-15' } as const
const SONNET_4_5 = {
  ...OF_4_5,
  deprecated: '2026-09-30',
  retires: '2026-11-30',
  replacement: 'claude-sonnet-5-5',
  clouds: bedrock({ deprecated: '2026-10-08', retires: '2027-04-08' }),
} as const

const retired = (day: string, replacement: string, clouds?: CloudCalendar): RetiredModel => ({
  status: 'retired',
  retired: day,
  replacement,
  ...(clouds && { clouds }),
  source: 'docs',
})
/** Both generations are retired on Bedrock as well; no stored page gives the date. */
const ENDED_ON_BEDROCK: CloudCalendar = {
  bedrock: { isRetired: true, read: '2026-11-29', source: 'traffic' },
}
const CLAUDE_1 = retired('2024-11-06', 'claude-haiku-4-5-20251001', ENDED_ON_BEDROCK)
const CLAUDE_2 = retired('2025-07-21', 'claude-opus-4-8', ENDED_ON_BEDROCK)

// biome-ignore format: one model per line keeps diffs small.
export const MODEL_TABLE: ModelTable = {
  'claude-fable-5-2': { ...ALWAYS_THINKS, source: 'sdk' },
  'claude-mythos-5-2': { ...ALWAYS_THINKS, source: 'sdk' },
  'claude-fable-5-1': { ...ALWAYS_THINKS, notRetiredBefore: '2027-09-01' },
  'claude-mythos-5-1': { ...ALWAYS_THINKS, notRetiredBefore: '2027-09-01' },
  'claude-fable-5': { ...ALWAYS_THINKS, notRetiredBefore: '2027-06-09' },
  'claude-mythos-5': { ...ALWAYS_THINKS, notRetiredBefore: '2027-06-09' },
  'claude-mythos-preview': { ...ALWAYS_THINKS, deprecated: '2026-06-09' },
  'claude-opus-5-5': { ...ALWAYS_THINKS, notRetiredBefore: '2027-09-22' },
  'claude-opus-5': { ...SINCE_4_7, thinking: 'disabled', notRetiredBefore: '2027-07-24' },
  'claude-sonnet-5-5': { ...SINCE_4_7, thinking: 'between_tools', notRetiredBefore: '2027-09-28' },
  'claude-sonnet-5': { ...SINCE_4_7, thinking: 'disabled', notRetiredBefore: '2027-06-30' },
  'claude-haiku-5-5': { ...SINCE_4_7, thinking: 'disabled', notRetiredBefore: '2027-10-07' },
  'claude-opus-4-8': { ...SINCE_4_7, thinking: 'off', notRetiredBefore: '2027-05-28' },
  'claude-opus-4-7': { ...SINCE_4_7, thinking: 'off', notRetiredBefore: '2027-04-16' },
  'claude-opus-4-6': { ...OF_4_6, notRetiredBefore: '2027-02-05' },
  'claude-sonnet-4-6': { ...OF_4_6, notRetiredBefore: '2027-02-17' },
  'claude-opus-4-5': OPUS_4_5,
  'claude-opus-4-5-20251101': OPUS_4_5,
  'claude-haiku-4-5': HAIKU_4_5,
  'claude-haiku-4-5-20251001': HAIKU_4_5,
  'claude-sonnet-4-5': SONNET_4_5,
  'claude-sonnet-4-5-20250929': SONNET_4_5,

  'claude-opus-4-1': retired('2026-08-05', 'claude-opus-4-8', bedrock({ retires: '2027-01-08' })),
  'claude-opus-4-1-20250805': retired('2026-08-05', 'claude-opus-4-8', bedrock({ retires: '2027-01-08' })),
  'claude-opus-4-0': retired('2026-06-15', 'claude-opus-4-8'),
  'claude-opus-4-20250514': retired('2026-06-15', 'claude-opus-4-8'),
  'claude-sonnet-4-0': retired('2026-06-15', 'claude-sonnet-5-5', bedrock({ retires: '2026-10-14' })),
  'claude-sonnet-4-20250514': retired('2026-06-15', 'claude-sonnet-5-5', bedrock({ retires: '2026-10-14' })),
  'claude-3-7-sonnet-latest': retired('2026-02-19', 'claude-sonnet-5-5'),
  'claude-3-7-sonnet-20250219': retired('2026-02-19', 'claude-sonnet-5-5', google('2026-05-11')),
  'claude-3-5-sonnet-latest': retired('2025-10-28', 'claude-sonnet-5-5'),
  'claude-3-5-sonnet-20241022': retired('2025-10-28', 'claude-sonnet-5-5'),
  'claude-3-5-sonnet-20240620': retired('2025-10-28', 'claude-sonnet-5-5'),
  'claude-3-5-haiku-latest': retired('2026-02-19', 'claude-haiku-4-5'),
  'claude-3-5-haiku-20241022': retired('2026-02-19', 'claude-haiku-4-5', google('2026-07-05')),
  'claude-3-opus-latest': retired('2026-01-05', 'claude-opus-4-8'),
  'claude-3-opus-20240229': retired('2026-01-05', 'claude-opus-4-8'),
  'claude-3-sonnet-20240229': retired('2025-07-21', 'claude-sonnet-5-5'),
  'claude-3-haiku-20240307': retired('2026-04-20', 'claude-haiku-4-5', { ...bedrock({ retires: '2026-10-17' }), ...google('2026-08-23') }),

  // model-ids.ts handles other spellings of these, such as claude-v1.3 and claude-instant-1.1-100k.
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

/**
 * The row of a Claude model that is not in the table and so must be newer: the rules of all models since 4.7, which no
 * model is known to reject.
 */
export const UNKNOWN_CLAUDE: LiveModel = {
  ...ALWAYS_THINKS,
  maxOutputTokens: Number.POSITIVE_INFINITY,
  effort: false,
  source: 'none: newer than the table',
}

/** The row of any other id: a model of another server, which accepts what the old API accepted. */
export const UNKNOWN_MODEL: LiveModel = {
  ...OF_4_5,
  contextTokens: Number.POSITIVE_INFINITY,
  maxOutputTokens: Number.POSITIVE_INFINITY,
  sampling: ALL,
  source: 'none: another server’s',
}
