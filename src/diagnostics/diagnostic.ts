/**
 * Address of the documentation. Every link that the library, the command and the proxy print begins with it; whoever
 * publishes the documentation elsewhere changes it here.
 */
export const DOCUMENTATION_URL = 'https://legacy-completions.github.io'

/** Address of the repository, for reports. */
export const REPOSITORY_URL = 'https://github.com/legacy-completions/legacy-completions'

/** Half-open range of UTF-16 offsets: `source.slice(start, end)`. */
export interface Span {
  start: number
  end: number
}

/**
 * - `error`: the call cannot be made, or its answer is not what was asked for;
 * - `warning`: something the caller asked for was changed or left out;
 * - `info`: something was adapted with the same meaning.
 */
export type Severity = 'error' | 'warning' | 'info'

/** Something that was noticed or changed, and what can be done about it. A value, never a print. */
export interface Diagnostic {
  code: DiagnosticCode
  severity: Severity
  /** What is the case, in one or two sentences. Never holds text of the prompt. */
  message: string
  /** What to do about it. */
  fix: string
  /** Page of the documentation that explains the code. */
  url: string
  /** Where in the prompt; absent when it is about the request or the reply. */
  span?: Span
}

/** Receives diagnostics as they arise. */
export type OnDiagnostic = (diagnostic: Diagnostic) => void

/** Codes about a prompt. */
export type PromptCode =
  // the prompt is not one that the old API took
  | 'missing-human-turn'
  | 'missing-assistant-turn'
  | 'no-user-text'
  // the prompt was understood, with a remark
  | 'marker-without-newlines'
  | 'empty-turn'
  | 'joined-turns'
  | 'blank-system'
  | 'system-as-user'
  | 'quoted-marker'
  // text that looks like a marker and is none
  | 'single-newline-marker'
  | 'crlf-marker'
  | 'indented-marker'
  | 'escaped-marker'
  | 'undefined-marker'
  | 'unknown-role-marker'
  | 'short-label'
  | 'near-miss-label'
  // text that was kept from opening a turn
  | 'neutralised-marker'

/** Codes about a prompt under `prompts: 'repair'`. */
export type RepairCode =
  // what was changed in a prompt, or noticed, where it was to be repaired
  | 'repaired-escaped-marker'
  | 'repaired-crlf-marker'
  | 'repaired-indented-marker'
  | 'repaired-single-newline-marker'
  | 'repaired-inline-marker'
  | 'repaired-missing-assistant'
  | 'repaired-comma-join'
  | 'repaired-lost-system'
  | 'repaired-admin-system'
  | 'repaired-double-wrap'
  | 'repaired-quotes'
  | 'repaired-stop-sequence'
  | 'repairable-prompt'
  | 'hidden-prefill'
  | 'mid-sentence-marker'
  | 'unrepairable-prompt'

/** Codes about a request and its response. */
export type CallCode =
  // the request
  | 'retired-model'
  | 'retiring-model'
  | 'unknown-model'
  | 'model-id-whitespace'
  | 'max-tokens-capped'
  | 'unset-sentinel'
  | 'sampling-dropped'
  | 'sampling-exclusive'
  | 'stop-enforced-here'
  | 'empty-stop-sequence'
  | 'stop-in-prefill'
  | 'ill-formed-text'
  | 'prefill-trimmed'
  | 'prefill-continued'
  | 'prefill-json'
  | 'thinking-off'
  | 'thinking-reserve'
  // the reply
  | 'foreign-stop-reason'
  | 'no-text'
  | 'budget-overrun'

/** Every code. Each has a heading of the same name in `docs/diagnostics.md`. */
export type DiagnosticCode = PromptCode | RepairCode | CallCode

/**
 * Returns the address of the page that explains a code.
 *
 * @example
 * diagnosticUrl('retired-model') // '…/diagnostics#retired-model'
 */
export function diagnosticUrl(code: DiagnosticCode): string {
  return `${DOCUMENTATION_URL}/diagnostics#${code}`
}

/** The options that say what becomes of something the target refuses. */
export type PolicyName = 'sampling' | 'prefill' | 'maxTokens' | 'thinking' | 'retiredModel' | 'stopSequences'

/** What a code says. */
export interface Entry {
  severity: Severity
  /** What is the case. `{name}` stands for a value given with the diagnostic. */
  message: string
  /** What was done about it, where something was. */
  adaptation?: string
  fix: string
  /** The option that decides whether it is done. */
  policy?: PolicyName
}

/** The values that fill the `{name}`s of an entry's sentences. */
export type Values = Readonly<Record<string, string | number>>

/** Builds the diagnostics of one table: what is the case, what was done about it, and what to do instead. */
export type Build<Code extends DiagnosticCode> = (code: Code, values?: Values, span?: Span) => Diagnostic

/** Each table has a builder of its own, so that a program carries only the sentences that it can say. */
export function diagnosticsOf<Code extends DiagnosticCode>(
  table: Readonly<Record<Code, Entry>>,
): Build<Code> {
  return (code, values = NO_VALUES, span) => {
    const { severity, message, adaptation, fix } = table[code]
    const filled = fill(message, values)
    const made: Diagnostic = {
      code,
      severity,
      message: adaptation === undefined ? filled : `${filled} ${fill(adaptation, values)}`,
      fix: fill(fix, values),
      url: diagnosticUrl(code),
    }
    if (span !== undefined) made.span = span
    return made
  }
}

const NO_VALUES: Values = {}

/** Sentences in pieces, text and names in turn: a prompt may have as many remarks as turns, and cutting is most of one. */
const PIECES = new Map<string, readonly string[]>()

/** Puts the values into a sentence of a table. */
export function fill(sentence: string, values: Values): string {
  let pieces = PIECES.get(sentence)
  if (pieces === undefined) {
    pieces = sentence.split(/\{(\w+)\}/)
    PIECES.set(sentence, pieces)
  }
  let filled = pieces[0] ?? ''
  for (let index = 1; index < pieces.length; index += 2) {
    filled += String(values[pieces[index] ?? ''] ?? '') + (pieces[index + 1] ?? '')
  }
  return filled
}

/** How many items of a list a message names before it says how many more there are. */
const LONGEST_LIST = 3

/**
 * Writes a list for a sentence, and cuts a long one.
 *
 * @example
 * listOf(['a', 'b']) // 'a and b'
 * listOf(['a', 'b', 'c', 'd', 'e']) // 'a, b, c and 2 more'
 */
export function listOf(items: readonly string[]): string {
  const shown = items.length > LONGEST_LIST + 1 ? items.slice(0, LONGEST_LIST) : items.slice(0, -1)
  const last = shown.length === items.length - 1 ? items.at(-1) : `${items.length - shown.length} more`
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`
}

/** Writes names as a sentence quotes them. */
export function quoted(names: readonly string[]): string[] {
  return names.map(name => `\`${name}\``)
}
