import { AuditError } from './languages/parsers.ts'
import type { Problem } from './report/report.ts'

const LONGEST_REASON = 200

/**
 * Returns the problem of a file whose work an unexpected error ended.
 *
 * @throws AuditError if that is the error: without parsers, no file can be read
 */
export function failureOf(file: string, error: unknown): Problem {
  if (error instanceof AuditError) throw error
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const reason = line.slice(0, LONGEST_REASON).replace(/\.$/, '')
  return { file, message: `was left out because of an unexpected error: ${reason}`, isFailure: true }
}
