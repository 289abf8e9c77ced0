import type { DiagnosticCode, Severity, Span } from '../diagnostics/index.ts'

/** What is remarkable in a prompt before it is sent, beside what the grammar itself remarks on. */
export type AuditRemarkCode = 'open-interpolation' | 'prefill' | 'system-text' | 'trailing-whitespace'

/** A remark on a prompt or a call, at its place in the source file. */
export interface Remark {
  code: AuditRemarkCode | DiagnosticCode
  severity: Severity
  message: string
  fix: string
  span: Span
}

/** The closed table of the audit's own remarks. */
export const REMARKS: Readonly<Record<AuditRemarkCode, Pick<Remark, 'severity' | 'message' | 'fix'>>> = {
  'open-interpolation': {
    severity: 'info',
    message: 'A value is put into the prompt as it is. If it holds a marker, it opens a turn of its own.',
    fix: 'Build the prompt with the prompt`…` tag of legacy-completions, or send the value as a message.',
  },
  prefill: {
    severity: 'warning',
    message: 'The prompt ends in the beginning of the answer (a prefill), which newer models refuse.',
    fix: 'See what becomes of it with --target, or ask for the form of the answer in the user’s turn.',
  },
  'system-text': {
    severity: 'info',
    message: 'The text before the first Human turn is a system prompt.',
    fix: 'Send it as the system field of a Messages request.',
  },
  'trailing-whitespace': {
    severity: 'info',
    message: 'The prompt ends in whitespace, which the Messages API refuses after an assistant turn.',
    fix: 'End the prompt in "\n\nAssistant:" itself.',
  },
}

export const remark = (code: AuditRemarkCode, span: Span): Remark => ({ code, ...REMARKS[code], span })
