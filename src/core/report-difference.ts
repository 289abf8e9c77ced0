import { APIUserAbortError } from '../errors.ts'
import type { ComparisonOptions, Difference, Run } from './compare.ts'

/** The functions that process and receive a difference. */
export type ReportSettings = Pick<ComparisonOptions, 'redact' | 'equal'> & {
  onDifference?: ((difference: Difference) => void) | undefined
}

/** Reports the difference of two runs and resolves with it; `undefined` if the caller aborted the call. */
export async function reportDifference(
  kind: Difference['kind'],
  runs: readonly [Promise<Run>, Promise<Run>],
  { onDifference, redact, equal }: ReportSettings,
  prompt: string,
): Promise<Difference | undefined> {
  const [first, second] = await Promise.all(runs)
  if ('error' in first.outcome && first.outcome.error instanceof APIUserAbortError) return undefined
  const { differenceOf } = await import('./difference.ts')
  const difference = differenceOf([first, second], { redact, equal, kind, prompt })
  try {
    onDifference?.(difference)
  } catch {
    // As documented, an error of the callback must not break the program's call.
  }
  return difference
}
