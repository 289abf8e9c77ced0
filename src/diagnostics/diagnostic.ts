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

/** A sentence in pieces, text and names in turn, and what it was with the values it had so far. */
interface Sentence {
  pieces: readonly string[]
  filled: Map<string, string>
}

/** A prompt may have as many remarks as turns, and most of one is its sentence. */
const SENTENCES = new Map<string, Sentence>()

/** A sentence about a label has one of five; what has more values is of a kind that comes once in a call. */
const MOST_FILLED = 8

/** Puts the values into a sentence of a table. */
export function fill(text: string, values: Values): string {
  let sentence = SENTENCES.get(text)
  if (sentence === undefined) {
    sentence = { pieces: text.split(/\{(\w+)\}/), filled: new Map() }
    SENTENCES.set(text, sentence)
  }
  const { pieces, filled } = sentence
  if (pieces.length === 1) return text
  if (pieces.length > 3) return join(pieces, values)
  const value = String(values[pieces[1] ?? ''] ?? '')
  const known = filled.get(value)
  if (known !== undefined) return known
  const made = join(pieces, values)
  if (filled.size < MOST_FILLED) filled.set(value, made)
  return made
}

function join(pieces: readonly string[], values: Values): string {
  let filled = pieces[0] ?? ''
  for (let index = 1; index < pieces.length; index += 2) {
    filled += String(values[pieces[index] ?? ''] ?? '') + (pieces[index + 1] ?? '')
  }
  return filled
}
