import type { PromptCode, RepairCode, Span } from '../diagnostics/diagnostic.ts'
import { isBlank } from '../transcript/parse.ts'
import { AI_PROMPT, HUMAN_PROMPT, Scanner } from '../transcript/scan.ts'
import type { Role } from '../transcript/types.ts'

/** A `Human:` or `Assistant:` that opens a turn, or would if it stood after two newlines. */
export interface Mark extends Span {
  role: Role
  /** Where the word itself begins; before it stand the newlines, or what there is in their place. */
  label: number
  /** What its repair is reported as; absent for a marker that the old server took. */
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

/** What stands in the place of the two newlines, by what the scanner takes the label for. The first that fits counts. */
const LEADS: readonly { seenAs: PromptCode; lead: RegExp; code: RepairCode }[] = [
  { seenAs: 'escaped-marker', lead: /\\n\\n$/, code: ESCAPED },
  { seenAs: 'crlf-marker', lead: /\r?\n\r\n$/, code: CRLF },
  { seenAs: 'crlf-marker', lead: /\r\n$/, code: SINGLE_NEWLINE },
  { seenAs: 'single-newline-marker', lead: /\n$/, code: SINGLE_NEWLINE },
  { seenAs: 'indented-marker', lead: /(?:\r?\n){0,2}[ \t]+$/, code: INDENTED },
]

/** How far back a lead or a quotation is looked for, so that a flood of blanks costs no more than its length. */
const LONGEST_LOOK_BACK = 96

/** One way in which the labels of a refused prompt may be meant. */
interface Dialect {
  /** The labels that it takes for markers, by the code of their repair. */
  codes: readonly RepairCode[]
  /**
   * Whether its labels are whole markers in other characters. Others are also written in ordinary text, and so have
   * to show that they are meant: see {@link isConversation}.
   */
  isSpelling: boolean
}

/** From the most telling to the least: the first that makes the prompt a whole conversation counts, or else the first. */
const DIALECTS: readonly Dialect[] = [
  { codes: [ESCAPED], isSpelling: true },
  { codes: [CRLF], isSpelling: true },
  { codes: [ESCAPED, CRLF], isSpelling: true },
  { codes: [INDENTED], isSpelling: false },
  { codes: [SINGLE_NEWLINE], isSpelling: false },
  { codes: [INDENTED, SINGLE_NEWLINE, CRLF], isSpelling: false },
]

/**
 * The marks that open the turns of a prompt. A prompt that the old server took has those that it saw; only where it
 * would have refused, other labels are asked whether they make it a conversation.
 */
export function readMarks(text: string): Mark[] {
  const { markers, labels } = findMarks(text)
  const isRefused = !opensAndCloses(markers)
  if (!isRefused && !hasEscapedEdge(text)) return markers
  const dialects = isRefused
    ? DIALECTS
    : DIALECTS.filter(({ codes }) => codes.every(code => code === ESCAPED))
  const readings = dialects
    .map(dialect => readAs(dialect, text, markers, labels))
    .filter(reading => reading !== undefined)
  const marks = readings.find(opensAndCloses) ?? readings[0] ?? markers
  const end = marks[0]?.role === 'user' && marks.at(-1)?.role === 'user' ? openEnd(text, labels) : undefined
  return end === undefined ? marks : [...marks, end]
}

/** The marks of a prompt in one dialect; `undefined` where that has no labels in it or makes no conversation. */
function readAs(
  dialect: Dialect,
  text: string,
  markers: readonly Mark[],
  labels: readonly Mark[],
): Mark[] | undefined {
  const added = labels.filter(({ code }) => code !== undefined && dialect.codes.includes(code))
  if (added.length === 0) return undefined
  const marks = [...markers, ...added].sort((a, b) => a.start - b.start)
  return isConversation(text, marks, dialect) ? marks : undefined
}

/** Whether a Human turn comes first and an Assistant turn last. */
export function opensAndCloses(turns: readonly { role: Role }[]): boolean {
  return turns[0]?.role === 'user' && turns.at(-1)?.role === 'assistant'
}

/** Whether lines begin with `AI:`, the label that prompts of other vendors pair with `Human:`. */
export function labelsAnswersOtherwise(text: string): boolean {
  return /^[ \t]*AI:/m.test(text)
}

function findMarks(text: string): { markers: Mark[]; labels: Mark[] } {
  const markers: Mark[] = []
  const labels: Mark[] = []
  const scanner = new Scanner(text)
  while (scanner.next()) {
    const { role, start, label, end } = scanner
    if (role !== undefined) markers.push({ role, start, label, end })
    else {
      const mark = labelOf(text, scanner)
      if (mark !== undefined) labels.push(mark)
    }
  }
  return { markers, labels }
}

/** What looks like a marker, with the lead that stands in the place of its newlines; `undefined` where it is quoted. */
function labelOf(text: string, { lookalike, word, label, end: colon }: Scanner): Mark | undefined {
  const before = text.slice(Math.max(0, label - LONGEST_LOOK_BACK), label)
  for (const { seenAs, lead, code } of LEADS) {
    const length = seenAs === lookalike ? lead.exec(before)?.[0].length : undefined
    if (length === undefined) continue
    const start = label - length
    const end = text.startsWith(' ', colon) ? colon + 1 : colon
    const role = word === 'Human' ? 'user' : 'assistant'
    return isQuoted(text, start) ? undefined : { role, start, label, end, code }
  }
  return undefined
}

/** An opening quote, bracket or tag, or a code fence that names its language: others may be closing ones. */
const OPENS_QUOTATION = /(?:^|\s)["'`“‘«(]$|```\w+$|<\w[^<>/]*>$/

/** Whether the text before `offset` opens a quotation: what it quotes is no turn of this conversation. */
function isQuoted(text: string, offset: number): boolean {
  return OPENS_QUOTATION.test(text.slice(Math.max(0, offset - LONGEST_LOOK_BACK), offset).trimEnd())
}

/**
 * Nobody begins a text with the constants as they were mangled, or ends it so: what does was built with them, also
 * where the old server took the rest for a prompt, since a tool had put them around one.
 */
function hasEscapedEdge(text: string): boolean {
  return text.startsWith('\\n\\nHuman:') || text.trimEnd().endsWith('\\n\\nAssistant:')
}

/**
 * Whether marks, some of which the old server did not see, make up a conversation. Labels that are also written in
 * ordinary text, as in a dialogue to be continued, are taken for markers only all together, only when the speakers
 * take turns, and not beside real markers of their kind: there they are what they look like, quoted text. A real
 * marker at the very beginning or the open end is no such sign, because code puts those around a text by itself.
 */
function isConversation(text: string, marks: readonly Mark[], { isSpelling }: Dialect): boolean {
  if (marks[0]?.role !== 'user') return false
  const isWhole = marks.at(-1)?.role === 'assistant' || !marks.some(isCanonical)
  if (isSpelling || !isWhole) return isWhole
  const added = new Set(marks.flatMap(({ role, code }) => (code === undefined ? [] : [role])))
  return marks.every((mark, index) => {
    const next = marks[index + 1]
    if (next && next.role === mark.role && (next.code ?? mark.code) !== undefined) return false
    const isEdge = index === 0 || (next === undefined && isBlank(text.slice(mark.end)))
    return isEdge || !isCanonical(mark) || !added.has(mark.role)
  })
}

function isCanonical({ start, label, code }: Mark): boolean {
  return code === undefined && label - start === '\n\n'.length
}

/**
 * An `Assistant:` with nothing behind it is where the answer was to go, be it in the middle of a line: Bedrock once
 * answered `Human: Tell me a joke Assistant:` as if it were a prompt.
 */
function openEnd(text: string, labels: readonly Mark[]): Mark | undefined {
  const known = labels.at(-1)
  if (known?.role === 'assistant' && isBlank(text.slice(known.end))) return known
  const trimmed = text.trimEnd()
  const label = trimmed.length - 'Assistant:'.length
  if (!/^[ \t]Assistant:$/.test(trimmed.slice(label - 1))) return undefined
  return { role: 'assistant', start: label - 1, label, end: trimmed.length, code: INLINE }
}
