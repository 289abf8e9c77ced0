import type { SgNode } from '@ast-grep/napi'
import type { Span } from '../diagnostics/index.ts'
import type { Argument, Piece } from './legacy-use.ts'

/** What has to be known of a language to read its trees. */
export interface Grammar {
  /** The name it is registered under. */
  language: string
  functions: readonly string[]
  names: readonly string[]
  texts: readonly string[]
  calls: readonly string[]
  /** The kinds in which a part of a text stands when it is joined to others. */
  joints: readonly string[]
  imports: readonly string[]
  /** What is joined, in order; `undefined` for a node that joins nothing. */
  joined: (node: SgNode) => SgNode[] | undefined
  /** The pieces of a literal: its text, and its holes as nodes. */
  literal: (node: SgNode, source: string) => (Piece | SgNode)[]
  /** What a call calls. */
  callee: (call: SgNode) => SgNode | undefined
  /** For `a.b`: `a` and `b`. */
  member: (node: SgNode) => { object: SgNode; property: SgNode } | undefined
  /** The object or the list that holds a call's named arguments, and those. */
  namedArguments: (call: SgNode) => { argument: Span | undefined; list: readonly NamedArgument[] }
  /** The variable that a call's value is put into, `await` and all. */
  receiver: (call: SgNode) => SgNode | undefined
  /** The field that is read of a value, as a member or a subscript. */
  fieldRead: (value: SgNode) => { field: string; node: SgNode } | undefined
}

/** An argument, and the node of its value; the value of a shorthand is the name itself. */
export interface NamedArgument extends Argument {
  node: SgNode
}

export function spanOf(node: SgNode): Span {
  const { start, end } = node.range()
  return { start: start.index, end: end.index }
}

/** The expression that a value comes out of unchanged: itself, or the highest above it that only `passed` kinds lead to. */
export function climb(node: SgNode, passed: ReadonlySet<string>): SgNode {
  let top = node
  for (let above = node.parent(); above !== null && passed.has(String(above.kind())); above = above.parent())
    top = above
  return top
}
