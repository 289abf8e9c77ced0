import { spanOf } from '../audit/languages/grammar.ts'
import { type Edit, removal } from './edits.ts'
import { ownReferences, scopeOf } from './scope.ts'
import type { SyntaxNode } from './tree.ts'
import { isSame, kindOf, nodesOf, type Tree } from './tree.ts'
import { isInert } from './value.ts'

/** The expression that makes a prompt, and what goes when it is written elsewhere. */
export interface PromptExpression {
  node: SyntaxNode
  edits: readonly Edit[]
}

/**
 * The expression behind a prompt that is a variable, where the call could as well hold it itself: it is given its
 * value once, used in the call alone, and nothing between the two changes what the value is made of.
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

/** A blank line that parted two statements has nothing to part where the first of a block goes. */
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

/** What stands between a statement and the one, beside it, that holds a call; nothing where it is not beside it. */
function siblingsBetween(statement: SyntaxNode, call: SyntaxNode): SyntaxNode[] | undefined {
  const block = statement.parent()
  const holder = [call, ...call.ancestors()].find(node => isSame(node.parent(), block))
  if (holder === undefined || spanOf(holder).start < spanOf(statement).end) return undefined
  const { end } = spanOf(statement)
  const { start } = spanOf(holder)
  // Where the call may be made more than once, or never, the value was made once all the same; it is only text.
  return (block?.children() ?? []).filter(
    one => one.isNamed() && kindOf(one) !== 'comment' && spanOf(one).start >= end && spanOf(one).end <= start,
  )
}

/** Whether one of the statements may put another value into what the expression is made of. */
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
