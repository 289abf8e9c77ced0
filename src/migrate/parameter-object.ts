import { CannotRewrite } from './cannot-rewrite.ts'
import { definitionAt } from './definitions.ts'
import { reaching } from './reaching.ts'
import type { CallContext } from './rewriting.ts'
import { ownReferences, scopeOf } from './scope.ts'
import { isSame, kindOf, type SyntaxNode } from './tree.ts'

/**
 * Finds the object literal or the dictionary that holds the parameters of a call, and the other calls that use it.
 *
 * @throws CannotRewrite if it is not written in this function, or if other code reads or extends it.
 */
export function parameterObject(
  node: SyntaxNode,
  call: SyntaxNode,
  { tree, isLegacyCall }: CallContext,
): { object: SyntaxNode; shared: number[] } {
  if (/^(?:object|dictionary)$/.test(kindOf(node))) return { object: node, shared: [] }
  const left = (cause: SyntaxNode): CannotRewrite => new CannotRewrite('arguments-unknown', cause)
  if (kindOf(node) !== 'identifier') throw left(node)
  const { definitions, isComplete } = reaching(node, tree)
  const [only] = definitions
  const value = only?.value && plainValue(only.value)
  if (
    !isComplete ||
    definitions.length !== 1 ||
    only === undefined ||
    !value ||
    !/^(?:object|dictionary)$/.test(kindOf(value))
  )
    throw left(node)
  const shared: number[] = []
  for (const use of ownReferences(scopeOf(node, tree), node.text(), tree)) {
    if (definitionAt(use) !== undefined) {
      if (!isSame(use, only.node)) throw left(use)
      continue
    }
    const parent = use.parent()
    const isSpread = /^(?:dictionary_splat|spread_element)$/.test(kindOf(parent))
    const other = callOf(isSpread && parent ? parent : use)
    if (other === undefined || !isLegacyCall(other)) throw left(use)
    if (!isSame(other, call)) shared.push(other.start)
  }
  return { object: value, shared }
}

/** Returns an object without its type assertion. */
function plainValue(value: SyntaxNode): SyntaxNode {
  const isTyped = /^(?:as_expression|satisfies_expression|parenthesized_expression)$/.test(kindOf(value))
  const inner = isTyped ? value.children().find(child => child.isNamed()) : undefined
  return inner ? plainValue(inner) : value
}

/** Returns the call that has an expression as its argument, directly or through a spread. */
function callOf(node: SyntaxNode): SyntaxNode | undefined {
  const parent = node.parent()
  const list = kindOf(parent) === 'object' ? parent?.parent() : parent
  return /^(?:arguments|argument_list)$/.test(kindOf(list)) ? (list?.parent() ?? undefined) : undefined
}
