import type { Severity, Span } from '../diagnostics/index.ts'
import type { LintMessage, RuleCode, UseKind } from './rules.ts'

/** A location in a file. Lines and columns count from 1; offsets and columns are in UTF-16 units. */
export interface Location extends Span {
  line: number
  column: number
  endLine: number
  endColumn: number
}

/** A stretch of a prompt expression: text as the program will see it, or a value that only the program knows. */
export type Segment = TextSegment | Placeholder

export interface TextSegment extends Span {
  type: 'text'
  /** With its escapes read. */
  text: string
  /** The source offset of each unit of `text`; absent where they run along with it. */
  offsets?: readonly number[]
  /** Set where it is a constant such as HUMAN_PROMPT and not a literal. */
  constant?: string
}

export interface Placeholder extends Span {
  type: 'placeholder'
  /** The expression as it is written. */
  code: string
}

/** An expression that makes a prompt, or a part of one. */
export interface PromptText extends Span {
  segments: readonly Segment[]
}

/** A named argument of a call: a property of its object, or a keyword argument. */
export interface Argument extends Span {
  name: string
  /** The key alone. */
  key: Span
  value: Span
}

/** A call as a rewrite needs it. */
export interface LegacyCall extends Span {
  /** The last name of what is called: `create`, `complete`, `completion_stream`, … */
  method: string
  methodSpan: Span
  /** What it is called on: `client.completions` for `client.completions.create(…)`. */
  receiver: Span | undefined
  /** The object literal, or the argument list of a Python call; absent where the arguments are a variable. */
  argument: Span | undefined
  arguments: readonly Argument[]
  /** The prompt expression, where the call names it; a variable is one placeholder. */
  prompt: PromptText | undefined
  /** The variable that takes the reply. */
  reply: { name: string; span: Span } | undefined
}

/** A lintMessage on a use, with its lines. */
export interface LocatedLintMessage extends Omit<LintMessage, 'span'>, Location {}

/** One use of the legacy interface. */
export interface LegacyUse extends Location {
  file: string
  code: RuleCode
  kind: UseKind
  severity: Severity
  message: string
  fix: string
  /** Whether `migrate` may take it. The audit command runs `migrate` in memory, and knows. */
  isMigratable: boolean
  /** Whether the code runs on this package already. */
  isOnShim?: boolean
  /** The line it begins in, without keys. Of a very long line, the part around it. */
  excerpt: string
  /** The model that is named, where one is. */
  model?: string
  /** For `legacy-call` in languages with a syntax tree. */
  call?: LegacyCall
  /** For `legacy-prompt`. */
  prompt?: PromptText
  /** Messages about the prompt, and about the call on the target model. */
  lint: readonly LocatedLintMessage[]
}

/** A use before it has its location and its messages. */
export interface Match extends Span {
  code: RuleCode
  /** The model that is named. */
  model?: string
  call?: LegacyCall
  prompt?: PromptText
  isComment?: boolean
  /** Whether it is within a text, and so no variable of that name. */
  isQuoted?: boolean
}

export const matchAt = (code: RuleCode, { start, end }: Span): Match => ({ code, start, end })

export interface Locations {
  /** Counts from 0. */
  lineOf: (offset: number) => number
  locate: (span: Span) => Location
  /** The line of an offset. Of a very long line, the part around the offset. */
  excerpt: (offset: number) => string
}

const LONGEST_EXCERPT = 600

/** Lines and columns of many places in one source: its lines are counted once. */
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
