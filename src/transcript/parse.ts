import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { promptDiagnostic as diagnostic } from '../diagnostics/prompt.ts'
import { AI_PROMPT, HUMAN_PROMPT, nearMiss, Scanner } from './scan.ts'
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
  if (readPlainTurns(prompt, turns)) {
    const plainSystem = prompt.slice(0, turns[0]?.span.start)
    // A last turn without text is the usual end, and no prefill.
    return transcriptOf(prompt, plainSystem, turns, turns[turns.length - 1]?.text || undefined, [])
  }
  const diagnostics: Diagnostic[] = []
  const all = readTurns(prompt, diagnostics)
  const first = all[0]
  const system = first === undefined ? prompt : prompt.slice(0, first.span.start)
  diagnoseStart(system, first, diagnostics)
  diagnoseTurns(prompt, system, all, diagnostics)
  diagnoseEnd(prompt, all, diagnostics)
  diagnoseFullWidth(prompt, diagnostics)
  if (diagnostics.length > 1) diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
  return transcriptOf(prompt, system, all, prefillOf(prompt, all), diagnostics)
}

function transcriptOf(
  source: string,
  system: string,
  turns: Turn[],
  prefill: string | undefined,
  diagnostics: Diagnostic[],
): Transcript {
  const transcript: Transcript =
    system === '' ? { source, turns, diagnostics } : { source, system, turns, diagnostics }
  if (prefill !== undefined) transcript.prefill = prefill
  return transcript
}

/** Returns the text of the last Assistant turns that are not blank, joined: what {@link toMessages} ends in. */
function prefillOf(prompt: string, turns: readonly Turn[]): string | undefined {
  let first = turns.length
  for (let index = turns.length - 1; index >= 0; index--) {
    const turn = turns[index]
    if (turn === undefined || isBlankTurn(prompt, turn)) continue
    if (turn.role !== 'assistant') break
    first = index
  }
  let prefill: string | undefined
  for (let index = first; index < turns.length; index++) {
    const turn = turns[index]
    if (turn === undefined || isBlankTurn(prompt, turn)) continue
    prefill = prefill === undefined ? turn.text : joinTexts(prefill, 'assistant', turn.text)
  }
  return prefill
}

/**
 * Reads the turns of a prompt in which nothing can be noticed: it begins with a Human marker or visible text, the speakers
 * take turns, each says something, an Assistant turn is last, and no other colon ends what may be a label. Returns whether
 * it is such a prompt, as nearly all real ones are. This loop takes half the time of the scanner and the passes below, which
 * come to the same: the plain equivalent is to return false.
 */
function readPlainTurns(prompt: string, turns: Turn[]): boolean {
  const { length } = prompt
  let role: Role = 'assistant'
  let start = 0
  let textStart = 0
  let others = 0
  for (let colon = prompt.indexOf(':'); colon !== -1; colon = prompt.indexOf(':', colon + 1)) {
    const isHuman: boolean = role === 'assistant'
    const marker = isHuman ? HUMAN_PROMPT : AI_PROMPT
    const begin = colon + 1 - marker.length
    // A newline first: to cut out what precedes each colon would take a tenth longer.
    if (prompt.charCodeAt(begin) !== NEWLINE || prompt.slice(begin, colon + 1) !== marker) {
      if (mayBeLabel(prompt, colon)) return false
      // Where colons are many, the scanner has a faster way.
      if (++others > MOST_OTHER_COLONS && others * SPARSE > colon) return false
      continue
    }
    if (textStart > 0) turns.push(turnOf(role, prompt, start, textStart, begin))
    if (begin > 0 && isQuoted(prompt, begin)) return false
    role = isHuman ? 'user' : 'assistant'
    start = begin
    textStart = colon + 1
    if (textStart === length) break
    if (prompt.charCodeAt(textStart) === SPACE) textStart++
    if (textStart < length && !isVisible(prompt.charCodeAt(textStart))) return false
  }
  const startsPlain = isVisible(prompt.charCodeAt(0)) || prompt.startsWith(HUMAN_PROMPT)
  if (role === 'user' || textStart === 0 || !startsPlain || prompt.includes(FULL_WIDTH_COLON)) return false
  turns.push(turnOf(role, prompt, start, textStart, length))
  return true
}

/** Colons that end no label are many when there are more than these, and more than one in so many characters. */
const MOST_OTHER_COLONS = 16
const SPARSE = 64
const SPACE = 32
const NEWLINE = 10

/** Whether a colon may end a marker, a label or what resembles one: the scanner decides. */
function mayBeLabel(prompt: string, colon: number): boolean {
  const code = colon > 0 ? prompt.charCodeAt(colon - 1) : 0
  switch (code) {
    case 110: // n
      return begins(prompt, colon - 5, 104)
    case 116: // t
      return begins(prompt, colon - 9, 97)
    case 109: // m
      return begins(prompt, colon - 6, 115)
    case 9:
    case 32:
    case 42: // *
    case 65: // A
    case 72: // H
    case 78: // N
    case 84: // T
    case 95: // _
      return true
    default:
      return code >= 128 && INVISIBLE.test(prompt[colon - 1] ?? '')
  }
}

const INVISIBLE = /[\s\u200B]/

/** Whether a word begins with a letter, in either case. */
function begins(prompt: string, at: number, letter: number): boolean {
  return at >= 0 && (prompt.charCodeAt(at) | 32) === letter
}

/** A turn ends where the next one starts: only then is it made, whole. */
function readTurns(prompt: string, diagnostics: Diagnostic[]): Turn[] {
  const turns: Turn[] = []
  const scanner = new Scanner(prompt)
  let open: Role | undefined
  let start = 0
  let textStart = 0
  while (scanner.next()) {
    const { role, lookalike, end } = scanner
    if (role === undefined) {
      if (lookalike !== undefined) {
        diagnostics.push(diagnostic(lookalike, { label: scanner.word }, { start: scanner.start, end }))
      }
      continue
    }
    if (open !== undefined) turns.push(turnOf(open, prompt, start, textStart, scanner.start))
    open = role
    start = scanner.start
    textStart = end
    if (scanner.label - start < 2) {
      diagnostics.push(diagnostic('marker-without-newlines', {}, { start, end }))
    }
    if (isQuoted(prompt, start)) {
      diagnostics.push(diagnostic('quoted-marker', { label: LABEL_OF[role] }, { start, end }))
    }
  }
  if (open !== undefined) turns.push(turnOf(open, prompt, start, textStart, prompt.length))
  return turns
}

function turnOf(role: Role, prompt: string, start: number, textStart: number, end: number): Turn {
  return {
    role,
    text: prompt.slice(textStart, end),
    span: { start, end },
    marker: { start, end: textStart },
  }
}

const OTHER_LABEL: Readonly<Record<Role, RegExp>> = { user: /\nAssistant:/, assistant: /\nHuman:/ }

/**
 * Joins the texts of two turns of one role. Where the second goes on with the other speaker's label, the two are lines of a
 * quoted chat, and the label that opened the turn stays.
 */
export function joinTexts(before: string, role: Role, text: string): string {
  return `${before}\n\n${OTHER_LABEL[role].test(text) ? `${LABEL_OF[role]}: ` : ''}${text}`
}

/** Whether a text says nothing. The Messages API refuses text without a visible character. */
export function isBlank(text: string): boolean {
  // Most texts begin with a letter, and need no more than this one look.
  return !isVisible(text.charCodeAt(0)) && !/\S/.test(text)
}

function isVisible(code: number): boolean {
  return code > 32 && code < 127
}

/** The same of a turn. A look into the prompt costs a fifth of one into what was cut out of it. */
function isBlankTurn(prompt: string, { marker, text }: Turn): boolean {
  return marker.end >= prompt.length || (!isVisible(prompt.charCodeAt(marker.end)) && isBlank(text))
}

/** An opening quote, or an opening tag, at the end of a text. */
export const OPENS_QUOTATION: RegExp = /(?:^|\s)["'`“‘«]$|<\w[^<>/]*>$/
const LONGEST_OPENING = 64
/** The characters that such an opening can end in: most markers follow others, and cost no more than this look. */
const QUOTATION_MARKS: ReadonlySet<number> = new Set([...'"\'>`«‘“'].map(mark => mark.charCodeAt(0)))
function isQuoted(prompt: string, start: number): boolean {
  if (start === 0 || !QUOTATION_MARKS.has(prompt.charCodeAt(start - 1))) return false
  return OPENS_QUOTATION.test(prompt.slice(Math.max(0, start - LONGEST_OPENING), start))
}

function diagnoseStart(system: string, first: Turn | undefined, diagnostics: Diagnostic[]): void {
  if (first?.role !== 'user') {
    diagnostics.push(diagnostic('missing-human-turn', {}, first?.marker ?? { start: 0, end: 0 }))
    if (system.startsWith('undefined')) {
      diagnostics.push(diagnostic('undefined-marker', {}, { start: 0, end: 'undefined'.length }))
    }
  } else if (system !== '' && isBlank(system)) {
    diagnostics.push(diagnostic('blank-system', {}, { start: 0, end: system.length }))
  }
}

function diagnoseTurns(
  prompt: string,
  system: string,
  turns: readonly Turn[],
  diagnostics: Diagnostic[],
): void {
  const first = turns[0]
  const last = turns[turns.length - 1]
  const openEnd = last?.role === 'assistant' ? last : undefined
  let spoken: Role | undefined
  for (const turn of turns) {
    const { role } = turn
    if (isBlankTurn(prompt, turn) && turn !== openEnd) {
      diagnostics.push(diagnostic('empty-turn', { label: LABEL_OF[role] }, turn.span))
      continue
    }
    if (spoken === role) diagnostics.push(diagnostic('joined-turns', { label: LABEL_OF[role] }, turn.marker))
    else if (spoken === undefined && role !== first?.role) diagnoseBlankUser(system, turns, diagnostics)
    spoken = role
  }
  if (spoken === undefined) diagnoseBlankUser(system, turns, diagnostics)
}

/** The old API let the user's first turn be blank; the Messages API wants text from the user first. */
function diagnoseBlankUser(system: string, [first]: readonly Turn[], diagnostics: Diagnostic[]): void {
  if (first?.role !== 'user') return
  diagnostics.push(diagnostic(isBlank(system) ? 'no-user-text' : 'system-as-user', {}, first.marker))
}

function diagnoseEnd(prompt: string, turns: readonly Turn[], diagnostics: Diagnostic[]): void {
  if (turns[turns.length - 1]?.role === 'assistant') return
  diagnostics.push(diagnostic('missing-assistant-turn', {}, { start: prompt.length, end: prompt.length }))
}

const FULL_WIDTH_COLON = '\uFF1A'

function diagnoseFullWidth(prompt: string, diagnostics: Diagnostic[]): void {
  for (let at = prompt.indexOf(FULL_WIDTH_COLON); at !== -1; at = prompt.indexOf(FULL_WIDTH_COLON, at + 1)) {
    const found = nearMiss(prompt, at)
    if (found === undefined) continue
    diagnostics.push(diagnostic('near-miss-label', { label: found.word }, { start: found.at, end: at + 1 }))
  }
}
