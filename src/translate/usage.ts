/** The token counts of a response. */
import type { Usage } from '../wire.ts'

/**
 * Merges the usage of two events. A bare message keeps only the counts that the reducer reads, because a stream with
 * other fields in each event would fill the memory.
 */
export function mergedUsage(
  first: Usage | null | undefined,
  second: Usage | null | undefined,
  isBare: boolean,
): Usage {
  const merged = { ...first, ...second }
  if (!isBare) return merged
  const counts = countsOf(merged)
  counts.output_tokens ??= null
  counts.output_tokens_details = merged.output_tokens_details ?? null
  return counts
}

/** Returns the token counts of a usage, without its other fields. */
export function countsOf(usage: Usage | null | undefined): Usage {
  const counts: Usage = {}
  for (const name of COUNTS) {
    const count = usage?.[name]
    if (typeof count === 'number') counts[name] = count
  }
  return counts
}

const COUNTS = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
] as const
