import { climb, spanOf } from '../../audit/languages/grammar.ts'
import { PASSED } from '../../audit/languages/python.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import type { Note } from '../remark.ts'
import type { ReadCall } from '../request.ts'
import { noteSpace, type RewriteOptions, type Rewriting } from '../rewriting.ts'
import { ownReferences, scopeOf } from '../scope.ts'
import type { SyntaxNode } from '../tree.ts'
import { above, isSame, kindOf, type Tree } from '../tree.ts'

/**
 * What reads the reply of a call, reading a message in its place.
 *
 * @throws CannotRewrite when the reply goes where it cannot be followed, or a field of it has no like.
 */
export function rewritePythonReply(
  call: SyntaxNode,
  read: ReadCall,
  tree: Tree,
  options: RewriteOptions,
): Rewriting {
  const edits: Edit[] = []
  const notes: Note[] = []
  const field = (member: SyntaxNode): void => {
    const name = fieldOf(member)
    if (isSame(member.parent()?.field('left'), member)) throw new CannotRewrite('reply-field', name)
    if (name === 'stop_reason') edits.push(stopReason(member, read))
    else if (name === 'completion') {
      edits.push(...textEdits(member, read.prompt.quote))
      const isTrimmed = isOnlyTrimmed(member)
      if (read.plan.trimmedSuffix !== '' && !isTrimmed) throw new CannotRewrite('prefill-tail')
      if (!read.plan.leadingSpace || isTrimmed) return
      if (options.leadingSpace === 'keep') throw new CannotRewrite('leading-space-kept')
      notes.push(noteSpace(spanOf(member).start))
    } else if (name !== 'model') throw new CannotRewrite('reply-field', name)
  }

  const top = climb(call, PASSED)
  const parent = top.parent()
  switch (kindOf(parent)) {
    case 'expression_statement':
      break
    case 'attribute':
    case 'subscript':
      if (parent) field(parent)
      break
    case 'assignment': {
      const name = parent?.field('left')
      if (kindOf(name) !== 'identifier' || !name || parent?.field('type'))
        throw new CannotRewrite('reply-elsewhere')
      const scope = scopeOf(name, tree.grammar)
      for (const use of ownReferences(scope, name.text(), tree.grammar)) {
        if (use.id() === name.id()) continue
        const member = climb(use, PASSED).parent()
        const isMember =
          /^(?:attribute|subscript)$/.test(kindOf(member)) && isSame(member?.child(0), climb(use, PASSED))
        if (!member || !isMember) throw new CannotRewrite('reply-elsewhere', name.text())
        field(member)
      }
      break
    }
    default:
      throw new CannotRewrite('reply-elsewhere')
  }
  return { edits, notes }
}

function fieldOf(member: SyntaxNode): string {
  return (
    (member.field('attribute') ?? member.field('subscript'))?.text().replace(/^(['"])(.*)\1$/s, '$2') ?? ''
  )
}

/** All text of a message, as `completion` was all text of a completion. */
function textEdits(member: SyntaxNode, fallback: string): Edit[] {
  const { start, end } = spanOf(member)
  const object = member.child(0)
  if (object === null) throw new CannotRewrite('reply-field')
  const around = above(member, 'interpolation')
    ?.ancestors()
    .find(node => kindOf(node) === 'string')
  // Before Python 3.12 a text within an interpolation cannot have the quotes of the one around it.
  const outer = around === undefined ? undefined : /^[a-z]*(['"])/i.exec(around.text())?.[1]
  const quote = outer === '"' ? "'" : outer === "'" ? '"' : fallback
  return [
    { start, end: start, text: `${quote}${quote}.join(block.text for block in ` },
    { start: spanOf(object).end, end, text: `.content if block.type == ${quote}text${quote})` },
  ]
}

function stopReason(member: SyntaxNode, read: ReadCall): Edit {
  const comparison = member.parent()
  const match = /^(.*\S)\s*([!=]=)\s*(["'])(stop_sequence|max_tokens)\3$/s.exec(comparison?.text() ?? '')
  if (!comparison || kindOf(comparison) !== 'comparison_operator' || match?.[1] !== member.text())
    throw new CannotRewrite('reply-stop-reason')
  const [, object = '', operator = '', quote = '"', word = ''] = match
  const isStopped = read.request.stop_sequences !== undefined
  const words =
    word === 'max_tokens'
      ? [word, 'model_context_window_exceeded']
      : isStopped
        ? ['end_turn', word]
        : ['end_turn']
  const text =
    words.length === 1
      ? `${object} ${operator} ${quote}${words[0]}${quote}`
      : `${object} ${operator === '==' ? 'in' : 'not in'} (${words.map(one => quote + one + quote).join(', ')})`
  return { ...spanOf(comparison), text }
}

/** Whether nothing is done with a text but to take the whitespace off its beginning. */
function isOnlyTrimmed(use: SyntaxNode): boolean {
  const member = use.parent()
  const call = member?.parent()
  return (
    kindOf(member) === 'attribute' &&
    /^l?strip$/.test(member?.field('attribute')?.text() ?? '') &&
    /\(\s*\)$/.test(call?.text() ?? '')
  )
}
