import { readFile } from 'node:fs/promises'
import {
  type EndpointChoice,
  MESSAGES_ADAPTATIONS,
  type MessagesAdaptation,
  type ModelOverrides,
  type Policy,
  rollout,
  type TranslateOptions,
} from '../translate/index.ts'
import { checkTranslation } from '../translate/validate.ts'
import { type Choice, choice, number, type Text, text, type Values, type WholeNumber } from './arguments.ts'
import { UsageError } from './context.ts'
import { asFileError } from './files.ts'

const POLICIES = ['adapt', 'error', 'pass'] as const

/** Heading of the {@link policy} options. */
export const TRANSLATION_HEADING = 'Translation (POLICY is adapt, error or pass; default: adapt)'

/** Creates an option that selects what happens to a feature that the model does not support. */
export const policy = (about: string): Choice<Policy> => choice('POLICY', POLICIES, about, { isListed: true })

/** Options of every command that translates requests. */
export type TranslationOptions = {
  readonly models: Text
  readonly prompts: Choice<'strict' | 'repair'>
  readonly sampling: Choice<Policy>
  readonly prefill: Choice<Policy>
  readonly thinking: Choice<Policy>
  readonly 'retired-model': Choice<Policy>
  readonly 'stop-sequences': Choice<Policy>
  readonly 'thinking-reserve': WholeNumber
}

export const TRANSLATION_OPTIONS: TranslationOptions = {
  models: text('FILE', 'JSON file with rows, or fields of rows, that extend the model table'),
  prompts: choice(
    'MODE',
    ['strict', 'repair'],
    'How to read prompts; repair accepts what other tools broke',
    {
      default: 'strict',
    },
  ),
  sampling: policy('Sampling parameters that a model does not accept'),
  prefill: policy('Prefills that a model does not accept'),
  thinking: policy('Models that always think'),
  'retired-model': policy('Retired models'),
  'stop-sequences': policy('Stop sequences that the Messages API does not accept'),
  'thinking-reserve': number('N', 'Tokens added to max_tokens for models that always think', {
    default: 4096,
  }),
}

export async function readTranslation(given: Values<TranslationOptions>): Promise<TranslateOptions> {
  return {
    models: given.models === undefined ? undefined : await readModels(given.models),
    prompts: given.prompts,
    sampling: given.sampling,
    prefill: given.prefill,
    thinking: given.thinking,
    retiredModel: given['retired-model'],
    stopSequences: given['stop-sequences'],
    thinkingReserve: given['thinking-reserve'],
  }
}

/** Returns the values of `--adapt-messages`. @throws UsageError for an unknown one. */
export function readAdaptations(given: readonly string[]): MessagesAdaptation[] {
  return given.map(value => {
    const known = MESSAGES_ADAPTATIONS.find(name => name === value)
    if (known === undefined)
      throw new UsageError(`--adapt-messages must be one of ${MESSAGES_ADAPTATIONS.join(', ')}.`)
    return known
  })
}

/** Returns the value of `--endpoint`. @throws UsageError for an invalid one. */
export function readEndpoint(said: string | undefined): EndpointChoice | undefined {
  if (said === undefined || said === 'messages' || said === 'complete') return said
  const fraction = /^rollout:(.+)$/.exec(said)?.[1]
  if (fraction === undefined)
    throw new UsageError('--endpoint must be messages, complete or rollout:FRACTION.')
  const share = Number(fraction)
  if (share >= 0 && share <= 1) return rollout(share)
  throw new UsageError('--endpoint rollout: takes a fraction from 0 to 1, such as rollout:0.1.')
}

async function readModels(path: string): Promise<ModelOverrides> {
  let json: string
  try {
    json = await readFile(path, 'utf8')
  } catch (error) {
    const reason = asFileError(path, error)
    throw new UsageError(`--models: ${reason instanceof Error ? reason.message : String(error)}`)
  }
  let models: ModelOverrides
  try {
    models = Object(JSON.parse(json))
  } catch {
    throw new UsageError(`--models: ${path} is not JSON.`)
  }
  try {
    checkTranslation({ models })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`--models: ${path}: ${error.message}`)
  }
  return models
}
