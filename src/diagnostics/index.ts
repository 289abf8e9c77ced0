import { CALL_DIAGNOSTICS } from './call.ts'
import type { DiagnosticCode, Entry } from './diagnostic.ts'
import { PROMPT_DIAGNOSTICS } from './prompt.ts'
import { REPAIR_DIAGNOSTICS } from './repair.ts'

export type { Diagnostic, DiagnosticCode, Severity, Span } from './diagnostic.ts'
export { DOCUMENTATION_URL } from './diagnostic.ts'

/** The sentences of all codes. */
export const DIAGNOSTICS: Readonly<Record<DiagnosticCode, Entry>> = {
  ...PROMPT_DIAGNOSTICS,
  ...REPAIR_DIAGNOSTICS,
  ...CALL_DIAGNOSTICS,
}
