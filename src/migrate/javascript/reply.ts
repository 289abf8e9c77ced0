import { climb, spanOf } from '../../audit/languages/grammar.ts'
import { PASSED } from '../../audit/languages/javascript.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Note } from '../diagnostic.ts'
import type { Edit } from '../edits.ts'
import { elsewhere, isPrinted, isTested, type TextRead, usesOfReply } from '../reply-uses.ts'
import type { ReadCall } from '../request.ts'
import { type CallContext, noteSpace, type RewriteOptions, type Rewriting, stopWords } from '../rewriting.ts'
import { functionAround, ownReferences, scopeOf } from '../scope.ts'
import type { SyntaxNode } from '../tree.ts'
import { isSame, isTarget, kindOf, nodesOf, references, type Tree } from '../tree.ts'
import { modulesOf } from './modules.ts'

/**
 * Rewrites the code that reads the response of a call, so that it reads a message.
 *
 * @throws CannotRewrite if the response is passed to code that cannot be followed, or a field has no counterpart.
 */
export function rewriteReply(
  call: SyntaxNode,
  read: ReadCall,
  context: CallContext,
  options: RewriteOptions,
): Rewriting {
  const reading = new ReplyReading(read, context, options)
  const promise = withHandlers(call)
  const top = climb(promise, PASSED)
  const parent = top.parent()
  const isAwaited = kindOf(promise.parent()) === 'await_expression'
  switch (kindOf(parent)) {
    case 'expression_statement':
      break
    case 'member_expression':
    case 'subscript_expression':
      if (parent && isAwaited) reading.field(parent)
      else if (parent && parent.field('property')?.text() === 'then') readThen(parent, reading, context)
      else throw elsewhere('reply-elsewhere', top)
      break
    case 'variable_declarator':
      if (!isAwaited || !parent) throw elsewhere('reply-elsewhere', top)
      readDeclared(parent, top, reading, context)
      break
    case 'assignment_expression': {
      const name = parent?.field('left')
      if (!isAwaited || kindOf(name) !== 'identifier' || !name) throw elsewhere('reply-elsewhere', top)
      readVariable(name, reading, context)
      break
    }
    default:
      if (!isAwaited) throw elsewhere('reply-elsewhere', top)
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
  readonly quote: string
  readonly #read: ReadCall
  readonly #source: string
  readonly #options: RewriteOptions

  constructor(read: ReadCall, { tree }: CallContext, options: RewriteOptions) {
    this.quote = read.quote
    this.#read = read
    this.#source = tree.source
    this.#options = options
  }

  use(use: SyntaxNode): void {
    const top = climb(use, PASSED)
    const member = top.parent()
    const isMember =
      /^(?:member|subscript)_expression$/.test(kindOf(member)) && isSame(member?.field('object'), top)
    if (member && isMember) this.field(member)
    else if (!isTested(top)) this.whole(top)
  }

  /** Handles a response that is used as a whole. */
  whole(node: SyntaxNode): void {
    if (!isPrinted(node)) throw elsewhere('reply-elsewhere', node)
    this.notes.push({ code: 'reply-printed', at: node.start })
  }

  /** Handles a member of the response, or a subscript with the name of a member. */
  field(member: SyntaxNode): void {
    const name =
      (member.field('property') ?? member.field('index'))?.text().replace(/^(['"])(.*)\1$/s, '$2') ?? ''
    if (isWritten(member)) throw new CannotRewrite('reply-field', member)
    if (name === 'completion') this.#text(member)
    else if (name === 'stop_reason') this.#stopReason(member)
    else if (name !== 'model' && name !== 'id') throw new CannotRewrite('reply-field', member)
  }

  #text(member: SyntaxNode): void {
    const objectEnd = (member.field('object') ?? member).end
    const isOptional = /^\s*\?\./.test(this.#source.slice(objectEnd, member.end))
    this.#textAt(member, member.start, objectEnd, member.end, isOptional)
  }

  /**
   * Handles a name that a pattern bound to the text. The pattern becomes `message`, and so does the object of each
   * read.
   */
  named(use: SyntaxNode): void {
    this.#textAt(use, use.start, use.start, use.end, false)
  }

  #textAt(use: SyntaxNode, start: number, objectEnd: number, end: number, isOptional: boolean): void {
    const isSpaced = this.takesSpace(use)
    const isParenthesized = !isOptional && kindOf(use.field('object')) === 'parenthesized_expression'
    this.reads.push({ start, end, objectEnd, quote: this.quote, isOptional, isSpaced, isParenthesized })
  }

  /**
   * Decides about the leading space of a completion, and reports a dropped one. Returns whether the rewritten code adds
   * it back.
   */
  takesSpace(use: SyntaxNode, isTrimmed: boolean = isOnlyTrimmed(use)): boolean {
    const { plan } = this.#read
    if (plan.trimmedSuffix !== '' && !isTrimmed) throw new CannotRewrite('prefill-tail')
    if (!plan.leadingSpace || isTrimmed) return false
    if (this.#options.leadingSpace === 'keep') return true
    this.notes.push(noteSpace(use.start))
    return false
  }

  #stopReason(member: SyntaxNode): void {
    if (isPrinted(member)) {
      this.notes.push({ code: 'stop-reason-printed', at: member.start })
      return
    }
    if (isTested(member)) return
    const comparison = member.parent()
    const operator = comparison?.field('operator')?.text() ?? ''
    const [left, right] = [comparison?.field('left'), comparison?.field('right')]
    const other = isSame(left, member) ? right : left
    const reason = /^(['"])(stop_sequence|max_tokens)\1$/.exec(other?.text() ?? '')
    if (!comparison || reason === null || !/^[!=]==?$/.test(operator))
      throw new CannotRewrite('reply-stop-reason', comparison ?? member)
    const [, quote = "'", word = ''] = reason
    const words = stopWords(word, this.#read)
    const object = member.text()
    const tests = words.map(one => `${object} ${operator} ${quote}${one}${quote}`)
    const isOpen = tests.length > 1 && kindOf(comparison.parent()) !== 'parenthesized_expression'
    const text = tests.join(operator.startsWith('!') ? ' && ' : ' || ')
    this.edits.push({ ...spanOf(comparison), text: isOpen ? `(${text})` : text })
  }
}

/**
 * Returns the promise of a call with the error handlers behind it: `create(…).catch(console.error)`. A handler that may
 * return a value is not one of them.
 */
function withHandlers(call: SyntaxNode): SyntaxNode {
  const member = call.parent()
  const chain = member?.parent()
  const name = kindOf(member) === 'member_expression' ? member?.field('property')?.text() : undefined
  const [handler] =
    chain
      ?.field('arguments')
      ?.children()
      .filter(child => child.isNamed()) ?? []
  const isHandled =
    isSame(member?.field('object'), call) &&
    isSame(chain?.field('function'), member) &&
    (name === 'finally' || (name === 'catch' && handler !== undefined && returnsNothing(handler)))
  return isHandled && chain ? withHandlers(chain) : call
}

const LOGGER = /^c[o]nsole\.\w+$/

/** Returns whether a function certainly returns no value. */
function returnsNothing(handler: SyntaxNode): boolean {
  if (LOGGER.test(handler.text())) return true
  const body = handler.field('body')
  if (!body) return false
  if (kindOf(body) !== 'statement_block')
    return LOGGER.test(body.field('function')?.text() ?? '') || /^(?:null|undefined)$/.test(body.text())
  return nodesOf(body, 'return_statement').every(
    one => !isSame(functionAround(one), handler) || !one.children().some(child => child.isNamed()),
  )
}

function readThen(member: SyntaxNode, reading: ReplyReading, context: CallContext): void {
  const then = member.parent()
  const [callback, ...others] = (then?.field('arguments')?.children() ?? []).filter(child => child.isNamed())
  if (!callback || !/^(?:arrow_function|function_expression)$/.test(kindOf(callback)) || others.length > 0)
    throw new CannotRewrite('reply-elsewhere', callback ?? member)
  const parameter =
    callback.field('parameter') ??
    callback
      .field('parameters')
      ?.children()
      .find(child => child.isNamed())
  const pattern = kindOf(parameter) === 'required_parameter' ? parameter?.field('pattern') : parameter
  if (!pattern || parameter?.field('type')) throw new CannotRewrite('reply-elsewhere', callback)
  if (kindOf(pattern) === 'identifier') {
    for (const use of ownReferences(scopeOf(pattern, context.tree), pattern.text(), context.tree)) {
      if (isSame(use, pattern)) continue
      if (isDeclaration(use)) throw new CannotRewrite('reply-elsewhere', use)
      reading.use(use)
    }
    return
  }
  const name = completionOf(pattern)
  const isTaken = references(callback, 'message', context.tree.grammar).length > 0
  if (name === undefined || isTaken) throw new CannotRewrite('reply-pattern', pattern)
  reading.edits.push({ start: pattern.start, end: pattern.end, text: 'message' })
  for (const use of references(callback, name, context.tree.grammar)) {
    if (pattern.start <= use.start && use.end <= pattern.end) continue
    if (kindOf(use) !== 'identifier' || isWritten(use)) throw new CannotRewrite('reply-pattern', use)
    reading.edits.push({ start: use.start, end: use.start, text: 'message' })
    reading.named(use)
  }
}

function readDeclared(
  declarator: SyntaxNode,
  value: SyntaxNode,
  reading: ReplyReading,
  context: CallContext,
): void {
  const { tree } = context
  const name = declarator.field('name')
  const type = declarator.field('type')
  if (type) {
    const space = classOfCompletion(type, tree)
    if (space === undefined) throw new CannotRewrite('reply-type', type)
    reading.edits.push({ start: type.start, end: type.end, text: `: ${space}.Message` })
  }
  if (name && kindOf(name) === 'identifier') {
    if (kindOf(declarator.parent()?.parent()) === 'export_statement')
      throw new CannotRewrite('reply-elsewhere', name)
    readVariable(name, reading, context)
    return
  }
  const completion = name ? completionOf(name) : undefined
  if (!name || completion === undefined || type) throw new CannotRewrite('reply-pattern', name ?? declarator)
  const given = references(name, completion, tree.grammar).at(-1) ?? name
  const uses = ownReferences(scopeOf(given, tree), completion, tree).filter(use => !isDeclaration(use))
  const isTrimmed = uses.length > 0 && uses.every(isOnlyTrimmed)
  const isSpaced = reading.takesSpace(name, isTrimmed)
  const { start, end } = value
  const isOpen = kindOf(value) !== 'parenthesized_expression'
  reading.edits.push({ start: name.start, end: name.end, text: completion })
  if (isOpen) reading.edits.push({ start, end: start, text: '(' })
  const read = { start, end, objectEnd: end, quote: reading.quote, isOptional: false, isSpaced }
  reading.reads.push({ ...read, ...(isOpen && { closing: ')' }) })
}

/**
 * Returns the local name of the client class if a type annotation is the type of a completion: `Anthropic.Completion`, or
 * an imported `Completion`.
 */
function classOfCompletion(type: SyntaxNode, tree: Tree): string | undefined {
  const [, space, name = ''] = /^:\s*(?:([\w$]+)\.)?([\w$]+)$/.exec(type.text()) ?? []
  if (space !== undefined) return name === 'Completion' ? space : undefined
  const bindings = modulesOf(tree).flatMap(use => use.bindings)
  const isImported = bindings.some(({ imported, local }) => imported === 'Completion' && local === name)
  const sdk = bindings.find(({ imported }) => /^(?:default|Anthropic)$/.test(imported))
  return isImported ? sdk?.local : undefined
}

/** Handles a variable that a response is assigned to, where it can hold no other value. */
function readVariable(name: SyntaxNode, reading: ReplyReading, context: CallContext): void {
  const { tree } = context
  for (const one of ownReferences(scopeOf(name, tree), name.text(), tree)) {
    const declarator = one.parent()
    const isDeclared = kindOf(declarator) === 'variable_declarator' && isSame(declarator?.field('name'), one)
    if (isDeclared && !declarator?.field('value') && declarator?.field('type'))
      throw new CannotRewrite('reply-type', declarator)
  }
  const { uses, shared } = usesOfReply(name, tree, context.isLegacyCall)
  for (const use of uses) reading.use(use)
  reading.shared.push(...shared)
}

/** Returns the local name that a pattern gives to `completion`, if it has no other fields. */
export function completionOf(pattern: SyntaxNode): string | undefined {
  const written = pattern.text().replace(/\s/g, '')
  const [whole, alias = 'completion'] = /^\{completion(?::([\w$]+))?,?\}$/.exec(written) ?? []
  return whole && alias
}

/** Returns whether a name is declared or assigned here. */
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

/** Returns whether an expression is assigned, changed or deleted here. */
export function isWritten(node: SyntaxNode): boolean {
  const parent = node.parent()
  return (
    (isSame(parent?.field('left'), node) && /assignment/.test(kindOf(parent))) ||
    kindOf(parent) === 'update_expression' ||
    (kindOf(parent) === 'unary_expression' && /^delete\b/.test(parent?.text() ?? ''))
  )
}

/** Returns whether code only trims the leading whitespace of a text. */
function isOnlyTrimmed(use: SyntaxNode): boolean {
  const member = use.parent()
  return (
    kindOf(member) === 'member_expression' &&
    isSame(member?.field('object'), use) &&
    /^trim(?:Start|Left)?$/.test(member?.field('property')?.text() ?? '') &&
    kindOf(member?.parent()) === 'call_expression'
  )
}
