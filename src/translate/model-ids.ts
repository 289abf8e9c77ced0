/** The platform that serves a model. Each platform has its own retirement dates. */
export type ModelPlatform = 'anthropic' | 'bedrock' | 'google' | 'gateway'

/** The parts of a model id. */
export interface ModelId {
  /** The id without surrounding whitespace. */
  id: string
  platform: ModelPlatform
  /** The model in Anthropic's current spelling, such as `claude-2.1`; for an id that is not a Claude model, the id. */
  model: string
  /** The part before the model: the path of a gateway, or a geography of Bedrock such as `us.`. */
  prefix: string
}

/**
 * Patterns for the spellings of early 2023 and of gateways, and the spelling of the model table. Applied in this order.
 */
const RESPELLINGS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Provisioned throughput of Bedrock appends the context size, as Anthropic did in 2023.
  [/[:-]\d+k$/, ''],
  // OpenRouter: `claude-2:beta`.
  [/:[a-z-]+$/, ''],
  // Google: `claude-haiku-4-5@20251001`, `claude-opus-4-8@default`.
  [/@(?:default|latest)$/, ''],
  [/@(?=\d{8}$)/, '-'],
  // Bedrock: `claude-v2:1` is Claude 2.1, but `-v1:0` is the version of the deployment.
  [/^claude-v(\d)(?::0)?$/, 'claude-$1'],
  [/^claude-v(\d):(\d)$/, 'claude-$1.$2'],
  [/^claude-instant-v1:\d$/, 'claude-instant-1'],
  [/(?<=\d)-v\d+(?::\d+)?$/, ''],
  // Anthropic in early 2023: `claude-v1.3`, `claude-instant-v1`, `claude-instant`.
  [/^(claude(?:-instant)?)-v(?=\d)/, '$1-'],
  [/^claude-instant$/, 'claude-instant-1'],
  // OpenRouter: `claude-opus-4.8`, `claude-3.5-sonnet`. Anthropic itself spells `claude-2.1` with a dot.
  [/^(claude-(?!(?:instant-)?[12]\.)(?:[a-z]+-)*\d+)\.(\d+)(?=-|$)/, '$1-$2'],
]

const ARN = /^arn:[^:]*:bedrock:[^/]*\//
const OF_BEDROCK = /^((?:[a-z-]+\.)?)anthropic\.(?=claude)/

/**
 * Parses a model id in the spelling of Anthropic, Amazon Bedrock (ids, inference profiles, ARNs), Google Cloud, or a
 * gateway (LiteLLM, OpenRouter).
 *
 * @example
 * parseModelId('us.anthropic.claude-v2:1') // { platform: 'bedrock', model: 'claude-2.1', prefix: 'us.', … }
 * parseModelId('anthropic/claude-2.1')     // { platform: 'gateway', model: 'claude-2.1', prefix: 'anthropic/', … }
 */
export function parseModelId(spelled: string): ModelId {
  const id = spelled.trim()
  const isArn = ARN.test(id)
  const rest = isArn ? id.replace(ARN, '') : id
  const path = isArn ? '' : rest.slice(0, rest.lastIndexOf('/') + 1)
  const name = rest.slice(path.length)
  const [bedrock, geography = ''] = OF_BEDROCK.exec(name) ?? []
  const bare = bedrock === undefined ? name : name.slice(bedrock.length)
  return {
    id,
    platform: platformOf(path, name, isArn || bedrock !== undefined),
    model: bare.startsWith('claude') ? respell(bare) : id,
    prefix: path + geography,
  }
}

function platformOf(path: string, name: string, isBedrock: boolean): ModelPlatform {
  if (isBedrock || /\bbedrock\b/.test(path)) return 'bedrock'
  if (name.includes('@') || /vertex|publishers/.test(path)) return 'google'
  return path === '' ? 'anthropic' : 'gateway'
}

function respell(name: string): string {
  return RESPELLINGS.reduce((spelled, [pattern, replacement]) => spelled.replace(pattern, replacement), name)
}

/** The ids of Bedrock that are not just `anthropic.` and the model. */
const BEDROCK_IDS: readonly (readonly [model: RegExp, id: string])[] = [
  [/^claude-haiku-4-5(?:-\d{8})?$/, 'anthropic.claude-haiku-4-5-20251001-v1:0'],
  [/^claude-sonnet-4-5(?:-\d{8})?$/, 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  [/^claude-opus-4-5(?:-\d{8})?$/, 'anthropic.claude-opus-4-5-20251101-v1:0'],
  [/^claude-opus-4-6$/, 'anthropic.claude-opus-4-6-v1'],
]

/**
 * Spells a model in the way of another id, so that a replacement stays on the same platform and in the same geography.
 *
 * @param model The model in Anthropic's spelling.
 * @example
 * spellModelLike('claude-opus-4-8', parseModelId('us.anthropic.claude-v2:1')) // 'us.anthropic.claude-opus-4-8'
 */
export function spellModelLike(model: string, { platform, prefix }: ModelId): string {
  switch (platform) {
    case 'anthropic':
      return model
    case 'bedrock':
      return prefix + (BEDROCK_IDS.find(([pattern]) => pattern.test(model))?.[1] ?? `anthropic.${model}`)
    case 'google':
      return (
        prefix +
        (model === 'claude-haiku-4-5' ? 'claude-haiku-4-5@20251001' : model.replace(/-(?=\d{8}$)/, '@'))
      )
    default:
      return prefix + model
  }
}

/** Whether a model, in Anthropic's spelling, is a Claude model. */
export function isClaude(model: string): boolean {
  return model.startsWith('claude-')
}

/**
 * Whether a model belongs to a generation that gets no new models. An unknown id of such a generation is not newer than
 * the table.
 */
export function isOldGeneration(model: string): boolean {
  return /^claude-(?:instant|v?[1-3](?!\d))/.test(model)
}
