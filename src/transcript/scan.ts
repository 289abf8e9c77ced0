import type { PromptCode } from '../diagnostics/diagnostic.ts'
import type { Role } from './types.ts'

/** Opens a user's turn. */
export const HUMAN_PROMPT: '\n\nHuman:' = '\n\nHuman:'

/** Opens an assistant's turn. */
export const AI_PROMPT: '\n\nAssistant:' = '\n\nAssistant:'

interface Label {
  word: string
  /** The role of the turn that it opens. */
  role?: Role
  /** The diagnostic code of a label at the start of a line that opens no turn. */
  lookalike?: PromptCode
}

const HUMAN: Label = { word: 'Human', role: 'user' }
const ASSISTANT: Label = { word: 'Assistant', role: 'assistant' }
const NEAR_MISS: PromptCode = 'near-miss-label'

/** The words before a colon that the scanner recognizes. No two of them end in the same letter. */
const LABELS: readonly Label[] = [
  HUMAN,
  ASSISTANT,
  { word: 'System', lookalike: 'unknown-role-marker' },
  { word: 'H', lookalike: 'short-label' },
  { word: 'A', lookalike: 'short-label' },
]

/** Characters that may precede the colon of a near miss: capitals, and decoration after a word. */
const NEAR_MISS_ENDS: ReadonlySet<string> = new Set('NT *_])>\t\u00A0\u200B\u202F\uFEFF')

/** Matches the text before the colon of a near miss, at the start of a prompt or after a blank line. */
const AT_START =
  /^[\s*_#>[(\u200B-\u200D\u2060]*(?:<[a-z]+>)?(human|assistant)(?:<\/[a-z]+>)?[\s*_\])\u200B]*$/i
const BEHIND_BLANK_LINE =
  /\n[ \t\r]*\n[\s*_#>[(\u200B-\u200D\u2060]*(?:<[a-z]+>)?(human|assistant)(?:<\/[a-z]+>)?[\s*_\])\u200B]*$/i

/**
 * Finds a near miss, a label that resembles a marker and ends in this colon, ordinary or full-width: other capitals,
 * bold, brackets, a space before the colon, an invisible character before the word. Returns the offset of its word.
 */
export function nearMiss(prompt: string, colon: number): { at: number; word: string } | undefined {
  const from = Math.max(0, colon - LONGEST_LEAD)
  const before = prompt.slice(from, colon)
  const [, found] = (from === 0 && AT_START.exec(before)) || (BEHIND_BLANK_LINE.exec(before) ?? [])
  if (found === undefined) return undefined
  const { word } = found.length === HUMAN.word.length ? HUMAN : ASSISTANT
  return { at: from + before.lastIndexOf(found), word }
}

const ASCII = 128
/**
 * Has an entry for each ASCII code and is never read out of bounds, because V8 makes all later reads slower after that.
 */
const LABEL_BY_LAST_LETTER: readonly (Label | undefined)[] = Array.from({ length: ASCII }, (_, code) =>
  LABELS.find(({ word }) => word.charCodeAt(word.length - 1) === code),
)

/** Characters before a label that are searched for indentation, so that long runs of blanks stay linear. */
const LONGEST_LEAD = 64

const TAB = 9
const NEWLINE = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const COLON = 58
const BACKSLASH = 92
const LETTER_N = 110

/**
 * Colons count as many when there is more than one per this number of characters, as in JSON and in code. One call of
 * `indexOf` costs as much as scanning some hundreds of characters.
 */
const SPARSE = 64
const MANY_COLONS = 16

/** Whether colons that end no label are many, up to an offset. */
export function isMany(colons: number, offset: number): boolean {
  return colons >= MANY_COLONS && colons * SPARSE > offset
}

/**
 * The search texts for prompts with many colons, by the index of the label. At most six characters: with a longer one
 * V8 sets up a search that is eight times slower in plain text.
 */
const NEEDLES: readonly string[] = LABELS.map(({ word }) => `${word}:`.slice(0, 6))

/**
 * Finds every marker of a prompt, and every text that resembles one, in order and in one pass. The fields describe the
 * last match; there is no match object, because each caller builds its own.
 *
 * It searches for colons, not for newlines: a marker has exactly one, prose has few others, and a search for one
 * character is the fastest that strings have. A colon that cannot end a label costs one table look-up.
 *
 * @example
 * const scanner = new Scanner(prompt)
 * while (scanner.next()) if (scanner.role !== undefined) open(scanner.role, scanner.start)
 */
export class Scanner {
  /** The role of the turn that a marker opens; `undefined` for anything that is not a marker. */
  role: Role | undefined
  /** The diagnostic code of a text that only resembles a marker. */
  lookalike: PromptCode | undefined
  /** The word before the colon. */
  word: string
  /** Start of the match: of its newlines for a marker, otherwise of its word. */
  start: number
  /** Offset of the word. */
  label: number
  /** Offset after the colon, and for a marker after the one space that may follow. */
  end: number
  readonly #prompt: string
  #colon: number
  /** The number of colons that ended no label. */
  #others: number
  /** The next offset of each search text; set once there are too many colons to examine each. */
  #needlesAt: number[] | undefined

  constructor(prompt: string) {
    this.role = undefined
    this.lookalike = undefined
    this.word = ''
    this.start = 0
    this.label = 0
    this.end = 0
    this.#prompt = prompt
    this.#colon = 0
    this.#others = 0
    this.#needlesAt = undefined
  }

  /** Advances to the next match; returns false at the end of the prompt. */
  next(): boolean {
    for (;;) {
      const isEach = this.#needlesAt === undefined
      this.#colon = isEach ? this.#prompt.indexOf(':', this.#colon + 1) : this.nextWord()
      if (this.#colon === -1) return false
      if (this.read(this.#colon)) return true
      if (isEach && isMany(++this.#others, this.#colon)) this.searchWords(this.#colon + 1)
    }
  }

  /** Searches for the words of labels from an offset on, not for colons: faster where there are many. */
  searchWords(from: number): void {
    this.#needlesAt = NEEDLES.map(needle => nextOf(this.#prompt, needle, from))
  }

  /** Returns the offset of the colon behind the next word; -1 at the end of the prompt. */
  nextWord(): number {
    const prompt = this.#prompt
    const needlesAt = this.#needlesAt ?? []
    for (;;) {
      // `Math.min(...needlesAt)` takes a fifth of the time of parsing a prompt with many colons.
      let index = 0
      for (let other = 1; other < needlesAt.length; other++) {
        if ((needlesAt[other] ?? 0) < (needlesAt[index] ?? 0)) index = other
      }
      const at = needlesAt[index] ?? Infinity
      if (at === Infinity) return -1
      needlesAt[index] = nextOf(prompt, NEEDLES[index] ?? '', at + 1)
      const colon = at + (LABELS[index]?.word.length ?? 0)
      if (colon < prompt.length && prompt.charCodeAt(colon) === COLON) return colon
    }
  }

  /** Reads the text that ends in a colon, which is not the first character; returns false if it is neither a marker nor resembles one. */
  read(colon: number): boolean {
    const prompt = this.#prompt
    const letter = prompt.charCodeAt(colon - 1)
    const label = letter < ASCII ? LABEL_BY_LAST_LETTER[letter] : undefined
    if (label === undefined) return NEAR_MISS_ENDS.has(prompt[colon - 1] ?? '') && this.#readNearMiss(colon)
    const { word, role } = label
    const at = colon - word.length
    if (at < 0 || prompt.slice(at, colon) !== word) {
      const isOtherCase = role !== undefined && (prompt.charCodeAt(at) | 32) === (word.charCodeAt(0) | 32)
      return isOtherCase && this.#readNearMiss(colon)
    }

    const newlines = newlinesBefore(prompt, at)
    this.word = word
    this.label = at
    if (role !== undefined && (newlines === 2 || isAcceptedStart(role, at, newlines))) {
      const next = colon + 1
      this.role = role
      this.start = at - newlines
      this.end = next < prompt.length && prompt.charCodeAt(next) === SPACE ? next + 1 : next
      return true
    }
    this.role = undefined
    this.lookalike = lookalikeCode(label, prompt, at)
    this.start = at
    this.end = colon + 1
    if (this.lookalike !== undefined) return true
    return role !== undefined && isDecorated(prompt, at) && this.#readNearMiss(colon)
  }

  #readNearMiss(colon: number): boolean {
    const found = nearMiss(this.#prompt, colon)
    if (found === undefined) return false
    this.role = undefined
    this.lookalike = NEAR_MISS
    this.word = found.word
    this.label = found.at
    this.start = found.at
    this.end = colon + 1
    return true
  }
}

/** Whether Markdown or an invisible character precedes a word. Most words follow a letter or a comma. */
function isDecorated(prompt: string, at: number): boolean {
  const before = prompt.charCodeAt(at - 1) === SPACE ? at - 2 : at - 1
  return before >= 0 && DECORATION.test(prompt[before] ?? '')
}
const DECORATION = /[*_#>\s\u200B-\u200D\u2060]/

function nextOf(prompt: string, needle: string, from: number): number {
  const at = prompt.indexOf(needle, from)
  return at === -1 ? Infinity : at
}

/**
 * Whether the old server added the missing newlines at the start of the prompt. It answered `Human: Say 'Hi i'm Claude'
 * then stop.\n\nAssistant:` in 2025 (recorded by langchain-ai/langsmith-sdk).
 */
function isAcceptedStart(role: Role, at: number, newlines: number): boolean {
  return role === 'user' && at === newlines
}

/** The number of newlines directly before `offset`, two at most. */
function newlinesBefore(prompt: string, offset: number): 0 | 1 | 2 {
  if (offset === 0 || prompt.charCodeAt(offset - 1) !== NEWLINE) return 0
  return offset > 1 && prompt.charCodeAt(offset - 2) === NEWLINE ? 2 : 1
}

function lookalikeCode(label: Label, prompt: string, at: number): PromptCode | undefined {
  const code = codeOfLead(prompt, at)
  return code && (label.lookalike ?? code)
}

/** Returns the diagnostic code of a `Human` or `Assistant` that is not a marker, by the text before it. */
function codeOfLead(prompt: string, at: number): PromptCode | undefined {
  // The start of the prompt counts as the start of a line.
  if (at === 0) return 'single-newline-marker'
  switch (prompt.charCodeAt(at - 1)) {
    case NEWLINE:
      return at > 1 && prompt.charCodeAt(at - 2) === CARRIAGE_RETURN ? 'crlf-marker' : 'single-newline-marker'
    case LETTER_N:
      return at > 1 && prompt.charCodeAt(at - 2) === BACKSLASH ? 'escaped-marker' : undefined
    case SPACE:
    case TAB:
      return isIndented(prompt, at) ? 'indented-marker' : undefined
    default:
      return undefined
  }
}

function isIndented(prompt: string, at: number): boolean {
  const farthest = Math.max(0, at - LONGEST_LEAD)
  for (let before = at - 1; before >= farthest; before--) {
    const unit = prompt.charCodeAt(before)
    if (unit !== SPACE && unit !== TAB) return unit === NEWLINE
  }
  return farthest === 0
}
