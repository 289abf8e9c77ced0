import { CALL_DIAGNOSTICS } from '../../diagnostics/call.ts'
import type { Diagnostic, DiagnosticCode, Span } from '../../diagnostics/index.ts'
import { APIError } from '../../errors.ts'
import { repairPrompt } from '../../repair/index.ts'
import { parsePrompt, type Transcript } from '../../transcript/index.ts'
import { type CompletionRequest, translateRequest } from '../../translate/index.ts'
import type { LegacyCall, PromptText } from '../legacy-use.ts'
import { type LintMessage, lintMessage } from '../rules.ts'
import { render } from './prompt-text.ts'

/** Diagnostics that hold only for whole prompts. Fragments, which code joins with others, do not get them. */
const OF_WHOLE_PROMPTS: ReadonlySet<DiagnosticCode> = new Set([
  'blank-system',
  'missing-assistant-turn',
  'missing-human-turn',
  'no-user-text',
  'system-as-user',
  'undefined-marker',
])
/** Diagnostics that appear only with `prompts: 'repair'`. */
const OF_REPAIR: ReadonlySet<DiagnosticCode> = new Set([
  'hidden-prefill',
  'mid-sentence-marker',
  'repaired-admin-system',
  'repaired-comma-join',
  'repaired-double-wrap',
  'repaired-lost-system',
])

/**
 * Returns the lint messages of a prompt, each at its location in the source. A placeholder is treated as ordinary text:
 * its value is not known before the program runs.
 */
export function lintPrompt(prompt: PromptText, isTagged: boolean): LintMessage[] {
  const { text, toSource, placeholders } = render(prompt)
  const transcript = parsePrompt(text)
  const isWhole = new Set(transcript.turns.map(({ role }) => role)).size === 2
  const fromGrammar = transcript.diagnostics.filter(
    ({ code }) => !OF_WHOLE_PROMPTS.has(code) || (isWhole && !mayBeInPlaceholder(code, prompt)),
  )
  const fromRepair = repairPrompt(text).diagnostics.filter(({ code }) => OF_REPAIR.has(code))
  const placed = [...fromGrammar, ...fromRepair].map(
    ({ span, ...rest }: Diagnostic): LintMessage => ({
      ...rest,
      span: toSource(span ?? { start: 0, end: 0 }),
    }),
  )
  const [placeholder] = placeholders
  const own = [
    ...(isWhole ? ofEdges(transcript) : []),
    ...(placeholder && !isTagged ? [lintMessage('open-interpolation', placeholder)] : []),
  ].map(one => ({ ...one, span: toSource(one.span) }))
  return [...placed, ...own].sort((a, b) => a.span.start - b.span.start)
}

/**
 * Returns whether a marker may be missing only because a placeholder holds it: the first marker in a placeholder at the
 * start, the last one in a placeholder at the end.
 */
function mayBeInPlaceholder(code: DiagnosticCode, { segments }: PromptText): boolean {
  const edge = code === 'missing-assistant-turn' ? segments.at(-1) : segments[0]
  return edge?.type === 'placeholder'
}

function ofEdges({ source, system, turns, prefill }: Transcript): LintMessage[] {
  const last = turns.at(-1)
  const end: Span = { start: source.trimEnd().length, end: source.length }
  return [
    ...(system !== undefined && system.trim() !== ''
      ? [lintMessage('system-text', { start: 0, end: system.length })]
      : []),
    ...(prefill !== undefined && last
      ? [lintMessage('prefill', { start: last.marker.end, end: source.length })]
      : []),
    ...(last?.role === 'assistant' && end.start < end.end ? [lintMessage('trailing-whitespace', end)] : []),
  ]
}

/** Stands for a prompt that is not known. It is valid, so it causes no message. */
const ANY_PROMPT = '\n\nHuman: {prompt}\n\nAssistant:'
const ANY_LIMIT = 256
const NUMBERS = ['temperature', 'top_p', 'top_k', 'max_tokens_to_sample'] as const

/**
 * Returns what will change for a call on the target model. Runs the translation itself with the literal arguments of
 * the call; arguments known only at run time are skipped.
 */
export function lintCall(
  call: LegacyCall,
  target: string,
  source: string,
  today: string | undefined,
): LintMessage[] {
  return diagnose(requestOf(call, target, source), today)
    .map(({ code, severity, message, fix }) => ({
      code,
      severity,
      message,
      fix,
      span: placeOf(call, code, message),
    }))
    .sort((a, b) => a.span.start - b.span.start)
}

function diagnose(
  request: CompletionRequest,
  today: string | undefined,
): { code: LintMessage['code']; severity: LintMessage['severity']; message: string; fix: string }[] {
  try {
    return translateRequest(request, { today }).diagnostics.filter(({ code }) =>
      Object.hasOwn(CALL_DIAGNOSTICS, code),
    )
  } catch (error) {
    // A literal that the old API rejected too, such as a negative limit, is not caused by the target.
    if (APIError.isInstance(error)) return []
    throw error
  }
}

function requestOf(call: LegacyCall, target: string, source: string): CompletionRequest {
  const text = call.prompt && render(call.prompt).text
  const isPrompt =
    text !== undefined && parsePrompt(text).diagnostics.every(({ severity }) => severity !== 'error')
  const request: CompletionRequest = {
    model: target,
    prompt: isPrompt ? text : ANY_PROMPT,
    max_tokens_to_sample: ANY_LIMIT,
  }
  for (const field of NUMBERS) {
    const argument = call.arguments.find(({ name }) => name === field)
    const value =
      argument && Number(source.slice(argument.value.start, argument.value.end).replaceAll('_', ''))
    if (value !== undefined && Number.isFinite(value)) request[field] = value
  }
  return request
}

/** Returns the span of the argument that a lint message names; `undefined` if it names no argument. */
function placeOf(call: LegacyCall, code: LintMessage['code'], message: string): LintMessage['span'] {
  const field = /prefill/.test(code)
    ? 'prompt'
    : /\b(?:temperature|top_p|top_k|max_tokens_to_sample)\b/.exec(message)?.[0]
  const argument = call.arguments.find(({ name }) => name === field)
  return argument ? { start: argument.start, end: argument.end } : call.methodSpan
}
