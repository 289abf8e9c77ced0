import type { SgNode } from '@ast-grep/napi'
import type { Grammar } from '../audit/grammar.ts'
import { above, isSame, kindOf, references } from './tree.ts'

const FUNCTION =
  /^(?:function_declaration|function_expression|generator_function|generator_function_declaration|arrow_function|method_definition|function_definition|lambda)$/
const BLOCK = /^(?:statement_block|switch_body|program)$/

/** The part of a tree in which a name means what it means where it is declared. */
export function scopeOf(name: SgNode): SgNode {
  const isBlocked = above(name, 'lexical_declaration') !== undefined && isDeclarator(name)
  return (
    name.ancestors().find(node => FUNCTION.test(kindOf(node)) || (isBlocked && BLOCK.test(kindOf(node)))) ??
    name.ancestors().at(-1) ??
    name
  )
}

const isDeclarator = (node: SgNode): boolean =>
  kindOf(node) === 'variable_declarator' || kindOf(node.parent()) === 'variable_declarator'

/** The references to a name in a scope, without those to others of that name in functions and blocks within. */
export function ownReferences(scope: SgNode, name: string, grammar: Grammar): SgNode[] {
  const all = references(scope, name, grammar)
  const declared = all.filter(isDeclared).map(node => scopeOf(node))
  return all.filter(node => {
    const inner = node.ancestors()
    const end = inner.findIndex(one => isSame(one, scope))
    return !inner.slice(0, end === -1 ? 0 : end).some(one => declared.some(other => isSame(other, one)))
  })
}

/** Whether a name is given its place here: as a variable or a parameter. */
function isDeclared(node: SgNode): boolean {
  const parent = node.parent()
  const kind = kindOf(parent)
  if (kindOf(node) === 'shorthand_property_identifier_pattern' || /parameter/.test(kind)) return true
  if (kind === 'variable_declarator') return isSame(parent?.field('name'), node)
  if (kind === 'arrow_function') return isSame(parent?.field('parameter'), node)
  return kind === 'assignment' && isSame(parent?.field('left'), node)
}
