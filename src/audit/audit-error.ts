import { AnthropicError } from '../errors.ts'

/** Something about the audit itself that is wrong, and how to mend it. */
export class AuditError extends AnthropicError {}
