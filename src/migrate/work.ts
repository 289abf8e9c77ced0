import type { LegacyUse } from '../audit/index.ts'
import type { Note, OwnNote } from './diagnostic.ts'
import { applyWithLines, EditSet, type FileEdits, offsetBefore } from './edits.ts'
import type { RewrittenImports } from './javascript/imports.ts'
import { languageOf, type OpenedFile, type Program } from './program.ts'

/** The results for the calls of one file. */
export interface Work {
  one: OpenedFile
  text: string
  /** Maps an offset of the new text to the original file. */
  toSource: (offset: number) => number
  notes: readonly Note[]
  rewritten: readonly LegacyUse[]
  left: readonly LegacyUse[]
  /**
   * The files that construct the clients on which this file calls completions (`completionsOf`) and messages
   * (`messagesOf`).
   */
  completionsOf: readonly string[]
  messagesOf: readonly string[]
  /** The edits in other files that the rewritten calls need. */
  imported: readonly FileEdits[]
  /** Whether calls of other files changed this file. */
  isExtended?: boolean
}

const EMPTY: Omit<Work, 'one' | 'text'> = {
  toSource: at => at,
  notes: [],
  rewritten: [],
  left: [],
  completionsOf: [],
  messagesOf: [],
  imported: [],
}

/** Returns the work on a file that changes nothing. */
export const unchanged = (one: OpenedFile, left: readonly LegacyUse[]): Work => ({
  ...EMPTY,
  one,
  text: one.text,
  left,
})

/**
 * Applies the edits that rewritten calls need in other files. Such a file has no calls of its own, so its text is still
 * the original one.
 */
export function withImported(works: readonly Work[], { fileNamed }: Program): Work[] {
  const edits = new Map<string, EditSet>()
  for (const { imported } of works) {
    for (const { file, edits: own } of imported) {
      const all = edits.get(file) ?? new EditSet()
      edits.set(file, all)
      all.add(own)
    }
  }
  const changed = new Map(works.map(work => [work.one.file, work]))
  for (const [file, { all }] of edits) {
    const one = fileNamed(file)
    if (one === undefined) continue
    const before = changed.get(file) ?? { ...EMPTY, one }
    changed.set(file, {
      ...before,
      text: applyWithLines(one.text, all),
      toSource: at => offsetBefore(all, at),
      isExtended: true,
    })
  }
  return [...changed.values()]
}

/** Reports calls of stage 1 whose client is imported in a form that is not known, so that nothing restores them. */
export function noteImportForm(
  { one, text, left, completionsOf }: Work,
  imports: RewrittenImports | undefined,
): OwnNote[] {
  const [first] = left
  const isUntouched = imports?.edits.length === 0 && imports.notes.length === 0
  const isOwn =
    /@anthropic-ai\//.test(text) && !text.includes('legacy-completions') && completionsOf.length === 0
  const isKnown = languageOf(one) === 'javascript'
  return first && isUntouched && isOwn && isKnown ? [{ code: 'import-form', at: first.start }] : []
}
