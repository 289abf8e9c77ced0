import type { Span } from '../diagnostics/diagnostic.ts'
import type { PromptCode } from '../diagnostics/prompt.ts'
import type { Role } from './types.ts'

/** Opens a user's turn. */
export const HUMAN_PROMPT: '\n\nHuman:' = '\n\nHuman:'

/** Opens an assistant's turn. */
export const AI_PROMPT: '\n\nAssistant:' = '\n\nAssistant:'

/** A marker that opens a turn. The text of the turn begins at `end`. */
export interface Marker extends Span {
  role: Role
  /** Where the word itself begins, behind the newlines. */
  label: number
}

/** Text that looks like a marker and is none. */
export interface Lookalike extends Span {
  code: PromptCode
  label: string
}

interface Label {
  word: string
  /** The turn it opens. */
  role?: Role
  /** What it is reported as at the start of a line, when it opens none. */
  lookalike?: PromptCode
}

/** The words before a colon that mean something. No two of them end in the same letter. */
const LABELS: readonly Label[] = [
  { word: 'Human', role: 'user' },
  { word: 'Assistant', role: 'assistant' },
  { word: 'System', lookalike: 'unknown-role-marker' },
  { word: 'H', lookalike: 'short-label' },
  { word: 'A', lookalike: 'short-label' },
]

const LABEL_BY_LAST_LETTER: (Label | undefined)[] = []
for (const label of LABELS) LABEL_BY_LAST_LETTER[label.word.charCodeAt(label.word.length - 1)] = label

/** What stands before `Human` or `Assistant` where it is no marker; the first that fits counts. */
const LOOKALIKE_LEADS: readonly { lead: RegExp; code: PromptCode }[] = [
  { lead: /\\n$/, code: 'escaped-marker' },
  { lead: /\r\n$/, code: 'crlf-marker' },
  { lead: /\n$/, code: 'single-newline-marker' },
  { lead: /\n[ \t]+$/, code: 'indented-marker' },
]

/** How far back a lead is looked for, so that a flood of blanks costs no more than its length. */
const LONGEST_LEAD = 64

const NEWLINE = 10
const SPACE = 32

/**
 * Finds every marker of a prompt, in order, in one pass.
 *
 * It looks for colons, not for newlines: a marker has exactly one, prose has few, and a search for a single
 * character is the fastest a string has. A colon that no label can stand before costs one table look-up.
 */
export function scan(
  prompt: string,
  onMarker: (marker: Marker) => void,
  onLookalike: (lookalike: Lookalike) => void,
): void {
  for (let colon = prompt.indexOf(':', 1); colon !== -1; colon = prompt.indexOf(':', colon + 1)) {
    const label = LABEL_BY_LAST_LETTER[prompt.charCodeAt(colon - 1)]
    if (label === undefined) continue
    const at = colon - label.word.length
    if (at < 0 || prompt.slice(at, colon) !== label.word) continue

    const newlines = newlinesBefore(prompt, at)
    if (label.role !== undefined && (newlines === 2 || isAcceptedStart(label.role, at, newlines))) {
      const end = prompt.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1
      onMarker({ role: label.role, start: at - newlines, label: at, end })
      continue
    }
    const code = lookalikeCode(label, prompt, at)
    if (code !== undefined) onLookalike({ code, label: label.word, start: at, end: colon + 1 })
  }
}

/**
 * The old server put back the newlines that a prompt lacked at its very start: `Human: Say 'Hi i'm Claude'
 * then stop.\n\nAssistant:` was answered in 2025 (recorded by langchain-ai/langsmith-sdk).
 */
function isAcceptedStart(role: Role, at: number, newlines: number): boolean {
  return role === 'user' && at === newlines
}

/** How many newlines, two at most, stand right before `offset`. */
function newlinesBefore(prompt: string, offset: number): 0 | 1 | 2 {
  if (offset === 0 || prompt.charCodeAt(offset - 1) !== NEWLINE) return 0
  return offset > 1 && prompt.charCodeAt(offset - 2) === NEWLINE ? 2 : 1
}

function lookalikeCode(label: Label, prompt: string, at: number): PromptCode | undefined {
  const start = Math.max(0, at - LONGEST_LEAD)
  // The start of the prompt is the start of a line.
  const lead = (start === 0 ? '\n' : '') + prompt.slice(start, at)
  const code = LOOKALIKE_LEADS.find(entry => entry.lead.test(lead))?.code
  return code && (label.lookalike ?? code)
}
