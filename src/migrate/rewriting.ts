import type { Edit } from './edits.ts'
import type { Note } from './remark.ts'
import type { ReadCall } from './request.ts'
import type { MigrateRuleName } from './rules.ts'

export interface RewriteOptions {
  skip?: ReadonlySet<MigrateRuleName> | undefined
  leadingSpace?: 'drop' | 'keep' | undefined
}

/** A call in its new form, and what is to be known of it. */
export interface Rewriting {
  edits: Edit[]
  notes: Note[]
}

/** What the translation says of a request, once each. */
const TOLD: ReadonlySet<string> = new Set([
  'retired-model',
  'sampling-dropped',
  'sampling-exclusive',
  'max-tokens-capped',
  'thinking-off',
  'thinking-reserve',
  'prefill-trimmed',
  'empty-turn',
  'joined-turns',
  'system-as-user',
])

export function noteRequest({ diagnostics }: ReadCall, at: number): Note[] {
  return diagnostics
    .filter(({ code }) => TOLD.has(code))
    .map(({ code, message }) => ({
      code: 'request-changed',
      at,
      detail: `${code}: ${message.replaceAll('\n', '\\n').replace(/\.$/, '')}`,
    }))
}

/** That a text no longer begins with a space is never changed without being said. */
export const noteSpace = (at: number): Note => ({ code: 'leading-space', at })
