import type { Json, Observed } from './observe.ts'

/** One value that is not what a reference had. */
export interface Difference {
  case: string
  /** `error.message`, `requests.0.headers.x-api-key` */
  path: string
  actual: Json
  /** By reference. */
  expected: Readonly<Record<string, Json>>
}

/** Values that change with every call or model, and the placeholders that replace them. */
const CHANGING: readonly [pattern: RegExp, name: string][] = [
  [/\bcompl_01\w{22}\b/g, '<completion id>'],
  [/\breq_01\w{22}\b/g, '<request id>'],
  [/http:\/\/127\.0\.0\.1:\d{4,}/g, '<url>'],
  [/"model":"[^"]*"/g, '"model":"<model>"'],
  // The spaces that servers pad events with.
  [/ {1,15}\}/g, '}'],
]

/** The fields that name the model that answered. */
const MODEL_PATH = /(?:^|\.)model$/

/** The values of an observation, by their paths; a list of plain values counts as one. */
export function leaves(value: Json, path = ''): [path: string, value: Json][] {
  if (typeof value === 'string') return [[path, MODEL_PATH.test(path) ? '<model>' : stable(value)]]
  if (typeof value !== 'object' || value === null) return [[path, value]]
  if (Array.isArray(value) && value.every(item => typeof item !== 'object' || item === null))
    return [[path, value.map(item => (typeof item === 'string' ? stable(item) : item))]]
  const nested = Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path === '' ? key : `${path}.${key}`),
  )
  // A list's length is a value of its own: one request more is one difference, and then those in it.
  return Array.isArray(value) ? [[`${path}.length`, value.length], ...nested] : nested
}

function stable(text: string): string {
  return CHANGING.reduce((stable, [pattern, name]) => stable.replace(pattern, name), text)
}

/**
 * Compares what a client did with what each reference did. Where the references differ among themselves it is enough
 * to be like one of them.
 */
export function differences(
  title: string,
  actual: Observed,
  references: Readonly<Record<string, Observed>>,
): Difference[] {
  const ours = new Map(leaves(actual))
  const theirs = Object.entries(references).map(([name, seen]) => [name, new Map(leaves(seen))] as const)
  const paths = new Set([...ours.keys(), ...theirs.flatMap(([, seen]) => [...seen.keys()])])
  return [...paths].flatMap(path => {
    const value = ours.get(path)
    if (theirs.some(([, seen]) => same(seen.get(path), value))) return []
    const expected = Object.fromEntries(theirs.map(([name, seen]) => [name, seen.get(path)]))
    return [{ case: title, path, actual: value, expected }]
  })
}

const same = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A difference in one line. */
export function describeDifference({ path, actual, expected }: Difference): string {
  const groups = new Map<string, string[]>()
  for (const [name, value] of Object.entries(expected)) {
    const text = JSON.stringify(value) ?? 'nothing'
    groups.set(text, [...(groups.get(text) ?? []), name])
  }
  const they = [...groups].map(([text, names]) => `${text} (${names.join(', ')})`).join(' or ')
  return `${path}: ${JSON.stringify(actual) ?? 'nothing'}, not ${they}`
}
