import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { promptDiagnostic as diagnostic } from '../diagnostics/prompt.ts'
import { AI_PROMPT, HUMAN_PROMPT, isMany, nearMiss, Scanner } from './scan.ts'
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
  const turns: Turn[] = []
  const diagnostics: Diagnostic[] = []
  const isPlain = readTurns(prompt, turns, diagnostics)
  const last = turns[turns.length - 1]
  if (!isPlain || last?.role !== 'assistant' || prompt.indexOf(FULL_WIDTH_COLON) !== -1) {
    return diagnose(prompt, turns, isPlain, diagnostics)
  }
  // A last turn without text is the usual end of a prompt, not a prefill.
  return transcriptOf(prompt, systemOf(prompt, turns), turns, last.text || undefined, diagnostics)
}

/** Whether the old server or the Messages API would reject a prompt. */
export function hasError({ diagnostics }: Pick<Transcript, 'diagnostics'>): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

function systemOf(prompt: string, [first]: readonly Turn[]): string {
  return first === undefined ? prompt : prompt.slice(0, first.span.start)
}

function transcriptOf(
  source: string,
  system: string,
  turns: Turn[],
  prefill: string | undefined,
  diagnostics: Diagnostic[],
): Transcript {
  if (system === '') {
    return prefill === undefined ? { source, turns, diagnostics } : { source, turns, diagnostics, prefill }
  }
  return prefill === undefined
    ? { source, system, turns, diagnostics }
    : { source, system, turns, diagnostics, prefill }
}

/** Looks for everything that is not in a single label: what is between turns, at the start and at the end. */
function diagnose(prompt: string, turns: Turn[], isPlain: boolean, diagnostics: Diagnostic[]): Transcript {
  const { length } = prompt
  const system = systemOf(prompt, turns)
  if (!isPlain) {
    for (const { role, marker } of turns) {
      if (!isQuoted(prompt, marker.start)) continue
      diagnostics.push(diagnostic('quoted-marker', LABEL_OF[role], { ...marker }))
    }
    diagnoseStart(system, turns[0], diagnostics)
    diagnoseTurns(prompt, system, turns, diagnostics)
  }
  if (turns[turns.length - 1]?.role !== 'assistant') {
    diagnostics.push(diagnostic('missing-assistant-turn', '', { start: length, end: length }))
  }
  diagnoseFullWidth(prompt, diagnostics)
  sort(diagnostics)
  return transcriptOf(prompt, system, turns, prefillOf(prompt, turns), diagnostics)
}

/**
 * Sorts by start. Nearly all lists are in order; to call `diagnostics.sort` for them as well takes a sixth of the time of
 * parsing 10 MB of turns of a letter.
 */
function sort(diagnostics: Diagnostic[]): void {
  let before = 0
  for (const { span } of diagnostics) {
    const start = span?.start ?? 0
    if (start < before) {
      diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
      return
    }
    before = start
  }
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
 * Reads all turns, and reports unusual labels. A turn ends where the next one starts, so it is created only then. Returns
 * whether the prompt is plain: it begins with a Human turn or visible text, the roles alternate, no marker is quoted, and
 * no turn is blank but a last Assistant turn. Nearly all prompts are plain, and their turns need no further pass.
 *
 * The scanner reads only the colons of unusual labels, and searches once there are many colons. If it read every label,
 * the whole parse would take twice the time.
 */
function readTurns(prompt: string, turns: Turn[], diagnostics: Diagnostic[]): boolean {
  const { length } = prompt
  let scanner: Scanner | undefined
  /** The scanner, once there are many colons. */
  let wordScanner: Scanner | undefined
  let isPlain = true
  let isUser = false
  let count = 0
  let others = 0
  let start = 0
  let textStart = 0
  let colon = 0
  for (;;) {
    let begin = 0
    let next: Role | undefined
    colon = wordScanner === undefined ? prompt.indexOf(':', colon + 1) : wordScanner.nextWord()
    if (colon === -1) break
    const letter = prompt.charCodeAt(colon - 1)
    if (letter === LETTER_N && isHumanPrompt(prompt, colon - HUMAN_COLON)) {
      begin = colon - HUMAN_COLON
      next = 'user'
    } else if (letter === LETTER_T && isAiPrompt(prompt, colon - AI_COLON)) {
      begin = colon - AI_COLON
      next = 'assistant'
    }
    let end = colon + 1
    if (next !== undefined) {
      if (end < length && prompt.charCodeAt(end) === SPACE) end++
    } else {
      scanner ??= new Scanner(prompt)
      if (!scanner.read(colon)) {
        if (wordScanner === undefined && isMany(++others, colon)) {
          scanner.searchWords(colon + 1)
          wordScanner = scanner
        }
        continue
      }
      begin = scanner.start
      end = scanner.end
      next = scanner.role
      const code =
        next === undefined ? scanner.lookalike : scanner.label - begin < 2 && 'marker-without-newlines'
      if (code) diagnostics.push(diagnostic(code, scanner.word, { start: begin, end }))
      if (next === undefined) continue
    }
    const isNextUser = next === 'user'
    if (textStart > 0) turns[count++] = turnOf(isUser, prompt, start, textStart, begin)
    else if (begin > 0 && mayBeBlank(prompt, 0)) isPlain = false
    if (isUser === isNextUser || isQuoted(prompt, begin)) isPlain = false
    if (end < length && mayBeBlank(prompt, end)) isPlain = false
    isUser = isNextUser
    start = begin
    textStart = end
  }
  if (textStart === 0) return false
  turns[count] = turnOf(isUser, prompt, start, textStart, length)
  return isPlain && !(isUser && textStart === length)
}

/** Whether a text may be blank, as far as its first two characters show. */
function mayBeBlank(prompt: string, at: number): boolean {
  const code = prompt.charCodeAt(at)
  // ASCII, the alphabets up to Georgian, and the scripts of East Asia.
  if (isVisible(code) || (code > 0xa0 && code < 0x1680) || isEastAsian(code)) return false
  return !/^ ?\S/.test(prompt.slice(at, at + 2))
}

/** Whether a character is one from Hiragana on, up to the byte order mark. All of them are visible. */
function isEastAsian(code: number): boolean {
  return code > 0x3000 && code < 0xfeff
}

/** The offset of the colon in each marker. */
const HUMAN_COLON = HUMAN_PROMPT.length - 1
const AI_COLON = AI_PROMPT.length - 1
const SPACE = 32
const NEWLINE = 10
const LETTER_N = 110
const LETTER_T = 116

/**
 * Whether a Human marker begins at an offset, except for its last letter. Character by character takes as long as
 * `prompt.slice(at, at + 7) === '\n\nHuman'` and allocates nothing; `startsWith` takes ten times as long.
 */
function isHumanPrompt(prompt: string, at: number): boolean {
  return (
    at >= 0 &&
    prompt.charCodeAt(at) === NEWLINE &&
    prompt.charCodeAt(at + 1) === NEWLINE &&
    prompt.charCodeAt(at + 2) === 72 && // H
    prompt.charCodeAt(at + 3) === 117 && // u
    prompt.charCodeAt(at + 4) === 109 && // m
    prompt.charCodeAt(at + 5) === 97 // a
  )
}

/** Whether an Assistant marker begins at an offset, except for its last letter. */
function isAiPrompt(prompt: string, at: number): boolean {
  return (
    at >= 0 &&
    prompt.charCodeAt(at) === NEWLINE &&
    prompt.charCodeAt(at + 1) === NEWLINE &&
    prompt.charCodeAt(at + 2) === 65 && // A
    prompt.charCodeAt(at + 3) === 115 && // s
    prompt.charCodeAt(at + 4) === 115 && // s
    prompt.charCodeAt(at + 5) === 105 && // i
    prompt.charCodeAt(at + 6) === 115 && // s
    prompt.charCodeAt(at + 7) === 116 && // t
    prompt.charCodeAt(at + 8) === 97 && // a
    prompt.charCodeAt(at + 9) === 110 // n
  )
}

function turnOf(isUser: boolean, prompt: string, start: number, textStart: number, end: number): Turn {
  return {
    role: isUser ? 'user' : 'assistant',
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
 * Whether `OPENS_QUOTATION` can end in a character: checked first, because most markers follow another one. The table
 * makes the whole parse 3 % faster than a `switch` over the codes.
 */
function isQuotationMark(code: number): boolean {
  return code < ASCII ? IS_QUOTATION_MARK[code] === 1 : code === 0xab || code === 0x2018 || code === 0x201c
}
const ASCII = 128
const IS_QUOTATION_MARK = new Uint8Array(ASCII)
for (const code of [34, 39, 62, 96]) IS_QUOTATION_MARK[code] = 1 // " ' > `

function isQuoted(prompt: string, start: number): boolean {
  if (start === 0 || !isQuotationMark(prompt.charCodeAt(start - 1))) return false
  return OPENS_QUOTATION.test(prompt.slice(Math.max(0, start - LONGEST_OPENING), start))
}

function diagnoseStart(system: string, first: Turn | undefined, diagnostics: Diagnostic[]): void {
  if (first?.role !== 'user') {
    diagnostics.push(diagnostic('missing-human-turn', '', first?.marker ?? { start: 0, end: 0 }))
    if (system.startsWith('undefined')) {
      diagnostics.push(diagnostic('undefined-marker', '', { start: 0, end: 'undefined'.length }))
    }
  } else if (system !== '' && isBlank(system)) {
    diagnostics.push(diagnostic('blank-system', '', { start: 0, end: system.length }))
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
      diagnostics.push(diagnostic('empty-turn', LABEL_OF[role], turn.span))
      continue
    }
    if (spoken === role) diagnostics.push(diagnostic('joined-turns', LABEL_OF[role], turn.marker))
    else if (spoken === undefined && role !== first?.role) diagnoseBlankUser(system, turns, diagnostics)
    spoken = role
  }
  if (spoken === undefined) diagnoseBlankUser(system, turns, diagnostics)
}

/** The old API accepted a blank first user turn; the Messages API requires text from the user first. */
function diagnoseBlankUser(system: string, [first]: readonly Turn[], diagnostics: Diagnostic[]): void {
  if (first?.role !== 'user') return
  diagnostics.push(diagnostic(isBlank(system) ? 'no-user-text' : 'system-as-user', '', first.marker))
}

const FULL_WIDTH_COLON = '\uFF1A'

function diagnoseFullWidth(prompt: string, diagnostics: Diagnostic[]): void {
  for (let at = prompt.indexOf(FULL_WIDTH_COLON); at !== -1; at = prompt.indexOf(FULL_WIDTH_COLON, at + 1)) {
    // Most follow a Chinese character, and none of those ends a label.
    const found = at > 0 && isEastAsian(prompt.charCodeAt(at - 1)) ? undefined : nearMiss(prompt, at)
    if (found === undefined) continue
    diagnostics.push(diagnostic('near-miss-label', found.word, { start: found.at, end: at + 1 }))
  }
}
