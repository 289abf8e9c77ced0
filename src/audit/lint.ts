import type { Diagnostic, DiagnosticCode, Span } from '../diagnostics/index.ts'
import { repairPrompt } from '../repair/index.ts'
import { parsePrompt, type Transcript } from '../transcript/index.ts'
import type { PromptText } from './legacy-use.ts'
import { render } from './prompt-text.ts'
import { type Remark, remark } from './remark.ts'

/** What is said of a prompt as a whole: of a part, which code puts together with others, it says nothing. */
const OF_WHOLE_PROMPTS: ReadonlySet<DiagnosticCode> = new Set([
  'blank-system',
  'missing-assistant-turn',
  'missing-human-turn',
  'no-user-text',
  'system-as-user',
  'undefined-marker',
])
/** What only the reading of broken prompts sees. */
const OF_REPAIR: ReadonlySet<DiagnosticCode> = new Set([
  'hidden-prefill',
  'mid-sentence-marker',
  'repaired-admin-system',
  'repaired-comma-join',
  'repaired-double-wrap',
  'repaired-lost-system',
])

/**
 * What the transcript room says of a prompt, each remark at its place in the source. Holes are taken for ordinary
 * text: what they may hold is not guessed at.
 */
export function lintPrompt(prompt: PromptText, isTagged: boolean): Remark[] {
  const { text, toSource, holes } = render(prompt)
  const transcript = parsePrompt(text)
  const isWhole = new Set(transcript.turns.map(({ role }) => role)).size === 2
  const fromGrammar = transcript.diagnostics.filter(
    ({ code }) => !OF_WHOLE_PROMPTS.has(code) || (isWhole && !mayBeInHole(code, prompt)),
  )
  const fromRepair = repairPrompt(text).diagnostics.filter(({ code }) => OF_REPAIR.has(code))
  const placed = [...fromGrammar, ...fromRepair].map(
    ({ span, ...rest }: Diagnostic): Remark => ({ ...rest, span: toSource(span ?? { start: 0, end: 0 }) }),
  )
  const [hole] = holes
  const own = [
    ...(isWhole ? ofEdges(transcript) : []),
    ...(hole && !isTagged ? [remark('open-interpolation', hole)] : []),
  ].map(one => ({ ...one, span: toSource(one.span) }))
  return [...placed, ...own].sort((a, b) => a.span.start - b.span.start)
}

/** A value at the very beginning may hold the first marker, one at the very end the last. */
function mayBeInHole(code: DiagnosticCode, { pieces }: PromptText): boolean {
  const edge = code === 'missing-assistant-turn' ? pieces.at(-1) : pieces[0]
  return edge?.type === 'hole'
}

function ofEdges({ source, system, turns, prefill }: Transcript): Remark[] {
  const last = turns.at(-1)
  const end: Span = { start: source.trimEnd().length, end: source.length }
  return [
    ...(system !== undefined && system.trim() !== ''
      ? [remark('system-text', { start: 0, end: system.length })]
      : []),
    ...(prefill !== undefined && last
      ? [remark('prefill', { start: last.marker.end, end: source.length })]
      : []),
    ...(last?.role === 'assistant' && end.start < end.end ? [remark('trailing-whitespace', end)] : []),
  ]
}
