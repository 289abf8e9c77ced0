import type { Diagnostic, DiagnosticCode } from '../diagnostics/diagnostic.ts'
import type { DoorSettings } from './options.ts'

/** More places than this are not remembered: a program that makes its own code would fill the memory. */
const MOST_SITES = 10_000

/** Knows which remark was made for which place of the caller's program. */
export class CallSites {
  readonly #seen = new Set<string>()

  /** Hands on what was noticed in a request; by default only the first time at each place that calls. */
  report(
    diagnostics: readonly Diagnostic[],
    { onDiagnostic, diagnosticsPer }: DoorSettings,
    findSite: () => string,
  ): void {
    if (onDiagnostic === undefined || diagnostics.length === 0) return
    const site = diagnosticsPer === 'call' ? undefined : findSite()
    for (const diagnostic of diagnostics) {
      if (site === undefined || this.#isFirst(diagnostic.code, site)) onDiagnostic(diagnostic)
    }
  }

  /** Whether the remark is the first of its kind for the place. */
  #isFirst(code: DiagnosticCode, site: string): boolean {
    const key = `${code} ${site}`
    if (this.#seen.has(key)) return false
    if (this.#seen.size >= MOST_SITES) this.#seen.clear()
    this.#seen.add(key)
    return true
  }
}

/** A line of a stack, as V8 (`    at f (file:1:2)`) and Firefox (`f@file:1:2`) write it. */
const PLACE = /^\s*at |@/

/** A function that the caller's program calls. */
export type Entry = (...args: never[]) => unknown

/** The place that called `entry`, a function that is on the stack now; only to be compared. */
export function callSite(entry: Entry): string {
  const { captureStackTrace }: { captureStackTrace?: (holder: object, above: Entry) => void } = Error
  if (captureStackTrace === undefined) return new Error().stack ?? ''
  // It can leave out all that is ours; the first line that is a place is the caller's. V8 puts a heading above it, and
  // Firefox does not.
  const holder: { stack?: string } = {}
  captureStackTrace(holder, entry)
  return holder.stack?.split('\n').find(line => PLACE.test(line)) ?? ''
}
