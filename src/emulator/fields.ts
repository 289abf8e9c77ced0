import { invalid } from './errors.ts'

/** A JSON type with its type guard. */
export interface Kind<T> {
  readonly name: KindName
  is(value: unknown): value is T
}

type KindName = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'object'

const kind = <T>(name: KindName, is: (value: unknown) => value is T): Kind<T> => ({ name, is })

export const string: Kind<string> = kind('string', value => typeof value === 'string')
export const number: Kind<number> = kind('number', value => typeof value === 'number')
export const integer: Kind<number> = kind('integer', (value): value is number => Number.isInteger(value))
export const boolean: Kind<boolean> = kind('boolean', value => typeof value === 'boolean')
export const list: Kind<unknown[]> = kind('list', value => Array.isArray(value))
export const object: Kind<Record<string, unknown>> = kind(
  'object',
  (value): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
)

/** The wording of one endpoint's field errors. */
export interface Wording {
  missing: string
  extra: string
  wrong: Readonly<Record<KindName, string>>
  /** The wording for an item of a list of objects that is not an object. */
  wrongItem: string
}

/** The wording of pydantic 1: `max_tokens_to_sample: field required`, `foo: extra fields not permitted` (recorded 2023). */
export const pydantic1: Wording = {
  missing: 'field required',
  extra: 'extra fields not permitted',
  wrong: {
    string: 'str type expected',
    integer: 'value is not a valid integer',
    number: 'value is not a valid float',
    boolean: 'value could not be parsed to a boolean',
    list: 'value is not a valid list',
    object: 'value is not a valid dict',
  },
  wrongItem: 'value is not a valid dict',
}

/** The wording of pydantic 2: `prompt: Extra inputs are not permitted`, `temperature: Input should be a valid number`. */
export const pydantic2: Wording = {
  missing: 'Field required',
  extra: 'Extra inputs are not permitted',
  wrong: {
    string: 'Input should be a valid string',
    integer: 'Input should be a valid integer',
    number: 'Input should be a valid number',
    boolean: 'Input should be a valid boolean',
    list: 'Input should be a valid list',
    object: 'Input should be a valid dictionary',
  },
  // Recorded for `messages.0`.
  wrongItem: 'Input does not match the expected shape.',
}

/** Reads the fields of one JSON object. Throws a Problem in the endpoint's wording on a missing, mistyped or unknown field. */
export interface FieldReader {
  required<T>(name: string, kind: Kind<T>): T
  /** Returns `undefined` for an absent field and for `null`, which both endpoints accept for optional fields. */
  optional<T>(name: string, kind: Kind<T>): T | undefined
  /** Returns the value unchecked, for a field with several types. */
  any(name: string): unknown
  /** Rejects every field that was not read, except `allowed`. Call it last. */
  nothingElse(allowed?: readonly string[]): void
}

/** Creates a reader of an object's fields. `path` prefixes the names in errors. */
export function readFields(value: unknown, wording: Wording, path = ''): FieldReader {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (!object.is(value)) {
    const wrong = /\.\d+$/.test(path) ? wording.wrongItem : wording.wrong.object
    throw invalid(path === '' ? wrong : `${path}: ${wrong}`)
  }

  const known = new Set<string>()
  const given = (name: string): unknown => {
    known.add(name)
    return Object.hasOwn(value, name) ? value[name] : undefined
  }
  const checked = <T>(name: string, field: unknown, kind: Kind<T>): T => {
    if (kind.is(field)) return field
    throw invalid(`${at(name)}: ${wording.wrong[kind.name]}`)
  }
  return {
    required(name, kind) {
      const field = given(name)
      if (field === undefined) throw invalid(`${at(name)}: ${wording.missing}`)
      return checked(name, field, kind)
    },
    optional(name, kind) {
      const field = given(name) ?? undefined
      return field === undefined ? undefined : checked(name, field, kind)
    },
    any: given,
    nothingElse(allowed = []) {
      const extra = Object.keys(value).find(name => !known.has(name) && !allowed.includes(name))
      if (extra !== undefined) throw invalid(`${at(extra)}: ${wording.extra}`)
    },
  }
}

/** Reads a list of strings. Errors name the index: `stop_sequences.1: …`. */
export function readStrings(values: readonly unknown[], name: string, wording: Wording): string[] {
  return values.map((value, index) => {
    if (string.is(value)) return value
    throw invalid(`${name}.${index}: ${wording.wrong.string}`)
  })
}
