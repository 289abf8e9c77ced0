import type { Span } from '../../diagnostics/index.ts'
import type { Argument, Segment } from '../legacy-use.ts'
import type { SyntaxNode } from './syntax-tree.ts'

/** What has to be known of a language to read its trees. */
export interface Grammar {
  /** The parser that reads it. */
  language: 'typescript' | 'tsx' | 'python'
  functions: readonly string[]
  names: readonly string[]
  texts: readonly string[]
  calls: readonly string[]
  /** The kinds of nodes around a text that is joined to others. */
  joints: readonly string[]
  imports: readonly string[]
  /** The joined parts, in order; `undefined` for a node that joins nothing. */
  joined: (node: SyntaxNode) => SyntaxNode[] | undefined
  /** The segments of a literal: its text, and its placeholders as nodes. */
  literal: (node: SyntaxNode, source: string) => (Segment | SyntaxNode)[]
  /** What a call calls. */
  callee: (call: SyntaxNode) => SyntaxNode | undefined
  /** For `a.b`: `a` and `b`. */
  member: (node: SyntaxNode) => { object: SyntaxNode; property: SyntaxNode } | undefined
  /** The object or the list that holds a call's named arguments, and those. */
  namedArguments: (call: SyntaxNode) => { argument: Span | undefined; list: readonly NamedArgument[] }
  /** The variable that a call's value is put into, `await` and all. */
  receiver: (call: SyntaxNode) => SyntaxNode | undefined
}

/** An argument, and the node of its value; the value of a shorthand is the name itself. */
export interface NamedArgument extends Argument {
  node: SyntaxNode
}

export function spanOf(node: SyntaxNode): Span {
  return { start: node.start, end: node.end }
}

/** The expression that a value comes out of unchanged: itself, or the highest above it that only `passed` kinds lead to. */
export function climb(node: SyntaxNode, passed: ReadonlySet<string>): SyntaxNode {
  let top = node
  for (let above = node.parent(); above !== null && passed.has(String(above.kind())); above = above.parent())
    top = above
  return top
}
