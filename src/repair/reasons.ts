import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { repairDiagnostic as diagnostic } from '../diagnostics/repair.ts'
import { isBlank, LABEL_OF } from '../transcript/parse.ts'
import type { Transcript } from '../transcript/types.ts'
import { labelsAnswersOtherwise } from './dialects.ts'
import { findLiteral, type Literal } from './literals.ts'

/**
 * Reports traces of tools in a prompt that is not changed, because they may be intended or the prompt cannot be
 * repaired.
 */
export function diagnoseTools(transcript: Transcript): Diagnostic[] {
  return [...midSentenceMarkers(transcript), ...hiddenPrefill(transcript), ...whyUnrepairable(transcript)]
}

/** Matches a word that cannot end a sentence, and the space after it. */
const UNFINISHED = /(?:^|[\s("'“])(?:an?|the|my|your|our|their|its|and|or|AI)[ \t]$/
const LONGEST_UNFINISHED = 16

/**
 * Finds markers in the middle of a sentence: langchain-aws inserted two newlines before every `Human:` and `Assistant:`
 * in a text. The word may still be a real marker, so this is only reported.
 */
function* midSentenceMarkers({ source, turns }: Transcript): Generator<Diagnostic> {
  for (const [index, { role, text, marker }] of turns.entries()) {
    // Programs append the open end after any text.
    if (index === turns.length - 1 && isBlank(text)) return
    const before = source.slice(Math.max(0, marker.start - LONGEST_UNFINISHED), marker.start)
    if (UNFINISHED.test(before)) yield diagnostic('mid-sentence-marker', { label: LABEL_OF[role] }, marker)
  }
}

/** Texts that tools appended to prompts: LangChain did so to every prompt without a marker. */
const HIDDEN_PREFILLS: ReadonlySet<string> = new Set(['Sure, here you go:\n'])

/**
 * Reports a prefill that a tool appended. It is kept, because the model received it and callers parse completions that
 * continue it.
 */
function* hiddenPrefill({ prefill, turns }: Transcript): Generator<Diagnostic> {
  if (prefill === undefined || !HIDDEN_PREFILLS.has(prefill)) return
  yield diagnostic('hidden-prefill', {}, turns.at(-1)?.span)
}

/** Matches the names of the constants in place of their values, as an f-string prints the member of a Python enum. */
const NAME_OF_CONSTANT =
  /\b(?:[A-Za-z]\w{0,30}\.(?:HUMAN|ASSISTANT|ASST|AI)|(?:[A-Za-z]\w{0,30}\.)?(?:HUMAN_PROMPT|AI_PROMPT))(?![a-z])/

const IMPORT_CONSTANTS = 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.'
const BUILD = 'Build it with HUMAN_PROMPT and AI_PROMPT, or write it with renderPrompt.'

interface Reason {
  fits(transcript: Transcript): boolean
  reason: string
  advice: string
}

/** Reasons why a prompt cannot be repaired. The first match applies, or else {@link NO_MARKER}. */
const REASONS: readonly Reason[] = [
  {
    fits: ({ turns, source }) =>
      (turns[0]?.role !== 'user' && source.startsWith('undefined')) ||
      (turns.at(-1)?.role !== 'assistant' && source.trimEnd().endsWith('undefined')),
    reason:
      'it has "undefined" in place of a marker, because the official SDK 1.x no longer exports HUMAN_PROMPT and AI_PROMPT, and nothing else in it shows where a turn begins',
    advice: IMPORT_CONSTANTS,
  },
  {
    fits: ({ turns }) => turns[0]?.role === 'assistant',
    reason: 'an Assistant turn comes first, and nothing shows what it answers',
    advice: 'Put a Human turn before it. If it is a system prompt, remove its marker.',
  },
  {
    fits: ({ source }) => labelsAnswersOtherwise(source),
    reason: 'its answers are labelled "AI:", as in prompts for other vendors’ models',
    advice: 'Label them with AI_PROMPT.',
  },
  {
    fits: ({ diagnostics }) =>
      diagnostics.some(({ code }) => code.endsWith('-marker') || code === 'near-miss-label'),
    reason: 'its labels do not read as one conversation, and may be quoted text',
    advice: BUILD,
  },
]
const NO_MARKER = {
  reason: 'it has no marker, and its text may be the system’s or the user’s',
  advice: BUILD,
}

function* whyUnrepairable(transcript: Transcript): Generator<Diagnostic> {
  const error = transcript.diagnostics.find(({ severity }) => severity === 'error')
  const literal = findLiteral(transcript.source)
  if (error === undefined && literal === undefined) return
  const { reason, advice } = whyNotUnderstood(transcript, literal)
  yield diagnostic('unrepairable-prompt', { reason, advice }, error?.span ?? transcript.turns[0]?.marker)
}

function whyNotUnderstood(
  transcript: Transcript,
  literal: Literal | undefined,
): { reason: string; advice: string } {
  if (literal !== undefined) return { reason: `it is ${literal.kind}`, advice: literal.advice }
  const [name] = NAME_OF_CONSTANT.exec(transcript.source) ?? []
  if (name !== undefined && transcript.turns.length === 0) {
    return {
      reason: `it has the name ${name} in place of a marker`,
      advice: `Pass the value of ${name} (in Python, ${name}.value). ${IMPORT_CONSTANTS}`,
    }
  }
  return REASONS.find(({ fits }) => fits(transcript)) ?? NO_MARKER
}
