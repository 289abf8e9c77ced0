import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { promptDiagnostic as diagnostic } from '../diagnostics/prompt.ts'
import { AI_PROMPT, HUMAN_PROMPT, nearMiss, Scanner } from './scan.ts'
import type { Role, Transcript, Turn } from './types.ts'

/** The word that opens a turn of each role. */
export const LABEL_OF: Readonly<Record<Role, string>> = { user: 'Human', assistant: 'Assistant' }

/**
 * Parses a prompt of the old API into turns. Never throws for a string: a problem that the old server rejected becomes a
 * diagnostic of severity `error`, with the server's message.
 *
 * Offsets are UTF-16, `end` exclusive. `renderSource(parsePrompt(prompt)) === prompt` for every string.
 *
 * @throws TypeError for anything but a string.
 * @example
 * const transcript = parsePrompt('Be brief.\n\nHuman: Hi\n\nAssistant:')
 * transcript.system        // 'Be brief.'
 * transcript.turns[0].text // 'Hi'
 */
export function parsePrompt(prompt: string): Transcript {
  if (typeof prompt !== 'string') throw new TypeError('The prompt must be a string.')
  const plain = readPlain(prompt)
  if (plain !== undefined) return plain
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

/**
 * Returns the texts of the last Assistant turns, joined, without blank ones: the last message of {@link toMessages}.
 */
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
 * Parses a prompt without any problem: it begins with a Human marker or visible text, the roles alternate, each turn has
 * text, the last is an Assistant turn, and no other colon may end a label. Returns `undefined` for every other prompt. An
 * optimization: nearly all prompts are of this form, and this loop takes half the time of the scanner and the passes
 * below, which give the same result.
 */
function readPlain(prompt: string): Transcript | undefined {
  const { length } = prompt
  const turns: Turn[] = []
  let isHuman = true
  let first = 0
  let start = 0
  let textStart = 0
  let others = 0
  for (let colon = prompt.indexOf(':'); colon !== -1; colon = prompt.indexOf(':', colon + 1)) {
    const begin = colon - (isHuman ? HUMAN_PROMPT : AI_PROMPT).length + 1
    if (!(begin >= 0 && (isHuman ? isHumanPrompt(prompt, begin) : isAiPrompt(prompt, begin)))) {
      if (mayBeLabel(prompt, colon)) return undefined
      // The scanner is faster where there are many colons.
      if (++others > MOST_OTHER_COLONS && others * SPARSE > colon) return undefined
      continue
    }
    if (textStart === 0) first = begin
    else turns.push(turnOf(isHuman ? 'assistant' : 'user', prompt, start, textStart, begin))
    if (begin > 0 && isQuoted(prompt, begin)) return undefined
    isHuman = !isHuman
    start = begin
    textStart = colon + 1
    if (textStart === length) break
    if (prompt.charCodeAt(textStart) === SPACE) textStart++
    if (textStart < length && !isVisible(prompt.charCodeAt(textStart))) return undefined
  }
  if (!isHuman || textStart === 0 || prompt.includes(FULL_WIDTH_COLON)) return undefined
  if (first > 0 && !isVisible(prompt.charCodeAt(0))) return undefined
  const last = turnOf('assistant', prompt, start, textStart, length)
  turns.push(last)
  // A last turn without text is the usual end of a prompt, not a prefill.
  return transcriptOf(prompt, prompt.slice(0, first), turns, last.text || undefined, [])
}

/**
 * Whether a marker begins at an offset, character by character: `prompt.slice(at, end) === HUMAN_PROMPT` makes the whole
 * parse 5 % slower, and `startsWith` takes ten times as long.
 */
function isHumanPrompt(prompt: string, at: number): boolean {
  return (
    prompt.charCodeAt(at) === NEWLINE &&
    prompt.charCodeAt(at + 1) === NEWLINE &&
    prompt.charCodeAt(at + 2) === 72 && // H
    prompt.charCodeAt(at + 3) === 117 && // u
    prompt.charCodeAt(at + 4) === 109 && // m
    prompt.charCodeAt(at + 5) === 97 && // a
    prompt.charCodeAt(at + 6) === 110 // n
  )
}

function isAiPrompt(prompt: string, at: number): boolean {
  return (
    prompt.charCodeAt(at) === NEWLINE &&
    prompt.charCodeAt(at + 1) === NEWLINE &&
    prompt.charCodeAt(at + 2) === 65 && // A
    prompt.charCodeAt(at + 3) === 115 && // s
    prompt.charCodeAt(at + 4) === 115 && // s
    prompt.charCodeAt(at + 5) === 105 && // i
    prompt.charCodeAt(at + 6) === 115 && // s
    prompt.charCodeAt(at + 7) === 116 && // t
    prompt.charCodeAt(at + 8) === 97 && // a
    prompt.charCodeAt(at + 9) === 110 && // n
    prompt.charCodeAt(at + 10) === 116 // t
  )
}

/** More colons than this that end no label, and more than one per `SPARSE` characters, count as many. */
const MOST_OTHER_COLONS = 16
const SPARSE = 64
const SPACE = 32
const NEWLINE = 10

/** Whether a colon may end a marker or a label that resembles one. The scanner decides. */
function mayBeLabel(prompt: string, colon: number): boolean {
  const code = colon > 0 ? prompt.charCodeAt(colon - 1) : 0
  switch (code) {
    case 110: // n
      return begins(prompt, colon - 5, 104) && mayBeginLine(prompt, colon - 5)
    case 116: // t
      return begins(prompt, colon - 9, 97) && mayBeginLine(prompt, colon - 9)
    case 109: // m
      return begins(prompt, colon - 6, 115) && mayBeginLine(prompt, colon - 6)
    case 9:
    case 32:
    case 41: // )
    case 42: // *
    case 62: // >
    case 65: // A
    case 72: // H
    case 78: // N
    case 84: // T
    case 93: // ]
    case 95: // _
      return true
    default:
      return code >= 128 && INVISIBLE.test(prompt[colon - 1] ?? '')
  }
}

const INVISIBLE = /[\s\u200B]/

/** Whether the character at an offset is this letter, in either case. */
function begins(prompt: string, at: number, letter: number): boolean {
  return at >= 0 && (prompt.charCodeAt(at) | 32) === letter
}

/** Whether a word may be at the start of a line, behind decoration or behind `\\n`. Most words follow a word. */
function mayBeginLine(prompt: string, at: number): boolean {
  const before = at > 1 && prompt.charCodeAt(at - 1) === SPACE ? at - 2 : at - 1
  if (before < 0) return true
  const code = prompt.charCodeAt(before)
  return !isVisible(code) || LEADS.has(code)
}
/** The visible characters between which and a label no word may be: Markdown, brackets, and the end of `\\n`. */
const LEADS: ReadonlySet<number> = new Set([...'*_#>[(n'].map(mark => mark.charCodeAt(0)))

/** Reads all turns. A turn ends where the next one starts, so it is created only then. */
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
 * Joins the texts of two turns of one role. If the second contains a label of the other role, both turns are lines of a
 * quoted chat, and the label that opened the second turn is kept.
 */
export function joinTexts(before: string, role: Role, text: string): string {
  return `${before}\n\n${OTHER_LABEL[role].test(text) ? `${LABEL_OF[role]}: ` : ''}${text}`
}

/** Whether a text has no visible character. The Messages API rejects such a text. */
export function isBlank(text: string): boolean {
  // Most texts begin with a letter, so the first character usually suffices.
  return !isVisible(text.charCodeAt(0)) && !/\S/.test(text)
}

function isVisible(code: number): boolean {
  return code > 32 && code < 127
}

/**
 * Whether the text of a turn is blank. Reading from the prompt takes a fifth of the time of reading from the sliced
 * text.
 */
function isBlankTurn(prompt: string, { marker, text }: Turn): boolean {
  return marker.end >= prompt.length || (!isVisible(prompt.charCodeAt(marker.end)) && isBlank(text))
}

/** Matches an opening quote, also that of a string in source code, or an opening tag at the end of a text. */
export const OPENS_QUOTATION: RegExp = /(?:^|\s)["'`“‘«]$|(?:^|[=(:]\s?)(?:"""|'''|```)$|<\w[^<>/]*>$/
const LONGEST_OPENING = 64
/**
 * Whether `OPENS_QUOTATION` can end in a character: checked first, because most markers follow another one. A `Set` in
 * place of the `switch` makes the whole parse 6 % slower.
 */
function isQuotationMark(code: number): boolean {
  switch (code) {
    case 34: // "
    case 39: // '
    case 62: // >
    case 96: // `
    case 0xab: // «
    case 0x2018: // ‘
    case 0x201c: // “
      return true
    default:
      return false
  }
}

function isQuoted(prompt: string, start: number): boolean {
  if (start === 0 || !isQuotationMark(prompt.charCodeAt(start - 1))) return false
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

/** The old API accepted a blank first user turn; the Messages API requires text from the user first. */
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
