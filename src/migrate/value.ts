import { segmentsOf } from './segments.ts'
import type { SyntaxNode } from './tree.ts'
import { above, isSame, isTarget, kindOf, nodesOf, references, type Tree } from './tree.ts'

/** What an expression comes to, where the file alone says so. */
export type Value = { isKnown: true; value: unknown; constant?: Constant } | { isKnown: false }

/** A name that stands for one value everywhere in its file. */
export interface Constant {
  name: string
  /** The value where it is defined. */
  definition: SyntaxNode
}

const UNKNOWN: Value = { isKnown: false }
const known = (value: unknown): Value => ({ isKnown: true, value })

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
  ['undefined', undefined],
])

/** The value of an expression that is a literal, a constant of its file, or made of such. */
export function evaluate(node: SyntaxNode, tree: Tree): Value {
  const text = node.text()
  if (WORDS.has(text)) return known(WORDS.get(text))
  if (/^-?\d[\d_]*(?:\.[\d_]+)?(?:e\d+)?$/i.test(text)) return known(Number(text.replaceAll('_', '')))
  switch (kindOf(node)) {
    case 'array':
    case 'list':
    case 'tuple':
      return valuesOf(node, tree)
    case 'object':
    case 'dictionary':
      return objectOf(node, tree)
    case 'identifier':
    case 'shorthand_property_identifier': {
      const definition = definitionOf(text, tree)
      if (definition === undefined) break
      const value = evaluate(definition, tree)
      return value.isKnown ? { ...value, constant: { name: text, definition } } : UNKNOWN
    }
  }
  const segments = segmentsOf(node, tree)
  const isText = segments.every(segment => segment.type === 'text')
  return isText
    ? known(segments.map(segment => (segment.type === 'text' ? segment.text : '')).join(''))
    : UNKNOWN
}

function valuesOf(node: SyntaxNode, tree: Tree): Value {
  const values = itemsOf(node).map(item => evaluate(item, tree))
  return values.every(value => value.isKnown)
    ? known(values.map(value => value.isKnown && value.value))
    : UNKNOWN
}

function objectOf(node: SyntaxNode, tree: Tree): Value {
  const entries: [string, unknown][] = []
  for (const item of itemsOf(node)) {
    const [key, inner] = [item.field('key'), item.field('value')]
    const value = key && inner ? evaluate(inner, tree) : UNKNOWN
    if (!key || !value.isKnown) return UNKNOWN
    entries.push([key.text().replace(/^(['"])(.*)\1$/s, '$2'), value.value])
  }
  return known(Object.fromEntries(entries))
}

/** What stands in a list, an object or between the parentheses of a call. */
export function itemsOf(list: SyntaxNode): SyntaxNode[] {
  return list.children().filter(child => child.isNamed() && kindOf(child) !== 'comment')
}

/** What a name is defined as, where it is defined once in its file and never changed. */
export function definitionOf(name: string, tree: Tree): SyntaxNode | undefined {
  const isPython = tree.grammar.language === 'python'
  const definitions = references(tree.root, name, tree.grammar).flatMap(node => {
    const parent = node.parent()
    if (isTarget(node)) return [parent ?? undefined]
    const isOther =
      /parameter|^(?:import_specifier|import_clause|namespace_import|catch_clause)/.test(kindOf(parent)) ||
      kindOf(node) === 'shorthand_property_identifier_pattern' ||
      (kindOf(parent) === 'arrow_function' && isSame(parent?.field('parameter'), node))
    return isOther ? [undefined] : []
  })
  const [only] = definitions
  if (definitions.length !== 1 || only === undefined) return undefined
  if (isPython) return kindOf(only) === 'assignment' ? (only.field('right') ?? undefined) : undefined
  const isConst = kindOf(only) === 'variable_declarator' && /^const\b/.test(only.parent()?.text() ?? '')
  return isConst ? (only.field('value') ?? undefined) : undefined
}

/** Whether a constant is used for nothing but the arguments of one name, and is seen by its own file alone. */
export function isOnlyFor(argument: string, { name, definition }: Constant, tree: Tree): boolean {
  if (above(definition, 'export_statement') !== undefined) return false
  if (
    new RegExp(`\\bexport\\s*\\{[^}]*\\b${name}\\b|\\bmodule\\.exports\\b[^\\n]*\\b${name}\\b`).test(
      tree.source,
    )
  )
    return false
  return references(tree.root, name, tree.grammar).every(node => {
    const parent = node.parent()
    if (isTarget(node)) return isSame(parent?.field('value') ?? parent?.field('right'), definition)
    return (parent?.field('key') ?? parent?.field('name'))?.text() === argument
  })
}

const ACTING = {
  python: ['call', 'await', 'named_expression', 'yield'],
  javascript: [
    'call_expression',
    'new_expression',
    'await_expression',
    'assignment_expression',
    'update_expression',
    'yield_expression',
  ],
} as const

/** Whether nothing is left undone where an expression is left out. */
export function isInert(node: SyntaxNode, { grammar }: Tree): boolean {
  return nodesOf(node, ...ACTING[grammar.language === 'python' ? 'python' : 'javascript']).length === 0
}
