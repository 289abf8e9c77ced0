import type { Segment } from '../legacy-use.ts'
import { climb, type Grammar, type NamedArgument, spanOf } from './grammar.ts'
import { readLiteral } from './source-tokens.ts'
import type { SyntaxNode } from './syntax-tree.ts'

/** The kinds of nodes whose value is that of the expression in them. */
export const PASSED: ReadonlySet<string> = new Set([
  'await_expression',
  'parenthesized_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
])

/** Returns the grammar of TypeScript, JavaScript and JSX. Their trees are the same in all that the audit reads. */
export function javascript(language: 'typescript' | 'tsx'): Grammar {
  return {
    language,
    functions: [
      'function_declaration',
      'function_expression',
      'generator_function',
      'generator_function_declaration',
      'arrow_function',
      'method_definition',
    ],
    names: [
      'identifier',
      'property_identifier',
      'shorthand_property_identifier',
      'shorthand_property_identifier_pattern',
      'type_identifier',
    ],
    texts: ['string', 'template_string'],
    calls: ['call_expression', 'new_expression'],
    joints: ['binary_expression', 'template_substitution', 'template_string', 'parenthesized_expression'],
    imports: ['import_statement'],
    joined,
    literal,
    callee: call => call.field('function') ?? call.field('constructor') ?? undefined,
    member,
    namedArguments,
    receiver,
  }
}

function joined(node: SyntaxNode): SyntaxNode[] | undefined {
  if (node.kind() === 'parenthesized_expression') return node.children().filter(child => child.isNamed())
  if (node.kind() !== 'binary_expression' || node.field('operator')?.text() !== '+') return undefined
  const [left, right] = [node.field('left'), node.field('right')]
  return left && right ? [left, right] : undefined
}

function literal(node: SyntaxNode, source: string): (Segment | SyntaxNode)[] {
  const { start, end } = spanOf(node)
  const segments: (Segment | SyntaxNode)[] = []
  let at = start + 1
  for (const child of node.children()) {
    if (child.kind() !== 'template_substitution') continue
    const placeholder = spanOf(child)
    if (placeholder.start > at) segments.push(readLiteral(source, at, placeholder.start))
    const value = child.children().find(inner => inner.isNamed())
    if (value !== undefined) segments.push(value)
    at = placeholder.end
  }
  if (end - 1 > at) segments.push(readLiteral(source, at, end - 1))
  return segments
}

function member(node: SyntaxNode): { object: SyntaxNode; property: SyntaxNode } | undefined {
  const [object, property] = [node.field('object'), node.field('property')]
  return node.kind() === 'member_expression' && object && property ? { object, property } : undefined
}

function namedArguments(call: SyntaxNode): ReturnType<Grammar['namedArguments']> {
  const objects =
    call
      .field('arguments')
      ?.children()
      .filter(child => child.kind() === 'object') ?? []
  for (const object of objects) {
    const list = object.children().flatMap(argumentOf)
    if (list.length > 0) return { argument: spanOf(object), list }
  }
  return { argument: undefined, list: [] }
}

function argumentOf(property: SyntaxNode): NamedArgument[] {
  if (property.kind() === 'shorthand_property_identifier') {
    const span = spanOf(property)
    return [{ ...span, name: property.text(), key: span, value: span, node: property }]
  }
  const [key, value] = [property.field('key'), property.field('value')]
  if (property.kind() !== 'pair' || !key || !value) return []
  const name = key.text().replace(/^['"](.*)['"]$/s, '$1')
  return [{ ...spanOf(property), name, key: spanOf(key), value: spanOf(value), node: value }]
}

function receiver(call: SyntaxNode): SyntaxNode | undefined {
  const above = climb(call, PASSED).parent()
  const name = above?.field(above.kind() === 'assignment_expression' ? 'left' : 'name')
  return above?.kind() === 'variable_declarator' || above?.kind() === 'assignment_expression'
    ? (name ?? undefined)
    : undefined
}
