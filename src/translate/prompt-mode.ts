import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { locateInSource, repairPrompt } from '../repair/index.ts'
import { parsePrompt, type Transcript } from '../transcript/index.ts'

/**
 * - `strict`: a prompt is what the old server took, and nothing else;
 * - `repair`: prompts that other tools broke are understood, each repair with a diagnostic.
 */
export type PromptMode = 'strict' | 'repair'

/** Reads a prompt; what is noticed in it stands where the caller wrote it. */
export function readPrompt(
  source: string,
  reading: PromptMode = 'strict',
): { transcript: Transcript; diagnostics: readonly Diagnostic[] } {
  if (reading === 'strict') {
    const transcript = parsePrompt(source)
    return { transcript, diagnostics: transcript.diagnostics }
  }
  const repaired = repairPrompt(source)
  const transcript = parsePrompt(repaired.prompt)
  const inSource = locateInSource(repaired.repairs)
  const noticed = transcript.diagnostics.map(remark =>
    remark.span === undefined ? remark : { ...remark, span: inSource(remark.span) },
  )
  // The old server's own sentences stay first in a refusal.
  return { transcript, diagnostics: [...noticed, ...repaired.diagnostics] }
}
