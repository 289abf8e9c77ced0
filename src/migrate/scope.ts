import type { Grammar } from '../audit/languages/grammar.ts'
import type { SyntaxNode } from './tree.ts'
import { isSame, kindOf, references } from './tree.ts'

const FUNCTION =
  /^(?:function_declaration|function_expression|generator_function|generator_function_declaration|arrow_function|method_definition|function_definition|lambda)$/
const BLOCK = /^(?:statement_block|switch_body|program)$/

/** The part of a tree in which a name means what it means at one place. */
export function scopeOf(node: SyntaxNode, grammar: Grammar): SyntaxNode {
  const around = node.ancestors()
  const root = around.at(-1) ?? node
  const homes = references(root, node.text(), grammar).filter(isDeclared).map(homeOf)
  return around.find(one => homes.some(home => isSame(home, one))) ?? root
}

/** The function or the block that a declaration is for. */
function homeOf(declared: SyntaxNode): SyntaxNode {
  const around = declared.ancestors()
  const nearest = around.find(one => kindOf(one) === 'lexical_declaration' || FUNCTION.test(kindOf(one)))
  const isBlocked = kindOf(nearest) === 'lexical_declaration'
  const home = around.find(one => FUNCTION.test(kindOf(one)) || (isBlocked && BLOCK.test(kindOf(one))))
  return home ?? around.at(-1) ?? declared
}

/** The references to a name in a scope, without those to others of that name in functions and blocks within. */
export function ownReferences(scope: SyntaxNode, name: string, grammar: Grammar): SyntaxNode[] {
  const all = references(scope, name, grammar)
  const homes = all.filter(isDeclared).map(homeOf)
  return all.filter(node => {
    const around = node.ancestors()
    const end = around.findIndex(one => isSame(one, scope))
    return !around.slice(0, Math.max(0, end)).some(one => homes.some(home => isSame(home, one)))
  })
}

/** Whether a name is given its place here: as a variable or a parameter. */
function isDeclared(node: SyntaxNode): boolean {
  const parent = node.parent()
  const kind = kindOf(parent)
  if (kindOf(node) === 'shorthand_property_identifier_pattern' || /parameter/.test(kind)) return true
  if (kind === 'pair_pattern') return isSame(parent?.field('value'), node)
  if (kind === 'variable_declarator') return isSame(parent?.field('name'), node)
  if (kind === 'arrow_function') return isSame(parent?.field('parameter'), node)
  return kind === 'assignment' && isSame(parent?.field('left'), node)
}
