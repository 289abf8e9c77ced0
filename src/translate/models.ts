import { isClaude, isOldGeneration, type ModelId, parseModelId, spellModelLike } from './model-ids.ts'
import {
  type LiveModel,
  MODEL_TABLE,
  type ModelRow,
  type RetiredModel,
  TABLE_DAY,
  type ThinkingRule,
  UNKNOWN_CLAUDE,
  UNKNOWN_MODEL,
} from './model-table.ts'
import { checkTranslation } from './validate.ts'

/** Fields of a model row that differ from the table, or a complete row for a model outside the table. */
export interface ModelOverride
  extends Partial<Omit<LiveModel, 'status'>>,
    Partial<Omit<RetiredModel, 'status' | 'replacement' | 'clouds' | 'source'>> {
  /** @default the status in the model table; `live` for a model that is not in it */
  status?: 'live' | 'retired'
}

/** Model overrides by id. They are merged over the table, field by field. */
export type ModelOverrides = Readonly<Record<string, ModelOverride>>

/** The model rows to use, and the date. */
export interface ModelOptions {
  /** Rows that change the model table or add to it. */
  models?: ModelOverrides | undefined
  /**
   * Date of the call, in UTC, as `YYYY-MM-DD`. A model counts as retired from its announced retirement date on. The
   * client, the adapters, the proxy and the command pass the current date.
   *
   * @default the date of the last update of the model table
   */
  today?: string | undefined
}

/** The model to send a call to. */
export interface ResolvedModel {
  /** The id to send. */
  id: string
  /** What the model accepts. */
  row: LiveModel
  /** Whether `row` comes from a table. If not, it is an assumption about an unknown id. */
  isKnown: boolean
  /** The row of the requested model, if that model is retired. */
  retired: RetiredModel | undefined
}

/** A longer chain of replacements counts as circular. */
const LONGEST_CHAIN = 8

/**
 * Looks up a model in the user's rows and in the model table. A retired model is replaced, and its replacement as well
 * if that is retired, too. An id that is in no table gets the row {@link UNKNOWN_CLAUDE} or {@link UNKNOWN_MODEL}.
 *
 * @throws TypeError for an invalid row or day, and when the user's rows replace models in a circle.
 * @example
 * resolveModel('claude-2.1').id // 'claude-opus-4-8'
 * resolveModel('claude-sonnet-4-5', { today: '2026-11-30' }).id // 'claude-sonnet-5-5'
 */
export function resolveModel(asked: string, lookup: ModelOptions = {}): ResolvedModel {
  checkTranslation(lookup)
  return lookUpModel(asked, lookup)
}

/** Looks up a model as {@link resolveModel} does, with options that have been checked. */
export function lookUpModel(asked: string, lookup: ModelOptions): ResolvedModel {
  const first = findRow(asked, lookup)
  const retired = first?.status === 'retired' ? first : undefined
  let id = asked
  let row = first
  for (let steps = 0; row?.status === 'retired'; steps++) {
    if (steps === LONGEST_CHAIN) {
      throw new TypeError(
        `models: the replacements of ${asked} lead nowhere. Name a live model at their end.`,
      )
    }
    id = row.replacement
    row = findRow(id, lookup)
  }
  return { id, row: row ?? unknownRow(id), isKnown: row !== undefined, retired }
}

/** Lists live models that satisfy a condition, for a diagnostic. Deprecated models and dated ids are excluded. */
export function liveModels(condition: (row: LiveModel) => boolean, lookup: ModelOptions): string[] {
  const ids = new Set([...Object.keys(MODEL_TABLE), ...Object.keys(lookup.models ?? {})])
  return [...ids].filter(id => {
    const row = findRow(id, lookup)
    const isOffered = row?.status === 'live' && row.deprecated === undefined && row.retires === undefined
    return isOffered && !/-\d{8}$/.test(id) && condition(row)
  })
}

function findRow(id: string, { models, today = TABLE_DAY }: ModelOptions): ModelRow | undefined {
  const spelled = modelIdOf(id)
  const ours = rowIn(MODEL_TABLE, spelled)
  const row = ours && onPlatform(ours, spelled, today)
  const theirs = models && (own(models, id) ?? rowIn(models, spelled))
  return asOfDay(theirs === undefined ? row : merge(id, ours && (row ?? ours), theirs, today), today)
}

/** Skips parsing for ids in the table's own spelling, which most are. */
function modelIdOf(id: string): ModelId {
  return Object.hasOwn(MODEL_TABLE, id)
    ? { id, platform: 'anthropic', model: id, prefix: '' }
    : parseModelId(id)
}

/**
 * Returns the row with the dates of the model's platform. A cloud may retire a model later than Anthropic; the calendar
 * behind a gateway is unknown.
 */
function onPlatform(row: ModelRow, spelled: ModelId, today: string): ModelRow | undefined {
  const { platform } = spelled
  if (platform === 'anthropic') return row
  const cloud = platform === 'gateway' ? undefined : row.clouds?.[platform]
  const replacement = row.replacement && spellModelLike(row.replacement, spelled)
  if (row.status === 'live') {
    const { deprecated, retires, notRetiredBefore } = cloud ?? {}
    return { ...row, deprecated, retires, notRetiredBefore, replacement: retires && replacement }
  }
  const isRetired = cloud?.isRetired === true || (cloud?.retires !== undefined && cloud.retires <= today)
  return isRetired && replacement ? { ...row, retired: cloud.retires, replacement } : undefined
}

/** Converts a live row whose announced retirement date has passed to that of a retired model. */
function asOfDay(row: ModelRow | undefined, today: string): ModelRow | undefined {
  if (row?.status !== 'live' || row.retires === undefined || row.retires > today) return row
  const { retires, replacement, source } = row
  return replacement === undefined ? row : { status: 'retired', retired: retires, replacement, source }
}

function merge(id: string, ours: ModelRow | undefined, theirs: ModelOverride, today: string): ModelRow {
  const source = 'the models option'
  const { retired: theirDay, ...fields } = theirs
  if ((theirs.status ?? ours?.status) !== 'retired') {
    const base = ours?.status === 'live' ? ours : unknownRow(id)
    // An override to `live` wins over a retirement date in the table that has passed.
    const isPast = theirs.status === 'live' && base.retires !== undefined && base.retires <= today
    return { ...base, ...(isPast && { retires: undefined }), source, ...fields, status: 'live' }
  }
  // The table may announce a replacement for a live model; it applies when the user declares the model retired.
  const replacement = theirs.replacement ?? ours?.replacement
  if (replacement === undefined) {
    throw new TypeError(`models: ${id} is retired and names no replacement. Add a replacement: a live model.`)
  }
  const day = ours?.status === 'retired' ? ours.retired : ours?.retires
  return { status: 'retired', retired: theirDay ?? day, replacement, source: theirs.source ?? source }
}

/** Returns the row for an id that is in no table, or that is sent although it is retired. */
export function unknownRow(id: string): LiveModel {
  const spelled = modelIdOf(id)
  const ours = rowIn(MODEL_TABLE, spelled)
  if (ours?.status === 'live') return ours
  const isNewer = ours === undefined && isClaude(spelled.model) && !isOldGeneration(spelled.model)
  return isNewer ? UNKNOWN_CLAUDE : UNKNOWN_MODEL
}

/** Finds a row by the exact id, by Anthropic's spelling, by the undated id, or by any dated version of it. */
function rowIn<T>(table: Readonly<Record<string, T>>, { id, model }: ModelId): T | undefined {
  const row = own(table, id) ?? own(table, model)
  if (row !== undefined || !isClaude(model)) return row
  const line = model.replace(/-(?:\d{8}|latest)$/, '')
  return own(table, line) ?? own(table, versionOf(table, line))
}

/** Returns the first id of a table that is this undated id plus a date; otherwise the undated id. */
function versionOf(table: object, line: string): string {
  return (
    Object.keys(table).find(
      id => id.length === line.length + 9 && /-\d{8}$/.test(id) && id.startsWith(`${line}-`),
    ) ?? line
  )
}

function own<T>(table: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined
}

/** A model in the response of `GET /v1/models`; only the fields that are used. Other servers omit most of them. */
export interface ListedModel {
  id: string
  max_input_tokens?: number | null
  max_tokens?: number | null
  created_at?: string | null
  lifecycle?: string | null
  deprecated_at?: string | null
  retires_at?: string | null
  capabilities?: {
    effort?: Supported | null
    thinking?: { types?: Readonly<Record<string, Supported | null | undefined>> | null } | null
  } | null
}

interface Supported {
  supported?: boolean | null
}

/** The completeness of a listing. */
export interface ListingScope {
  /**
   * Whether the listing is complete, so that models missing from it count as retired. This applies only if the listing
   * has at least one model of the table.
   *
   * @default false
   */
  isComplete?: boolean | undefined
}

/**
 * Converts a response of the models endpoint to model rows: limits, dates, and for models outside the table how to turn
 * off their thinking. The endpoint has no fields for prefill and sampling; the table's values remain.
 *
 * The row of a dated id, such as `claude-opus-4-5-20251101`, also applies to its alias, unless the listing has the
 * alias.
 *
 * @example
 * const { data } = await response.json()
 * const models = rowsFromListing(data, { isComplete: true })
 */
export function rowsFromListing(
  listed: readonly ListedModel[],
  { isComplete = false }: ListingScope = {},
): ModelOverrides {
  // A map, because a server may use any model id, even `__proto__`.
  const rows = new Map<string, ModelOverride>()
  const aliases = new Map<string, ModelOverride>()
  for (const model of listed) {
    const row = rowOf(model, listed)
    if (row === undefined) continue
    rows.set(model.id, row)
    const alias = model.id.replace(/-\d{8}$/, '')
    if (alias !== model.id && isClaude(alias)) aliases.set(alias, row)
  }
  for (const [alias, row] of aliases) if (!rows.has(alias)) rows.set(alias, row)
  if (isComplete) for (const [id, row] of missingRows(rows, listed)) rows.set(id, row)
  return Object.fromEntries(rows)
}

const LISTING = 'the models endpoint'

/** Returns rows that retire the live models of the table that are missing from a complete listing. */
function missingRows(
  rows: ReadonlyMap<string, ModelOverride>,
  listed: readonly ListedModel[],
): [string, ModelOverride][] {
  const live = Object.entries(MODEL_TABLE).filter(([, { status }]) => status === 'live')
  if (!live.some(([id]) => rows.has(id))) return []
  return live.flatMap(([id]): [string, ModelOverride][] => {
    const replacement = rows.has(id) ? undefined : replacementIn(listed, id)
    return replacement === undefined ? [] : [[id, { status: 'retired', replacement, source: LISTING }]]
  })
}

/** Returns the replacement of a model: the vendor's if it is listed, otherwise the newest listed model of its line. */
function replacementIn(listed: readonly ListedModel[], id: string): string | undefined {
  const announced = own(MODEL_TABLE, id)?.replacement
  const others = listed.filter(model => model.id !== id && (model.lifecycle ?? 'active') === 'active')
  if (announced !== undefined && (others.length === 0 || others.some(model => isSame(model.id, announced))))
    return announced
  const [line] = /opus|sonnet|haiku|fable|mythos/.exec(id) ?? []
  const ofLine = others.filter(model => line !== undefined && model.id.includes(line))
  const newest = ofLine.sort((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? ''))[0]
  return newest?.id ?? announced
}

const isSame = (id: string, alias: string): boolean =>
  id.replace(/-\d{8}$/, '') === alias.replace(/-\d{8}$/, '')

function rowOf(model: ListedModel, listed: readonly ListedModel[]): ModelOverride | undefined {
  const ours = own(MODEL_TABLE, model.id)
  const ends = dayOf(model.retires_at)
  if (model.lifecycle === 'retired') {
    // The endpoint does not name the replacement.
    const replacement = isClaude(model.id) ? replacementIn(listed, model.id) : undefined
    if (replacement === undefined) return undefined
    return { status: 'retired', replacement, source: LISTING, ...(ends && { retired: ends }) }
  }
  const isDeprecated = model.lifecycle === 'deprecated'
  const deprecated = dayOf(model.deprecated_at)
  const { effort, thinking } = model.capabilities ?? {}
  // Nor does it say whether a model thinks by default, so `thinking: 'off'` in the table is kept.
  const rule = ours?.status === 'live' && ours.thinking === 'off' ? undefined : ruleOf(thinking?.types)
  return {
    status: 'live',
    source: LISTING,
    ...(isCount(model.max_input_tokens) && { contextTokens: model.max_input_tokens }),
    ...(isCount(model.max_tokens) && { maxOutputTokens: model.max_tokens }),
    ...(deprecated && { deprecated }),
    ...(ends && (isDeprecated ? { retires: ends } : { notRetiredBefore: ends })),
    ...(typeof effort?.supported === 'boolean' && { effort: effort.supported }),
    ...(rule && { thinking: rule }),
  }
}

function ruleOf(
  types: Readonly<Record<string, Supported | null | undefined>> | null | undefined,
): ThinkingRule | undefined {
  if (types === null || types === undefined) return undefined
  const takes = (type: string): boolean => types[type]?.supported === true
  if (takes('disabled')) return 'disabled'
  if (takes('between_tools')) return 'between_tools'
  return takes('adaptive') || takes('enabled') ? 'always' : 'off'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}

/** Returns the date of an RFC 3339 timestamp. */
function dayOf(moment: string | null | undefined): string | undefined {
  return /^\d{4}-\d\d-\d\d/.exec(moment ?? '')?.[0]
}
