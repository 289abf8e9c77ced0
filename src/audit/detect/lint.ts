import { CALL_DIAGNOSTICS } from '../../diagnostics/call.ts'
import type { Diagnostic, DiagnosticCode, Span } from '../../diagnostics/index.ts'
import { APIError } from '../../errors.ts'
import { repairPrompt } from '../../repair/index.ts'
import { parsePrompt, type Transcript } from '../../transcript/index.ts'
import { type CompletionRequest, translateRequest } from '../../translate/index.ts'
import type { LegacyCall, PromptText } from '../legacy-use.ts'
import { type LintMessage, lintMessage } from '../rules.ts'
import { render } from './prompt-text.ts'

/** Diagnostics of whole prompts: a part, which code joins with others, does not get them. */
const OF_WHOLE_PROMPTS: ReadonlySet<DiagnosticCode> = new Set([
  'blank-system',
  'missing-assistant-turn',
  'missing-human-turn',
  'no-user-text',
  'system-as-user',
  'undefined-marker',
])
/** Diagnostics that only the repair of broken prompts emits. */
const OF_REPAIR: ReadonlySet<DiagnosticCode> = new Set([
  'hidden-prefill',
  'mid-sentence-marker',
  'repaired-admin-system',
  'repaired-comma-join',
  'repaired-double-wrap',
  'repaired-lost-system',
])

/**
 * Lint messages of a prompt, each message at its location in the source. Placeholders are taken for ordinary
 * text: what they may hold is not guessed at.
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

/** A value at the very beginning may hold the first marker, one at the very end the last. */
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

/** For a call whose prompt is not known: nothing is said of the prompt then. */
const ANY_PROMPT = '\n\nHuman: {prompt}\n\nAssistant:'
const ANY_LIMIT = 256
const NUMBERS = ['temperature', 'top_p', 'top_k', 'max_tokens_to_sample'] as const

/**
 * What will happen to a call on the model it is to move to. The translation itself is asked, with what the call says
 * literally; what only the program knows is left out.
 */
export function lintCall(call: LegacyCall, target: string, source: string): LintMessage[] {
  return diagnose(requestOf(call, target, source))
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
): { code: LintMessage['code']; severity: LintMessage['severity']; message: string; fix: string }[] {
  try {
    return translateRequest(request).diagnostics.filter(({ code }) => Object.hasOwn(CALL_DIAGNOSTICS, code))
  } catch (error) {
    // A literal that no server ever took, such as a negative limit, is not the target's doing.
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

/** The argument that a lintMessage is about, where it is about one. */
function placeOf(call: LegacyCall, code: LintMessage['code'], message: string): LintMessage['span'] {
  const field = /prefill/.test(code)
    ? 'prompt'
    : /\b(?:temperature|top_p|top_k|max_tokens_to_sample)\b/.exec(message)?.[0]
  const argument = call.arguments.find(({ name }) => name === field)
  return argument ? { start: argument.start, end: argument.end } : call.methodSpan
}
