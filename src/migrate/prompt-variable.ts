import { spanOf } from '../audit/languages/grammar.ts'
import { type Edit, removal } from './edits.ts'
import { ownReferences, scopeOf } from './scope.ts'
import type { SyntaxNode } from './tree.ts'
import { isSame, kindOf, nodesOf, type Tree } from './tree.ts'
import { isInert } from './value.ts'

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
    .some(node =>
      [...names].some(name =>
        new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(node.text()),
      ),
    )
}
