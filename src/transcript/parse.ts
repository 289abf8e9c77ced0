import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import { promptDiagnostic as diagnostic } from '../diagnostics/prompt.ts'
import { scan } from './scan.ts'
import type { Role, Transcript, Turn } from './types.ts'

/** The word each role is opened by. */
export const LABEL_OF: Readonly<Record<Role, string>> = { user: 'Human', assistant: 'Assistant' }

/**
 * Reads a prompt of the old API into turns. Never throws: what the old server would have refused is a
 * diagnostic of severity `error`, in the server's words.
 *
 * Offsets are UTF-16, `end` exclusive. `renderSource(parsePrompt(prompt)) === prompt` for every string.
 *
 * @example
 * const transcript = parsePrompt('Be brief.\n\nHuman: Hi\n\nAssistant:')
 * transcript.system        // 'Be brief.'
 * transcript.turns[0].text // 'Hi'
 */
export function parsePrompt(prompt: string): Transcript {
  const turns: Turn[] = []
  const diagnostics: Diagnostic[] = []
  scan(
    prompt,
    ({ role, start, label, end }) => {
      const span: Span = { start, end: prompt.length }
      const marker: Span = { start, end }
      closeTurn(prompt, turns, start)
      turns.push({ role, text: '', span, marker })
      if (label - start < 2) diagnostics.push(diagnostic('marker-without-newlines', {}, marker))
      if (isQuoted(prompt, start)) {
        diagnostics.push(diagnostic('quoted-marker', { label: LABEL_OF[role] }, marker))
      }
    },
    ({ code, label, start, end }) => diagnostics.push(diagnostic(code, { label }, { start, end })),
  )
  closeTurn(prompt, turns, prompt.length)

  const system = prompt.slice(0, turns[0]?.span.start)
  remarkOnStart(system, turns, diagnostics)
  remarkOnTurns(system, turns, diagnostics)
  remarkOnEnd(prompt, turns, diagnostics)
  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))

  const transcript: Transcript = { source: prompt, turns, diagnostics }
  if (system !== '') transcript.system = system
  const last = turns.at(-1)
  if (last?.role === 'assistant' && !isBlank(last.text)) transcript.prefill = last.text
  return transcript
}

/** Whether a text says nothing. The Messages API refuses text without a visible character. */
export function isBlank(text: string): boolean {
  // Most texts begin with a letter, and need no more than this one look.
  const first = text.charCodeAt(0)
  return !(first > 32 && first < 127) && !/\S/.test(text)
}

/** A turn ends where the next one starts: only then is its text known. */
function closeTurn(prompt: string, turns: readonly Turn[], end: number): void {
  const turn = turns.at(-1)
  if (turn === undefined) return
  turn.span.end = end
  turn.text = prompt.slice(turn.marker.end, end)
}

/** An opening quote, or an opening tag, at the end of a text. */
const OPENS_QUOTATION = /(?:^|\s)["'`“‘«]$|<\w[^<>/]*>$/
const LONGEST_OPENING = 64
/** The characters that such an opening ends in: most markers follow others. */
const QUOTATION_MARKS = new Set(Array.from('"\'`“‘«>', mark => mark.charCodeAt(0)))

function isQuoted(prompt: string, start: number): boolean {
  if (start === 0 || !QUOTATION_MARKS.has(prompt.charCodeAt(start - 1))) return false
  return OPENS_QUOTATION.test(prompt.slice(Math.max(0, start - LONGEST_OPENING), start))
}

function remarkOnStart(system: string, turns: readonly Turn[], diagnostics: Diagnostic[]): void {
  const [first] = turns
  if (first?.role !== 'user') {
    diagnostics.push(diagnostic('missing-human-turn', {}, first?.marker ?? { start: 0, end: 0 }))
    if (first === undefined && system.startsWith('undefined')) {
      diagnostics.push(diagnostic('undefined-marker', {}, { start: 0, end: 'undefined'.length }))
    }
  } else if (system !== '' && isBlank(system)) {
    diagnostics.push(diagnostic('blank-system', {}, { start: 0, end: system.length }))
  }
}

function remarkOnTurns(system: string, turns: readonly Turn[], diagnostics: Diagnostic[]): void {
  const [first] = turns
  const openEnd = turns.at(-1)?.role === 'assistant' ? turns.at(-1) : undefined
  let spoken: Turn | undefined
  for (const turn of turns) {
    const label = LABEL_OF[turn.role]
    if (isBlank(turn.text) && turn !== openEnd) {
      diagnostics.push(diagnostic('empty-turn', { label }, turn.span))
      continue
    }
    if (spoken?.role === turn.role) diagnostics.push(diagnostic('joined-turns', { label }, turn.marker))
    else if (spoken === undefined && turn.role !== first?.role) remarkOnSilentUser(system, turns, diagnostics)
    spoken = turn
  }
  if (spoken === undefined) remarkOnSilentUser(system, turns, diagnostics)
}

/** The old API let the user's first turn be blank; the Messages API wants text from the user first. */
function remarkOnSilentUser(system: string, [first]: readonly Turn[], diagnostics: Diagnostic[]): void {
  if (first?.role !== 'user') return
  diagnostics.push(diagnostic(isBlank(system) ? 'no-user-text' : 'system-as-user', {}, first.marker))
}

function remarkOnEnd(prompt: string, turns: readonly Turn[], diagnostics: Diagnostic[]): void {
  if (turns.at(-1)?.role === 'assistant') return
  diagnostics.push(diagnostic('missing-assistant-turn', {}, { start: prompt.length, end: prompt.length }))
}
