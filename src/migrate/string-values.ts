import { reaching } from './reaching.ts'
import { above, isSame, kindOf, type SyntaxNode, type Tree } from './tree.ts'

const TEXT_METHODS =
  /^(?:strip|lstrip|rstrip|lower|upper|title|format|join|replace|read|read_text|decode|trim|trimStart|trimEnd|toLowerCase|toUpperCase|replaceAll|slice|substring|toString|padStart|padEnd|repeat|concat|toFixed|toISOString)$/
const TEXT_FUNCTIONS = /^(?:str|input|repr|String|json\.dumps|JSON\.stringify|prompt|format|chr)$/
const MOST_STEPS = 8

/** Returns whether an expression is certainly a text: by its form, its declared type, or its assigned values. */
export function isStringValue(node: SyntaxNode, tree: Tree, steps = 0): boolean {
  if (steps > MOST_STEPS) return false
  const imported = tree.imported?.(node)
  if (imported !== undefined) return isStringValue(imported.value, imported.tree, steps + 1)
  const next = (one: SyntaxNode | null | undefined): boolean => !!one && isStringValue(one, tree, steps + 1)
  switch (kindOf(node)) {
    case 'string':
    case 'template_string':
    case 'concatenated_string':
      return !/^[a-z]*b[a-z]*["']/i.test(node.text())
    case 'parenthesized_expression':
    case 'await':
    case 'await_expression':
    case 'non_null_expression':
      return next(node.children().find(child => child.isNamed()))
    case 'binary_operator':
    case 'binary_expression': {
      const operator = node.field('operator')?.text()
      if (operator === '%') return next(node.field('left'))
      return operator === '+' && (next(node.field('left')) || next(node.field('right')))
    }
    case 'as_expression':
      return /\bas\s+string$/.test(node.text())
    case 'call':
    case 'call_expression': {
      const callee = node.field('function')
      const method = (callee?.field('attribute') ?? callee?.field('property'))?.text() ?? ''
      // Methods of a text return a text. `slice` and `concat` also exist on lists, so their object decides.
      if (/^(?:slice|concat|format)$/.test(method)) return next(callee?.field('object'))
      return TEXT_METHODS.test(method) || TEXT_FUNCTIONS.test(callee?.text() ?? '')
    }
    case 'identifier':
    case 'shorthand_property_identifier': {
      const { definitions, isComplete } = reaching(node, tree)
      if (!isComplete) return false
      return definitions.every(({ kind, node: name, value }) =>
        kind === 'unknown' ? isTextParameter(name) : next(value) || isTextParameter(name),
      )
    }
  }
  return false
}

/** Returns whether a parameter is declared as a text: `text: str`, `text: string` and `text: str = ""`. */
function isTextParameter(name: SyntaxNode): boolean {
  const parameter = above(
    name,
    'typed_parameter',
    'typed_default_parameter',
    'required_parameter',
    'optional_parameter',
    'variable_declarator',
    'assignment',
  )
  const type = parameter?.field('type')
  if (!type) return false
  const isOwn =
    parameter?.child(0) === name ||
    isSame(parameter?.field('name'), name) ||
    isSame(parameter?.field('pattern'), name) ||
    isSame(parameter?.field('left'), name)
  return isOwn && /^:?\s*(?:str|string)$/.test(type.text())
}
