import { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { type Definition, statementOf } from './definitions.ts'
import { readLiteralText } from './literal-text.ts'
import { helperOf, returnsOf } from './local-functions.ts'
import { markerConstant } from './marker-constants.ts'
import { hasMarker, isMarkerConstant, type Leaf, type Model, namedIn } from './prompt-parts.ts'
import { formatOf, isMarkerValue, percentOf } from './prompt-templates.ts'
import { reaching } from './reaching.ts'
import { FUNCTION } from './scope.ts'
import { kindOf, type SyntaxNode, type Tree } from './tree.ts'
import { attributeDefinition } from './value.ts'

/** The largest number of variables and functions that are followed in a chain. */
const MOST_STEPS = 40

/** Models by expression. Branches of a program meet again, so without a cache each one would double the work. */
const READ = new WeakMap<SyntaxNode, Model>()

/** Reads how a prompt is built, as far as that decides where its markers are. */
export function modelOf(node: SyntaxNode, tree: Tree, steps = 0): Model {
  const before = READ.get(node)
  if (before !== undefined) return before
  if (READING.has(node)) {
    repeats++
    return opaque(node)
  }
  READING.add(node)
  try {
    const model = readModel(node, tree, steps)
    READ.set(node, model)
    return model
  } finally {
    READING.delete(node)
  }
}

/** Expressions that are being read. A variable that a loop appends to leads back to itself. */
const READING = new Set<SyntaxNode>()
let repeats = 0

const opaque = (node: SyntaxNode): Model => ({ type: 'leaf', node, leaf: { type: 'value', text: '', node } })

function readModel(node: SyntaxNode, tree: Tree, steps: number): Model {
  if (steps > MOST_STEPS) return opaque(node)
  const below = (inner: SyntaxNode): Model => modelOf(inner, tree, steps + 1)
  const marker = markerConstant(node, tree)
  if (marker !== undefined) {
    const text = marker === 'HUMAN_PROMPT' ? HUMAN_PROMPT : AI_PROMPT
    return { type: 'leaf', node, leaf: { type: 'marker', text, node } }
  }
  switch (kindOf(node)) {
    case 'string':
    case 'template_string':
      return literalOf(node, tree, below)
    case 'parenthesized_expression': {
      const [inner] = node.children().filter(child => child.isNamed() && kindOf(child) !== 'comment')
      return inner ? { type: 'inner', node, inner: below(inner) } : opaque(node)
    }
    case 'concatenated_string':
      return {
        type: 'sum',
        node,
        operands: node
          .children()
          .filter(child => child.isNamed() && kindOf(child) !== 'comment')
          .map(below),
      }
    case 'binary_expression':
    case 'binary_operator':
      return operationOf(node, tree, below) ?? opaque(node)
    case 'conditional_expression':
    case 'ternary_expression':
      return choiceOf(node, below) ?? opaque(node)
    case 'call':
    case 'call_expression':
      return callOf(node, tree, below, steps) ?? opaque(node)
    case 'identifier':
    case 'shorthand_property_identifier':
      return variableOf(node, tree, steps) ?? opaque(node)
    case 'attribute':
    case 'member_expression': {
      const imported = importedVariable(node, tree, steps)
      if (imported !== undefined) return imported
      const definition = attributeDefinition(node, tree)
      if (definition?.value === undefined) return opaque(node)
      const model = below(definition.value)
      return hasMarker(model) ? { type: 'variable', node, options: [{ definition, model }] } : opaque(node)
    }
    case 'as_expression':
    case 'non_null_expression':
    case 'satisfies_expression': {
      const inner = node.child(0)
      return inner ? { type: 'inner', node, inner: below(inner) } : opaque(node)
    }
  }
  return opaque(node)
}

function literalOf(node: SyntaxNode, tree: Tree, below: (node: SyntaxNode) => Model): Model {
  const items = readLiteralText(node, tree)
  if (items === undefined) throw new CannotRewrite('text-escape', node)
  const inner = new Map<Leaf, Model>()
  const leaves = items.flatMap((item): Leaf[] => {
    if ('text' in item) return [{ type: 'text', ...item, node }]
    const model = below(item.value)
    if (model.type === 'leaf') return [{ ...model.leaf, holder: item.holder }]
    const leaf: Leaf = { type: 'value', text: '', node: item.value, holder: item.holder }
    if (hasMarker(model)) inner.set(leaf, model)
    return [leaf]
  })
  return { type: 'literal', node, leaves, inner }
}

function operationOf(node: SyntaxNode, tree: Tree, below: (node: SyntaxNode) => Model): Model | undefined {
  const [left, right] = [node.field('left'), node.field('right')]
  const operator = node.field('operator')?.text()
  if (!left || !right) return undefined
  if (operator === '%' && tree.grammar.language === 'python') return percentOf(node, left, right, tree, below)
  if (operator !== '+') return undefined
  // A sum nests to the left. A loop reads its terms, because recursion would overflow on a long sum.
  const terms: SyntaxNode[] = []
  let at = node
  for (;;) {
    const [first, last] = [at.field('left'), at.field('right')]
    if (!first || !last) return undefined
    terms.unshift(last)
    const isSum = first.kind() === node.kind() && first.field('operator')?.text() === '+'
    if (!isSum) {
      terms.unshift(first)
      break
    }
    at = first
  }
  const operands = terms.map(below)
  // A sum without a text may add numbers.
  const isOfValues = operands.every(
    ({ type }, index) => type === 'leaf' && !hasMarker(operands[index] ?? opaque(node)),
  )
  return isOfValues ? undefined : { type: 'sum', node, operands }
}

function choiceOf(node: SyntaxNode, below: (node: SyntaxNode) => Model): Model | undefined {
  const named = node.children().filter(child => child.isNamed())
  const options = kindOf(node) === 'ternary_expression' ? [named[1], named[2]] : [named[0], named[2]]
  const models = options.flatMap(option => (option ? [below(option)] : []))
  return models.length === 2 && models.some(hasMarker) ? { type: 'choice', node, options: models } : undefined
}

function callOf(
  node: SyntaxNode,
  tree: Tree,
  below: (node: SyntaxNode) => Model,
  steps: number,
): Model | undefined {
  const callee = node.field('function')
  const values = (node.field('arguments')?.children() ?? []).filter(
    child => child.isNamed() && kindOf(child) !== 'comment',
  )
  if (!callee) return undefined
  const object = callee.field('object')
  const method = (callee.field('attribute') ?? callee.field('property'))?.text()
  if (object && method === 'format' && tree.grammar.language === 'python') {
    if (values.some(value => /splat/.test(kindOf(value)))) return undefined
    return formatOf(
      node,
      templateOf(object, values, tree, below),
      values,
      tree,
      /\{\{|\}\}|\{(\w*)(?:![rsa])?(?::[^{}]*)?\}/g,
      match => (match[0] === '{{' || match[0] === '}}' ? 'text' : match[1] || 'next'),
    )
  }
  if (object && method === 'replace') {
    const inner = below(object)
    return hasMarker(inner) ? { type: 'inner', node, inner } : undefined
  }
  if (method === 'join') return joinOf(node, object, values, tree, below)
  const imported = tree.imported?.(callee)
  const home = imported?.tree ?? tree
  const helper = imported?.value ?? helperOf(node, tree)
  if (helper === undefined || (imported !== undefined && !FUNCTION.test(kindOf(helper)))) return undefined
  const options = returnsOf(helper, home).map(value => ({ value, model: modelOf(value, home, steps + 1) }))
  if (imported !== undefined && !options.every(({ model }) => isClosed(model))) return undefined
  return options.some(({ model }) => hasMarker(model))
    ? { type: 'helper', node, function: helper, options, ...(imported && { imported }) }
    : undefined
}

/** Returns whether no variable of its file holds a part of a prompt: only its own expression would have to change. */
const isClosed = (model: Model): boolean => namedIn(model).every(isMarkerConstant)

/** Reads a constant of another file that holds a marker. */
function importedVariable(node: SyntaxNode, tree: Tree, steps: number): Model | undefined {
  const imported = tree.imported?.(node)
  if (imported === undefined || FUNCTION.test(kindOf(imported.value))) return undefined
  const { name, value } = imported
  const model = modelOf(value, imported.tree, steps + 1)
  if (!hasMarker(model) || !isClosed(model)) return undefined
  const definition: Definition = { kind: 'value', node: name, value, statement: statementOf(name) }
  return { type: 'variable', node, options: [{ definition, model }], imported }
}

/** Reads a template. The markers may be among its values, so that a variable that holds it shows none. */
function templateOf(
  node: SyntaxNode,
  values: readonly SyntaxNode[],
  tree: Tree,
  below: (node: SyntaxNode) => Model,
): Model {
  const model = below(node)
  if (model.type !== 'leaf' || kindOf(node) !== 'identifier' || !values.some(isMarkerValue)) return model
  const { definitions, isComplete } = reaching(node, tree)
  const [only] = definitions
  if (!isComplete || definitions.length > 1 || only?.kind !== 'value' || only.value === undefined)
    return model
  return { type: 'variable', node, options: [{ definition: only, model: below(only.value) }] }
}

/** Reads `[a, b].join('')` and `"".join([a, b])`. */
function joinOf(
  node: SyntaxNode,
  object: SyntaxNode | null,
  values: readonly SyntaxNode[],
  tree: Tree,
  below: (node: SyntaxNode) => Model,
): Model | undefined {
  const isPython = tree.grammar.language === 'python'
  const [list, separator] = isPython ? [values[0], object] : [object, values[0]]
  if (!list || !separator || !/^(?:array|list|tuple)$/.test(kindOf(list))) return undefined
  const between = readLiteralText(separator, tree)
  const isEmpty = between?.every(item => 'text' in item && item.text === '')
  if (!isEmpty) return undefined
  const items = list.children().filter(child => child.isNamed() && kindOf(child) !== 'comment')
  if (items.some(item => /spread|splat/.test(kindOf(item)))) return undefined
  const operands = items.map(below)
  return operands.some(hasMarker) ? { type: 'list', node, operands } : undefined
}

function variableOf(node: SyntaxNode, tree: Tree, steps: number): Model | undefined {
  const imported = importedVariable(node, tree, steps)
  if (imported !== undefined) return imported
  const { definitions, isComplete } = reaching(node, tree)
  const repeatsBefore = repeats
  const options = definitions.map(definition => {
    const { value, kind } = definition
    if (value === undefined || kind === 'unknown') return { definition, model: undefined }
    const model = modelOf(value, tree, steps + 1)
    if (kind === 'value') return { definition, model }
    return { definition, model, base: modelOf(definition.node, tree, steps + 1) }
  })
  const isMarked = options.some(({ model, base }) => (model && hasMarker(model)) || (base && hasMarker(base)))
  const isRepeated = repeats > repeatsBefore
  repeats = repeatsBefore
  if (!isMarked) return undefined
  if (isRepeated) throw new CannotRewrite('prompt-of-turns', node)
  const known = options.flatMap(one => (one.model === undefined ? [] : [{ ...one, model: one.model }]))
  if (!isComplete || known.length < options.length) throw new CannotRewrite('prompt-of-turns', node)
  return { type: 'variable', node, options: known }
}
