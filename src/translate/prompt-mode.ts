import { callDiagnostic } from '../diagnostics/call.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { lineColumn, type Transcript } from '../transcript/index.ts'
import { hasError, parsePrompt } from '../transcript/parse.ts'

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
 * The part of the translation that repairs prompts. Few calls need it, and it is a sixth of the code of an adapter, so
 * adapters load it with the first call that does.
 */
export interface PromptRepair {
  /** Reads a prompt under `prompts: 'repair'`. */
  readRepaired(source: string): ReadPrompt
  /** Reads a prompt that the old server rejected, under `prompts: 'strict'`. */
  readRejected(transcript: Transcript): ReadPrompt
  /** Restores the newlines in stop sequences that are the broken constants. */
  repairStopSequences(sequences: readonly string[]): {
    sequences: readonly string[]
    diagnostics: readonly Diagnostic[]
  }
}

/** Parses a prompt in the given mode. Returns `undefined` if the prompt needs a repair that is not loaded. */
export function readPrompt(source: string, mode: PromptMode | undefined, repair: PromptRepair): ReadPrompt
export function readPrompt(
  source: string,
  mode: PromptMode | undefined,
  repair: PromptRepair | undefined,
): ReadPrompt | undefined
export function readPrompt(
  source: string,
  mode: PromptMode = 'strict',
  repair: PromptRepair | undefined,
): ReadPrompt | undefined {
  const { text, diagnostics } = wellFormed(source, 'prompt')
  let read: ReadPrompt | undefined
  if (mode === 'repair') read = repair?.readRepaired(text)
  else {
    const transcript = parsePrompt(text)
    read = hasError(transcript)
      ? repair?.readRejected(transcript)
      : { transcript, diagnostics: transcript.diagnostics }
  }
  return read === undefined || diagnostics.length === 0
    ? read
    : { transcript: read.transcript, diagnostics: [...read.diagnostics, ...diagnostics] }
}

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
