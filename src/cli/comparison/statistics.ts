/** Confidence intervals, and the decision that follows from them. */

/** Number of calls of one kind, and of those that differ. */
export interface Sample {
  readonly calls: number
  readonly differing: number
}

export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Normal quantile of a two-sided 95 % interval. */
const Z = 1.959964

/** Returns the share of differing calls with its 95 % Wilson score interval. */
export function shareOf({ calls, differing }: Sample): Interval {
  if (calls === 0) return { value: 0, low: 0, high: 1 }
  const share = differing / calls
  const scale = 1 + Z ** 2 / calls
  const centre = share + Z ** 2 / (2 * calls)
  const spread = Z * Math.sqrt((share * (1 - share)) / calls + Z ** 2 / (4 * calls ** 2))
  return {
    value: share,
    low: differing === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: differing === calls ? 1 : Math.min(1, (centre + spread) / scale),
  }
}

/** Returns the difference of two shares with Newcombe's 95 % hybrid score interval. */
export function excessOf(comparison: Sample, baseline: Sample): Interval {
  const [a, b] = [shareOf(comparison), shareOf(baseline)]
  const value = a.value - b.value
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  }
}

/** Decision that the figures support. */
export type Decision = 'same' | 'small-difference' | 'different' | 'not-enough-calls' | 'no-baseline'

/** Minimum number of calls for a decision. */
const LEAST_CALLS = 100

/**
 * Decides whether a switch is safe. `margin` is the largest acceptable share of calls that differ beyond the baseline.
 */
export function decide(comparison: Sample, baseline: Sample, margin: number): Decision {
  if (comparison.calls < LEAST_CALLS) return 'not-enough-calls'
  if (baseline.calls === 0) return shareOf(comparison).high <= margin ? 'same' : 'no-baseline'
  const { low, high } = excessOf(comparison, baseline)
  if (low > 0) return high <= margin ? 'small-difference' : 'different'
  return high <= margin ? 'same' : 'not-enough-calls'
}

/** Estimates how many calls (and as many baseline calls) make the interval as narrow as the margin. */
export function callsNeeded(comparison: Sample, baseline: Sample, margin: number): number {
  const differing = comparison.differing + baseline.differing
  const calls = comparison.calls + baseline.calls
  // Assume one more differing call: with an estimate of 0 the interval would be too narrow.
  const share = Math.min(0.5, (differing + 1) / (calls + 2))
  const needed = (2 * share * (1 - share) * Z ** 2) / margin ** 2
  return Math.max(LEAST_CALLS, Math.ceil(needed / 100) * 100)
}

/** Returns the quantile of the values, without interpolation; `null` for an empty list. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null
}
