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

/** What differs from a row of the model table, or a row of its own: any of the fields of either kind of row. */
export interface ModelOverride
  extends Partial<Omit<LiveModel, 'status'>>,
    Partial<Omit<RetiredModel, 'status' | 'replacement' | 'clouds' | 'source'>> {
  /** @default what the model table says; `live` for a model that it does not have */
  status?: 'live' | 'retired'
}

/** Model ids to what differs from the table; merged over it, field by field. */
export type ModelOverrides = Readonly<Record<string, ModelOverride>>

/** What a model is looked up in, and for which day. */
export interface ModelOptions {
  /** What differs from the model table, or adds to it. */
  models?: ModelOverrides | undefined
  /**
   * Day of the call, in UTC, as `YYYY-MM-DD`. From the day of its announced retirement on, a model is treated as retired.
   * The client, the adapters, the proxy and the command pass the current day.
   *
   * @default the day the model table was last read
   */
  today?: string | undefined
}

/** The model that a call goes to. */
export interface ResolvedModel {
  /** The id to send. */
  id: string
  /** What the model accepts. */
  row: LiveModel
  /** Whether `row` is in a table, and not assumed of an id that is in none. */
  isKnown: boolean
  /** The row of the id in the call, when it is retired. */
  retired: RetiredModel | undefined
}

/** A chain of replacements longer than this leads nowhere. */
const LONGEST_CHAIN = 8

/**
 * Looks a model up in the user's rows and in the model table. A retired id becomes its replacement, and the replacement's
 * where that is retired too. For an id in no table, {@link UNKNOWN_CLAUDE} or {@link UNKNOWN_MODEL} is assumed.
 *
 * @throws TypeError when the user's rows replace models in a circle.
 * @example
 * resolveModel('claude-2.1').id // 'claude-opus-4-8'
 * resolveModel('claude-sonnet-4-5', { today: '2026-11-30' }).id // 'claude-sonnet-5-5'
 */
export function resolveModel(asked: string, lookup: ModelOptions = {}): ResolvedModel {
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

/** Lists live ids that satisfy a condition, for a diagnostic to name: none that is deprecated, and no dated spelling. */
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

/** Most ids are spelled as the table spells them, and need no taking apart. */
function modelIdOf(id: string): ModelId {
  return Object.hasOwn(MODEL_TABLE, id)
    ? { id, platform: 'anthropic', model: id, prefix: '' }
    : parseModelId(id)
}

/**
 * The row of a model as its platform has it: a cloud keeps models longer than the first party, by its own calendar, and
 * of the calendar behind a gateway nothing is known.
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

/** A live row whose announced day has come is that of a retired model. */
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
    // What is said to be live is, whatever day the table has.
    const isPast = theirs.status === 'live' && base.retires !== undefined && base.retires <= today
    return { ...base, ...(isPast && { retires: undefined }), source, ...fields, status: 'live' }
  }
  // What was announced of a live model counts once the user says that its day has come.
  const replacement = theirs.replacement ?? ours?.replacement
  if (replacement === undefined) {
    throw new TypeError(`models: ${id} is retired and names no replacement. Add a replacement: a live model.`)
  }
  const day = ours?.status === 'retired' ? ours.retired : ours?.retires
  return { status: 'retired', retired: theirDay ?? day, replacement, source: theirs.source ?? source }
}

/** What is assumed of an id in no table, or sent although it is retired. */
export function unknownRow(id: string): LiveModel {
  const spelled = modelIdOf(id)
  const ours = rowIn(MODEL_TABLE, spelled)
  if (ours?.status === 'live') return ours
  const isNewer = ours === undefined && isClaude(spelled.model) && !isOldGeneration(spelled.model)
  return isNewer ? UNKNOWN_CLAUDE : UNKNOWN_MODEL
}

/** Finds a row by the id as it is, by Anthropic's spelling, or by the line of which the id names one version. */
function rowIn<T>(table: Readonly<Record<string, T>>, { id, model }: ModelId): T | undefined {
  const row = own(table, id) ?? own(table, model)
  if (row !== undefined || !isClaude(model)) return row
  const line = model.replace(/-(?:\d{8}|latest)$/, '')
  return own(table, line) ?? own(table, versionOf(table, line))
}

/** The first id of a table that is a line with a date behind it. */
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

/** A model as `GET /v1/models` lists it: what is read of it here. Other servers leave most of it out. */
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

/** How complete a listing is. */
export interface ListingScope {
  /**
   * Whether the listing is complete, so that a model it does not have is retired. Only then, and only where it has models
   * of the table at all, the rows say so of the models that it lacks.
   *
   * @default false
   */
  isComplete?: boolean | undefined
}

/**
 * Reads rows from the answer of the models endpoint: limits, days, and for models that the table does not have, how their
 * thinking is switched off. The endpoint says nothing of prefill and sampling; for these the table's rows stay.
 *
 * The row of a dated id, such as `claude-opus-4-5-20251101`, is also that of its alias, where the listing has no other.
 *
 * @example
 * const { data } = await response.json()
 * const models = rowsFromListing(data, { isComplete: true })
 */
export function rowsFromListing(
  listed: readonly ListedModel[],
  { isComplete = false }: ListingScope = {},
): ModelOverrides {
  // A map, not set one by one on an object: a server may name a model as it likes, `__proto__` too.
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

/** Live models of the table that a complete listing lacks. */
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

/** The replacement of a model: its vendor's where the listing has it, otherwise the newest listed model of its line. */
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
  // Nor whether a model thinks unless told not to.
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

/** The day of a moment written as RFC 3339. */
function dayOf(moment: string | null | undefined): string | undefined {
  return /^\d{4}-\d\d-\d\d/.exec(moment ?? '')?.[0]
}
