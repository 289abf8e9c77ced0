import { count, flag, oneOf, readArguments, text } from '../arguments.ts'
import { convertBatch } from '../convert/batch.ts'
import { CONVERT_HELP } from '../convert/help.ts'
import { convertJsonl } from '../convert/jsonl.ts'
import { convertPrompts } from '../convert/prompts.ts'
import type { Surroundings } from '../main.ts'
import { readTranslation, TRANSLATION_OPTIONS } from '../translation-options.ts'
import { UsageError } from '../usage.ts'

const OPTIONS = {
  help: flag,
  to: text,
  reverse: flag,
  field: text,
  out: text,
  rejects: text,
  resume: flag,
  threads: text,
  model: text,
  'max-tokens': text,
  ...TRANSLATION_OPTIONS,
} as const

/** Every option there is, for the help to be held against. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

const TARGETS = ['messages', 'request', 'batch', 'curl', 'typescript', 'python'] as const

/** `legacy-completions convert`: prompts to what the Messages API takes, and back. */
export async function convert(surroundings: Surroundings): Promise<number> {
  const { values: given, positionals } = readArguments(surroundings.args, OPTIONS, true)
  if (given.help) {
    surroundings.out(CONVERT_HELP)
    return 0
  }
  const target = oneOf(given.to, TARGETS, '--to')
  if (given.reverse && target !== undefined)
    throw new UsageError('--reverse goes from messages to prompts: leave --to out.')
  const to = given.reverse ? 'prompt' : (target ?? 'messages')
  const threads = count(given.threads, '--threads')
  if (threads === 0) throw new UsageError('--threads must be at least 1.')
  const options = {
    defaults: { model: given.model, maxTokens: count(given['max-tokens'], '--max-tokens') },
    translation: await readTranslation(given),
  }
  const { out: output, rejects } = given
  const inputs =
    positionals.length > 0 ? positionals.map(path => (path === '-' ? undefined : path)) : [undefined]

  if (given.field === undefined && to !== 'batch' && !inputs.some(isNamedJsonl)) {
    for (const name of ['rejects', 'resume', 'threads'] as const) {
      if (given[name] !== undefined)
        throw new UsageError(`--${name} is for JSON lines: name the --field, too.`)
    }
    return convertPrompts({ ...options, to, inputs, output }, surroundings)
  }
  const [input] = inputs
  if (inputs.length > 1)
    throw new UsageError('Of files with JSON lines one is converted at a time: run the command for each.')
  const field = given.field ?? 'prompt'
  switch (to) {
    case 'curl':
    case 'typescript':
    case 'python':
      throw new UsageError(`--to ${to} is for single prompts: convert lines with --to request.`)
    case 'batch':
      for (const name of ['resume', 'threads'] as const) {
        if (given[name] !== undefined) throw new UsageError(`--${name} is not for --to batch.`)
      }
      return convertBatch({ ...options, field, input, output, rejects }, surroundings)
    default: {
      const isResumed = given.resume ?? false
      return convertJsonl(
        { settings: { ...options, to, field }, input, output, rejects, isResumed, threads },
        surroundings,
      )
    }
  }
}

const isNamedJsonl = (path: string | undefined): boolean => /\.(?:jsonl|ndjson)$/i.test(path ?? '')
