import { common, invalid, messages as texts } from './errors.ts'
import { integer, object, pydantic2, readFields, string } from './fields.ts'
import type { KnownModel, ThinkingType } from './models.ts'

export interface Sampling {
  temperature: number | undefined
  topP: number | undefined
  topK: number | undefined
}

/** Checks the ranges that apply to every model, for an API version with sampling parameters. */
export function checkSamplingRanges({ temperature, topP, topK }: Sampling): void {
  for (const [field, value] of [
    ['temperature', temperature],
    ['top_p', topP],
  ] as const) {
    // Recorded for `temperature`. The legacy API defined -1 as "not set".
    if (value === -1) throw invalid(texts.cannotBeUnset(field))
    if (value !== undefined && !(value >= 0 && value <= 1)) throw invalid(common.range0to1(field))
  }
  if (topK === -1) throw invalid(texts.cannotBeUnset('top_k'))
  if (topK !== undefined && topK < 0) throw invalid(texts.negativeTopK)
}

/** Checks which sampling parameters the model accepts. */
export function checkSampling(
  { temperature, topP, topK }: Sampling,
  model: KnownModel,
  thinks: boolean,
): void {
  if (model.sampling === 'fixed') {
    if (temperature !== undefined && temperature !== 1) throw invalid(texts.deprecatedField('temperature'))
    // Documented as ">= 0.99", but 1 was rejected (2026-08-17). Only 0.99 is certain to be accepted.
    if (topP !== undefined && !(topP >= 0.99 && topP < 1)) throw invalid(texts.deprecatedField('top_p'))
    if (topK !== undefined) throw invalid(texts.deprecatedField('top_k'))
  }
  if (temperature !== undefined && topP !== undefined) throw invalid(texts.bothTemperatureAndTopP)
  if (!thinks || model.sampling === 'fixed') return
  if (temperature !== undefined && temperature !== 1) throw invalid(texts.temperatureWhileThinking)
  if (topK !== undefined) throw invalid(texts.topKWhileThinking)
  if (topP !== undefined && topP < 0.95) throw invalid(texts.topPWhileThinking)
}

export interface Thinking {
  type: ThinkingType
  budget?: number
}

const THINKING_TYPES: readonly string[] = ['adaptive', 'between_tools', 'disabled', 'enabled']
const isThinkingType = (type: string): type is ThinkingType => THINKING_TYPES.includes(type)

/** Reads the `thinking` field and checks the rules that apply to every model. */
export function readThinking(value: unknown): Thinking | undefined {
  if (value === undefined) return undefined
  const read = readFields(value, pydantic2, 'thinking')
  const type = read.required('type', string)
  if (!isThinkingType(type)) throw invalid(texts.unknownTag('thinking', type, THINKING_TYPES))
  const inner = readFields(value, pydantic2, `thinking.${type}`)
  inner.any('type')
  if (type === 'adaptive' || type === 'enabled') inner.optional('display', string)
  if (type !== 'enabled') {
    inner.nothingElse()
    return { type }
  }
  const budget = inner.required('budget_tokens', integer)
  inner.nothingElse()
  if (budget < 1024) throw invalid(texts.smallThinkingBudget)
  return { type, budget }
}

const EFFORTS: readonly string[] = ['low', 'medium', 'high', 'xhigh', 'max']

/** The fields of `output_config` that the emulator reads. */
export interface OutputConfig {
  effort?: string | undefined
  /** Whether a `format` is set, which the emulator does not implement. */
  formatted: boolean
}

/** Reads and validates `output_config`. */
export function readOutputConfig(value: unknown): OutputConfig {
  if (value === undefined) return { formatted: false }
  const read = readFields(value, pydantic2, 'output_config')
  const effort = read.optional('effort', string)
  const format = read.optional('format', object)
  read.nothingElse(['task_budget'])
  if (effort !== undefined && !EFFORTS.includes(effort)) throw invalid(texts.unknownEffort)
  if (format !== undefined) readFields(format, pydantic2, 'output_config.format').required('type', string)
  return { effort, formatted: format !== undefined }
}

/** Returns whether the model thinks on this request. Throws a Problem if it rejects `thinking` or the effort. */
export function decideThinking(
  thinking: Thinking | undefined,
  effort: string | undefined,
  model: KnownModel,
  maxTokens: number,
): boolean {
  if (effort !== undefined) checkEffort(effort, model)
  if (thinking === undefined) return model.thinksByDefault
  const { type, budget } = thinking
  if (!model.thinking.includes(type)) throw invalid(thinkingError(type, model))
  if (budget !== undefined && budget >= maxTokens) throw invalid(texts.budgetOverMaxTokens)
  const off = type === 'disabled' || type === 'between_tools'
  // Models that think by default accept disabled thinking only up to effort `high`.
  if (off && model.thinksByDefault && (effort === 'xhigh' || effort === 'max'))
    throw invalid(texts.effortNeedsThinking(effort))
  return !off
}

function checkEffort(effort: string, model: KnownModel): void {
  if (model.effort.length === 0) throw invalid(texts.effortUnsupported)
  if (!model.effort.includes(effort)) throw invalid(texts.effortLevelUnsupported(effort, model.effort))
}

function thinkingError(type: ThinkingType, model: KnownModel): string {
  if (type === 'adaptive') return texts.adaptiveUnsupported
  if (type === 'between_tools') return texts.betweenToolsUnsupported
  if (type === 'disabled' && model.thinking.includes('between_tools')) return texts.useBetweenTools
  return texts.thinkingUnsupported(type)
}
