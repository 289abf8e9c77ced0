import { HUMAN_PROMPT } from '../transcript/index.ts'
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

/** What the SDKs no longer name, and the API takes under an older version. */
export const SAMPLING: readonly string[] = ['temperature', 'top_p', 'top_k']

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

export function noteRequest({ diagnostics, request }: ReadCall, at: number): Note[] {
  const isVersioned = SAMPLING.some(field => field in request)
  return [
    ...diagnostics
      .filter(({ code }) => TOLD.has(code))
      .map(({ code, message }) => ({
        code,
        at,
        message: message.replaceAll('\n', '\\n').replace(/\.$/, ''),
      })),
    ...(isVersioned ? [{ code: 'sampling-version', at } as const] : []),
    ...(request.stop_sequences?.includes(HUMAN_PROMPT) ? [] : [{ code: 'built-in-stop', at } as const]),
  ]
}

/** That a text no longer begins with a space is never changed without being said. */
export const noteSpace = (at: number): Note => ({ code: 'leading-space', at })
