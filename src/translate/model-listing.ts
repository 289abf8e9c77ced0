import { MODEL_TABLE, type ThinkingRule } from './model-table.ts'
import type { ModelOverride, ModelOverrides } from './models.ts'

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
