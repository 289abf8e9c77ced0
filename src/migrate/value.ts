import { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
import { type Definition, definitionAt, statementOf } from './definitions.ts'
import { readLiteralText } from './literal-text.ts'
import { markerConstant } from './marker-constants.ts'
import { isInExportList } from './name-patterns.ts'
import { reaching } from './reaching.ts'
import type { ImportedDefinition, SyntaxNode } from './tree.ts'
import { above, isSame, isTarget, kindOf, nodesOf, references, type Tree } from './tree.ts'

/** The value of an expression, if the file alone determines it. */
export type Value = { isKnown: true; value: unknown; constant?: Constant } | { isKnown: false }

/** A name that has the same value everywhere in its file. */
export interface Constant {
  name: string
  /** The value in the definition. */
  definition: SyntaxNode
  /** The definition, if it is in another file. */
  imported?: ImportedDefinition
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

/** Evaluates an expression that consists of literals and constants of its file. */
export function evaluate(node: SyntaxNode, tree: Tree): Value {
  const imported = tree.imported?.(node)
  if (imported !== undefined) {
    const value = evaluate(imported.value, imported.tree)
    if (!value.isKnown) return UNKNOWN
    return { ...value, constant: { name: node.text(), definition: imported.value, imported } }
  }
  const word = node.text()
  if (WORDS.has(word)) return known(WORDS.get(word))
  if (/^-?\d[\d_]*(?:\.[\d_]+)?(?:e\d+)?$/i.test(word)) return known(Number(word.replaceAll('_', '')))
  switch (kindOf(node)) {
    case 'array':
    case 'list':
    case 'tuple':
      return valuesOf(node, tree)
    case 'object':
    case 'dictionary':
      return objectOf(node, tree)
    case 'attribute':
    case 'member_expression': {
      const definition = attributeDefinition(node, tree)?.value ?? memberDefinition(node, tree)
      if (definition === undefined) break
      const value = evaluate(definition, tree)
      return value.isKnown ? { ...value, constant: { name: word, definition } } : UNKNOWN
    }
    case 'identifier':
    case 'shorthand_property_identifier': {
      const { definitions, isComplete } = reaching(node, tree)
      const [only] = definitions
      const isOne = isComplete && definitions.length === 1 && only?.kind === 'value'
      const definition = isOne ? only.value : definitionOf(word, tree)
      if (definition === undefined) break
      const value = evaluate(definition, tree)
      return value.isKnown ? { ...value, constant: { name: word, definition } } : UNKNOWN
    }
  }
  const text = textOf(node, tree)
  return text === undefined ? UNKNOWN : known(text)
}

/** Returns the text of an expression that consists of literals and constants. */
function textOf(node: SyntaxNode, tree: Tree): string | undefined {
  const marker = markerConstant(node, tree)
  if (marker !== undefined) return marker === 'HUMAN_PROMPT' ? HUMAN_PROMPT : AI_PROMPT
  const all = (nodes: readonly (SyntaxNode | null | undefined)[]): string | undefined => {
    const texts = nodes.map(one => (one ? evaluate(one, tree) : UNKNOWN))
    const isText = texts.every(one => one.isKnown && typeof one.value === 'string')
    return isText ? texts.map(one => (one.isKnown ? String(one.value) : '')).join('') : undefined
  }
  switch (kindOf(node)) {
    case 'string':
    case 'template_string': {
      const items = readLiteralText(node, tree)
      const texts = items?.map(item => ('text' in item ? item.text : all([item.value])))
      return texts?.every(text => text !== undefined) ? texts.join('') : undefined
    }
    case 'concatenated_string':
    case 'parenthesized_expression':
      return all(itemsOf(node))
    case 'binary_operator':
    case 'binary_expression':
      return node.field('operator')?.text() === '+'
        ? all([node.field('left'), node.field('right')])
        : undefined
  }
  return undefined
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

/** Returns the items of a list or an object, or the arguments of a call. */
export function itemsOf(list: SyntaxNode): SyntaxNode[] {
  return list.children().filter(child => child.isNamed() && kindOf(child) !== 'comment')
}

const DEFINED = new WeakMap<SyntaxNode, Map<string, SyntaxNode | undefined>>()

/** Returns the value that defines a name, if it is defined once in its file and never reassigned. */
export function definitionOf(name: string, tree: Tree): SyntaxNode | undefined {
  const known = DEFINED.get(tree.root) ?? new Map<string, SyntaxNode | undefined>()
  DEFINED.set(tree.root, known)
  if (!known.has(name)) known.set(name, onlyDefinition(name, tree))
  return known.get(name)
}

function onlyDefinition(name: string, tree: Tree): SyntaxNode | undefined {
  const definitions = references(tree.root, name, tree.grammar).flatMap(node => definitionAt(node) ?? [])
  const [only] = definitions
  if (definitions.length !== 1 || only?.kind !== 'value' || only.value === undefined) return undefined
  if (tree.grammar.language === 'python') return only.value
  return kindOf(only.node.parent()) === 'variable_declarator' ? only.value : undefined
}

/** Returns whether an expression is the value of an argument or a field of this name. */
export function isArgument(node: SyntaxNode, name: string): boolean {
  const parent = node.parent()
  const key = parent?.field('key') ?? parent?.field('name')
  return key?.text().replace(/^(['"])(.*)\1$/s, '$2') === name
}

/** Returns whether a constant is used only for arguments with one name, and is not exported. */
export function isOnlyFor(argument: string, { name, definition }: Constant, tree: Tree): boolean {
  if (name.includes('.')) {
    const [object = '', member = ''] = name.split('.')
    if (!SELF.test(object) && !isOnlyRead(object, tree)) return false
    return membersNamed(member, tree).every(
      node =>
        isSame((node.parent()?.field('right') ?? node.parent()?.field('value')) || null, definition) ||
        isArgument(node, argument),
    )
  }
  if (above(definition, 'export_statement') !== undefined) return false
  if (isInExportList(tree.source, name)) return false
  return references(tree.root, name, tree.grammar).every(node => {
    const parent = node.parent()
    if (isTarget(node)) return isSame(parent?.field('value') ?? parent?.field('right'), definition)
    return isArgument(node, argument)
  })
}

/** Returns whether a constant object is not exported, and all code reads single members of it. */
function isOnlyRead(name: string, tree: Tree): boolean {
  const definition = definitionOf(name, tree)
  if (definition === undefined || above(definition, 'export_statement') !== undefined) return false
  return references(tree.root, name, tree.grammar).every(
    node =>
      isTarget(node) ||
      (kindOf(node.parent()) === 'member_expression' && isSame(node.parent()?.field('object'), node)),
  )
}

/** Returns the value of a member of a constant object: `MODELS.fast`. */
function memberDefinition(node: SyntaxNode, tree: Tree): SyntaxNode | undefined {
  const [object, property] = [node.field('object'), node.field('property')]
  if (kindOf(object) !== 'identifier' || !object || !property) return undefined
  let value = definitionOf(object.text(), tree)
  while (/^(?:as_expression|satisfies_expression|parenthesized_expression)$/.test(kindOf(value)))
    value = value?.children().find(child => child.isNamed())
  if (value === undefined || kindOf(value) !== 'object') return undefined
  const pairs = itemsOf(value).filter(
    item =>
      item
        .field('key')
        ?.text()
        .replace(/^(['"])(.*)\1$/s, '$2') === property.text(),
  )
  const isPlain = itemsOf(value).every(item => kindOf(item) === 'pair')
  return isPlain && pairs.length === 1 ? (pairs[0]?.field('value') ?? undefined) : undefined
}

/** Returns every expression that reads or assigns a member of this name. */
function membersNamed(name: string, { root }: Tree): SyntaxNode[] {
  return nodesOf(root, 'attribute', 'member_expression').filter(
    node => (node.field('attribute') ?? node.field('property'))?.text() === name,
  )
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

/** Returns whether an expression has no side effects, so that it can be removed. */
export function isInert(node: SyntaxNode, { grammar }: Tree): boolean {
  return nodesOf(node, ...ACTING[grammar.language === 'python' ? 'python' : 'javascript']).length === 0
}

const SELF = /^(?:self|cls|this)$/
const ATTRIBUTES = new WeakMap<SyntaxNode, Map<string, Definition[]>>()

/** Returns the definition of an attribute such as `self.template`, if it is the only one in the file. */
export function attributeDefinition(node: SyntaxNode, tree: Tree): Definition | undefined {
  const object = (node.field('object') ?? node.child(0))?.text()
  const name = (node.field('attribute') ?? node.field('property'))?.text()
  if (!SELF.test(object ?? '') || name === undefined) return undefined
  const known = ATTRIBUTES.get(tree.root) ?? attributesIn(tree)
  ATTRIBUTES.set(tree.root, known)
  const [only, ...more] = known.get(name) ?? []
  return more.length === 0 ? only : undefined
}

function attributesIn({ root }: Tree): Map<string, Definition[]> {
  const all = new Map<string, Definition[]>()
  const kinds = [
    'assignment',
    'assignment_expression',
    'augmented_assignment',
    'public_field_definition',
    'field_definition',
  ]
  for (const assignment of nodesOf(root, ...kinds)) {
    const left = assignment.field('left') ?? assignment.field('name') ?? assignment.field('property')
    const value = assignment.field('right') ?? assignment.field('value')
    if (!left) continue
    const isField =
      kindOf(assignment.parent()?.parent()?.parent()) === 'class_definition' ||
      /field/.test(kindOf(assignment))
    const isMember = /^(?:attribute|member_expression)$/.test(kindOf(left))
    if (!isMember && !isField) continue
    const name = (left.field('attribute') ?? left.field('property') ?? left).text()
    const isPlain = value !== null && !/augmented/.test(kindOf(assignment))
    const definition: Definition = {
      kind: isPlain ? 'value' : 'unknown',
      node: left,
      value: isPlain ? value : undefined,
      statement: statementOf(left),
    }
    all.set(name, [...(all.get(name) ?? []), definition])
  }
  return all
}
