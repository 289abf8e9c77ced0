import type { ComparedSide, Difference } from '../../core/compare.ts'
import { priceOf } from './prices.ts'
import {
  callsNeeded,
  type Decision,
  decide,
  excessOf,
  type Interval,
  quantile,
  type Sample,
  shareOf,
} from './statistics.ts'

/** One line of a file of differences, with the origin of its call. */
export interface DifferenceLine extends Difference {
  /** Line number in the file of prompts. */
  readonly line?: number
  /** Call site, if the file of prompts names one. */
  readonly site?: string
}

/** Figures of one side of a comparison. */
export interface SideSummary {
  readonly stopReasons: Readonly<Record<string, number>>
  readonly failures: number
  readonly refusals: number
  readonly empty: number
  readonly echoedPrefills: number
  readonly length: { readonly median: number | null; readonly p95: number | null }
  readonly milliseconds: { readonly median: number | null; readonly p95: number | null }
  readonly firstText: { readonly median: number | null; readonly p95: number | null }
  /** Token counts; `null` if no call reported them. */
  readonly tokens: { readonly input: number; readonly output: number; readonly calls: number } | null
  /** US dollars; `null` if the tokens or the price are unknown. */
  readonly price: number | null
}

export interface Group extends Sample {
  readonly name: string
}

export interface Summary {
  readonly comparison: Sample & { readonly share: Interval }
  readonly baseline: Sample & { readonly share: Interval }
  /** Share of calls that differ beyond the baseline. */
  readonly excess: Interval
  readonly margin: number
  readonly decision: Decision
  readonly sentence: string
  /** Number of calls that differ, by aspect. */
  readonly aspects: Readonly<Record<Difference['differs'][number], number>>
  readonly left: SideSummary
  readonly right: SideSummary
  readonly sites: readonly Group[]
  readonly models: readonly Group[]
  readonly largest: readonly DifferenceLine[]
}

/** Summarizes differences. `margin` is the largest acceptable share of calls that differ beyond the baseline. */
export function summarize(lines: readonly DifferenceLine[], margin: number): Summary {
  const compared = lines.filter(({ kind }) => kind === 'comparison')
  const comparison = sampleOf(compared)
  const baseline = sampleOf(lines.filter(({ kind }) => kind === 'baseline'))
  const decision = decide(comparison, baseline, margin)
  const excess = excessOf(comparison, baseline)
  const aspects = { text: 0, stop_reason: 0, stop: 0, error: 0 }
  for (const { differs } of compared) for (const aspect of differs) aspects[aspect]++
  return {
    comparison: { ...comparison, share: shareOf(comparison) },
    baseline: { ...baseline, share: shareOf(baseline) },
    excess,
    margin,
    decision,
    sentence: sentenceOf(decision, { comparison, baseline, excess, margin }),
    aspects,
    left: sideOf(compared.map(({ complete }) => complete)),
    right: sideOf(compared.map(({ messages }) => messages)),
    sites: groupsOf(compared, ({ site }) => site),
    models: groupsOf(
      compared,
      ({ messages, complete }) => (messages.completion ?? complete.completion)?.model,
    ),
    largest: compared
      .filter(({ differs }) => differs.length > 0)
      .sort((a, b) => sizeOf(b) - sizeOf(a))
      .slice(0, 10),
  }
}

const sampleOf = (lines: readonly Difference[]): Sample => ({
  calls: lines.length,
  differing: lines.filter(({ differs }) => differs.length > 0).length,
})

/** Returns the number of characters after the first difference. A failure counts as the largest difference. */
export function sizeOf({ differs, partsAt, complete, messages }: Difference): number {
  if (differs.includes('error')) return Number.MAX_SAFE_INTEGER
  return Math.max(complete.completion?.length ?? 0, messages.completion?.length ?? 0) - (partsAt ?? 0)
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

interface Figures {
  comparison: Sample
  baseline: Sample
  excess: Interval
  margin: number
}

function sentenceOf(decision: Decision, { comparison, baseline, excess, margin }: Figures): string {
  const interval = `95 % interval: ${percent(Math.max(0, excess.low))} to ${percent(excess.high)}`
  const share = percent(Math.max(0, excess.value))
  switch (decision) {
    case 'same':
      return `The replies do not differ beyond the baseline (${share} of the calls; ${interval}). The figures support the switch to 100 %.`
    case 'small-difference':
      return `${share} of the calls differ beyond the baseline (${interval}), within the margin of ${percent(margin)}. The figures support the switch if the largest differences below are acceptable.`
    case 'different':
      return `${share} of the calls differ beyond the baseline (${interval}), more than the margin of ${percent(margin)}. The figures do not support the switch.`
    case 'no-baseline':
      return `${percent(shareOf(comparison).value)} of the calls differ, and there is no baseline. A model also differs from itself: compare again with a baseline before you decide.`
    default:
      return `There are not enough calls for a decision: ${comparison.calls} compared, ${baseline.calls} in the baseline (${interval}). About ${callsNeeded(comparison, baseline, margin)} of each are needed for a margin of ${percent(margin)}.`
  }
}

function sideOf(sides: readonly ComparedSide[]): SideSummary {
  const completions = sides.flatMap(({ completion }) => (completion ? [completion] : []))
  const stopReasons: Record<string, number> = {}
  for (const { stop_reason } of completions) {
    const reason = stop_reason ?? 'none'
    stopReasons[reason] = (stopReasons[reason] ?? 0) + 1
  }
  const spread = (values: readonly number[]): { median: number | null; p95: number | null } => ({
    median: quantile(values, 0.5),
    p95: quantile(values, 0.95),
  })
  return {
    stopReasons,
    failures: sides.length - completions.length,
    refusals: stopReasons.refusal ?? 0,
    empty: completions.filter(({ length }) => length === 0).length,
    echoedPrefills: sides.filter(({ echoesPrefill }) => echoesPrefill).length,
    length: spread(completions.map(({ length }) => length)),
    milliseconds: spread(sides.map(({ milliseconds }) => milliseconds)),
    firstText: spread(sides.flatMap(({ firstTextMilliseconds: time }) => (time === null ? [] : [time]))),
    ...costOf(sides),
  }
}

function costOf(sides: readonly ComparedSide[]): Pick<SideSummary, 'tokens' | 'price'> {
  let tokens: { input: number; output: number; calls: number } | null = null
  let price: number | null = 0
  for (const { usage, completion } of sides) {
    if (usage === null || completion === undefined) continue
    const { input_tokens: input, output_tokens: output } = usage
    tokens ??= { input: 0, output: 0, calls: 0 }
    tokens.input += input
    tokens.output += output
    tokens.calls++
    const cost = priceOf(completion.model, input, output)
    price = price === null || cost === undefined ? null : price + cost
  }
  return { tokens, price: tokens === null ? null : price }
}

function groupsOf(
  lines: readonly DifferenceLine[],
  nameOf: (line: DifferenceLine) => string | undefined,
): Group[] {
  const groups = new Map<string, { name: string; calls: number; differing: number }>()
  for (const line of lines) {
    const name = nameOf(line)
    if (name === undefined) continue
    const group = groups.get(name) ?? { name, calls: 0, differing: 0 }
    group.calls++
    if (line.differs.length > 0) group.differing++
    groups.set(name, group)
  }
  return [...groups.values()].sort((a, b) => b.differing - a.differing || b.calls - a.calls)
}

/**
 * Parses a file of differences.
 *
 * @throws TypeError that names the line and the reason.
 */
export function readDifferences(text: string): DifferenceLine[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      throw new TypeError(`Line ${index + 1} is not JSON.`)
    }
    if (isDifference(value)) return [value]
    throw new TypeError(`Line ${index + 1} is not a difference.`)
  })
}

function isDifference(value: unknown): value is DifferenceLine {
  const { kind, differs, complete, messages }: Record<string, unknown> = Object(value)
  const isSide = (side: unknown): boolean => {
    const { milliseconds, completion, error }: Record<string, unknown> = Object(side)
    return (
      typeof milliseconds === 'number' &&
      (typeof Object(completion).length === 'number' || Object(error) === error)
    )
  }
  return (
    (kind === 'comparison' || kind === 'baseline') &&
    Array.isArray(differs) &&
    isSide(complete) &&
    isSide(messages)
  )
}
