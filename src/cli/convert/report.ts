import { counted } from '../arguments.ts'
import type { SharedCounters } from './ordered-writer.ts'
import type { RejectNotice } from './run.ts'

/** Returns the summary of a run for a person: rejected lines, diagnostics, counts and duration. */
export function summary(
  counters: SharedCounters,
  notices: readonly RejectNotice[],
  { bytes, seconds, rejects }: { bytes: number; seconds: number; rejects: string | undefined },
): string {
  const rejected = counters.get('rejected')
  const lines = [...notices]
    .sort((a, b) => a.line - b.line)
    .map(({ line, reason }) => `line ${line}: ${visible(reason)}`)
  if (rejected > notices.length) lines.push(`and ${counted(rejected - notices.length, 'line')} more`)
  if (rejected > 0) {
    const where = rejects === undefined ? 'Give --rejects FILE to have them kept.' : `They are in ${rejects}.`
    lines.push(`${counted(rejected, 'line')} could not be converted. ${where}`)
  }
  for (const [code, count] of counters.codes()) lines.push(`${code}: ${count}`)
  const respelled = counters.get('respelled')
  if (respelled > 0)
    lines.push(`${counted(respelled, 'prompt')} would come back from --reverse in another spelling`)

  const megabytes = bytes / 1e6
  const speed = `${(megabytes / Math.max(seconds, 0.001)).toFixed(0)} MB/s`
  const blank = counters.get('blank')
  const others = blank > 0 ? `, ${counted(blank, 'blank line')} left out` : ''
  lines.push(
    `${counters.get('converted')} of ${counted(counters.get('lines') - blank, 'line')} converted${others}: ` +
      `${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s, ${speed}`,
  )
  return `${lines.join('\n')}\n`
}

/** Escapes the line breaks in the old server's messages. */
const visible = (text: string): string => text.replaceAll('\n', '\\n')
