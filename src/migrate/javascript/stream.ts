import type { SgNode } from '@ast-grep/napi'
import { spanOf } from '../../audit/grammar.ts'
import { type Edit, indentAt } from '../edits.ts'
import { LeftToPerson } from '../left.ts'
import type { Note } from '../remark.ts'
import type { ReadCall } from '../request.ts'
import { noteSpace, type RewriteOptions, type Rewriting } from '../rewriting.ts'
import { ownReferences, scopeOf } from '../scope.ts'
import { isSame, kindOf, references, type Tree } from '../tree.ts'

const PASSED = new Set(['await_expression', 'parenthesized_expression'])

/**
 * The loops over a stream, reading its events in the place of completions.
 *
 * @throws LeftToPerson when the stream goes elsewhere, or a loop does what the empty last completion would show in.
 */
export function rewriteStream(
  call: SgNode,
  read: ReadCall,
  tree: Tree,
  { leadingSpace }: RewriteOptions,
): Rewriting {
  if (read.plan.unsentTail !== '') throw new LeftToPerson('prefill-tail')
  if (read.plan.leadingSpace && leadingSpace === 'keep') throw new LeftToPerson('stream-space')
  let top = call
  for (let up = top.parent(); up !== null && PASSED.has(kindOf(up)); up = up.parent()) top = up
  const parent = top.parent()
  const loops =
    isSame(parent?.field('right'), top) && kindOf(parent) === 'for_in_statement' && parent
      ? [parent]
      : loopsOver(parent, tree)
  if (loops.length !== 1) throw new LeftToPerson('stream-elsewhere')
  const edits = loops.flatMap(loop => loopEdits(loop, read.prompt.quote, tree))
  const notes: Note[] = read.plan.leadingSpace ? loops.map(loop => noteSpace(spanOf(loop).start)) : []
  return { edits, notes }
}

/** The loops over the variable that holds a stream: it is used for nothing else, but may be aborted. */
function loopsOver(declarator: SgNode | null, tree: Tree): SgNode[] {
  const name = declarator?.field('name')
  if (
    kindOf(declarator) !== 'variable_declarator' ||
    kindOf(name) !== 'identifier' ||
    !name ||
    declarator?.field('type')
  )
    throw new LeftToPerson('stream-elsewhere')
  const scope = scopeOf(declarator ?? name)
  return ownReferences(scope, name.text(), tree.grammar).flatMap(use => {
    const parent = use.parent()
    if (isSame(parent, declarator)) return []
    if (kindOf(parent) === 'for_in_statement' && isSame(parent?.field('right'), use) && parent)
      return [parent]
    const isController =
      kindOf(parent) === 'member_expression' && parent?.field('property')?.text() === 'controller'
    if (!isController) throw new LeftToPerson('stream-elsewhere', name.text())
    return []
  })
}

function loopEdits(loop: SgNode, quote: string, tree: Tree): Edit[] {
  const { source } = tree
  const [left, body] = [loop.field('left'), loop.field('body')]
  if (!left || !body || !/^for\s+await\b/.test(loop.text())) throw new LeftToPerson('stream-elsewhere')
  const pattern = /^\{\s*completion\s*,?\s*\}$/.test(left.text())
  const name = pattern ? 'event' : left.text()
  if (!/^[\w$]+$/.test(name) || (pattern && references(loop, 'event', tree.grammar).length > 0))
    throw new LeftToPerson('stream-pattern')
  const edits: Edit[] = pattern ? [{ ...spanOf(left), text: name }] : []
  for (const use of references(body, pattern ? 'completion' : name, tree.grammar)) {
    const piece = pattern ? use : completionRead(use)
    if (!isSink(piece)) throw new LeftToPerson('stream-body')
    edits.push({ ...spanOf(piece), text: `${name}.delta.text` })
  }
  const indent = indentAt(source, spanOf(loop).start)
  const unit = /^(?:\t| {2,4})(?=\S)/m.exec(source)?.[0] ?? '  '
  const semicolon = /;\s*$/m.test(source) ? ';' : ''
  const guard = `if (${name}.type !== ${quote}content_block_delta${quote} || ${name}.delta.type !== ${quote}text_delta${quote}) continue${semicolon}`
  const { start, end } = spanOf(body)
  if (kindOf(body) === 'statement_block') {
    const isInline = !body.text().includes('\n')
    return [
      ...edits,
      {
        start: start + 1,
        end: start + 1,
        text: isInline ? ` ${guard}${semicolon === '' ? ';' : ''}` : `\n${indent}${unit}${guard}`,
      },
    ]
  }
  const before = source.slice(0, start).trimEnd().length
  return [
    ...edits,
    { start: before, end: start, text: ` {\n${indent}${unit}${guard}\n${indent}${unit}` },
    { start: end, end, text: `\n${indent}}` },
  ]
}

function completionRead(use: SgNode): SgNode {
  const member = use.parent()
  const isRead =
    kindOf(member) === 'member_expression' &&
    isSame(member?.field('object'), use) &&
    member?.field('property')?.text() === 'completion'
  if (!member || !isRead) throw new LeftToPerson('stream-body')
  return member
}

/** Whether an empty text more or less makes no difference: the last completion of a stream had none. */
function isSink(piece: SgNode): boolean {
  const parent = piece.parent()
  if (kindOf(parent) === 'augmented_assignment_expression')
    return parent?.field('operator')?.text() === '+=' && isSame(parent.field('right'), piece)
  const call = parent?.parent()
  const isOnly =
    kindOf(parent) === 'arguments' && parent?.children().filter(child => child.isNamed()).length === 1
  return isOnly && call?.field('function')?.field('property')?.text() === 'write'
}
