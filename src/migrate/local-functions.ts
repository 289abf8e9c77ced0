import { FUNCTION, functionAround, ownReferences, scopeOf } from './scope.ts'
import { above, isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from './tree.ts'
import { definitionOf } from './value.ts'

/** Returns the function that a call calls, if it is in the same file and its name is unique there. */
export function helperOf(call: SyntaxNode, tree: Tree): SyntaxNode | undefined {
  const callee = call.field('function')
  if (!callee) return undefined
  if (kindOf(callee) === 'identifier') return functionNamed(callee, tree)
  const [object, property] = [callee.field('object'), callee.field('attribute') ?? callee.field('property')]
  if (!/^(?:self|cls|this)$/.test(object?.text() ?? '') || !property) return undefined
  const home = above(call, 'class_definition', 'class_declaration', 'class')
  const methods = home && nodesOf(home, 'function_definition', 'method_definition')
  const named = methods?.filter(one => one.field('name')?.text() === property.text()) ?? []
  return named.length === 1 ? named[0] : undefined
}

function functionNamed(name: SyntaxNode, tree: Tree): SyntaxNode | undefined {
  const definition = definitionOf(name.text(), tree)
  if (definition !== undefined && FUNCTION.test(kindOf(definition))) return definition
  const declared = nodesOf(tree.root, 'function_definition', 'function_declaration').filter(
    one => one.field('name')?.text() === name.text() && above(one, 'class_definition') === undefined,
  )
  return declared.length === 1 ? declared[0] : undefined
}

/** Returns the expressions that a function may return. */
export function returnsOf(helper: SyntaxNode, tree: Tree): SyntaxNode[] {
  void tree
  const body = helper.field('body')
  if (!body || /^async\b/.test(helper.text()) || nodesOf(helper, 'yield', 'yield_expression').length > 0)
    return []
  if (!/block/.test(kindOf(body))) return [body]
  return nodesOf(body, 'return_statement')
    .filter(one => isSame(functionAround(one), helper))
    .flatMap(one => one.children().filter(child => child.isNamed()))
}

/**
 * Returns every reference to a function of the file, except its definition; `undefined` if the function has no name.
 */
export function usesOfHelper(helper: SyntaxNode, tree: Tree): readonly SyntaxNode[] | undefined {
  const name = helper.field('name') ?? helper.parent()?.field('name')
  if (!name) return undefined
  const isMethod = above(helper, 'class_definition', 'class_body') !== undefined
  if (isMethod)
    return nodesOf(tree.root, 'attribute', 'member_expression').filter(
      one => (one.field('attribute') ?? one.field('property'))?.text() === name.text(),
    )
  return ownReferences(scopeOf(name, tree), name.text(), tree).filter(one => !isSame(one, name))
}
