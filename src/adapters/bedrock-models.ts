import { plainModelId } from './bedrock-invocation.ts'

/** The geographies of Bedrock's inference profiles: where requests to a profile are processed. */
export const GEOGRAPHIES = ['us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'global'] as const
export type Geography = (typeof GEOGRAPHIES)[number]

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

/**
 * Ids whose spelling on Bedrock is not `anthropic.` and the first party's. Source: "Claude on Amazon Bedrock (Opus 4.6 and
 * earlier)", 2026-08-22. Newer models have no version at their end.
 */
const VERSIONED: Readonly<Record<string, string>> = {
  'claude-opus-4-6': 'anthropic.claude-opus-4-6-v1',
  'claude-opus-4-5': 'anthropic.claude-opus-4-5-20251101-v1:0',
  'claude-haiku-4-5': 'anthropic.claude-haiku-4-5-20251001-v1:0',
  'claude-sonnet-4-5': 'anthropic.claude-sonnet-4-5-20250929-v1:0',
}

/** A model in a profile of a geography: `us.anthropic.claude-opus-4-8`. */
export function inferenceProfile(model: string, geography: Geography): string {
  const base = plainModelId(model).replace(/^(?:[a-z-]+\.)?anthropic\./, '')
  const id = VERSIONED[base.replace(/-\d{8}$/, '')] ?? `anthropic.${base}`
  return `${geography}.${id}`
}

/** The geography that an id names itself. */
export function namedGeography(modelId: string): Geography | undefined {
  const [, prefix] = /^([a-z-]+)\.anthropic\./.exec(plainModelId(modelId)) ?? []
  return GEOGRAPHIES.find(geography => geography === prefix)
}
