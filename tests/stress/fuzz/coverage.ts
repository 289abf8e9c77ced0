import { Session } from 'node:inspector'

/** Tells which parts of a file have run, as V8 counts them. */
export interface Coverage {
  /** Whether any part has run since the last time that is not counted yet. Counts none. */
  hasNews(): boolean
  /** Counts what has run since the last time; how much of it had not been counted before. */
  news(): number
  /** All that have ever run. */
  total(): number
}

export function coverageOf(file: string): Coverage {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const seen = new Set<string>()
  const take = (): Set<string> => {
    const ran = new Set<string>()
    // The callback is called before `post` returns.
    session.post('Profiler.takePreciseCoverage', (error, report) => {
      if (error) throw error
      for (const { url, functions } of report.result) {
        if (!url.endsWith(file)) continue
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges)
            if (count > 0) ran.add(`${startOffset}-${endOffset}`)
        }
      }
    })
    return ran
  }
  return {
    hasNews: () => [...take()].some(part => !seen.has(part)),
    news() {
      const before = seen.size
      for (const part of take()) seen.add(part)
      return seen.size - before
    },
    total: () => seen.size,
  }
}
