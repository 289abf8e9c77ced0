import type { Diagnostic, OnDiagnostic } from '../diagnostics/diagnostic.ts'
import type { CompletionsSettings } from './options.ts'

/** More messages than this are not remembered: a program with changing model names would fill the memory. */
const MOST_MESSAGES = 1000

/** Reports the diagnostics of one entry point. */
export class DiagnosticReporter {
  /** What has been reported: code and message, since the caller's stack is the same line behind any SDK or helper. */
  readonly #reported = new Set<string>()
  readonly #settings: CompletionsSettings

  /** @param settings Read at each call. */
  constructor(settings: CompletionsSettings) {
    this.#settings = settings
  }

  /** Reports the diagnostics of a request: each message once, unless `diagnosticsPer` is `'call'`. */
  report(diagnostics: readonly Diagnostic[]): void {
    const { onDiagnostic, diagnosticsPer } = this.#settings
    if (onDiagnostic === undefined) return
    for (const diagnostic of diagnostics) {
      if (diagnosticsPer === 'call' || this.#isNew(diagnostic)) onDiagnostic(diagnostic)
    }
  }

  /** Reports a diagnostic of a response, each time. */
  readonly onResponse: OnDiagnostic = diagnostic => this.#settings.onDiagnostic?.(diagnostic)

  #isNew({ code, message }: Diagnostic): boolean {
    const key = `${code} ${message}`
    if (this.#reported.has(key)) return false
    if (this.#reported.size >= MOST_MESSAGES) this.#reported.clear()
    this.#reported.add(key)
    return true
  }
}
