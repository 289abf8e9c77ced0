import { spanOf } from '../audit/languages/grammar.ts'
import { type Definition, definitionAt } from './definitions.ts'
import { type Edit, removal } from './edits.ts'
import { usesOfImported } from './imported-names.ts'
import { usesOfHelper } from './local-functions.ts'
import { escapePattern, hasFreeName, isInExportList } from './name-patterns.ts'
import type { Notation } from './notation.ts'
import type { IsNamedElsewhere } from './program.ts'
import { promptArgumentOf } from './prompt.ts'
import type { Model } from './prompt-parts.ts'
import { usesReached } from './reaching.ts'
import { functionAround, ownReferences, scopeOf } from './scope.ts'
import { above, isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from './tree.ts'
import { isInert } from './value.ts'

/** The surroundings of a prompt, which decide whether its variables can be changed. */
export interface PromptContext {
  call: SyntaxNode
  tree: Tree
  notation: Notation
  /** Returns whether a node is one of the calls that are being rewritten. */
  isLegacyCall: (node: SyntaxNode) => boolean
  isNamedElsewhere: IsNamedElsewhere
}

/** A variable or a function that holds a part of a prompt. */
export type Named = Extract<Model, { type: 'variable' | 'helper' }>

/** The expression that builds a prompt, and the edits that remove it from its old place. */
export interface PromptExpression {
  node: SyntaxNode
  edits: readonly Edit[]
}

/**
 * Returns the value of a variable that is the prompt of a call, if the call can contain that value directly: the
 * variable is assigned once and used only in the call, and nothing between the two changes the parts of the value.
 */
export function promptExpression(node: SyntaxNode, call: SyntaxNode, tree: Tree): PromptExpression {
  const asIs: PromptExpression = { node, edits: [] }
  if (!/^(?:identifier|shorthand_property_identifier)$/.test(kindOf(node))) return asIs
  const name = node.text()
  const declaration = declarationOf(name, call, tree)
  if (declaration === undefined) return asIs
  const { statement, value, target } = declaration
  const uses = ownReferences(scopeOf(target, tree), name, tree)
  const between = siblingsBetween(statement, call)
  if (uses.length !== 2 || between === undefined) return asIs
  const isStill = between.length === 0 || (isInert(value, tree) && !changes(between, value, tree))
  return isStill
    ? { node: value, edits: [withBlankLine(removal(tree.source, spanOf(statement)), tree.source)] }
    : asIs
}

/** Extends a removal by the blank line after it, if the removed statement is the first of its block. */
function withBlankLine(edit: Edit, source: string): Edit {
  const isFirst = /(?:^|[{:]|\n)[ \t]*\n$/.test(source.slice(Math.max(0, edit.start - 200), edit.start))
  const blank = /^[ \t]*\n/.exec(source.slice(edit.end))?.[0] ?? ''
  return isFirst && source[edit.end - 1] === '\n' ? { ...edit, end: edit.end + blank.length } : edit
}

function declarationOf(
  name: string,
  call: SyntaxNode,
  tree: Tree,
): { statement: SyntaxNode; target: SyntaxNode; value: SyntaxNode } | undefined {
  const isPython = tree.grammar.language === 'python'
  for (const block of call.ancestors()) {
    for (const statement of block.children()) {
      const [only, ...others] = nodesOf(statement, isPython ? 'assignment' : 'variable_declarator')
      const isDeclaration = kindOf(statement) === (isPython ? 'expression_statement' : 'lexical_declaration')
      if (!isDeclaration || only === undefined || !isSame(only.parent(), statement) || others.length > 0)
        continue
      const [target, value] = isPython
        ? [only.field('left'), only.field('right')]
        : [only.field('name'), only.field('value')]
      if (target?.text() !== name || !value || only.field('type')) continue
      return /^const\b/.test(statement.text()) || isPython ? { statement, target, value } : undefined
    }
  }
  return undefined
}

/**
 * Returns the nodes between a statement and the sibling that contains a call; `undefined` if the call is in no later
 * sibling.
 */
function siblingsBetween(statement: SyntaxNode, call: SyntaxNode): SyntaxNode[] | undefined {
  const block = statement.parent()
  const holder = [call, ...call.ancestors()].find(node => isSame(node.parent(), block))
  if (holder === undefined || spanOf(holder).start < spanOf(statement).end) return undefined
  const { end } = spanOf(statement)
  const { start } = spanOf(holder)
  // The call may run several times or never, while the value was computed once. This is safe: the value is only text.
  return (block?.children() ?? []).filter(
    one => one.isNamed() && kindOf(one) !== 'comment' && spanOf(one).start >= end && spanOf(one).end <= start,
  )
}

/** Returns whether one of the statements may assign a variable that the expression uses. */
function changes(statements: readonly SyntaxNode[], value: SyntaxNode, { grammar }: Tree): boolean {
  const names = new Set(nodesOf(value, 'identifier').map(node => node.text()))
  const isPython = grammar.language === 'python'
  const kinds = isPython
    ? ['assignment', 'augmented_assignment', 'for_statement', 'named_expression']
    : ['assignment_expression', 'augmented_assignment_expression', 'update_expression', 'for_in_statement']
  return statements
    .flatMap(statement => nodesOf(statement, ...kinds))
    .some(node => [...names].some(name => hasFreeName(node.text(), name)))
}

/** A use of a part of a prompt in the prompt of another call. */
export interface SharedUse {
  /** The offset of the other call. */
  call: number
  use: SyntaxNode
  named: Named
}

/**
 * Returns the other calls that use the variables and functions of a prompt.
 *
 * @returns `undefined` if other code uses them too, so that their text must not change
 */
export function sharedBy(named: readonly Named[], context: PromptContext): SharedUse[] | undefined {
  const shared: SharedUse[] = []
  for (const one of named) {
    const uses = usesOf(one, context)
    if (uses === undefined) return undefined
    for (const use of uses) {
      const isOwn = named.some(
        other =>
          other.type === 'variable' &&
          other.imported === undefined &&
          other.options.some(({ definition, base }) => isPartOf(use, definition, base !== undefined)),
      )
      const isReturned = named.some(
        other =>
          other.type === 'helper' &&
          other.imported === undefined &&
          other.options.some(({ value }) => isInside(use, value)),
      )
      if (isOwn || isReturned) continue
      const calls = callsWith(use, context)
      if (calls === undefined) return undefined
      for (const call of calls)
        if (!isSame(call, context.call)) shared.push({ call: call.start, use, named: one })
    }
  }
  return shared
}

/** The largest number of variables that a prompt is followed through to its call. */
const MOST_STEPS = 8

/**
 * Returns the calls that have an expression in their prompts, directly or through variables.
 *
 * @returns `undefined` if other code uses it too
 */
function callsWith(use: SyntaxNode, context: PromptContext, steps = 0): SyntaxNode[] | undefined {
  const { tree, isLegacyCall } = context
  const call = promptArgumentOf(use, tree)
  if (call !== undefined) return isLegacyCall(call) ? [call] : undefined
  const holder = use.ancestors().find(one => /^(?:assignment|variable_declarator)$/.test(kindOf(one)))
  const name = holder?.field('left') ?? holder?.field('name')
  const value = holder?.field('right') ?? holder?.field('value')
  const isHeld = name && value && kindOf(name) === 'identifier' && isInside(use, value)
  if (!isHeld || steps > MOST_STEPS || functionAround(name) === undefined) return undefined
  const found: SyntaxNode[] = []
  for (const { use: next } of usesReached(name, tree)) {
    if (isSame(next, name)) continue
    const calls = callsWith(next, context, steps + 1)
    if (calls === undefined) return undefined
    found.push(...calls)
  }
  return found.length > 0 ? found : undefined
}

/** Returns whether a node is within another. */
export const isInside = (inner: SyntaxNode, outer: SyntaxNode): boolean =>
  outer.start <= inner.start && inner.end <= outer.end

/** Returns whether a use is within the value of a definition, or is the variable that a value is appended to. */
function isPartOf(use: SyntaxNode, { value, node }: Definition, isAdded: boolean): boolean {
  return (value !== undefined && isInside(use, value)) || (isAdded && isSame(use, node))
}

function usesOf(named: Named, { tree, isNamedElsewhere }: PromptContext): readonly SyntaxNode[] | undefined {
  if (named.imported !== undefined) {
    const node = named.type === 'helper' ? (named.node.field('function') ?? named.node) : named.node
    return usesOfImported(named.imported, node, tree, isNamedElsewhere)
  }
  if (named.type === 'helper') {
    const name = (named.function.field('name') ?? named.function.parent()?.field('name'))?.text() ?? ''
    const isMethod = above(named.function, 'class_definition', 'class_body') !== undefined
    const isElsewhere = isNamedElsewhere(name, isMethod ? 'member' : 'export')
    return isElsewhere ? undefined : usesOfHelper(named.function, tree)
  }
  const { node, options } = named
  const name = (node.field('attribute') ?? node.field('property') ?? node).text()
  const isMember = /^(?:attribute|member_expression)$/.test(kindOf(node))
  const isOuter = isMember || options.some(({ definition }) => functionAround(definition.node) === undefined)
  if (isOuter && (isNamedElsewhere(name, isMember ? 'member' : 'export') || isExported(node, tree)))
    return undefined
  if (isMember) {
    const all = nodesOf(tree.root, 'attribute', 'member_expression')
    return all.filter(
      one =>
        (one.field('attribute') ?? one.field('property'))?.text() === name &&
        !options.some(({ definition }) => isSame(one, definition.node)),
    )
  }
  const definitions = options.map(({ definition }) => definition.node)
  const isOwn = (other: SyntaxNode): boolean => definitions.some(own => isSame(own, other))
  const uses = new Set<SyntaxNode>()
  for (const definition of definitions) {
    for (const { use, reached } of usesReached(definition, tree)) {
      // Another definition that reaches this use stays unchanged, but the rewritten use would expect a changed one.
      const isAdded = definitionAt(use) !== undefined
      if (!isAdded && !reached.definitions.every(other => isOwn(other.node))) return undefined
      uses.add(use)
    }
  }
  return [...uses]
}

function isExported(node: SyntaxNode, { source }: Tree): boolean {
  const name = node.text()
  const isDefinedSo = new RegExp(`\\bexport\\s+(?:const|let|var|function)\\s+${escapePattern(name)}\\b`)
  return isDefinedSo.test(source) || isInExportList(source, name)
}
