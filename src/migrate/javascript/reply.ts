import { climb, spanOf } from '../../audit/languages/grammar.ts'
import { PASSED } from '../../audit/languages/javascript.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import type { Note } from '../remark.ts'
import type { ReadCall } from '../request.ts'
import { noteSpace, type RewriteOptions, type Rewriting } from '../rewriting.ts'
import { ownReferences, scopeOf } from '../scope.ts'
import type { SyntaxNode } from '../tree.ts'
import { isSame, isTarget, kindOf, references, type Tree } from '../tree.ts'

/** All text of a message, as `completion` was all text of a completion. */
const textIn = (quote: string): string =>
  `.content.map(block => (block.type === ${quote}text${quote} ? block.text : ${quote}${quote})).join(${quote}${quote})`
/** The space that a completion began with, where its text did not begin with one. */
const spaceIn = (quote: string): string => `.replace(/^(?=\\S)/, ${quote} ${quote})`

/**
 * What reads the reply of a call, reading a message in its place.
 *
 * @throws CannotRewrite when the reply goes where it cannot be followed, or a field of it has no like.
 */
export function rewriteReply(
  call: SyntaxNode,
  read: ReadCall,
  tree: Tree,
  options: RewriteOptions,
): Rewriting {
  const reading = new ReplyReading(read, tree, options)
  const top = climb(call, PASSED)
  const parent = top.parent()
  const isAwaited = kindOf(call.parent()) === 'await_expression'
  switch (kindOf(parent)) {
    case 'expression_statement':
      break
    case 'member_expression':
    case 'subscript_expression':
      if (parent && isAwaited) reading.field(parent)
      else if (parent && parent.field('property')?.text() === 'then') readThen(parent, reading, tree)
      else throw new CannotRewrite('reply-elsewhere')
      break
    case 'variable_declarator':
      if (!isAwaited || !parent) throw new CannotRewrite('reply-elsewhere')
      readDeclared(parent, top, reading, tree)
      break
    case 'assignment_expression': {
      const name = parent?.field('left')
      if (!isAwaited || kindOf(name) !== 'identifier' || !name) throw new CannotRewrite('reply-elsewhere')
      readVariable(name, reading, tree)
      break
    }
    default:
      throw new CannotRewrite('reply-elsewhere')
  }
  return reading
}

/** Collects the edits of the places where one reply is read. */
class ReplyReading implements Rewriting {
  readonly edits: Edit[] = []
  readonly notes: Note[] = []
  readonly quote: string
  readonly #read: ReadCall
  readonly #source: string
  readonly #options: RewriteOptions

  constructor(read: ReadCall, { source }: Tree, options: RewriteOptions) {
    this.quote = read.prompt.quote
    this.#read = read
    this.#source = source
    this.#options = options
  }

  /** A member of the reply, or a subscript with its name. */
  field(member: SyntaxNode): void {
    const name =
      (member.field('property') ?? member.field('index'))?.text().replace(/^(['"])(.*)\1$/s, '$2') ?? ''
    if (isWritten(member)) throw new CannotRewrite('reply-field', name)
    if (name === 'completion') this.#text(member)
    else if (name === 'stop_reason') this.#stopReason(member)
    else if (name !== 'model') throw new CannotRewrite('reply-field', name)
  }

  #text(member: SyntaxNode): void {
    const { end } = spanOf(member)
    const start = spanOf(member.field('object') ?? member).end
    const optional = /^\s*\?\./.test(this.#source.slice(start, end)) ? '?' : ''
    this.edits.push({ start, end, text: optional + this.text(member) })
  }

  /** What stands behind a message for its text, with the space of old where it is wanted. */
  text(use: SyntaxNode): string {
    const { plan } = this.#read
    const isTrimmed = isOnlyTrimmed(use)
    if (plan.trimmedSuffix !== '' && !isTrimmed) throw new CannotRewrite('prefill-tail')
    const text = textIn(this.quote)
    if (!plan.leadingSpace || isTrimmed) return text
    if (this.#options.leadingSpace === 'keep') return text + spaceIn(this.quote)
    this.notes.push(noteSpace(spanOf(use).start))
    return text
  }

  #stopReason(member: SyntaxNode): void {
    const comparison = member.parent()
    const operator = comparison?.field('operator')?.text() ?? ''
    const [left, right] = [comparison?.field('left'), comparison?.field('right')]
    const other = isSame(left, member) ? right : left
    const reason = /^(['"])(stop_sequence|max_tokens)\1$/.exec(other?.text() ?? '')
    if (!comparison || reason === null || !/^[!=]==?$/.test(operator))
      throw new CannotRewrite('reply-stop-reason')
    const [, quote = "'", word = ''] = reason
    const isStopped = this.#read.request.stop_sequences !== undefined
    const words =
      word === 'max_tokens'
        ? [word, 'model_context_window_exceeded']
        : isStopped
          ? ['end_turn', word]
          : ['end_turn']
    const object = member.text()
    const tests = words.map(one => `${object} ${operator} ${quote}${one}${quote}`)
    const isOpen = tests.length > 1 && kindOf(comparison.parent()) !== 'parenthesized_expression'
    const text = tests.join(operator.startsWith('!') ? ' && ' : ' || ')
    this.edits.push({ ...spanOf(comparison), text: isOpen ? `(${text})` : text })
  }
}

function readThen(member: SyntaxNode, reading: ReplyReading, tree: Tree): void {
  const then = member.parent()
  const [callback, ...others] = (then?.field('arguments')?.children() ?? []).filter(child => child.isNamed())
  if (!callback || kindOf(callback) !== 'arrow_function' || others.length > 0)
    throw new CannotRewrite('reply-elsewhere')
  const parameter =
    callback.field('parameter') ??
    callback
      .field('parameters')
      ?.children()
      .find(child => child.isNamed())
  const pattern = kindOf(parameter) === 'required_parameter' ? parameter?.field('pattern') : parameter
  if (!pattern || parameter?.field('type')) throw new CannotRewrite('reply-elsewhere')
  if (kindOf(pattern) === 'identifier') {
    readNames(pattern, callback, reading, tree)
    return
  }
  const name = completionOf(pattern)
  const isTaken = references(callback, 'content', tree.grammar).length > 0
  if (name === undefined || isTaken) throw new CannotRewrite('reply-pattern')
  reading.edits.push({ ...spanOf(pattern), text: '{ content }' })
  for (const use of references(callback, name, tree.grammar)) {
    if (spanOf(pattern).start <= spanOf(use).start && spanOf(use).end <= spanOf(pattern).end) continue
    if (kindOf(use) !== 'identifier' || isWritten(use)) throw new CannotRewrite('reply-pattern')
    reading.edits.push({ ...spanOf(use), text: reading.text(use).slice(1) })
  }
}

function readDeclared(declarator: SyntaxNode, value: SyntaxNode, reading: ReplyReading, tree: Tree): void {
  const name = declarator.field('name')
  const type = declarator.field('type')
  if (type) {
    const space = /^:\s*([\w$]+)\.Completion$/.exec(type.text())?.[1]
    if (space === undefined) throw new CannotRewrite('reply-type')
    reading.edits.push({ ...spanOf(type), text: `: ${space}.Message` })
  }
  if (name && kindOf(name) === 'identifier') {
    if (kindOf(declarator.parent()?.parent()) === 'export_statement')
      throw new CannotRewrite('reply-elsewhere')
    readVariable(name, reading, tree)
    return
  }
  const completion = name ? completionOf(name) : undefined
  if (!name || completion === undefined || type) throw new CannotRewrite('reply-pattern')
  const given = references(name, completion, tree.grammar)[0] ?? name
  const scope = scopeOf(given, tree.grammar)
  const uses = ownReferences(scope, completion, tree.grammar).filter(use => !isDeclaration(use))
  const isTrimmed = uses.length > 0 && uses.every(isOnlyTrimmed)
  const { start, end } = spanOf(value)
  const isOpen = kindOf(value) !== 'parenthesized_expression'
  reading.edits.push(
    { ...spanOf(name), text: completion },
    ...(isOpen ? [{ start, end: start, text: '(' }] : []),
    { start: end, end, text: (isOpen ? ')' : '') + (isTrimmed ? textIn(reading.quote) : reading.text(name)) },
  )
}

/** A variable that is given a reply once, and read in the function that it is declared in. */
function readVariable(name: SyntaxNode, reading: ReplyReading, tree: Tree): void {
  readNames(name, scopeOf(name, tree.grammar), reading, tree)
}

function readNames(name: SyntaxNode, scope: SyntaxNode, reading: ReplyReading, tree: Tree): void {
  let given = 0
  for (const use of ownReferences(scope, name.text(), tree.grammar)) {
    if (isDeclaration(use)) {
      const parent = use.parent()
      const isEmpty = kindOf(parent) === 'variable_declarator' && !parent?.field('value')
      if (isEmpty && parent?.field('type')) throw new CannotRewrite('reply-type')
      if (!isEmpty) given++
      continue
    }
    const top = climb(use, PASSED)
    const member = top.parent()
    const isMember =
      /^(?:member|subscript)_expression$/.test(kindOf(member)) && isSame(member?.field('object'), top)
    if (!member || !isMember) throw new CannotRewrite('reply-elsewhere', name.text())
    reading.field(member)
  }
  if (given !== 1) throw new CannotRewrite('reply-elsewhere', name.text())
}

/** The name that a pattern of nothing but `completion` gives it. */
export function completionOf(pattern: SyntaxNode): string | undefined {
  const written = pattern.text().replace(/\s/g, '')
  const [whole, alias = 'completion'] = /^\{completion(?::([\w$]+))?,?\}$/.exec(written) ?? []
  return whole && alias
}

/** Where a name is declared, or a value is put into it. */
function isDeclaration(node: SyntaxNode): boolean {
  const parent = node.parent()
  const isParameter =
    /_parameter$|formal_parameters/.test(kindOf(parent)) ||
    (kindOf(parent) === 'arrow_function' && isSame(parent?.field('parameter'), node))
  const isPattern = kindOf(parent) === 'pair_pattern' && isSame(parent?.field('value'), node)
  return (
    isTarget(node) || isParameter || isPattern || kindOf(node) === 'shorthand_property_identifier_pattern'
  )
}

function isWritten(node: SyntaxNode): boolean {
  const parent = node.parent()
  return (
    (isSame(parent?.field('left'), node) && /assignment/.test(kindOf(parent))) ||
    kindOf(parent) === 'update_expression' ||
    (kindOf(parent) === 'unary_expression' && /^delete\b/.test(parent?.text() ?? ''))
  )
}

/** Whether nothing is done with a text but to take the whitespace off its beginning. */
function isOnlyTrimmed(use: SyntaxNode): boolean {
  const member = use.parent()
  return (
    kindOf(member) === 'member_expression' &&
    isSame(member?.field('object'), use) &&
    /^trim(?:Start|Left)?$/.test(member?.field('property')?.text() ?? '') &&
    kindOf(member?.parent()) === 'call_expression'
  )
}
