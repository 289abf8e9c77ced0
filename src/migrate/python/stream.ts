import { climb, spanOf } from '../../audit/languages/grammar.ts'
import { PASSED } from '../../audit/languages/python.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Note } from '../diagnostic.ts'
import { type Edit, indentAt } from '../edits.ts'
import { elsewhere, isPrinted, usesOfReply } from '../reply-uses.ts'
import type { ReadCall } from '../request.ts'
import { type CallContext, noteSpace, type RewriteOptions, type Rewriting } from '../rewriting.ts'
import type { SyntaxNode } from '../tree.ts'
import { isSame, kindOf, references, type Tree } from '../tree.ts'

/**
 * Rewrites the loop over a stream, so that it reads events of a message.
 *
 * @throws CannotRewrite if the stream is passed to other code, or the loop depends on the empty completion that ended
 * the old stream.
 */
export function rewritePythonStream(
  call: SyntaxNode,
  read: ReadCall,
  context: CallContext,
  { leadingSpace }: RewriteOptions,
): Rewriting {
  if (read.plan.trimmedSuffix !== '') throw new CannotRewrite('prefill-tail')
  if (read.plan.leadingSpace && leadingSpace === 'keep') throw new CannotRewrite('stream-space')
  const top = climb(call, PASSED)
  const parent = top.parent()
  const isLoop = kindOf(parent) === 'for_statement' && isSame(parent?.field('right'), top)
  const { tree } = context
  const found = isLoop && parent ? { loops: [parent], shared: [], notes: [] } : loopsOver(parent, context)
  const [loop] = found.loops
  if (loop === undefined || found.loops.length > 1) throw elsewhere('stream-elsewhere', top)
  const { edits, notes } = rewriteLoop(loop, read.quote, tree)
  const space = read.plan.leadingSpace ? [noteSpace(loop.start)] : []
  return { edits, notes: [...notes, ...found.notes, ...space], reads: [], shared: [...found.shared] }
}

/** Returns the loops over the variable that holds a stream and has no other use. */
function loopsOver(
  assignment: SyntaxNode | null,
  { tree, isLegacyCall }: CallContext,
): { loops: SyntaxNode[]; shared: readonly number[]; notes: Note[] } {
  const name = assignment?.field('left')
  if (kindOf(assignment) !== 'assignment' || kindOf(name) !== 'identifier' || !name)
    throw new CannotRewrite('stream-elsewhere', assignment ?? undefined)
  const loops: SyntaxNode[] = []
  const notes: Note[] = []
  const { uses, shared } = usesOfReply(name, tree, isLegacyCall)
  for (const use of uses) {
    const parent = use.parent()
    if (kindOf(parent) === 'for_statement' && isSame(parent?.field('right'), use) && parent)
      loops.push(parent)
    else if (isPrinted(use)) notes.push({ code: 'reply-printed', at: use.start })
    else throw elsewhere('stream-elsewhere', use)
  }
  return { loops, shared, notes }
}

function rewriteLoop(loop: SyntaxNode, quote: string, tree: Tree): Pick<Rewriting, 'edits' | 'notes'> {
  const { source } = tree
  const [left, body] = [loop.field('left'), loop.field('body')]
  if (!left || !body || kindOf(left) !== 'identifier' || loop.field('alternative'))
    throw new CannotRewrite('stream-pattern', loop.field('alternative') ?? left ?? loop)
  const name = left.text()
  const { start } = spanOf(body)
  const isOnOwnLine = /\n[ \t]*$/.test(source.slice(spanOf(left).end, start))
  if (!isOnOwnLine) throw new CannotRewrite('stream-pattern', body)
  let sinks = 0
  const edits = references(body, name, tree.grammar).map((use): Edit => {
    const member = use.parent()
    const isRead = kindOf(member) === 'attribute' && member?.field('attribute')?.text() === 'completion'
    if (!member || !isRead || isWritten(member)) throw new CannotRewrite('stream-body', member ?? use)
    if (isSink(member)) sinks++
    return { ...spanOf(member), text: `${name}.delta.text` }
  })
  const indent = indentAt(source, start)
  const outer = indentAt(source, spanOf(loop).start)
  const unit = indent.slice(outer.length)
  const guard = `if ${name}.type != ${quote}content_block_delta${quote} or ${name}.delta.type != ${quote}text_delta${quote}:\n${indent}${unit}continue\n${indent}`
  const statements = body.children().filter(one => one.isNamed() && kindOf(one) !== 'comment')
  const notes: Note[] = sinks === statements.length ? [] : [{ code: 'stream-end', at: spanOf(loop).start }]
  return { edits: [...edits, { start, end: start, text: guard }], notes }
}

const isWritten = (member: SyntaxNode): boolean =>
  /assignment|^for_statement$/.test(kindOf(member.parent())) && isSame(member.parent()?.field('left'), member)

/**
 * Returns whether a part of the text is written or added to a text. An empty part, such as the last completion of an old
 * stream, has no effect there.
 */
function isSink(part: SyntaxNode): boolean {
  const parent = part.parent()
  if (kindOf(parent) === 'augmented_assignment')
    return /\+=/.test(parent?.text() ?? '') && isSame(parent?.field('right'), part)
  const call = parent?.parent()
  const items = parent?.children().filter(child => child.isNamed()) ?? []
  if (kindOf(call) !== 'call' || !isSame(items[0], part)) return false
  const called = call?.field('function')
  if (called?.text() !== 'print') return items.length === 1 && called?.field('attribute')?.text() === 'write'
  const isEndless = items.some(item => /^end\s*=\s*(?:""|'')$/.test(item.text()))
  return isEndless && items.slice(1).every(item => /^(?:end|flush|file)\s*=/.test(item.text()))
}
