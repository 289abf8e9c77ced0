import { callDiagnostic as diagnostic } from '../diagnostics/call.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Usage } from '../wire.ts'
import { BUILT_IN_STOP, type Style } from './request.ts'

/** How a completion ended, in the caller's words. */
export interface Ending {
  reason: string
  stop: string | null
  /** The values of a `foreign-stop-reason` diagnostic, when the old API had no word for the reason. */
  foreign?: { reason: string; advice: string }
}

/** `stop_reason` and `stop` of a completion, from those of the message. */
export function legacyEnd(reason: string, sequence: string | null, style: Style): Ending {
  if (style === 'messages') return { reason, stop: sequence }
  // A sequence is named only where one was hit, whatever the reason says: llama.cpp and Ollama say `end_turn`.
  if (sequence !== null) return { reason: 'stop_sequence', stop: sequence }
  switch (reason) {
    case 'end_turn':
      return { reason: 'stop_sequence', stop: BUILT_IN_STOP }
    case 'stop_sequence':
      return { reason, stop: null }
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return { reason: 'max_tokens', stop: null }
    default:
      return { reason, stop: null, foreign: { reason, advice: adviceOn(reason) } }
  }
}

/** The remark on a reply that came to nothing. */
export function noText(reason: string, usage: Usage | null | undefined): Diagnostic {
  const thought = thinkingTokens(usage)
  const after = thought > 0 ? ` after ${thought} tokens of thinking` : ''
  return diagnostic('no-text', { reason: `it ended with "${reason}"${after}`, advice: adviceOn(reason) })
}

/**
 * The remark on a reply whose text is longer than the caller asked for, as far as the server tells: it counts the
 * thinking apart, and only at the end.
 */
export function budgetOverrun(
  budget: number | undefined,
  usage: Usage | null | undefined,
): Diagnostic | undefined {
  const written = (usage?.output_tokens ?? 0) - thinkingTokens(usage)
  if (budget === undefined || written <= budget) return undefined
  return diagnostic('budget-overrun', { written, asked: budget })
}

function thinkingTokens(usage: Usage | null | undefined): number {
  return usage?.output_tokens_details?.thinking_tokens ?? 0
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'refusal',
    'The model declined to answer. Change the prompt; the same call will most likely be declined again.',
  ],
  [
    'max_tokens',
    'Raise max_tokens_to_sample, or thinkingReserve: the tokens went into something other than text, such as thinking.',
  ],
  [
    'end_turn',
    'The model had nothing to add. Change the prompt; the same call will most likely end the same way.',
  ],
])

function adviceOn(reason: string): string {
  return ADVICE.get(reason) ?? 'Look at completion._message for what the server sent, and handle the reason.'
}

/** The legacy id made of a message's. Other servers have other prefixes, which are kept. */
export function legacyId(id: string): string {
  return `compl_${id.replace(/^msg_/, '')}`
}
