import { readFile } from 'node:fs/promises'
import type { ModelOverrides, Policy, TranslateOptions } from '../translate/index.ts'
import { count, oneOf, reasonOf, type Text, text } from './arguments.ts'
import { UsageError } from './usage.ts'

type Name =
  | 'models'
  | 'prompts'
  | 'sampling'
  | 'prefill'
  | 'thinking'
  | 'retired-model'
  | 'stop-sequences'
  | 'thinking-reserve'

/** What every command that translates can be told about it. */
export const TRANSLATION_OPTIONS: Readonly<Record<Name, Text>> = {
  models: text,
  prompts: text,
  sampling: text,
  prefill: text,
  thinking: text,
  'retired-model': text,
  'stop-sequences': text,
  'thinking-reserve': text,
}

type Given = Readonly<Partial<Record<Name, string>>>

export async function readTranslation(given: Given): Promise<TranslateOptions> {
  return {
    models: given.models === undefined ? undefined : await readModels(given.models),
    prompts: oneOf(given.prompts, ['strict', 'repair'], '--prompts'),
    sampling: policyOf(given.sampling, '--sampling'),
    prefill: policyOf(given.prefill, '--prefill'),
    thinking: policyOf(given.thinking, '--thinking'),
    retiredModel: policyOf(given['retired-model'], '--retired-model'),
    stopSequences: policyOf(given['stop-sequences'], '--stop-sequences'),
    thinkingReserve: count(given['thinking-reserve'], '--thinking-reserve'),
  }
}

export const policyOf = (said: string | undefined, name: string): Policy | undefined =>
  oneOf(said, ['adapt', 'error', 'pass'], name)

async function readModels(path: string): Promise<ModelOverrides> {
  try {
    return Object(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new UsageError(`--models: ${path} ${reasonOf(error, 'is not JSON')}.`)
  }
}
