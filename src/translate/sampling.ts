import { type Diagnostic, diagnostic } from '../diagnostics.ts'
import type { CompletionRequest, MessagesRequest } from '../wire.ts'
import type { LiveModel, ModelTable } from './model-table.ts'
import { liveModels } from './models.ts'

type Sampling = Pick<MessagesRequest, 'temperature' | 'top_p' | 'top_k'>

/** "Unset", as the old documentation had it. */
const UNSET = -1

/** What `temperature` and `top_p` are when they are left out: said aloud, it can be left out all the same. */
const DEFAULT = 1

/** The sampling parameters that the model takes, of those asked for. Nothing is known of a model without a row. */
export function chooseSampling(
  asked: CompletionRequest,
  model: string,
  row: LiveModel | undefined,
  models: ModelTable | undefined,
  diagnostics: Diagnostic[],
): Sampling {
  const rule = row?.sampling ?? 'all'
  const sampling: Sampling = {}
  for (const field of ['temperature', 'top_p', 'top_k'] as const) {
    const value = asked[field]
    if (value === undefined) continue
    if (value === UNSET) diagnostics.push(diagnostic('unset-sentinel', { field }))
    else if (rule !== 'none') sampling[field] = value
    else if (field === 'top_k' || value !== DEFAULT) {
      const alternatives = liveModels(({ sampling }) => sampling !== 'none', models).join(', ')
      diagnostics.push(diagnostic('sampling-dropped', { model, field, value, alternatives }))
    }
  }
  const { temperature, top_p } = sampling
  if (rule === 'one-of-temperature-and-top_p' && temperature !== undefined && top_p !== undefined) {
    if (temperature !== DEFAULT && top_p !== DEFAULT)
      diagnostics.push(diagnostic('sampling-exclusive', { model }))
    delete sampling[temperature === DEFAULT && top_p !== DEFAULT ? 'temperature' : 'top_p']
  }
  return sampling
}
