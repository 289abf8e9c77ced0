import { common } from './error-texts.ts'
import { findModel, KNOWN_MODELS, type KnownModel } from './known-models.ts'
import { invalid, Problem } from './problem.ts'

/** `GET /v1/models`, with `limit`, `after_id`, `before_id`: the models newest first, as the table has them. */
export function listModels(query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit)) throw invalid('limit: Input should be a valid integer')
  if (limit < 1) throw invalid('limit: Input should be greater than or equal to 1')
  if (limit > 1000) throw invalid('limit: Input should be less than or equal to 1000')
  const after = place(query.get('after_id'))
  const before = place(query.get('before_id'))

  const start = after === undefined ? (before === undefined ? 0 : Math.max(0, before - limit)) : after + 1
  const end = before !== undefined && after === undefined ? before : start + limit
  const page = KNOWN_MODELS.slice(start, end)
  return {
    data: page.map(describe),
    has_more: before !== undefined && after === undefined ? start > 0 : end < KNOWN_MODELS.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  }
}

/** `GET /v1/models/{id}`. */
export function showModel(id: string): object {
  const model = findModel(id)
  if (model === undefined) throw new Problem('not_found_error', common.unknownModel(id))
  return describe(model)
}

function place(id: string | null): number | undefined {
  if (id === null) return undefined
  const index = KNOWN_MODELS.findIndex(model => model.id === id || model.alias === id)
  if (index === -1) throw new Problem('not_found_error', common.unknownModel(id))
  return index
}

function describe(model: KnownModel): object {
  const supported = (value: boolean): object => ({ supported: value })
  return {
    type: 'model',
    id: model.id,
    display_name: model.name,
    // "May be set to an epoch value if the release date is unknown", says the documentation.
    created_at: instant(model.released ?? '1970-01-01'),
    max_input_tokens: model.contextTokens,
    max_tokens: model.maxTokens,
    lifecycle: model.deprecated === undefined ? 'active' : 'deprecated',
    deprecated_at: model.deprecated === undefined ? null : instant(model.deprecated),
    retires_at: model.retires === undefined ? null : instant(model.retires),
    line: model.line,
    // Of the documented capabilities, those that the emulator acts on.
    capabilities: {
      effort: supported(model.effort),
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

const instant = (day: string): string => `${day}T00:00:00Z`
