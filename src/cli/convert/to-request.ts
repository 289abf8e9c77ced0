import { APIError } from '../../errors.ts'
import { type TranslateOptions, type Translation, translateRequest } from '../../translate/index.ts'
import type { CompletionRequest } from '../../wire.ts'
import { type LineConverter, Refusal, readPromptField } from './line.ts'
import { replaceMember } from './members.ts'

/** What a call takes beside its prompt, where the record does not say it. */
export interface RequestDefaults {
  model: string | undefined
  maxTokens: number | undefined
}

/** The parameters of the old API beside the prompt; what else a record holds is its own. */
const PARAMETERS: readonly string[] = [
  'model',
  'max_tokens_to_sample',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
  'stream',
]

/**
 * Replaces the prompt of a record, and the other parameters of the old API that it has, by `request`: the body for
 * POST /v1/messages. Everything else stays as it is.
 */
export function toRequestConverter(
  field: string,
  defaults: RequestDefaults,
  options: TranslateOptions,
): LineConverter {
  return {
    line(line) {
      const read = readPromptField(line, field)
      if (read instanceof Refusal) return read
      const { record, prompt, members, member } = read
      if (field !== 'request' && Object.hasOwn(record, 'request'))
        return new Refusal('It already has a field "request".', 'Give that field another name.')
      const translation = translated(record, prompt, defaults, options)
      if (translation instanceof Refusal) return translation
      const { request, diagnostics } = translation
      const removed = new Set(PARAMETERS.filter(name => isParameter(record, name)))
      const json = `"request":${JSON.stringify(request)}`
      return { text: replaceMember(line, members, member, json, removed), diagnostics }
    },
  }
}

/** The translation of a call whose parameters a record holds. */
export function translated(
  record: Readonly<Record<string, unknown>>,
  prompt: string,
  { model, maxTokens }: RequestDefaults,
  options: TranslateOptions,
): Translation | Refusal {
  const given = Object.fromEntries(
    PARAMETERS.filter(name => isParameter(record, name)).map(name => [name, record[name]]),
  )
  try {
    // What the record holds is unknown: the translation checks it, and names what is missing.
    const legacy = Object.assign({}, { model, max_tokens_to_sample: maxTokens }, given, { prompt })
    return translateRequest(legacy as CompletionRequest, options)
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const { message }: { message?: unknown } = Object(Object(error.error).error)
    return new Refusal(String(message), 'Mend the record, or choose another policy.')
  }
}

/** A record's own `metadata` is something else than the old API's, which held a `user_id` and nothing more. */
function isParameter(record: Readonly<Record<string, unknown>>, name: string): boolean {
  if (!Object.hasOwn(record, name)) return false
  return name !== 'metadata' || Object.keys(Object(record.metadata)).every(key => key === 'user_id')
}
