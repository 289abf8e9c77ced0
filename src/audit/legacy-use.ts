import type { Severity, Span } from '../diagnostics/index.ts'
import type { LintMessage, RuleCode, UseKind } from './rules.ts'

/** A location in a file. Lines and columns count from 1; offsets and columns are in UTF-16 units. */
export interface Location extends Span {
  line: number
  column: number
  endLine: number
  endColumn: number
}

/** A segment of a prompt expression: text as it is at run time, or a placeholder for a value known only at run time. */
export type Segment = TextSegment | Placeholder

/** A text in a prompt expression: a literal, or a marker constant. */
export interface TextSegment extends Span {
  type: 'text'
  /** The text with its escapes decoded. */
  text: string
  /** The source offset of each UTF-16 unit of `text`; absent if the text equals its source. */
  offsets?: readonly number[]
  /** The name of the marker constant, such as HUMAN_PROMPT, if the segment is a constant and not a literal. */
  constant?: string
}

/** A value in a prompt expression that is known only at run time. */
export interface Placeholder extends Span {
  type: 'placeholder'
  /** The source code of the expression. */
  code: string
}

/** An expression that builds a prompt, or a part of one. */
export interface PromptText extends Span {
  segments: readonly Segment[]
}

/** A named argument of a call: a property of its options object, or a keyword argument. */
export interface Argument extends Span {
  name: string
  /** The span of the key. */
  key: Span
  value: Span
}

/** A legacy call, with the parts that a rewrite needs. */
export interface LegacyCall extends Span {
  /** The name of the called method: `create`, `complete`, `completion_stream`, … */
  method: string
  methodSpan: Span
  /** The object that the method is called on: `client.completions` in `client.completions.create(…)`. */
  receiver: Span | undefined
  /** The object literal, or the argument list of a Python call; absent if the arguments are in a variable. */
  argument: Span | undefined
  arguments: readonly Argument[]
  /** The prompt expression, if the call has it as a named argument. A variable is one placeholder. */
  prompt: PromptText | undefined
  /** The variable that the response is assigned to. */
  reply: { name: string; span: Span } | undefined
}

/** A lint message on a use, with its lines and columns. */
export interface LocatedLintMessage extends Omit<LintMessage, 'span'>, Location {}

/** One use of the legacy interface. */
export interface LegacyUse extends Location {
  file: string
  code: RuleCode
  kind: UseKind
  severity: Severity
  message: string
  fix: string
  /** Whether `migrate` may rewrite the use. The audit command is exact: it runs `migrate` in memory. */
  isMigratable: boolean
  /** Whether the code already runs on this package. */
  isOnShim?: boolean
  /** The line in which the use begins, with secrets redacted. A very long line is cut around the use. */
  excerpt: string
  /** The id of the model that the use names. */
  model?: string
  /** The call, for code `legacy-call` in languages with a syntax tree. */
  call?: LegacyCall
  /** The prompt, for code `legacy-prompt`. */
  prompt?: PromptText
  /** Messages about the prompt, and about the call on the target model. */
  lint: readonly LocatedLintMessage[]
}

/** A use before its location and its messages are computed. */
export interface Match extends Span {
  code: RuleCode
  /** The id of the model that the match names. */
  model?: string
  call?: LegacyCall
  prompt?: PromptText
  isComment?: boolean
  /** Whether the match is within a text, so that it cannot be a variable with that name. */
  isQuoted?: boolean
}

export const matchAt = (code: RuleCode, { start, end }: Span): Match => ({ code, start, end })

/** Converts offsets of one source to lines and columns. */
export interface Locations {
  /** Returns the line of an offset, counted from 0. */
  lineOf: (offset: number) => number
  locate: (span: Span) => Location
  /** Returns the text of the line at an offset. A very long line is cut around the offset. */
  excerpt: (offset: number) => string
}

const LONGEST_EXCERPT = 600

/** Computes lines and columns in one source. It splits the source into lines once, for any number of offsets. */
export function locationsIn(source: string): Locations {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  const locate = ({ start, end }: Span): Location => {
    const [first, last] = [lineOf(start), lineOf(Math.max(start, end))]
    return {
      start,
      end,
      line: first + 1,
      column: start - (starts[first] ?? 0) + 1,
      endLine: last + 1,
      endColumn: end - (starts[last] ?? 0) + 1,
    }
  }
  const excerpt = (offset: number): string => {
    const line = lineOf(offset)
    const start = starts[line] ?? 0
    const end = (starts[line + 1] ?? source.length + 1) - 1
    if (end - start <= LONGEST_EXCERPT) return source.slice(start, end).replace(/\r$/, '')
    const from = Math.max(start, offset - LONGEST_EXCERPT / 2)
    return source.slice(from, Math.min(end, from + LONGEST_EXCERPT)).replace(/\r$/, '')
  }
  return { lineOf, locate, excerpt }
}
