import type { Span } from '../diagnostics/index.ts'
import type { LegacyCall, PromptText, TextPiece } from './legacy-use.ts'

/** A word of a source that may be a sign of the old interface. */
export type Token = NameToken | TextToken | CommentToken

export interface NameToken extends Span {
  type: 'name'
  name: string
}

/** A literal, or a stretch of one between two holes. */
export interface TextToken extends Span {
  type: 'text'
  piece: TextPiece
}

export interface CommentToken extends Span {
  type: 'comment'
  text: string
}

/** What a reader tells of a source, whatever its language. */
export interface Reading {
  /** Those that may be signs, in order of place. */
  tokens: readonly Token[]
  /** Whether it was read by its syntax tree. */
  hasTree: boolean
  /** Where any of these names stands in code. */
  named: (names: readonly string[]) => NameToken[]
  /** The functions: signs in one of them say nothing of another. */
  scopes: readonly Span[]
  /** Calls that are of the old interface by their shape; only where there is a syntax tree. */
  calls: readonly LegacyCall[]
  /** Clients of the first generation, likewise. */
  clients: readonly Span[]
  /** Prompt expressions, holes and all; elsewhere each literal is one. */
  prompts: readonly PromptText[]
  /** What is imported from frameworks and is a class over the old interface, and where it is used. */
  frameworks: readonly Span[]
}

export const EMPTY: Reading = {
  tokens: [],
  hasTree: false,
  named: () => [],
  scopes: [],
  calls: [],
  clients: [],
  prompts: [],
  frameworks: [],
}

/** What a word is to its neighbours: `.completion`, `completion:`, `completion =`, `["completion"]`. */
export type Role = 'plain' | 'member' | 'assigned-member' | 'key' | 'assigned' | 'subscript'

/** The same in all languages, near enough. */
export function roleOf(source: string, { start, end }: Span): Role {
  const before = /(->|::|.)[ \t]*$/.exec(source.slice(Math.max(0, start - 40), start))?.[1]
  const after = /^\??\s*(=>|==|::|:=|\)\s*:|[:=\]])/.exec(source.slice(end, end + 24))?.[1]
  const isAssigned = after === '=' || after === ':='
  if (before === '.' || before === '->') return isAssigned ? 'assigned-member' : 'member'
  if (before === '[' && after === ']') return 'subscript'
  if (isAssigned) return 'assigned'
  return after === ':' || after === '=>' ? 'key' : 'plain'
}
