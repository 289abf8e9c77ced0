import { climb } from '../../audit/languages/grammar.ts'
import { PASSED } from '../../audit/languages/python.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Note } from '../diagnostic.ts'
import type { Edit } from '../edits.ts'
import { attributeUses, elsewhere, isPrinted, isTested, type TextRead, usesOfReply } from '../reply-uses.ts'
import type { ReadCall } from '../request.ts'
import { type CallContext, noteSpace, type RewriteOptions, type Rewriting, stopWords } from '../rewriting.ts'
import { above, isSame, kindOf, type SyntaxNode } from '../tree.ts'
import { attributeDefinition } from '../value.ts'

/**
 * Rewrites the code that reads the response of a call, so that it reads a message.
 *
 * @throws CannotRewrite if the response is passed to code that cannot be followed, or a field has no counterpart.
 */
export function rewritePythonReply(
  call: SyntaxNode,
  read: ReadCall,
  context: CallContext,
  options: RewriteOptions,
): Rewriting {
  const { tree } = context
  const reading = new ReplyReading(read, options)
  const top = climb(call, PASSED)
  const parent = top.parent()
  switch (kindOf(parent)) {
    case 'expression_statement':
      break
    case 'attribute':
    case 'subscript':
      if (parent) reading.field(parent)
      break
    case 'assignment': {
      const name = parent?.field('left')
      if (!name || parent?.field('type')) throw elsewhere('reply-elsewhere', top)
      if (kindOf(name) === 'attribute' && attributeDefinition(name, tree) !== undefined)
        for (const use of attributeUses(name, tree)) reading.use(use)
      else if (kindOf(name) === 'identifier') {
        const { uses, shared } = usesOfReply(name, tree, context.isLegacyCall)
        for (const use of uses) reading.use(use)
        reading.shared.push(...shared)
      } else throw new CannotRewrite('reply-elsewhere', name)
      break
    }
    default:
      reading.whole(top)
  }
  return reading
}

/** Collects the edits for the code that reads one response. */
class ReplyReading implements Rewriting {
  readonly edits: Edit[] = []
  readonly notes: Note[] = []
  readonly reads: TextRead[] = []
  readonly shared: number[] = []
  readonly #read: ReadCall
  readonly #options: RewriteOptions

  constructor(read: ReadCall, options: RewriteOptions) {
    this.#read = read
    this.#options = options
  }

  use(use: SyntaxNode): void {
    const top = climb(use, PASSED)
    const member = top.parent()
    const isMember = /^(?:attribute|subscript)$/.test(kindOf(member)) && isSame(member?.child(0), top)
    if (member && isMember) this.field(member)
    else if (!isTested(top)) this.whole(top)
  }

  /** Handles a response that is used as a whole. */
  whole(node: SyntaxNode): void {
    if (!isPrinted(node)) throw elsewhere('reply-elsewhere', node)
    this.notes.push({ code: 'reply-printed', at: node.start })
  }

  field(member: SyntaxNode): void {
    const name = fieldOf(member)
    if (isSame(member.parent()?.field('left'), member)) throw new CannotRewrite('reply-field', member)
    if (name === 'stop_reason') this.#stopReason(member)
    else if (name === 'completion') this.#text(member)
    else if (name !== 'model' && name !== 'id') throw new CannotRewrite('reply-field', member)
  }

  #text(member: SyntaxNode): void {
    const object = member.child(0)
    if (object === null) throw new CannotRewrite('reply-field', member)
    const isTrimmed = isOnlyTrimmed(member)
    if (this.#read.plan.trimmedSuffix !== '' && !isTrimmed) throw new CannotRewrite('prefill-tail')
    const { start, end } = member
    const quote = quoteWithin(member, this.#read.quote)
    this.reads.push({
      start,
      end,
      objectEnd: object.end,
      quote,
      isOptional: false,
      isSpaced: false,
      isParenthesized: kindOf(object) === 'parenthesized_expression',
    })
    if (!this.#read.plan.leadingSpace || isTrimmed) return
    if (this.#options.leadingSpace === 'keep') throw new CannotRewrite('leading-space-kept', member)
    this.notes.push(noteSpace(start))
  }

  #stopReason(member: SyntaxNode): void {
    if (isPrinted(member)) {
      this.notes.push({ code: 'stop-reason-printed', at: member.start })
      return
    }
    if (isTested(member)) return
    const comparison = member.parent()
    const match = /^(.*\S)\s*([!=]=)\s*(["'])(stop_sequence|max_tokens)\3$/s.exec(comparison?.text() ?? '')
    if (!comparison || kindOf(comparison) !== 'comparison_operator' || match?.[1] !== member.text())
      throw new CannotRewrite('reply-stop-reason', comparison ?? member)
    const [, object = '', operator = '', quote = '"', word = ''] = match
    const words = stopWords(word, this.#read)
    const { start, end } = comparison
    const list = words.map(one => quote + one + quote).join(', ')
    const text =
      words.length === 1
        ? `${object} ${operator} ${quote}${words[0]}${quote}`
        : `${object} ${operator === '==' ? 'in' : 'not in'} (${list})`
    this.edits.push({ start, end, text })
  }
}

function fieldOf(member: SyntaxNode): string {
  return (
    (member.field('attribute') ?? member.field('subscript'))?.text().replace(/^(['"])(.*)\1$/s, '$2') ?? ''
  )
}

/**
 * Returns the quote for a text. Before Python 3.12, a text within an interpolation cannot use the quotes of the
 * f-string around it.
 */
function quoteWithin(member: SyntaxNode, fallback: string): string {
  const around = above(member, 'interpolation')
    ?.ancestors()
    .find(node => kindOf(node) === 'string')
  const outer = around === undefined ? undefined : /^[a-z]*(['"])/i.exec(around.text())?.[1]
  return outer === '"' ? "'" : outer === "'" ? '"' : fallback
}

/** Returns whether code only trims the leading whitespace of a text. */
function isOnlyTrimmed(use: SyntaxNode): boolean {
  const member = use.parent()
  const call = member?.parent()
  return (
    kindOf(member) === 'attribute' &&
    /^l?strip$/.test(member?.field('attribute')?.text() ?? '') &&
    /\(\s*\)$/.test(call?.text() ?? '')
  )
}
