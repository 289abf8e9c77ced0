import { PASSED } from '../../audit/languages/javascript.ts'
import type { SyntaxNode } from '../tree.ts'
import { above, isSame, isTarget, kindOf, nodesOf, references, type Tree } from '../tree.ts'
import type { ModuleUse } from './modules.ts'
import { isClientClass } from './names.ts'

/** Members that clients of `legacy-completions` have too. */
const SHARED: ReadonlySet<string> = new Set([
  'completions',
  'withOptions',
  'apiKey',
  'authToken',
  'baseURL',
  'timeout',
  'maxRetries',
  'fetch',
  'fetchOptions',
  'defaultHeaders',
  'defaultQuery',
  'logger',
  'logLevel',
])

/** How a file uses clients. */
export interface ClientsIn {
  /** Each `new Anthropic(…)`. */
  constructions: readonly SyntaxNode[]
  /** Variables and fields that hold a client: constructed here, or declared with the type of one. */
  names: ReadonlySet<string>
  /** Those of them that are constructed in this file. */
  made: ReadonlySet<string>
  /** The type annotations of those that are declared as clients. */
  annotations: readonly { name: string; type: SyntaxNode }[]
  /** The members that are read on clients: `completions`, `messages`, … */
  members: ReadonlySet<string>
  /** Whether a client is passed to code outside of this file. */
  escapes: boolean
}

/** Finds the clients in a file, and how the file uses them. */
export function clientsIn(tree: Tree, modules: readonly ModuleUse[]): ClientsIn {
  const { root } = tree
  const isClass = classTest(modules)
  const constructions = nodesOf(root, 'new_expression').filter(node =>
    isClass(node.field('constructor')?.text() ?? ''),
  )
  const classNames = modules.flatMap(({ bindings }) => bindings.map(({ local }) => local))
  const annotations = nodesOf(root, 'type_annotation').flatMap(annotation => {
    // A look at the text is cheap, and few annotations name a client.
    const text = annotation.text()
    if (!classNames.some(name => text.includes(name))) return []
    const type = annotation.children().find(child => child.isNamed())
    const owner = annotation.parent()
    const name = (owner?.field('pattern') ?? owner?.field('name'))?.text().replace(/^#/, '')
    return type && name !== undefined && isClass(type.text()) ? [{ name, type }] : []
  })
  const names = new Set(annotations.map(({ name }) => name))
  const made = new Set<string>()
  const members = new Set<string>()
  let escapes = false
  const look = (value: SyntaxNode): void => {
    const top = climb(value)
    const parent = top.parent()
    if (kindOf(parent) === 'member_expression' && isSame(parent?.field('object'), top))
      members.add(parent?.field('property')?.text() ?? '')
    else escapes = true
  }
  for (const node of constructions) {
    const name = holderOf(node)
    if (name === undefined) {
      look(node)
      continue
    }
    names.add(name)
    made.add(name)
  }
  for (const name of names) {
    for (const node of references(root, name, tree.grammar)) if (!isDeclared(node)) look(node)
    for (const node of nodesOf(root, 'property_identifier', 'private_property_identifier')) {
      if (node.text().replace(/^#/, '') !== name) continue
      const owner = node.parent()
      if (kindOf(owner) !== 'member_expression' || !owner) continue
      if (owner.field('object')?.text() === 'this' && !isTarget(owner)) look(owner)
    }
  }
  const isExported = constructions.some(node => {
    const around = above(node, 'export_statement')
    return around !== undefined && above(node, 'statement_block', 'class_body') === undefined
  })
  return { constructions, names, made, annotations, members, escapes: escapes || isExported }
}

/** Returns whether a file uses members of clients that `legacy-completions` does not have. */
export function usesMore({ members }: ClientsIn): boolean {
  return [...members].some(name => !SHARED.has(name))
}

/** Returns a test for expressions and types that name a client class. */
function classTest(modules: readonly ModuleUse[]): (code: string) => boolean {
  const bindings = modules.flatMap(({ bindings }) => bindings)
  const classes = new Set(
    bindings.filter(({ imported }) => isClientClass(imported)).map(({ local }) => local),
  )
  const spaces = new Set(bindings.filter(({ imported }) => imported === '*').map(({ local }) => local))
  return code => {
    if (classes.has(code) || spaces.has(code)) return true
    const [space = '', name = ''] = code.split('.')
    return (classes.has(space) || spaces.has(space)) && isClientClass(name) && code === `${space}.${name}`
  }
}

/** Returns the variable or the field that a constructed client is assigned to. */
function holderOf(construction: SyntaxNode): string | undefined {
  const top = climb(construction)
  const parent = top.parent()
  switch (kindOf(parent)) {
    case 'variable_declarator':
    case 'public_field_definition':
    case 'field_definition':
      return plainName(parent?.field('name') ?? parent?.field('property'))
    case 'assignment_expression':
    case 'augmented_assignment_expression':
      return plainName(parent?.field('left'))
    default:
      return undefined
  }
}

function plainName(node: SyntaxNode | null | undefined): string | undefined {
  if (kindOf(node) === 'member_expression')
    return node?.field('object')?.text() === 'this' ? plainName(node.field('property')) : undefined
  return /^#?([\w$]+)$/.exec(node?.text() ?? '')?.[1]
}

/** Returns the outermost expression with the same value. `withCompletions` returns the client that it was given. */
function climb(value: SyntaxNode): SyntaxNode {
  let top = value
  for (let up = top.parent(); up !== null; up = up.parent()) {
    const isWrapped =
      (kindOf(up) === 'arguments' && up.parent()?.field('function')?.text() === 'withCompletions') ||
      (kindOf(up) === 'call_expression' && up.field('function')?.text() === 'withCompletions')
    if (!PASSED.has(kindOf(up)) && !isWrapped) break
    top = up
  }
  return top
}

function isDeclared(node: SyntaxNode): boolean {
  const parent = node.parent()
  return (
    isTarget(node) ||
    /^(?:required|optional)_parameter$/.test(kindOf(parent)) ||
    kindOf(parent) === 'type_annotation'
  )
}
