/**
 * Base URL of the documentation. Every link that the library, the command and the proxy print begins with it. To
 * publish the documentation elsewhere, change it here.
 */
export const DOCUMENTATION_URL = 'https://legacy-completions.github.io'

/** URL of the repository, for bug reports. */
export const REPOSITORY_URL = 'https://github.com/legacy-completions/legacy-completions'

/** Half-open range of UTF-16 offsets: `source.slice(start, end)`. */
export interface Span {
  start: number
  end: number
}

/**
 * The severity of a diagnostic:
 *
 * - `error`: the call cannot be made, or its response is not what the caller requested;
 * - `warning`: something that the caller requested was changed or dropped;
 * - `info`: something was adapted without changing its meaning.
 */
export type Severity = 'error' | 'warning' | 'info'

/**
 * A problem that was found or a change that was made, and how to fix it. A plain value; creating one prints nothing.
 */
export interface Diagnostic {
  code: DiagnosticCode
  severity: Severity
  /** One or two sentences that describe the problem. Never contains text of the prompt. */
  message: string
  /** What to do about it. */
  fix: string
  /** URL of the documentation of this code. */
  url: string
  /** The span in the prompt; absent when the diagnostic is about the request or the response. */
  span?: Span
}

/** Receives diagnostics one by one. */
export type OnDiagnostic = (diagnostic: Diagnostic) => void

/** Codes about a prompt. */
export type PromptCode =
  // the old API rejected this prompt
  | 'missing-human-turn'
  | 'missing-assistant-turn'
  | 'no-user-text'
  // the prompt was accepted, with a diagnostic
  | 'marker-without-newlines'
  | 'empty-turn'
  | 'joined-turns'
  | 'blank-system'
  | 'system-as-user'
  | 'quoted-marker'
  // text that resembles a marker but is not one
  | 'single-newline-marker'
  | 'crlf-marker'
  | 'indented-marker'
  | 'escaped-marker'
  | 'undefined-marker'
  | 'unknown-role-marker'
  | 'short-label'
  | 'near-miss-label'
  // text that was changed so that it does not open a turn
  | 'neutralised-marker'

/** Codes about a prompt under `prompts: 'repair'`. */
export type RepairCode =
  // changes to the prompt, and problems that could not be repaired
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
  | 'repaired-literal'
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
  // the response
  | 'foreign-stop-reason'
  | 'no-text'
  | 'budget-overrun'

/** Every code. Each has a heading of the same name in `docs/diagnostics.md`. */
export type DiagnosticCode = PromptCode | RepairCode | CallCode

/**
 * Returns the URL of the documentation of a code.
 *
 * @example
 * diagnosticUrl('retired-model') // '…/diagnostics#retired-model'
 */
export function diagnosticUrl(code: DiagnosticCode): string {
  return `${DOCUMENTATION_URL}/diagnostics#${code}`
}

/** The options that decide what to do with a value that the model or the API does not accept. */
export type PolicyName = 'sampling' | 'prefill' | 'maxTokens' | 'thinking' | 'retiredModel' | 'stopSequences'

/** The sentences of one code. */
export interface Entry {
  severity: Severity
  /** The problem. `{name}` is replaced by the value of that name. */
  message: string
  /** What was done about it, if anything. */
  adaptation?: string
  fix: string
  /** The option that controls the adaptation. */
  policy?: PolicyName
}

/** The values of the `{name}` placeholders of an entry. */
export type Values = Readonly<Record<string, string | number>>

/** Builds a diagnostic: the problem, the adaptation if there was one, and the fix. */
export type Build<Code extends DiagnosticCode> = (code: Code, values?: Values, span?: Span) => Diagnostic

/** Creates the builder of one table. Each table has its own, so that a bundle contains only the sentences it needs. */
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

/**
 * Sentences split into text and names alternately. Cached, because a prompt may cause one diagnostic per turn, and
 * splitting takes most of the time of creating one.
 */
const PIECES = new Map<string, readonly string[]>()

/** Replaces the placeholders of a sentence by their values. */
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

/** The number of items that a message lists before "and N more". */
const LONGEST_LIST = 3

/**
 * Formats a list for a sentence, and shortens a long one.
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

/** Puts backquotes around names. */
export function quoted(names: readonly string[]): string[] {
  return names.map(name => `\`${name}\``)
}
