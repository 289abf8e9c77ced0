import { type LiveModel, MODEL_TABLE, type ModelTable, type RetiredModel } from './model-table.ts'

/** What a call to a model comes to. */
export interface ModelAnswer {
  /** The id to send. */
  id: string
  /** What the model that will answer accepts; `undefined` when nothing is known of it. */
  row: LiveModel | undefined
  /** The row of the id that was asked for, when it is retired. */
  retired: RetiredModel | undefined
}

/**
 * Looks a model up, in the user's table first. A retired id becomes its replacement. Of an id that stands in no
 * table nothing is assumed: it may be another server's model, or newer than this package.
 */
export function resolveModel(asked: string, models: ModelTable = {}): ModelAnswer {
  const row = lookUp(asked, models)
  if (row?.status !== 'retired') return { id: asked, row, retired: undefined }
  const successor = lookUp(row.replacement, models)
  return {
    id: row.replacement,
    row: successor?.status === 'live' ? successor : undefined,
    retired: row,
  }
}

/** Live ids that satisfy a condition, for a diagnostic to name; those about to be retired are not offered. */
export function liveModels(condition: (row: LiveModel) => boolean, models: ModelTable = {}): string[] {
  return Object.entries({ ...MODEL_TABLE, ...models })
    .filter(
      ([id, row]) => row.status === 'live' && row.retires === undefined && !isDated(id) && condition(row),
    )
    .map(([id]) => id)
}

function lookUp(id: string, models: ModelTable): ModelTable[string] | undefined {
  for (const key of [id, canonicalId(id)]) {
    for (const table of [models, MODEL_TABLE]) if (Object.hasOwn(table, key)) return table[key]
  }
  return undefined
}

/** The spellings of early 2023: `claude-v1.3` and `claude-instant-v1-100k` name what `claude-1.3` … do. */
function canonicalId(id: string): string {
  return id
    .replace(/^(claude(?:-instant)?)-v(?=\d)/, '$1-')
    .replace(/^(claude-(?:instant-)?\d(?:\.\d)?)-100k$/, '$1')
}

function isDated(id: string): boolean {
  return /-\d{8}$/.test(id)
}
