import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { repairDiagnostic as diagnostic } from '../diagnostics/repair.ts'
import { isBlank, LABEL_OF } from '../transcript/parse.ts'
import type { Transcript } from '../transcript/types.ts'
import { labelsAnswersOtherwise } from './dialects.ts'

/** What tools did to a prompt that is left as it is: because it may be meant, or because nobody can tell what was. */
export function remarkOnTools(transcript: Transcript): Diagnostic[] {
  return [...midSentenceMarkers(transcript), ...hiddenPrefill(transcript), ...whyUnrepairable(transcript)]
}

/** Whether the old server would have refused the prompt, or the Messages API would. */
export function isRefused({ diagnostics }: Transcript): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

/** A word that no sentence ends in, and the space that parted it from the next. */
const UNFINISHED = /(?:^|[\s("'“])(?:an?|the|my|your|our|their|its|and|or|AI)[ \t]$/
const LONGEST_UNFINISHED = 16

/**
 * Where langchain-aws put two newlines before every `Human:` and `Assistant:` of a text. That alone does not show
 * whether the word was a marker, so it is only told.
 */
function* midSentenceMarkers({ source, turns }: Transcript): Generator<Diagnostic> {
  for (const [index, { role, text, marker }] of turns.entries()) {
    // The open end is appended by programs, whatever the text before it.
    if (index === turns.length - 1 && isBlank(text)) return
    const before = source.slice(Math.max(0, marker.start - LONGEST_UNFINISHED), marker.start)
    if (UNFINISHED.test(before)) yield diagnostic('mid-sentence-marker', { label: LABEL_OF[role] }, marker)
  }
}

/** What tools put behind prompts by themselves: LangChain, behind each that had no marker of its own. */
const HIDDEN_PREFILLS: ReadonlySet<string> = new Set(['Sure, here you go:\n'])

/** It was part of what the model was asked, and callers rely on the answer to go on from it, so it is kept. */
function* hiddenPrefill({ prefill, turns }: Transcript): Generator<Diagnostic> {
  if (prefill === undefined || !HIDDEN_PREFILLS.has(prefill)) return
  yield diagnostic('hidden-prefill', {}, turns.at(-1)?.span)
}

interface Reason {
  fits(transcript: Transcript): boolean
  reason: string
  advice: string
}

/** Why a prompt could not be understood; the first that fits counts, and the last always does. */
const REASONS: readonly Reason[] = [
  {
    fits: ({ source, turns }) =>
      (turns[0]?.role !== 'user' && source.startsWith('undefined')) ||
      (turns.at(-1)?.role !== 'assistant' && source.trimEnd().endsWith('undefined')),
    reason:
      'it says "undefined" where a marker should stand, because the official SDK 1.x no longer exports HUMAN_PROMPT and AI_PROMPT, and nothing else in it tells where a turn begins',
    advice: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  {
    fits: ({ diagnostics }) => diagnostics.some(({ code }) => code === 'no-user-text'),
    reason: 'the user says nothing in it',
    advice: 'Give the Human turn its text.',
  },
  {
    fits: ({ turns }) => turns[0]?.role === 'assistant',
    reason: 'an Assistant turn comes first, and nothing shows what it answers',
    advice: 'Put a Human turn before it; if it is a system prompt, take its marker away.',
  },
  {
    fits: ({ source }) => labelsAnswersOtherwise(source),
    reason: 'its answers are labelled "AI:", as in prompts for other vendors’ models',
    advice: 'Label them with AI_PROMPT.',
  },
  {
    fits: ({ diagnostics }) => diagnostics.some(({ code }) => code.endsWith('-marker')),
    reason: 'its labels do not read as one conversation, and may be quoted text',
    advice: 'Build it with HUMAN_PROMPT and AI_PROMPT, or write it with renderPrompt.',
  },
  {
    fits: () => true,
    reason: 'it has no marker, and its text may be the system’s or the user’s',
    advice: 'Build it with HUMAN_PROMPT and AI_PROMPT, or write it with renderPrompt.',
  },
]

function* whyUnrepairable(transcript: Transcript): Generator<Diagnostic> {
  const error = transcript.diagnostics.find(({ severity }) => severity === 'error')
  const why = error && REASONS.find(({ fits }) => fits(transcript))
  if (why === undefined) return
  yield diagnostic('unrepairable-prompt', { reason: why.reason, advice: why.advice }, error?.span)
}
