import { isSame, kindOf, type SyntaxNode } from './tree.ts'

/** A node that gives a variable its value. */
export interface Definition {
  /**
   * - `value`: `value` is assigned to the variable;
   * - `added`: `value` is appended to the previous value, as in `prompt += text`;
   * - `unknown`: a parameter, an import, a loop variable, a pattern, or anything else.
   */
  kind: 'value' | 'added' | 'unknown'
  /** The name that receives the value. */
  node: SyntaxNode
  value: SyntaxNode | undefined
  /** The whole statement. It may declare other variables too. */
  statement: SyntaxNode
}

/** Returns the definition that a name is the target of; `undefined` if the name is only read. */
export function definitionAt(node: SyntaxNode): Definition | undefined {
  const parent = node.parent()
  const kind = kindOf(parent)
  const statement = statementOf(node)
  if (parent === null) return undefined
  const is = (field: string): boolean => isSame(parent.field(field), node)
  const of = (type: Definition['kind'], value?: SyntaxNode | null): Definition => ({
    kind: type,
    node,
    value: value ?? undefined,
    statement,
  })
  switch (kind) {
    case 'assignment':
    case 'assignment_expression':
      if (!is('left')) return undefined
      // `x: str` declares a type without a value.
      if (kind === 'assignment' && !parent.field('right')) return undefined
      return of('value', parent.field('right'))
    case 'variable_declarator':
      if (!is('name')) return undefined
      return parent.field('value') ? of('value', parent.field('value')) : undefined
    case 'augmented_assignment':
    case 'augmented_assignment_expression': {
      if (!is('left')) return undefined
      const isSum = parent.field('operator')?.text() === '+='
      return isSum ? of('added', parent.field('right')) : of('unknown')
    }
    case 'for_statement':
    case 'for_in_statement':
      return is('left') ? of('unknown') : undefined
    case 'named_expression':
      return is('name') ? of('unknown') : undefined
    case 'function_definition':
    case 'function_declaration':
    case 'class_definition':
    case 'class_declaration':
      return is('name') ? of('unknown') : undefined
    case 'arrow_function':
      return is('parameter') ? of('unknown') : undefined
    case 'pair_pattern':
      return is('value') ? of('unknown') : undefined
    case 'dotted_name':
    case 'aliased_import':
      return /import/.test(kindOf(parent.parent()) + kindOf(parent)) ? of('unknown') : undefined
  }
  if (kindOf(node) === 'shorthand_property_identifier_pattern') return of('unknown')
  const isOther =
    /parameter|^(?:import_specifier|import_clause|namespace_import|catch_clause|update_expression|as_pattern_target|delete_statement|global_statement|nonlocal_statement)/.test(
      kind,
    ) ||
    /^(?:pattern_list|tuple_pattern|array_pattern|list_splat_pattern|rest_pattern|lambda_parameters|parameters)$/.test(
      kind,
    )
  // The default value of a parameter is only read.
  if (/parameter/.test(kind) && isSame(parent.field('value'), node)) return undefined
  return isOther ? of('unknown') : undefined
}

/** Returns the statement that contains a node. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent()) {
    const parent = at.parent()
    if (parent === null || isBlock(parent)) return at
  }
  return node
}

/** Returns whether a node is a sequence of statements. */
export const isBlock = (node: SyntaxNode): boolean =>
  /^(?:block|module|program|statement_block|switch_case|switch_default|class_body)$/.test(kindOf(node))
