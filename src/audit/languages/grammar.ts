import type { Span } from '../../diagnostics/index.ts'
import type { Argument, Segment } from '../legacy-use.ts'
import type { SyntaxNode } from './syntax-tree.ts'

/** Describes how to read the syntax trees of one language. */
export interface Grammar {
  /** The parser of the language. */
  language: 'typescript' | 'tsx' | 'python'
  functions: readonly string[]
  names: readonly string[]
  texts: readonly string[]
  calls: readonly string[]
  /** The kinds of nodes that join a text to others. */
  joints: readonly string[]
  imports: readonly string[]
  /** Returns the joined parts, in order; `undefined` for a node that joins nothing. */
  joined: (node: SyntaxNode) => SyntaxNode[] | undefined
  /** Returns the segments of a literal: its text as segments, its placeholders as nodes. */
  literal: (node: SyntaxNode, source: string) => (Segment | SyntaxNode)[]
  /** Returns the called expression. */
  callee: (call: SyntaxNode) => SyntaxNode | undefined
  /** Returns `a` and `b` of `a.b`; `undefined` for a node that is not a member access. */
  member: (node: SyntaxNode) => { object: SyntaxNode; property: SyntaxNode } | undefined
  /** Returns the named arguments of a call, and the span of the object or the list that holds them. */
  namedArguments: (call: SyntaxNode) => { argument: Span | undefined; list: readonly NamedArgument[] }
  /** Returns the variable that the value of a call is assigned to, also through `await`. */
  receiver: (call: SyntaxNode) => SyntaxNode | undefined
}

/** A named argument with the node of its value. For a shorthand property, that is the node of the name. */
export interface NamedArgument extends Argument {
  node: SyntaxNode
}

/** Returns the span of a node. */
export function spanOf(node: SyntaxNode): Span {
  return { start: node.start, end: node.end }
}

/**
 * Returns the outermost expression with the same value: climbs from `node` while the parent is of a kind in `passed`.
 */
export function climb(node: SyntaxNode, passed: ReadonlySet<string>): SyntaxNode {
  let top = node
  for (let above = node.parent(); above !== null && passed.has(String(above.kind())); above = above.parent())
    top = above
  return top
}
