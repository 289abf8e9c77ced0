/**
 * Compares the results of one call on both endpoints. This module is loaded with the first compared call. It imports
 * nothing, so that bundlers need no third file for what it would share with the rest.
 */
import type { Completion } from '../wire.ts'
import type { ComparedSide, ComparisonOptions, Difference, Run } from './compare.ts'

const lengthOf = (text: string): string => `[${text.length} characters]`

interface DifferenceSettings {
  redact?: ComparisonOptions['redact']
  equal?: ComparisonOptions['equal']
  kind?: Difference['kind']
  /** The prompt of the call, to detect a completion that repeats its prefill. */
  prompt?: string
  /** Whether the first run is the left side, regardless of its endpoint. */
  isOrdered?: boolean
}

/** Compares two runs. */
export function differenceOf(
  runs: readonly [Run, Run],
  {
    redact = lengthOf,
    equal = isSameText,
    kind = 'comparison',
    prompt = '',
    isOrdered,
  }: DifferenceSettings = {},
): Difference {
  const isInOrder =
    isOrdered ||
    kind === 'baseline' ||
    runs[0].endpoint === 'complete' ||
    runs[0].endpoint === runs[1].endpoint
  const [complete, messages] = isInOrder ? runs : [runs[1], runs[0]]
  const [old, young] = [completionOf(complete), completionOf(messages)]
  const show = redact === false ? (text: string) => text : redact
  const prefill = prefillOf(prompt)
  return {
    kind,
    differs: differing(old, young, equal),
    partsAt: old && young ? firstDifference(old.completion, young.completion) : null,
    length: old && young ? young.completion.length - old.completion.length : null,
    milliseconds: messages.milliseconds - complete.milliseconds,
    complete: describe(complete, show, prefill),
    messages: describe(messages, show, prefill),
  }
}

const isSameText = (a: Completion, b: Completion): boolean => a.completion === b.completion

/** Returns the text after the last `Assistant:` marker of a prompt. */
function prefillOf(prompt: string): string {
  const at = prompt.lastIndexOf(AI_MARKER)
  return at === -1 ? '' : prompt.slice(at + AI_MARKER.length).trim()
}

const AI_MARKER = '\n\nAssistant:'

/** The stop sequence of every completion of the old endpoint. */
const BUILT_IN_STOP = '\n\nHuman:'

function completionOf({ outcome }: Run): Completion | undefined {
  return 'completion' in outcome ? outcome.completion : undefined
}

function differing(
  old: Completion | undefined,
  young: Completion | undefined,
  equal: (complete: Completion, messages: Completion) => boolean,
): Difference['differs'] {
  // Two failed calls count as equal.
  if (old === undefined || young === undefined) return old === young ? [] : ['error']
  const fields = [
    ['text', equal(old, young)],
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

function describe(run: Run, show: (text: string) => string, prefill: string): ComparedSide {
  const { endpoint, body, outcome, milliseconds, firstTextMilliseconds } = run
  const request = redacted(body, show)
  const side = { endpoint, request, echoesPrefill: false, usage: null, milliseconds, firstTextMilliseconds }
  if ('completion' in outcome) {
    const { completion, stop_reason, stop, model } = outcome.completion
    // A stop sequence is text of the caller, except the built-in one.
    const stopped = stop === null || stop === BUILT_IN_STOP ? stop : show(stop)
    const text = show(completion)
    return {
      ...side,
      completion: { text, length: completion.length, stop_reason, stop: stopped, model },
      echoesPrefill: prefill !== '' && completion.trimStart().startsWith(prefill),
      usage: usageOf(outcome.completion),
    }
  }
  // The message is omitted, because a server may quote the prompt in it.
  const { status, type = null } = Object(outcome.error)
  const { name } = Object(outcome.error).constructor
  return { ...side, error: { name, status, type } }
}

function usageOf({ _message }: Completion): { input_tokens: number; output_tokens: number } | null {
  const { input_tokens, output_tokens } = _message?.usage ?? {}
  return typeof input_tokens === 'number' && typeof output_tokens === 'number'
    ? { input_tokens, output_tokens }
    : null
}

/** Fields whose texts come from neither the prompt nor the completion. */
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
