import { firstPartySpelling, isClaude, isFirstParty } from './model-ids.ts'
import {
  type LiveModel,
  MODEL_TABLE,
  type ModelRow,
  type RetiredModel,
  type ThinkingRule,
  UNKNOWN_CLAUDE,
  UNKNOWN_MODEL,
} from './model-table.ts'

/** What differs from a row of the model table, or a row of its own: any of the fields of either kind of row. */
export interface ModelOverride
  extends Partial<Omit<LiveModel, 'status'>>,
    Partial<Omit<RetiredModel, 'status'>> {
  /** @default what our table says; `live` for a model that it does not know */
  status?: 'live' | 'retired'
}

/** Model ids to what differs from the table; merged over it, field by field. */
export type ModelOverrides = Readonly<Record<string, ModelOverride>>

/** What a call to a model comes to. */
export interface ResolvedModel {
  /** The id to send. */
  id: string
  /** What the model that will answer accepts. */
  row: LiveModel
  /** Whether that was read somewhere, and not assumed of an id that stands in no table. */
  isKnown: boolean
  /** The row of the id that was asked for, when it is retired. */
  retired: RetiredModel | undefined
}

/** A chain of replacements longer than this leads nowhere. */
const LONGEST_CHAIN = 8

/**
 * Looks a model up in the user's rows and ours. A retired id becomes its replacement, and the replacement's where
 * that is retired too. Of an id that stands in no table only what {@link UNKNOWN_CLAUDE} or {@link UNKNOWN_MODEL}
 * says is assumed.
 *
 * @throws TypeError when the user's rows replace models in a circle.
 */
export function resolveModel(asked: string, models?: ModelOverrides): ResolvedModel {
  const first = findRow(asked, models)
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
    row = findRow(id, models)
  }
  return { id, row: row ?? unknownRow(id), isKnown: row !== undefined, retired }
}

/** Live ids that satisfy a condition, for a diagnostic to name; those about to be retired are not offered. */
export function liveModels(condition: (row: LiveModel) => boolean, models: ModelOverrides = {}): string[] {
  return [...new Set([...Object.keys(MODEL_TABLE), ...Object.keys(models)])].filter(id => {
    const row = findRow(id, models)
    return row?.status === 'live' && row.retires === undefined && !/-\d{8}$/.test(id) && condition(row)
  })
}

function findRow(id: string, models: ModelOverrides | undefined): ModelRow | undefined {
  const ours = rowIn(MODEL_TABLE, id)
  const theirs = models && rowIn(models, id)
  if (theirs !== undefined) return merge(id, ours, theirs)
  // Partner clouds keep models longer than the first party, by calendars of their own.
  const isElsewhere = ours?.status === 'retired' && ours.source !== 'bedrock' && !isFirstParty(id)
  return isElsewhere ? undefined : ours
}

function merge(id: string, ours: ModelRow | undefined, theirs: ModelOverride): ModelRow {
  const source = 'the models option'
  if ((theirs.status ?? ours?.status) !== 'retired') {
    const base = ours?.status === 'live' ? ours : unknownRow(id)
    return { ...base, source, ...theirs, status: 'live' }
  }
  // What was announced of a live model counts once the user says that its day has come.
  const replacement = theirs.replacement ?? ours?.replacement
  if (replacement === undefined) {
    throw new TypeError(`models: ${id} is retired and names no replacement. Add a replacement: a live model.`)
  }
  const day = ours?.status === 'retired' ? ours.retired : ours?.retires
  const retired = theirs.retired ?? day ?? 'a day unknown'
  return { status: 'retired', retired, replacement, source: theirs.source ?? source }
}

/** A Claude model that is in no row is newer than the table; one that the vendor retired takes what the old API took. */
export function unknownRow(id: string): LiveModel {
  const isRetired = rowIn(MODEL_TABLE, id) !== undefined
  return isClaude(id) && !isRetired ? UNKNOWN_CLAUDE : UNKNOWN_MODEL
}

/** Under the id as it stands, or as the first party spells it: which is looked for only then, for it takes longer. */
function rowIn<T>(table: Readonly<Record<string, T>>, id: string): T | undefined {
  return own(table, id) ?? own(table, firstPartySpelling(id))
}

function own<T>(table: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined
}

/** A model as `GET /v1/models` lists it: what is read of it here. Other servers leave most of it out. */
export interface ListedModel {
  id: string
  max_input_tokens?: number | null
  max_tokens?: number | null
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

/**
 * What the models endpoint knows better than the model table: limits and days, and for models that the table does not
 * have, how their thinking is switched off. It knows nothing of prefill and sampling, of which the table's rows stay.
 */
export function rowsFromListing(models: readonly ListedModel[]): ModelOverrides {
  // Not set one by one: a server may name a model as it likes, `__proto__` too.
  return Object.fromEntries(
    models.flatMap((model): [string, ModelOverride][] => {
      const row = rowOf(model)
      return row === undefined ? [] : [[model.id, row]]
    }),
  )
}

function rowOf(model: ListedModel): ModelOverride | undefined {
  const ours = Object.hasOwn(MODEL_TABLE, model.id) ? MODEL_TABLE[model.id] : undefined
  const ends = dayOf(model.retires_at)
  if (model.lifecycle === 'retired') {
    // Where it is to go instead, the endpoint does not say.
    if (ours?.replacement === undefined) return undefined
    return {
      status: 'retired',
      replacement: ours.replacement,
      source: 'the models endpoint',
      ...(ends && { retired: ends }),
    }
  }
  const deprecated = dayOf(model.deprecated_at)
  const { effort, thinking } = model.capabilities ?? {}
  // Whether a model thinks unless told not to, the endpoint does not say either.
  const rule = ours?.status === 'live' && ours.thinking === 'off' ? undefined : ruleOf(thinking?.types)
  return {
    status: 'live',
    source: 'the models endpoint',
    ...(isCount(model.max_input_tokens) && { contextTokens: model.max_input_tokens }),
    ...(isCount(model.max_tokens) && { maxOutputTokens: model.max_tokens }),
    ...(deprecated && { deprecated }),
    ...(ends && (model.lifecycle === 'deprecated' ? { retires: ends } : { notRetiredBefore: ends })),
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
