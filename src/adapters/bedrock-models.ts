import type { ModelOptions, ModelOverrides } from '../translate/index.ts'
import { parseModelId, spellModelLike } from '../translate/model-ids.ts'
import { lookUpModel } from '../translate/models.ts'
import { isOpaque, plainModelId } from './bedrock-invocation.ts'

/** The geographies of Bedrock's inference profiles: where requests to a profile are processed. */
export type Geography = 'us' | 'us-gov' | 'eu' | 'apac' | 'jp' | 'au' | 'global'
/** All geographies. */
export const GEOGRAPHIES: readonly Geography[] = ['us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'global']

/**
 * The geography of each region. Source: the inference profiles in the price list of LiteLLM 1.110.2 and "Claude in
 * Amazon Bedrock", both read on 2026-11-29. Other regions only have `global`, which may process a request anywhere.
 */
const REGIONS: readonly (readonly [region: RegExp, geography: Geography])[] = [
  [/^us-gov-/, 'us-gov'],
  [/^(?:us|ca)-/, 'us'],
  [/^eu-/, 'eu'],
  [/^ap-/, 'apac'],
]

/** Returns the geography of a region; `global` if the region is unknown. */
export function geographyOf(region: string | undefined): Geography {
  return REGIONS.find(([pattern]) => region !== undefined && pattern.test(region))?.[1] ?? 'global'
}

/** Returns the inference profile of a model in a geography: `us.anthropic.claude-opus-4-8`. */
export function inferenceProfile(model: string, geography: Geography): string {
  return spellModelLike(parseModelId(withoutGeography(model)).model, {
    id: model,
    platform: 'bedrock',
    model,
    prefix: `${geography}.`,
  })
}

/** Returns the geography that is the prefix of an id, if there is one. */
export function namedGeography(modelId: string): Geography | undefined {
  const [, prefix] = /^([a-z-]+)\.anthropic\./.exec(plainModelId(modelId)) ?? []
  return GEOGRAPHIES.find(geography => geography === prefix)
}

/** How to choose the model of a legacy call. */
export interface BedrockModelChoice {
  /** The id to call instead of a retired model, and for an ARN that does not name its model. */
  model?: string | undefined
  /** The geography of a replacement model. */
  geography?: Geography | undefined
}

/** The model to plan a call for, and the model rows that map it to the right replacement. */
export interface BedrockTarget {
  model: string
  models: ModelOverrides | undefined
}

const withoutGeography = (modelId: string): string =>
  plainModelId(modelId).replace(/^[a-z-]+\.(?=anthropic\.)/, '')

/**
 * Chooses the model for a call to Bedrock: a retired one is replaced by an inference profile. Returns `undefined` if an
 * ARN does not contain its model and no option names one.
 */
export function bedrockTarget(
  modelId: string,
  region: string | undefined,
  { model, geography }: BedrockModelChoice,
  { models, today }: ModelOptions,
): BedrockTarget | undefined {
  if (isOpaque(modelId)) return model === undefined ? undefined : { model, models }
  // Retirement dates and replacements do not depend on the geography.
  const base = withoutGeography(modelId)
  const { id, retired } = lookUpModel(base, { models, today })
  if (retired === undefined) return { model: base, models }
  const replacement =
    model ?? inferenceProfile(id, geography ?? namedGeography(modelId) ?? geographyOf(region))
  return { model: base, models: { ...models, [base]: { ...models?.[base], replacement } } }
}

/**
 * Converts a model id of Bedrock to Anthropic's own id; returns `undefined` for an ARN that does not contain its model.
 */
export function firstPartyModel(modelId: string): string | undefined {
  return isOpaque(modelId) ? undefined : parseModelId(withoutGeography(modelId)).model
}
