import type { CallCode } from './call.ts'
import type { PromptCode } from './prompt.ts'
import type { RepairCode } from './repair.ts'

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
  /** Where in the prompt; absent when it is about the request or the reply. */
  span?: Span
}

/** Receives diagnostics as they arise. */
export type OnDiagnostic = (diagnostic: Diagnostic) => void

/** Every code there is. Each has a heading of the same name in `docs/diagnostics.md`. */
export type DiagnosticCode = PromptCode | RepairCode | CallCode

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
