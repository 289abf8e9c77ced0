/**
 * Understands the prompts that other tools broke, where the old grammar refuses them or reads them otherwise.
 *
 * @module
 */
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import { repairDiagnostic as diagnostic } from '../diagnostics/repair.ts'
import { parsePrompt } from '../transcript/parse.ts'
import type { Transcript } from '../transcript/types.ts'
import { ESCAPED_CONSTANTS, readMarks } from './dialects.ts'
import { applyRepairs, locateInSource, type Repair } from './edits.ts'
import { isRefused, remarkOnTools } from './repair-diagnostics.ts'
import { findWrapped, repairTurns } from './rules.ts'

export type { Diagnostic, DiagnosticCode, Severity, Span } from '../diagnostics/diagnostic.ts'
export { locateInSource, type Repair } from './edits.ts'

/** A prompt as it was meant, before some tool broke it. */
export interface RepairedPrompt {
  /** The prompt in the old server's grammar; as it came where it could not be understood. */
  prompt: string
  /** What was changed, in order of place, not overlapping. */
  repairs: readonly Repair[]
  /** One for each repair, and what else tools did to the prompt; in order of place in the source. */
  diagnostics: Diagnostic[]
}

/**
 * Understands the prompts that other tools and newer SDKs break: markers in other characters, turns joined by commas,
 * a system prompt in tags, a prompt within a prompt, a missing end. Never throws.
 *
 * Only what stands around the turns is changed, never their text; and of the prompts that the old server took, only
 * those in a shape that no hand writes. Where a prompt cannot be understood nothing is changed, and an
 * `unrepairable-prompt` says why.
 *
 * @example
 * repairPrompt('\\n\\nHuman: Hi\\n\\nAssistant:').prompt // '\n\nHuman: Hi\n\nAssistant:'
 */
export function repairPrompt(source: string): RepairedPrompt {
  const repairs = findRepairs(source)
  const prompt = applyRepairs(source, repairs)
  const transcript = parsePrompt(prompt)
  // What is still no prompt, or would have to be repaired again, was not understood.
  if (repairs.length > 0 && (isRefused(transcript) || findRepairs(prompt).length > 0)) {
    return { prompt: source, repairs: [], diagnostics: remarks(parsePrompt(source), []) }
  }
  return { prompt, repairs, diagnostics: remarks(transcript, repairs) }
}

/** Stop sequences that are the constants as the official SDK 0.61–0.137 exported them, put right. */
export function repairStopSequences(sequences: readonly string[]): {
  sequences: string[]
  diagnostics: Diagnostic[]
} {
  const repaired = sequences.map(sequence => ESCAPED_CONSTANTS.get(sequence) ?? sequence)
  const isChanged = repaired.some((sequence, index) => sequence !== sequences[index])
  return { sequences: repaired, diagnostics: isChanged ? [diagnostic('repaired-stop-sequence')] : [] }
}

/** Tools wrap a prompt once or twice; more markers around one are a text about markers. */
const MOST_WRAPPINGS = 3

function findRepairs(source: string): Repair[] {
  const heads: Repair[] = []
  const tails: Repair[] = []
  let { start, end }: Span = { start: 0, end: source.length }
  while (heads.length < MOST_WRAPPINGS) {
    const inner = findWrapped(source.slice(start, end))
    if (inner === undefined) break
    const [head, tail] = [start + inner.start, start + inner.end]
    heads.push({ code: 'repaired-double-wrap', span: { start, end: head }, replacement: '' })
    tails.unshift({ code: 'repaired-double-wrap', span: { start: tail, end }, replacement: '' })
    start = head
    end = tail
  }
  const text = source.slice(start, end)
  const turns = repairTurns(text, readMarks(text)).map(({ code, span, replacement }) => ({
    code,
    span: { start: start + span.start, end: start + span.end },
    replacement,
  }))
  return [...heads, ...turns, ...tails]
}

/** The remarks on a repaired prompt, each where it stands in the source. */
function remarks(transcript: Transcript, repairs: readonly Repair[]): Diagnostic[] {
  const inSource = locateInSource(repairs)
  return [
    ...repairs.map(({ code, span }) => diagnostic(code, {}, span)),
    ...remarkOnTools(transcript).map(remark => ({
      ...remark,
      ...(remark.span && { span: inSource(remark.span) }),
    })),
  ].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
}
