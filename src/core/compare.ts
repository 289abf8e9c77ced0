import { APIError } from '../errors.ts'
import type { Endpoint } from '../translate/index.ts'
import { BUILT_IN_STOP } from '../translate/request.ts'
import type { Completion } from '../wire.ts'
import type { RequestOptions } from './options.ts'

/** How a call is compared. */
export interface CompareOptions extends RequestOptions {
  /** How many of the calls are made on the other endpoint, too: from 0 (none) to 1 (all). @default 1 */
  sampleRate?: number | undefined
  /**
   * What stands in the difference for each text of the prompt and the completions; `false` shows the texts.
   *
   * @default their lengths
   */
  redact?: ((text: string) => string) | false | undefined
}

/** A call, and how it went on the other endpoint. */
export interface Comparison {
  /** The answer of the endpoint that the call goes to anyway; it does not wait for the other. */
  completion: Completion
  /** That the other call failed is a difference, and no rejection. `undefined` for a call that was not sampled. */
  difference: Promise<Difference | undefined>
}

/** In what the two answers differ. Plain data, made to be logged. */
export interface Difference {
  /** Empty when both endpoints gave the same. */
  differs: readonly ('text' | 'stop_reason' | 'stop' | 'error')[]
  /** The UTF-16 offset at which the texts part; `null` where they are the same, or one is missing. */
  partsAt: number | null
  /** How much longer the text of the Messages API is, in UTF-16 units. */
  length: number
  /** How much longer the Messages API took, in milliseconds. */
  milliseconds: number
  complete: ComparedSide
  messages: ComparedSide
}

export interface ComparedSide {
  /** The body that was sent; `undefined` where it came to none. */
  request: unknown
  completion?: {
    text: string
    length: number
    stop_reason: string | null
    /** Redacted, too, unless it is `"\n\nHuman:"`. */
    stop: string | null
    model: string
  }
  error?: { name: string; status: number | undefined; type: string | null }
  milliseconds: number
}

/** One of the two calls, as it went. */
export interface Run {
  endpoint: Endpoint
  body: object | undefined
  outcome: { completion: Completion } | { error: unknown }
  milliseconds: number
}

const lengthOf = (text: string): string => `[${text.length} characters]`

/** What the two runs differ in. */
export function differenceOf(
  runs: readonly [Run, Run],
  redact: ((text: string) => string) | false = lengthOf,
): Difference {
  const [complete, messages] = runs[0].endpoint === 'complete' ? runs : [runs[1], runs[0]]
  const [old, young] = [completionOf(complete), completionOf(messages)]
  const show = redact === false ? (text: string) => text : redact
  return {
    differs: differing(old, young),
    partsAt: old && young ? firstDifference(old.completion, young.completion) : null,
    length: (young?.completion.length ?? 0) - (old?.completion.length ?? 0),
    milliseconds: messages.milliseconds - complete.milliseconds,
    complete: describe(complete, show),
    messages: describe(messages, show),
  }
}

function completionOf({ outcome }: Run): Completion | undefined {
  return 'completion' in outcome ? outcome.completion : undefined
}

function differing(old: Completion | undefined, young: Completion | undefined): Difference['differs'] {
  // Where both failed, both gave nothing.
  if (old === undefined || young === undefined) return old === young ? [] : ['error']
  const fields = [
    ['text', old.completion === young.completion],
    ['stop_reason', old.stop_reason === young.stop_reason],
    ['stop', old.stop === young.stop],
  ] as const
  return fields.filter(([, isSame]) => !isSame).map(([name]) => name)
}

function firstDifference(a: string, b: string): number | null {
  if (a === b) return null
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

function describe({ body, outcome, milliseconds }: Run, show: (text: string) => string): ComparedSide {
  const request = redacted(body, show)
  if ('completion' in outcome) {
    const { completion, stop_reason, stop, model } = outcome.completion
    // A stop sequence is the caller's text, but for the one that is always there.
    const stopped = stop === null || stop === BUILT_IN_STOP ? stop : show(stop)
    const text = show(completion)
    const said = { text, length: completion.length, stop_reason, stop: stopped, model }
    return { request, completion: said, milliseconds }
  }
  // Not its message: a server may quote the prompt in it.
  const { error } = outcome
  const [status, type] = error instanceof APIError ? [error.status, error.type] : [undefined, null]
  return { request, error: { name: Object(error).constructor.name, status, type }, milliseconds }
}

/** The fields whose texts say nothing of the caller's. */
const OPEN_FIELDS: ReadonlySet<string> = new Set(['model', 'role', 'type', 'effort'])

function redacted(value: unknown, show: (text: string) => string): unknown {
  if (typeof value === 'string') return show(value)
  if (Array.isArray(value)) return value.map(item => redacted(item, show))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      OPEN_FIELDS.has(name) ? field : redacted(field, show),
    ]),
  )
}
