import * as z from 'zod/mini'
import { refuse } from '../errors.ts'
import type { CompletionRequest } from '../wire.ts'

/** The value for "not set": langchainjs sent `top_k: -1, top_p: -1` by default. */
const UNSET = -1

const fraction = (from: number, to: number): z.ZodMiniType<number> =>
  z
    .number('value is not a valid float')
    .check(
      z.refine(value => value === UNSET || (value >= from && value <= to), `range: -1 or ${from}..${to}`),
    )

const schema: z.ZodMiniType<CompletionRequest> = z.strictObject(
  {
    model: z.string('str type expected').check(z.minLength(1, 'ensure this value has at least 1 characters')),
    prompt: z
      .string('str type expected')
      .check(z.minLength(1, 'ensure this value has at least 1 characters')),
    max_tokens_to_sample: z
      .int('value is not a valid integer')
      // The old documentation: the upper end was "capped per model", so higher values were not rejected.
      .check(z.gte(1, 'range: 1..1,000,000')),
    stop_sequences: z.optional(z.array(z.string('str type expected'), 'value is not a valid list')),
    temperature: z.optional(fraction(0, 1)),
    top_p: z.optional(fraction(0, 1)),
    top_k: z.optional(
      z
        .int('value is not a valid integer')
        .check(z.refine(value => value >= UNSET, 'range: -1 or 0 and above')),
    ),
    metadata: z.optional(
      z.strictObject(
        { user_id: z.optional(z.nullable(z.string('str type expected'))) },
        'value is not a valid dict',
      ),
    ),
    stream: z.optional(z.boolean('value could not be parsed to a boolean')),
  },
  'value is not a valid dict',
)

/** The remedy for each field. The old server's messages had none. */
const REMEDIES: Readonly<Record<string, string>> = {
  model: 'Name a model, for example "claude-opus-4-8".',
  prompt: 'Pass one string of turns, each begun by two newlines and "Human:" or "Assistant:".',
  max_tokens_to_sample: 'Pass the largest number of tokens to generate, for example 256.',
  stop_sequences: 'Pass an array of strings, or leave it out.',
  temperature: 'Pass a number from 0 to 1, or leave it out.',
  top_p: 'Pass a number from 0 to 1, or leave it out.',
  top_k: 'Pass a whole number, or leave it out.',
  metadata: 'Pass { user_id: "…" }, or leave it out.',
  stream: 'Pass true or false.',
}
const UNKNOWN_FIELD_REMEDY = `Remove it; a completion takes ${Object.keys(REMEDIES).join(', ')}.`

/**
 * Validates a legacy request by the old server's rules and with its messages.
 *
 * @throws BadRequestError that names the first five problems: the field, the reason and the remedy.
 */
export function validateRequest(value: unknown): CompletionRequest {
  if (isPlainlyRight(value)) return value
  const result = schema.safeParse(withoutNulls(value))
  if (result.success) return result.data
  throw refuse(firstFaults(result.error.issues, value))
}

/**
 * The number of problems that a rejection lists, so that a request of megabytes does not cause a message of megabytes.
 */
const MOST_FAULTS = 5
/** Characters of an unknown field's name that a rejection repeats. */
const LONGEST_NAME = 100

function firstFaults(issues: readonly z.core.$ZodIssue[], request: unknown): string {
  const faults: string[] = []
  let count = 0
  for (const issue of issues) {
    count += issue.code === 'unrecognized_keys' ? issue.keys.length : 1
    if (faults.length < MOST_FAULTS) faults.push(...sentences(issue, request))
  }
  const named = faults.slice(0, MOST_FAULTS)
  const more = count - named.length
  return more > 0 ? `${named.join(' ')} And ${more} more.` : named.join(' ')
}

/**
 * Whether a request has all required fields, each valid, and otherwise only common ones. A fast path: it accepts
 * nothing that the schema rejects, and the schema decides about everything else.
 *
 * The schema's many small functions take as long as the rest of the translation, and ten times as long in a server, where
 * the processor does other work between two requests.
 */
function isPlainlyRight(value: unknown): value is CompletionRequest {
  if (typeof value !== 'object' || value === null) return false
  let required = 0
  for (const [field, given] of Object.entries(value)) {
    switch (field) {
      case 'model':
      case 'prompt':
        if (typeof given !== 'string' || given === '') return false
        required++
        break
      case 'max_tokens_to_sample':
        if (!Number.isSafeInteger(given) || given < 1) return false
        required++
        break
      case 'temperature':
        if (typeof given !== 'number' || !(given >= 0 && given <= 1)) return false
        break
      case 'stop_sequences':
        if (!Array.isArray(given) || !given.every(sequence => typeof sequence === 'string')) return false
        break
      case 'stream':
        if (typeof given !== 'boolean') return false
        break
      default:
        return false
    }
  }
  return required === 3
}

/**
 * Removes fields that are `null`: the old server's parser (pydantic 1) treated them as absent, and programs in other
 * languages send them.
 */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.values(value).includes(null)) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}

function sentences(issue: z.core.$ZodIssue, request: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_FAULTS).map(key => {
      const name = key.length > LONGEST_NAME ? `${key.slice(0, LONGEST_NAME)}…` : key
      return `${[...issue.path, name].join('.')}: extra fields not permitted. ${UNKNOWN_FIELD_REMEDY}`
    })
  }
  const [field] = issue.path
  if (typeof field !== 'string')
    return [`${issue.message}. Pass an object with model, prompt and max_tokens_to_sample.`]
  const isMissing = Object(request)[field] === undefined
  return [
    `${issue.path.join('.')}: ${isMissing ? 'field required' : issue.message}. ${REMEDIES[field] ?? ''}`,
  ]
}
