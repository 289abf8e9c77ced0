import { callDiagnostic } from '../diagnostics/call.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { repairDiagnostic } from '../diagnostics/repair.ts'
import { locateInSource, type RepairedPrompt, repairEscapedConstants, repairPrompt } from '../repair/index.ts'
import { lineColumn, parsePrompt, type Transcript } from '../transcript/index.ts'

/**
 * How prompts are read:
 *
 * - `strict`: as the old server read them. It also accepts, with a warning, the constants that the official SDK
 * 0.61–0.137 exported by mistake, with a backslash and an n for each newline;
 * - `repair`: also repairs prompts that other tools broke, with a diagnostic for each repair.
 */
export type PromptMode = 'strict' | 'repair'

/** A parsed prompt, with the spans of its diagnostics in the caller's own text. */
export interface ReadPrompt {
  transcript: Transcript
  diagnostics: readonly Diagnostic[]
}

/**
 * Parses a prompt in the given mode.
 *
 * @throws TypeError for a mode that is not one of the two.
 */
export function readPrompt(source: string, mode: PromptMode = 'strict'): ReadPrompt {
  if (mode !== 'strict' && mode !== 'repair') throw new TypeError("prompts must be 'strict' or 'repair'.")
  const { text, diagnostics } = wellFormed(source, 'prompt')
  const read = mode === 'repair' ? readRepaired(repairPrompt(text)) : readStrict(text)
  return diagnostics.length === 0
    ? read
    : { transcript: read.transcript, diagnostics: [...read.diagnostics, ...diagnostics] }
}

function readStrict(source: string): ReadPrompt {
  const transcript = parsePrompt(source)
  const { diagnostics } = transcript
  if (!hasError(diagnostics)) return { transcript, diagnostics }
  const unescaped = repairEscapedConstants(source)
  if (unescaped !== undefined) return readRepaired(unescaped)
  // The call will be rejected, so the time for a trial repair does not matter. A diagnostic says whether it succeeds.
  const repaired = repairPrompt(source)
  const isRepairable = repaired.repairs.length > 0 && !hasError(repaired.diagnostics)
  if (!isRepairable) return { transcript, diagnostics }
  const first = repaired.repairs[0]?.span
  const codes = [...new Set(repaired.repairs.map(({ code }) => code))].join(', ')
  return {
    transcript,
    diagnostics: [...diagnostics, repairDiagnostic('repairable-prompt', { codes }, first)],
  }
}

function readRepaired(repaired: RepairedPrompt): ReadPrompt {
  const transcript = parsePrompt(repaired.prompt)
  const inSource = locateInSource(repaired.repairs)
  const ofTranscript = transcript.diagnostics.map(diagnostic =>
    diagnostic.span === undefined ? diagnostic : { ...diagnostic, span: inSource(diagnostic.span) },
  )
  // The old server's own sentences come first in a rejection.
  return { transcript, diagnostics: [...ofTranscript, ...repaired.diagnostics] }
}

const hasError = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error')

/** Matches halves of surrogate pairs without their other half. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g
const HAS_SURROGATE = /[\uD800-\uDFFF]/

/**
 * Replaces lone halves of surrogate pairs, which JSON can contain but no server accepts. The replacement has the same
 * length, so that all offsets remain valid.
 */
export function wellFormed(text: string, field: string): { text: string; diagnostics: Diagnostic[] } {
  if (!HAS_SURROGATE.test(text)) return { text, diagnostics: [] }
  const first = new RegExp(LONE_SURROGATE).exec(text)
  if (first === null) return { text, diagnostics: [] }
  const { line, column } = lineColumn(text, first.index)
  const unit = `U+${first[0].charCodeAt(0).toString(16).toUpperCase()}`
  const values = { field: `\`${field}\` (line ${line}, column ${column})`, unit }
  const span = field === 'prompt' ? { start: first.index, end: first.index + 1 } : undefined
  return {
    text: text.replace(LONE_SURROGATE, '\uFFFD'),
    diagnostics: [callDiagnostic('ill-formed-text', values, span)],
  }
}
