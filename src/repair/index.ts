/**
 * Repairs prompts that other tools broke, and that the old grammar rejects or misreads.
 *
 * @module
 */
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import { repairDiagnostic as diagnostic } from '../diagnostics/repair.ts'
import { hasError, parsePrompt } from '../transcript/parse.ts'
import type { Transcript } from '../transcript/types.ts'
import { ESCAPED_CONSTANTS, readEscapedMarkers, readMarkers } from './dialects.ts'
import { applyRepairs, locateInSource, type Repair, replace } from './edits.ts'
import { composeRepairs, findLiteral } from './literals.ts'
import { diagnoseTools } from './reasons.ts'
import { findWrapped, repairTurns, spellMarkers } from './rules.ts'

export type { Diagnostic, DiagnosticCode, Severity, Span } from '../diagnostics/diagnostic.ts'
export { locateInSource, type Repair } from './edits.ts'

/** A repaired prompt. */
export interface RepairedPrompt {
  /** The prompt in the old server's grammar; the source unchanged if it could not be repaired. */
  prompt: string
  /** The changes, in order of their offsets, not overlapping. */
  repairs: readonly Repair[]
  /**
   * One diagnostic for each repair, one for all escapes of a literal, and those about other traces of tools, in order of
   * their offsets in the source.
   */
  diagnostics: Diagnostic[]
}

/**
 * Repairs a prompt that another tool or a newer SDK broke: markers in other spellings, turns joined by commas, a system
 * prompt in tags, a prompt within a prompt, the source of a string in its place, a missing end. Never throws for a string.
 *
 * Repairs change only what surrounds the turns, never their text, and never turn the user's words into the assistant's:
 * in a prompt with real markers, labels after a single newline are quoted text. A prompt that the old server accepted
 * is changed only if it has a form that no person writes. A prompt that cannot be repaired is not changed, and an
 * `unrepairable-prompt` diagnostic says why.
 *
 * @example
 * repairPrompt('\\n\\nHuman: Hi\\n\\nAssistant:').prompt // '\n\nHuman: Hi\n\nAssistant:'
 */
export function repairPrompt(source: string): RepairedPrompt {
  if (typeof source !== 'string') throw new TypeError('The prompt must be a string.')
  const repairs = findRepairs(source)
  const prompt = applyRepairs(source, repairs)
  const transcript = parsePrompt(prompt)
  // A result that the old server would still reject, or that needs another repair, was misread.
  if (repairs.length > 0 && (hasError(transcript) || findRepairs(prompt).length > 0)) {
    return { prompt: source, repairs: [], diagnostics: diagnose(parsePrompt(source), []) }
  }
  return { prompt, repairs, diagnostics: diagnose(transcript, repairs) }
}

/**
 * Repairs only the constants as the official SDK 0.61–0.137 exported them. Returns `undefined` if the old server would
 * not accept the result.
 *
 * @example
 * repairEscapedConstants('\\n\\nHuman: Hi\\n\\nAssistant:')?.prompt // '\n\nHuman: Hi\n\nAssistant:'
 */
export function repairEscapedConstants(source: string): RepairedPrompt | undefined {
  if (!source.includes('\\n\\n')) return undefined
  const repairs = spellMarkers(readEscapedMarkers(source))
  const prompt = applyRepairs(source, repairs)
  if (repairs.length === 0 || findLiteral(source) !== undefined || hasError(parsePrompt(prompt)))
    return undefined
  return { prompt, repairs, diagnostics: repairs.map(({ code, span }) => diagnostic(code, {}, span)) }
}

/**
 * Restores the newlines in stop sequences that are the constants as the official SDK 0.61–0.137 exported them.
 *
 * @example
 * repairStopSequences(['\\n\\nHuman:']).sequences // ['\n\nHuman:']
 */
export function repairStopSequences(sequences: readonly string[]): {
  sequences: string[]
  diagnostics: Diagnostic[]
} {
  const repaired = sequences.map(sequence => ESCAPED_CONSTANTS.get(sequence) ?? sequence)
  const isChanged = repaired.some((sequence, index) => sequence !== sequences[index])
  return { sequences: repaired, diagnostics: isChanged ? [diagnostic('repaired-stop-sequence')] : [] }
}

/** Tools wrap a prompt once or twice. A prompt with more markers around it is a text about markers. */
const MOST_WRAPPINGS = 3

function findRepairs(source: string, wrappings = MOST_WRAPPINGS): Repair[] {
  const literal = findLiteral(source)
  if (literal !== undefined) {
    const { decoding } = literal
    if (decoding === undefined || wrappings === 0) return []
    const inner = findRepairs(applyRepairs(source, decoding), wrappings - 1)
    return composeRepairs(decoding, inner, locateInSource(decoding))
  }
  const heads: Repair[] = []
  const tails: Repair[] = []
  let { start, end }: Span = { start: 0, end: source.length }
  for (let depth = 0; depth < MOST_WRAPPINGS; depth++) {
    const inner = findWrapped(source.slice(start, end))
    if (inner === undefined) break
    const [head, tail] = [start + inner.start, start + inner.end]
    heads.push(replace('repaired-double-wrap', start, head))
    tails.unshift(replace('repaired-double-wrap', tail, end))
    start = head
    end = tail
  }
  const text = source.slice(start, end)
  const turns = repairTurns(text, readMarkers(text)).map(({ code, span, replacement }) =>
    replace(code, start + span.start, start + span.end, replacement),
  )
  return [...heads, ...turns, ...tails]
}

/** Returns the diagnostics of a repaired prompt, with spans in the source. */
function diagnose(transcript: Transcript, repairs: readonly Repair[]): Diagnostic[] {
  const inSource = locateInSource(repairs)
  // The escapes of a literal are one fault, reported at the first of them.
  const firstEscape = repairs.find(({ code }) => code === 'repaired-literal')
  const reported = repairs.filter(repair => repair.code !== 'repaired-literal' || repair === firstEscape)
  return [
    ...reported.map(({ code, span }) => diagnostic(code, {}, span)),
    ...diagnoseTools(transcript).map(found => ({
      ...found,
      ...(found.span && { span: inSource(found.span) }),
    })),
  ].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
}
