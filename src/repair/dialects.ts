import type { PromptCode, RepairCode, Span } from '../diagnostics/diagnostic.ts'
import { isBlank, OPENS_QUOTATION } from '../transcript/parse.ts'
import { AI_PROMPT, HUMAN_PROMPT, Scanner } from '../transcript/scan.ts'
import type { Role } from '../transcript/types.ts'

/** A `Human:` or `Assistant:` that opens a turn, or would do so with two newlines before it. */
export interface Marker extends Span {
  role: Role
  /** Offset of the word itself, after the newlines or the characters in their place. */
  label: number
  /** The code of its repair; absent for a marker that the old server accepted. */
  code?: RepairCode
}

/** The constants as the official SDK 0.61–0.137 exported them: a backslash and an n for each newline. */
export const ESCAPED_CONSTANTS: ReadonlyMap<string, string> = new Map([
  ['\\n\\nHuman:', HUMAN_PROMPT],
  ['\\n\\nAssistant:', AI_PROMPT],
])

const ESCAPED: RepairCode = 'repaired-escaped-marker'
const CRLF: RepairCode = 'repaired-crlf-marker'
const INDENTED: RepairCode = 'repaired-indented-marker'
const SINGLE_NEWLINE: RepairCode = 'repaired-single-newline-marker'
const INLINE: RepairCode = 'repaired-inline-marker'

/**
 * The prefixes that occur in place of the two newlines, by the code that the scanner reports. The first match applies.
 */
const PREFIXES: readonly { seenAs: PromptCode; prefix: RegExp; code: RepairCode }[] = [
  { seenAs: 'escaped-marker', prefix: /\\n\\n$/, code: ESCAPED },
  { seenAs: 'crlf-marker', prefix: /\r?\n\r\n$/, code: CRLF },
  { seenAs: 'crlf-marker', prefix: /\r\n$/, code: SINGLE_NEWLINE },
  { seenAs: 'single-newline-marker', prefix: /\n$/, code: SINGLE_NEWLINE },
  { seenAs: 'indented-marker', prefix: /(?:\r?\n){0,2}[ \t]+$/, code: INDENTED },
]

/** Characters that are searched for a prefix or a quotation, so that long runs of blanks stay linear. */
const LONGEST_LOOK_BACK = 96

/** A set of labels to read as markers in a prompt that the old server rejected. */
interface Dialect {
  /** The labels that are markers in this dialect, by the code of their repair. */
  codes: readonly RepairCode[]
  /**
   * Whether its labels are complete markers in an unusual spelling. Other labels also occur in ordinary text and are
   * markers only if {@link isConversation} confirms it.
   */
  isSpelling: boolean
}

/**
 * From strong to weak evidence. The first dialect that makes the prompt a complete conversation applies; otherwise
 * the first one that adds markers.
 */
const DIALECTS: readonly Dialect[] = [
  { codes: [ESCAPED], isSpelling: true },
  { codes: [CRLF], isSpelling: true },
  { codes: [ESCAPED, CRLF], isSpelling: true },
  { codes: [INDENTED], isSpelling: false },
  { codes: [SINGLE_NEWLINE], isSpelling: false },
  { codes: [INDENTED, SINGLE_NEWLINE, CRLF], isSpelling: false },
]

/**
 * Finds the markers that open the turns of a prompt. If the old server accepted the prompt, these are the markers that
 * it recognized. Otherwise other labels are markers, too, if that makes the prompt a conversation.
 */
export function readMarkers(text: string): Marker[] {
  const { markers, labels } = findMarkers(text)
  const isRefused = !opensAndCloses(markers)
  if (!isRefused && !hasEscapedEdge(text)) return markers
  const dialects = isRefused
    ? DIALECTS
    : DIALECTS.filter(({ codes }) => codes.every(code => code === ESCAPED))
  const readings = dialects
    .map(dialect => readAs(dialect, text, markers, labels))
    .filter(reading => reading !== undefined)
  const turns = readings.find(opensAndCloses) ?? readings[0] ?? markers
  const end = turns[0]?.role === 'user' && turns.at(-1)?.role === 'user' ? openEnd(text, labels) : undefined
  return end === undefined ? turns : [...turns, end]
}

/** Finds the markers of a prompt, including labels with escaped newlines and no other labels. */
export function readEscapedMarkers(text: string): Marker[] {
  const { markers, labels } = findMarkers(text)
  return readAs({ codes: [ESCAPED], isSpelling: true }, text, markers, labels) ?? markers
}

/**
 * Finds the markers of a prompt in one dialect; returns `undefined` if it adds none or does not make a conversation.
 */
function readAs(
  dialect: Dialect,
  text: string,
  markers: readonly Marker[],
  labels: readonly Marker[],
): Marker[] | undefined {
  const hasReal = markers.some(isCanonical)
  const added = labels.filter(
    label =>
      label.code !== undefined &&
      dialect.codes.includes(label.code) &&
      // In a prompt with real markers, a label after a single newline is quoted text: a chat log, an example, a
      // dialogue.
      !(hasReal && isOnNextLine(text, label)),
  )
  if (added.length === 0) return undefined
  const turns = [...markers, ...added].sort((a, b) => a.start - b.start)
  return isConversation(text, turns, dialect) ? turns : undefined
}

/** Whether only a single newline precedes a label, for spellings that also occur after a blank line. */
function isOnNextLine(text: string, { start, label, code }: Marker): boolean {
  if (code === SINGLE_NEWLINE) return true
  if (code !== INDENTED || start === 0) return false
  return !/\n[ \t\r]*\n[ \t]*$/.test(text.slice(Math.max(0, label - LONGEST_LOOK_BACK), label))
}

/** Whether the first turn is a Human turn and the last an Assistant turn. */
export function opensAndCloses(turns: readonly { role: Role }[]): boolean {
  return turns[0]?.role === 'user' && turns.at(-1)?.role === 'assistant'
}

/** Whether lines begin with `AI:`, the label that prompts for other vendors' models use together with `Human:`. */
export function labelsAnswersOtherwise(text: string): boolean {
  return /^[ \t]*AI:/m.test(text)
}

function findMarkers(text: string): { markers: Marker[]; labels: Marker[] } {
  const markers: Marker[] = []
  const labels: Marker[] = []
  const scanner = new Scanner(text)
  while (scanner.next()) {
    const { role, start, label, end } = scanner
    if (role !== undefined) markers.push({ role, start, label, end })
    else {
      const marker = labelOf(text, scanner)
      if (marker !== undefined) labels.push(marker)
    }
  }
  return { markers, labels }
}

/**
 * Returns the label at the scanner's position, including the characters in place of its newlines; `undefined` if it is
 * quoted.
 */
function labelOf(text: string, { lookalike, word, label, end: colon }: Scanner): Marker | undefined {
  const before = text.slice(Math.max(0, label - LONGEST_LOOK_BACK), label)
  for (const { seenAs, prefix, code } of PREFIXES) {
    const length = seenAs === lookalike ? prefix.exec(before)?.[0].length : undefined
    if (length === undefined) continue
    const start = label - length
    const end = text.startsWith(' ', colon) ? colon + 1 : colon
    const role = word === 'Human' ? 'user' : 'assistant'
    return isQuoted(text, start) ? undefined : { role, start, label, end, code }
  }
  return undefined
}

/** Matches an opening parenthesis, or a code fence with a language. */
const OPENS_ASIDE = /(?:^|\s)\($|```\w+$/

/** Whether the text before `offset` opens a quotation. A quoted label does not open a turn. */
function isQuoted(text: string, offset: number): boolean {
  const before = text.slice(Math.max(0, offset - LONGEST_LOOK_BACK), offset).trimEnd()
  return OPENS_QUOTATION.test(before) || OPENS_ASIDE.test(before)
}

/**
 * Whether a text begins or ends with an escaped constant. No person writes that, so a program built the text with the
 * broken constants, even if the old server accepted it because a tool added real markers around it.
 */
function hasEscapedEdge(text: string): boolean {
  return text.startsWith('\\n\\nHuman:') || text.trimEnd().endsWith('\\n\\nAssistant:')
}

/**
 * Whether markers, some of which the old server did not recognize, form a conversation. Labels that also occur in
 * ordinary text, such as a dialogue to be continued, count as markers only if all of them do, the roles alternate, and
 * there is no real marker of the same role: otherwise they are quoted text. A real marker at the start or at the open
 * end is not such evidence, because programs add those around any text.
 */
function isConversation(text: string, turns: readonly Marker[], { isSpelling }: Dialect): boolean {
  if (turns[0]?.role !== 'user') return false
  const isWhole = turns.at(-1)?.role === 'assistant' || !turns.some(isCanonical)
  if (isSpelling || !isWhole) return isWhole
  if (mayEndInUserText(text, turns)) return false
  const added = new Set(turns.flatMap(({ role, code }) => (code === undefined ? [] : [role])))
  return turns.every((turn, index) => {
    const next = turns[index + 1]
    if (next && next.role === turn.role && (next.code ?? turn.code) !== undefined) return false
    const isEdge = index === 0 || (next === undefined && isBlank(text.slice(turn.end)))
    return isEdge || !isCanonical(turn) || !added.has(turn.role)
  })
}

/**
 * Whether the text after a last Assistant label may be the user's, such as an instruction after a quoted dialogue. It
 * is a prefill only if it is a single line and nothing precedes the dialogue.
 */
function mayEndInUserText(text: string, turns: readonly Marker[]): boolean {
  const [first] = turns
  const last = turns.at(-1)
  if (first === undefined || last?.role !== 'assistant' || !isOnNextLine(text, last)) return false
  const behind = text.slice(last.end)
  if (isBlank(behind)) return false
  return behind.trimEnd().includes('\n') || !isBlank(text.slice(0, first.label))
}

function isCanonical({ start, label, code }: Marker): boolean {
  return code === undefined && label - start === '\n\n'.length
}

/**
 * Finds an `Assistant:` without text after it, even in the middle of a line: that is where the completion belongs.
 * Bedrock once accepted `Human: Tell me a joke Assistant:` as a prompt.
 */
function openEnd(text: string, labels: readonly Marker[]): Marker | undefined {
  const known = labels.at(-1)
  if (known?.role === 'assistant' && isBlank(text.slice(known.end))) return known
  const trimmed = text.trimEnd()
  const label = trimmed.length - 'Assistant:'.length
  if (!/^[ \t]Assistant:$/.test(trimmed.slice(label - 1))) return undefined
  return { role: 'assistant', start: label - 1, label, end: trimmed.length, code: INLINE }
}
