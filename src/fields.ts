/** Checks the fields of objects: requests and options. */

/** Why a value inside an object is not valid. */
export interface Fault {
  /** The names and indexes that lead to the value. */
  path: readonly PropertyKey[]
  message: string
}

/** Returns why a value is not valid: a reason, or the faults of what it contains. `undefined` if it is valid. */
export type Check = (value: unknown) => string | readonly Fault[] | undefined

/** The checks of an object's fields, by name. A field that is `undefined` is checked only if it is required. */
export type Fields = Readonly<Record<string, Check>>

/** Makes a check that gives one reason. */
export const is =
  (isValid: (value: unknown) => boolean, reason: string): Check =>
  value =>
    isValid(value) ? undefined : reason

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isFunction = (value: unknown): boolean => typeof value === 'function'

/** Makes a check for one of some values. */
export const oneOf = (values: readonly unknown[], reason: string): Check =>
  is(value => values.includes(value), reason)

/** Makes a check that also accepts `null`. */
export const orNull =
  (check: Check): Check =>
  value =>
    value === null ? undefined : check(value)

/** Makes a check for an array, and for each of its items. */
export const arrayOf =
  (check: Check, reason: string): Check =>
  value =>
    Array.isArray(value) ? Array.from(value, (item, index) => faultsAt(index, check(item))).flat() : reason

/** Makes a check for an object, and for those of its fields that have a check. */
export const objectOf =
  (fields: Fields, reason: string, required: readonly string[] = []): Check =>
  value =>
    isObject(value) ? faultsOf(fields, value, required) : reason

/** Makes a check for an object that is used as a table, and for all its values. */
export const recordOf =
  (check: Check, reason: string): Check =>
  value =>
    Object.prototype.toString.call(value) === '[object Object]'
      ? Object.entries(Object(value)).flatMap(([name, field]) => faultsAt(name, check(field)))
      : reason

/** Returns the faults of an object's fields, in the order of the checks. */
export function faultsOf(fields: Fields, object: object, required: readonly string[] = []): Fault[] {
  const faults: Fault[] = []
  for (const name in fields) {
    const value: unknown = Reflect.get(object, name)
    if (value === undefined && !required.includes(name)) continue
    const found = fields[name]?.(value)
    if (found !== undefined) faults.push(...faultsAt(name, found))
  }
  return faults
}

function faultsAt(name: PropertyKey, found: ReturnType<Check>): Fault[] {
  if (found === undefined) return []
  if (typeof found === 'string') return [{ path: [name], message: found }]
  return found.map(({ path, message }) => ({ path: [name, ...path], message }))
}
