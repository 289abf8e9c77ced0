import type { Grammar } from '../audit/languages/grammar.ts'
import { isSame, kindOf, references, type SyntaxNode, type Tree } from './tree.ts'

/** The kinds of nodes that are functions. */
export const FUNCTION: RegExp =
  /^(?:function_declaration|function_expression|generator_function|generator_function_declaration|arrow_function|method_definition|function_definition|lambda)$/
const BLOCK = /^(?:statement_block|switch_body|program)$/

/** All references to one name in a tree, by scope. */
interface NameIndex {
  scopes: ReadonlyMap<SyntaxNode, readonly SyntaxNode[]>
  scopeOf: (node: SyntaxNode) => SyntaxNode
}

/** Indexes by tree and name. Each name is searched once per tree, however many uses are looked up. */
const INDEXES = new WeakMap<SyntaxNode, Map<string, NameIndex>>()

function indexOf(name: string, root: SyntaxNode, grammar: Grammar): NameIndex {
  const known = INDEXES.get(root) ?? new Map<string, NameIndex>()
  INDEXES.set(root, known)
  const found = known.get(name)
  if (found !== undefined) return found
  const all = references(root, name, grammar)
  const homes = new Set(all.filter(isDeclared).map(node => homeOf(node, root)))
  // `global name` and `nonlocal name`: the function assigns the variable of an outer scope.
  for (const node of all) {
    const outer = /^(?:global|nonlocal)_statement$/.test(kindOf(node.parent())) && functionAround(node)
    if (outer) homes.delete(outer)
  }
  const scopeOf = (node: SyntaxNode): SyntaxNode => {
    for (let at = node.parent(); at !== null; at = at.parent()) if (homes.has(at)) return at
    return root
  }
  const scopes = new Map<SyntaxNode, SyntaxNode[]>()
  for (const node of all) {
    const scope = scopeOf(node)
    const list = scopes.get(scope)
    if (list === undefined) scopes.set(scope, [node])
    else list.push(node)
  }
  const index: NameIndex = { scopes, scopeOf }
  known.set(name, index)
  return index
}

/** Returns the scope of a name at `node`: the function, the block or the module that declares it. */
export function scopeOf(node: SyntaxNode, { root, grammar }: Tree): SyntaxNode {
  return indexOf(node.text(), root, grammar).scopeOf(node)
}

/** Returns the references to a name in a scope, without those to other variables with that name. */
export function ownReferences(
  scope: SyntaxNode,
  name: string,
  { root, grammar }: Tree,
): readonly SyntaxNode[] {
  return indexOf(name, root, grammar).scopes.get(scope) ?? []
}

/** Returns the innermost function around a node. */
export function functionAround(node: SyntaxNode): SyntaxNode | undefined {
  for (let at = node.parent(); at !== null; at = at.parent()) if (FUNCTION.test(kindOf(at))) return at
  return undefined
}

/** Returns the function or the block that a declaration is visible in. */
function homeOf(declared: SyntaxNode, root: SyntaxNode): SyntaxNode {
  let isBlocked = false
  let isDecided = false
  for (let at = declared.parent(); at !== null; at = at.parent()) {
    const kind = kindOf(at)
    if (!isDecided && (kind === 'lexical_declaration' || FUNCTION.test(kind))) {
      isBlocked = kind === 'lexical_declaration'
      isDecided = true
    }
    if (FUNCTION.test(kind) || (isBlocked && BLOCK.test(kind))) return at
  }
  return root
}

/** Returns whether a name is declared here, as a variable or a parameter. */
function isDeclared(node: SyntaxNode): boolean {
  const parent = node.parent()
  const kind = kindOf(parent)
  if (kindOf(node) === 'shorthand_property_identifier_pattern' || /parameter/.test(kind)) return true
  if (kind === 'pair_pattern') return isSame(parent?.field('value'), node)
  if (kind === 'variable_declarator') return isSame(parent?.field('name'), node)
  if (kind === 'arrow_function') return isSame(parent?.field('parameter'), node)
  if (kind === 'for_statement' || kind === 'for_in_statement') return isSame(parent?.field('left'), node)
  if (/^(?:pattern_list|tuple_pattern|array_pattern|list_splat_pattern|rest_pattern)$/.test(kind)) return true
  if (kind === 'as_pattern_target' || kind === 'named_expression') return parent?.child(0) === node
  return kind === 'assignment' && isSame(parent?.field('left'), node)
}
