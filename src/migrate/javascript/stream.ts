import { climb, spanOf } from '../../audit/languages/grammar.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Note } from '../diagnostic.ts'
import { type Edit, indentAt } from '../edits.ts'
import { elsewhere, isPrinted, usesOfReply } from '../reply-uses.ts'
import type { ReadCall } from '../request.ts'
import { type CallContext, noteSpace, type RewriteOptions, type Rewriting } from '../rewriting.ts'
import type { SyntaxNode } from '../tree.ts'
import { isSame, kindOf, references, type Tree } from '../tree.ts'
import { completionOf, isWritten } from './reply.ts'

const PASSED = new Set(['await_expression', 'parenthesized_expression'])

/**
 * Rewrites the loops over a stream, so that they read events of a message.
 *
 * @throws CannotRewrite if the stream is passed to other code, or a loop depends on the empty completion that ended the
 * old stream.
 */
export function rewriteStream(
  call: SyntaxNode,
  read: ReadCall,
  context: CallContext,
  { leadingSpace }: RewriteOptions,
): Rewriting {
  if (read.plan.trimmedSuffix !== '') throw new CannotRewrite('prefill-tail')
  if (read.plan.leadingSpace && leadingSpace === 'keep') throw new CannotRewrite('stream-space')
  const top = climb(call, PASSED)
  const parent = top.parent()
  const isLoop = isSame(parent?.field('right'), top) && kindOf(parent) === 'for_in_statement'
  const found = isLoop && parent ? { loops: [parent], shared: [], notes: [] } : loopsOver(parent, context)
  const [loop] = found.loops
  if (loop === undefined || found.loops.length > 1) throw elsewhere('stream-elsewhere', top)
  const { edits, notes } = rewriteLoop(loop, read.quote, context.tree)
  const space = read.plan.leadingSpace ? [noteSpace(loop.start)] : []
  return { edits, notes: [...notes, ...found.notes, ...space], reads: [], shared: [...found.shared] }
}

/**
 * Returns the loops over the variable that holds a stream. The stream may also be aborted or printed, and have no other
 * use.
 */
function loopsOver(
  declarator: SyntaxNode | null,
  { tree, isLegacyCall }: CallContext,
): { loops: SyntaxNode[]; shared: readonly number[]; notes: Note[] } {
  const name = declarator?.field('name') ?? declarator?.field('left')
  const isGiven = /^(?:variable_declarator|assignment_expression)$/.test(kindOf(declarator))
  if (!isGiven || kindOf(name) !== 'identifier' || !name || declarator?.field('type'))
    throw new CannotRewrite('stream-elsewhere', declarator ?? undefined)
  const loops: SyntaxNode[] = []
  const notes: Note[] = []
  const { uses, shared } = usesOfReply(name, tree, isLegacyCall)
  for (const use of uses) {
    const parent = use.parent()
    const isController =
      kindOf(parent) === 'member_expression' && parent?.field('property')?.text() === 'controller'
    if (kindOf(parent) === 'for_in_statement' && isSame(parent?.field('right'), use) && parent)
      loops.push(parent)
    else if (isPrinted(use)) notes.push({ code: 'reply-printed', at: use.start })
    else if (!isController) throw elsewhere('stream-elsewhere', use)
  }
  return { loops, shared, notes }
}

function rewriteLoop(loop: SyntaxNode, quote: string, tree: Tree): Pick<Rewriting, 'edits' | 'notes'> {
  const { source } = tree
  const [left, body] = [loop.field('left'), loop.field('body')]
  if (!left || !body || !/^for\s+await\b/.test(loop.text()))
    throw new CannotRewrite('stream-elsewhere', left ?? loop)
  const pattern = completionOf(left) === 'completion'
  const name = pattern ? 'event' : left.text()
  if (!/^[\w$]+$/.test(name) || (pattern && references(loop, 'event', tree.grammar).length > 0))
    throw new CannotRewrite('stream-pattern', left)
  let sinks = 0
  const edits: Edit[] = pattern ? [{ ...spanOf(left), text: name }] : []
  for (const use of references(body, pattern ? 'completion' : name, tree.grammar)) {
    const piece = pattern ? use : completionRead(use)
    if (isWritten(piece)) throw new CannotRewrite('stream-body', piece)
    if (isSink(piece)) sinks++
    const isShorthand = kindOf(piece) === 'shorthand_property_identifier'
    edits.push({ ...spanOf(piece), text: `${isShorthand ? `${piece.text()}: ` : ''}${name}.delta.text` })
  }
  const isBlock = kindOf(body) === 'statement_block'
  const statements = isBlock
    ? body.children().filter(one => one.isNamed() && kindOf(one) !== 'comment')
    : [body]
  const notes: Note[] = sinks === statements.length ? [] : [{ code: 'stream-end', at: spanOf(loop).start }]
  const indent = indentAt(source, spanOf(loop).start)
  const inner = indent + (/^(?:\t| {2,4})(?=\S)/m.exec(source)?.[0] ?? '  ')
  const semicolon = /;[ \t]*$/m.test(source) ? ';' : ''
  const test = (path: string, type: string): string => `${name}.${path} !== ${quote}${type}${quote}`
  const guard = `if (${test('type', 'content_block_delta')} || ${test('delta.type', 'text_delta')}) continue${semicolon}`
  const { start, end } = spanOf(body)
  if (isBlock) {
    const isInline = !body.text().includes('\n')
    const text = isInline ? ` ${guard}${semicolon === '' ? ';' : ''}` : `\n${inner}${guard}`
    return { edits: [...edits, { start: start + 1, end: start + 1, text }], notes }
  }
  const before = source.slice(0, start).trimEnd().length
  edits.push(
    { start: before, end: start, text: ` {\n${inner}${guard}\n${inner}` },
    { start: end, end, text: `\n${indent}}` },
  )
  return { edits, notes }
}

function completionRead(use: SyntaxNode): SyntaxNode {
  const member = use.parent()
  const isRead =
    kindOf(member) === 'member_expression' &&
    isSame(member?.field('object'), use) &&
    member?.field('property')?.text() === 'completion'
  if (!member || !isRead) throw new CannotRewrite('stream-body', member ?? use)
  return member
}

/**
 * Returns whether a part of the text is written or added to a text. An empty part, such as the last completion of an old
 * stream, has no effect there.
 */
function isSink(part: SyntaxNode): boolean {
  const parent = part.parent()
  const kind = kindOf(parent)
  if (kind === 'augmented_assignment_expression')
    return parent?.field('operator')?.text() === '+=' && isSame(parent.field('right'), part)
  const isOnly = kind === 'arguments' && parent?.children().filter(child => child.isNamed()).length === 1
  return isOnly && parent?.parent()?.field('function')?.field('property')?.text() === 'write'
}
