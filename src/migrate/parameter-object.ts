import { CannotRewrite } from './cannot-rewrite.ts'
import { definitionAt } from './definitions.ts'
import type { Edit } from './edits.ts'
import { modulesOf } from './javascript/modules.ts'
import { reaching } from './reaching.ts'
import type { CallContext } from './rewriting.ts'
import { ownReferences, scopeOf } from './scope.ts'
import { isSame, kindOf, type SyntaxNode, type Tree } from './tree.ts'

/** The parameters of a call, as an object literal or a dictionary. */
export interface ParameterObject {
  /** The literal, or the argument list of `dict(…)`. */
  object: SyntaxNode
  /** Offsets of other calls that have the same parameters. */
  shared: number[]
  /** The edits of the declared types. */
  edits: Edit[]
}

/**
 * Finds the object literal or the dictionary that holds the parameters of a call, and the other calls that use it.
 *
 * @throws CannotRewrite if it is not written in this function, or if other code reads or extends it.
 */
export function parameterObject(
  node: SyntaxNode,
  call: SyntaxNode,
  { tree, isLegacyCall }: CallContext,
): ParameterObject {
  const direct = plainValue(node, tree)
  if (direct !== undefined) return { ...direct, shared: [] }
  const left = (cause: SyntaxNode): CannotRewrite => new CannotRewrite('arguments-unknown', cause)
  if (kindOf(node) !== 'identifier') throw left(node)
  const { definitions, isComplete } = reaching(node, tree)
  const [only] = definitions
  const value = only?.value && plainValue(only.value, tree)
  if (!isComplete || definitions.length !== 1 || only === undefined || !value) throw left(node)
  const shared: number[] = []
  for (const use of ownReferences(scopeOf(node, tree), node.text(), tree)) {
    if (definitionAt(use) !== undefined) {
      if (!isSame(use, only.node)) throw left(use)
      continue
    }
    const parent = use.parent()
    const isSpread = /^(?:dictionary_splat|spread_element)$/.test(kindOf(parent))
    const other = callOf(isSpread && parent ? parent : use)
    if (other === undefined || !isLegacyCall(other)) throw left(use)
    if (!isSame(other, call)) shared.push(other.start)
  }
  const type = tree.isTyped ? only.node.parent()?.field('type') : undefined
  return { object: value.object, shared, edits: [...value.edits, ...(type ? typeEdits(type, tree) : [])] }
}

/** Returns an object without its type assertion; `undefined` for any other expression. */
function plainValue(value: SyntaxNode, tree: Tree): Omit<ParameterObject, 'shared'> | undefined {
  const kind = kindOf(value)
  if (/^(?:object|dictionary)$/.test(kind)) return { object: value, edits: [] }
  const list = value.field('arguments')
  if (kind === 'call' && value.field('function')?.text() === 'dict' && list)
    return { object: list, edits: [] }
  if (!/^(?:as_expression|satisfies_expression|parenthesized_expression)$/.test(kind)) return undefined
  const [inner, type] = value.children().filter(child => child.isNamed())
  const found = inner && plainValue(inner, tree)
  if (found === undefined) return undefined
  return { ...found, edits: [...found.edits, ...(type ? typeEdits(type, tree) : [])] }
}

/** Types that objects with any fields have. */
const OPEN_TYPE = /^(?:any|const|object|unknown|Record<string,\s*(?:any|unknown)>)$/
const OLD_TYPE =
  /^(?:[\w$]+\.)*(?:CompletionCreateParams|CompletionRequest)(NonStreaming|Streaming)?(?:\.CompletionRequest(NonStreaming|Streaming))?$/

/**
 * Returns the edit that replaces the type of the old parameters with the type of the new ones.
 *
 * @throws CannotRewrite if the type is one of the program.
 */
function typeEdits(node: SyntaxNode, tree: Tree): Edit[] {
  const [type] =
    kindOf(node) === 'type_annotation' ? node.children().filter(child => child.isNamed()) : [node]
  const text = type?.text() ?? ''
  if (type === undefined || OPEN_TYPE.test(text)) return []
  const old = OLD_TYPE.exec(text)
  const sdk = modulesOf(tree)
    .flatMap(({ bindings }) => bindings)
    .find(({ imported }) => /^(?:default|Anthropic)$/.test(imported))?.local
  if (old === null || sdk === undefined) throw new CannotRewrite('arguments-unknown', type)
  return [{ start: type.start, end: type.end, text: `${sdk}.MessageCreateParams${old[1] ?? old[2] ?? ''}` }]
}

/** Returns the call that has an expression as its argument, directly or through a spread. */
function callOf(node: SyntaxNode): SyntaxNode | undefined {
  const parent = node.parent()
  const list = kindOf(parent) === 'object' ? parent?.parent() : parent
  return /^(?:arguments|argument_list)$/.test(kindOf(list)) ? (list?.parent() ?? undefined) : undefined
}
