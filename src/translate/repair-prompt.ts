import { repairDiagnostic } from '../diagnostics/repair.ts'
import {
  locateInSource,
  type RepairedPrompt,
  repairEscapedConstants,
  repairPrompt,
  repairStopSequences,
} from '../repair/index.ts'
import type { Transcript } from '../transcript/index.ts'
import { hasError, parsePrompt } from '../transcript/parse.ts'
import type { PromptRepair, ReadPrompt } from './prompt-mode.ts'

/** The part of the translation that repairs prompts. */
export const promptRepair: PromptRepair = {
  readRepaired: source => readRepaired(repairPrompt(source)),
  readRejected,
  repairStopSequences,
}

function readRejected(transcript: Transcript): ReadPrompt {
  const { source, diagnostics } = transcript
  const unescaped = repairEscapedConstants(source)
  if (unescaped !== undefined) return readRepaired(unescaped)
  // The call will be rejected, so the time for a trial repair does not matter. A diagnostic says whether it succeeds.
  const repaired = repairPrompt(source)
  const isRepairable = repaired.repairs.length > 0 && !hasError(repaired)
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
