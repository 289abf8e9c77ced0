import { type ModelOverrides, resolveModel } from '../translate/index.ts'
import { parseModelId, spellModelLike } from '../translate/model-ids.ts'
import { isOpaque, plainModelId } from './bedrock-invocation.ts'

/** The geographies of Bedrock's inference profiles: where requests to a profile are processed. */
export type Geography = 'us' | 'us-gov' | 'eu' | 'apac' | 'jp' | 'au' | 'global'
export const GEOGRAPHIES: readonly Geography[] = ['us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'global']

/**
 * The geography of a region. Source: the inference profiles in the price list of LiteLLM 1.110.2 and "Claude in Amazon
 * Bedrock", both read on 2026-11-29. Elsewhere only `global` is offered, which may process a request anywhere.
 */
const REGIONS: readonly (readonly [region: RegExp, geography: Geography])[] = [
  [/^us-gov-/, 'us-gov'],
  [/^(?:us|ca)-/, 'us'],
  [/^eu-/, 'eu'],
  [/^ap-/, 'apac'],
]

export function geographyOf(region: string | undefined): Geography {
  return REGIONS.find(([pattern]) => region !== undefined && pattern.test(region))?.[1] ?? 'global'
}

/** A model in a profile of a geography: `us.anthropic.claude-opus-4-8`. */
export function inferenceProfile(model: string, geography: Geography): string {
  return spellModelLike(parseModelId(withoutGeography(model)).model, {
    id: model,
    platform: 'bedrock',
    model,
    prefix: `${geography}.`,
  })
}

/** The geography that an id names itself. */
export function namedGeography(modelId: string): Geography | undefined {
  const [, prefix] = /^([a-z-]+)\.anthropic\./.exec(plainModelId(modelId)) ?? []
  return GEOGRAPHIES.find(geography => geography === prefix)
}

/** How to choose the model of a legacy call. */
export interface BedrockModelChoice {
  /** The id to call instead of a retired model, and for an ARN that does not name its model. */
  model?: string | undefined
  /** The geography of a replacement. */
  geography?: Geography | undefined
}

/** The model to plan a call for, and the rows that give it the right replacement. */
export interface BedrockTarget {
  model: string
  models: ModelOverrides | undefined
}

const withoutGeography = (modelId: string): string =>
  plainModelId(modelId).replace(/^[a-z-]+\.(?=anthropic\.)/, '')

/**
 * Chooses the model of a call that Bedrock serves: a retired one is replaced by an inference profile. Returns `undefined`
 * for an ARN that does not name its model, where no option does.
 */
export function bedrockTarget(
  modelId: string,
  region: string | undefined,
  { model, geography }: BedrockModelChoice,
  models: ModelOverrides | undefined,
): BedrockTarget | undefined {
  if (isOpaque(modelId)) return model === undefined ? undefined : { model, models }
  // Days and replacements do not depend on the geography.
  const base = withoutGeography(modelId)
  const { id, retired } = resolveModel(base, models)
  if (retired === undefined) return { model: base, models }
  const replacement =
    model ?? inferenceProfile(id, geography ?? namedGeography(modelId) ?? geographyOf(region))
  return { model: base, models: { ...models, [base]: { ...models?.[base], replacement } } }
}

/** The first party's name of a model of Bedrock; `undefined` for an ARN that does not name its model. */
export function firstPartyModel(modelId: string): string | undefined {
  return isOpaque(modelId) ? undefined : parseModelId(withoutGeography(modelId)).model
}
