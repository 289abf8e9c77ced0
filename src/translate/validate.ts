import { refuse } from '../errors.ts'
import {
  arrayOf,
  type Check,
  type Fault,
  type Fields,
  faultsOf,
  is,
  isObject,
  isText,
  oneOf,
  orNull,
  recordOf,
} from '../fields.ts'
import type { CompletionRequest } from '../wire.ts'

/** The value for "not set": langchainjs sent `top_k: -1, top_p: -1` by default. */
const UNSET = -1

const string = is(isText, 'str type expected')

const filledString: Check = value =>
  value === '' ? 'ensure this value has at least 1 characters' : string(value)

const fraction: Check = value => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'value is not a valid float'
  return value === UNSET || (value >= 0 && value <= 1) ? undefined : 'range: -1 or 0..1'
}

/** Makes a check for a whole number that is not below a minimum. */
const integer =
  (least: number, range: string): Check =>
  value => {
    if (!Number.isSafeInteger(value)) return 'value is not a valid integer'
    return Number(value) >= least ? undefined : range
  }

const METADATA: Fields = { user_id: orNull(string) }

const FIELDS: Fields = {
  model: filledString,
  prompt: filledString,
  // The old documentation: the upper end was "capped per model", so higher values were not rejected.
  max_tokens_to_sample: integer(1, 'range: 1..1,000,000'),
  stop_sequences: arrayOf(string, 'value is not a valid list'),
  temperature: fraction,
  top_p: fraction,
  top_k: integer(UNSET, 'range: -1 or 0 and above'),
  metadata: value =>
    isObject(value) ? [...faultsOf(METADATA, value), ...extraFields(METADATA, value)] : NO_DICT,
  stream: is(value => typeof value === 'boolean', 'value could not be parsed to a boolean'),
}
const REQUIRED = ['model', 'prompt', 'max_tokens_to_sample']

const NO_DICT = 'value is not a valid dict'
const EXTRA = 'extra fields not permitted'

function extraFields(fields: Fields, object: object): Fault[] {
  const extra = Object.keys(object).filter(name => !Object.hasOwn(fields, name))
  return extra.map(name => ({ path: [name], message: EXTRA }))
}

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
  const mayHaveToJson = isObject(value) && ('toJSON' in value || Object.values(value).some(isObject))
  const request = withoutNulls(mayHaveToJson ? withSerialized(value) : value)
  if (!isObject(request))
    throw refuse(`${NO_DICT}. Pass an object with model, prompt and max_tokens_to_sample.`)
  const faults = [...faultsOf(FIELDS, request, REQUIRED), ...extraFields(FIELDS, request)]
  if (faults.length > 0) throw refuse(firstFaults(faults, value))
  return request as CompletionRequest
}

const flag = is(value => typeof value === 'boolean', 'must be true or false')
const tokens = is(value => typeof value === 'number' && value > 0, 'must be a number of tokens')
const day = is(
  value => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value),
  'must be a day written as YYYY-MM-DD',
)
const name = is(isText, 'must be a string')

const MODEL_FIELDS: Fields = {
  status: is(value => value === 'live' || value === 'retired', "must be 'live' or 'retired'"),
  replacement: name,
  retired: day,
  deprecated: day,
  retires: day,
  notRetiredBefore: day,
  clouds: is(isObject, 'must be an object'),
  contextTokens: tokens,
  maxOutputTokens: tokens,
  prefill: flag,
  sampling: is(isObject, 'must be an object'),
  thinking: name,
  effort: flag,
  apiVersions: arrayOf(name, 'must be an array'),
  source: name,
}
const NO_MODEL_FIELD = 'is not a field of a model row'

/** Every row is an object, with valid values in the fields of a row and no others. */
const models = recordOf(
  row =>
    isObject(row)
      ? [
          ...faultsOf(MODEL_FIELDS, row),
          ...extraFields(MODEL_FIELDS, row).map(({ path }) => ({ path, message: NO_MODEL_FIELD })),
        ]
      : 'must be an object',
  'must be an object of model rows',
)

const policy = oneOf(['adapt', 'error', 'pass'], "must be 'adapt', 'error' or 'pass'")

/** The checks of the options of a translation. */
export const translationFields: Fields = {
  sampling: policy,
  prefill: policy,
  maxTokens: policy,
  thinking: policy,
  retiredModel: policy,
  stopSequences: policy,
  style: oneOf(['legacy', 'messages'], "must be 'legacy' or 'messages'"),
  prompts: oneOf(['strict', 'repair'], "must be 'strict' or 'repair'"),
  thinkingReserve: is(
    value => Number.isInteger(value) && Number(value) >= 0,
    'must be a whole number of tokens, 0 or more',
  ),
  apiVersion: name,
  today: day,
  models,
}

/**
 * Checks the options of a translation.
 *
 * @throws TypeError for an invalid value that would otherwise silently act as another one.
 */
export function checkTranslation(options: object): void {
  if (!isObject(options)) throw new TypeError('options must be an object.')
  const [fault] = faultsOf(translationFields, options)
  if (fault !== undefined) throw new TypeError(`${fault.path.join('.')} ${fault.message}.`)
}

/**
 * The number of problems that a rejection lists, so that a request of megabytes does not cause a message of megabytes.
 */
const MOST_FAULTS = 5
/** Characters of an unknown field's name that a rejection repeats. */
const LONGEST_NAME = 100

function firstFaults(faults: readonly Fault[], request: unknown): string {
  const named = faults.slice(0, MOST_FAULTS).map(fault => sentence(fault, request))
  const more = faults.length - named.length
  return more > 0 ? `${named.join(' ')} And ${more} more.` : named.join(' ')
}

/**
 * Replaces values that have `toJSON()`, such as the id of a database, with what it returns: the old SDK sent the request
 * as JSON.
 */
function withSerialized(value: unknown): unknown {
  if (hasToJson(value)) return value.toJSON('')
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (hasToJson(field)) return [name, field.toJSON(name)]
      return [name, name === 'metadata' ? withSerialized(field) : field]
    }),
  )
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return isObject(value) && 'toJSON' in value && typeof value.toJSON === 'function'
}

/**
 * Removes fields that are `null`: the old server's parser (pydantic 1) treated them as absent, and programs in other
 * languages send them.
 */
function withoutNulls(value: unknown): unknown {
  if (!isObject(value) || !Object.values(value).includes(null)) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}

function sentence({ path, message }: Fault, request: unknown): string {
  const names = path.map(name =>
    String(name).length > LONGEST_NAME ? `${String(name).slice(0, LONGEST_NAME)}…` : name,
  )
  if (message === EXTRA) return `${names.join('.')}: ${EXTRA}. ${UNKNOWN_FIELD_REMEDY}`
  const field = String(path[0])
  const isMissing = Object(request)[field] === undefined
  return `${names.join('.')}: ${isMissing ? 'field required' : message}. ${REMEDIES[field]}`
}
