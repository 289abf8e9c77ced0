import type { SgNode } from '@ast-grep/napi'
import { spanOf } from '../../audit/grammar.ts'
import { type Edit, indentAt } from '../edits.ts'
import { LeftToPerson } from '../left.ts'
import type { ReadCall } from '../request.ts'
import { noteSpace, type RewriteOptions, type Rewriting } from '../rewriting.ts'
import { ownReferences, scopeOf } from '../scope.ts'
import { isSame, kindOf, references, type Tree } from '../tree.ts'

const PASSED = new Set(['await', 'parenthesized_expression'])

/**
 * The loop over a stream, reading its events in the place of completions.
 *
 * @throws LeftToPerson when the stream goes elsewhere, or the loop does what the empty last completion would show in.
 */
export function rewritePythonStream(
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
  const isLoop = kindOf(parent) === 'for_statement' && isSame(parent?.field('right'), top)
  const loops = isLoop && parent ? [parent] : loopsOver(parent, tree)
  const [loop] = loops
  if (loop === undefined || loops.length > 1) throw new LeftToPerson('stream-elsewhere')
  const notes = read.plan.leadingSpace ? [noteSpace(spanOf(loop).start)] : []
  return { edits: loopEdits(loop, read.prompt.quote, tree), notes }
}

function loopsOver(assignment: SgNode | null, tree: Tree): SgNode[] {
  const name = assignment?.field('left')
  if (kindOf(assignment) !== 'assignment' || kindOf(name) !== 'identifier' || !name)
    throw new LeftToPerson('stream-elsewhere')
  const scope = scopeOf(name)
  return ownReferences(scope, name.text(), tree.grammar).flatMap(use => {
    const parent = use.parent()
    if (isSame(parent, assignment)) return []
    if (kindOf(parent) === 'for_statement' && isSame(parent?.field('right'), use) && parent) return [parent]
    throw new LeftToPerson('stream-elsewhere', name.text())
  })
}

function loopEdits(loop: SgNode, quote: string, tree: Tree): Edit[] {
  const { source } = tree
  const [left, body] = [loop.field('left'), loop.field('body')]
  if (!left || !body || kindOf(left) !== 'identifier' || loop.field('alternative'))
    throw new LeftToPerson('stream-pattern')
  const name = left.text()
  const { start } = spanOf(body)
  const isOnOwnLine = /\n[ \t]*$/.test(source.slice(spanOf(left).end, start))
  if (!isOnOwnLine) throw new LeftToPerson('stream-pattern')
  const edits = references(body, name, tree.grammar).map((use): Edit => {
    const member = use.parent()
    const isRead = kindOf(member) === 'attribute' && member?.field('attribute')?.text() === 'completion'
    if (!member || !isRead || !isSink(member)) throw new LeftToPerson('stream-body')
    return { ...spanOf(member), text: `${name}.delta.text` }
  })
  const indent = indentAt(source, start)
  const outer = indentAt(source, spanOf(loop).start)
  const unit = indent.slice(outer.length)
  const guard = `if ${name}.type != ${quote}content_block_delta${quote} or ${name}.delta.type != ${quote}text_delta${quote}:\n${indent}${unit}continue\n${indent}`
  return [...edits, { start, end: start, text: guard }]
}

/** Whether an empty text more or less makes no difference: the last completion of a stream had none. */
function isSink(piece: SgNode): boolean {
  const parent = piece.parent()
  if (kindOf(parent) === 'augmented_assignment')
    return /\+=/.test(parent?.text() ?? '') && isSame(parent?.field('right'), piece)
  const call = parent?.parent()
  const items = parent?.children().filter(child => child.isNamed()) ?? []
  if (kindOf(call) !== 'call' || !isSame(items[0], piece)) return false
  const called = call?.field('function')
  if (called?.field('attribute')?.text() === 'write') return items.length === 1
  const isEndless = items.some(item => /^end\s*=\s*(?:""|'')$/.test(item.text()))
  const rest = items.slice(1).every(item => /^(?:end|flush|file)\s*=/.test(item.text()))
  return called?.text() === 'print' && isEndless && rest
}
