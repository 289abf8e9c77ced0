import { CannotRewrite, shortCode } from './cannot-rewrite.ts'
import { usesReached } from './reaching.ts'
import { isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from './tree.ts'

/** Where a reply is used, and the other calls whose reply may be used there. */
export interface ReplyUses {
  uses: readonly SyntaxNode[]
  shared: readonly number[]
}

/** A place where the text of a reply is read. */
export interface TextRead {
  /** `reply.completion`, all of it. */
  start: number
  end: number
  /** Where `reply` ends. */
  objectEnd: number
  /** The quotes that the expression may have in it. */
  quote: string
  /** Whether the object may be absent: `reply?.completion`. */
  isOptional: boolean
  /** Whether the space that a completion began with is put back. */
  isSpaced: boolean
  /** Whether the object is in parentheses, which a function call has, too. */
  isParenthesized?: boolean
  /** What follows the object before its text is read. */
  closing?: string
}

/**
 * Returns the uses of a variable that may read the reply of a call: a use belongs to the last assignments before it on
 * its path.
 *
 * @throws CannotRewrite when a use may as well read something else.
 */
export function usesOfReply(
  name: SyntaxNode,
  tree: Tree,
  isLegacyCall: (node: SyntaxNode) => boolean,
): ReplyUses {
  const shared = new Set<number>()
  const uses: SyntaxNode[] = []
  for (const { use, reached } of usesReached(name, tree)) {
    if (isSame(use, name) || isBareDeclaration(use)) continue
    const { definitions, isComplete } = reached
    const others = definitions.filter(one => !isSame(one.node, name))
    for (const { value } of others) {
      const call = value && legacyCallIn(value, isLegacyCall)
      if (call !== undefined) shared.add(call.start)
      else if (!isNothing(value)) throw new CannotRewrite('reply-elsewhere', use)
    }
    // A use in another function comes at a time that the text does not show.
    if (!isComplete && others.length > 0) throw new CannotRewrite('reply-elsewhere', use)
    uses.push(use)
  }
  return { uses, shared: [...shared] }
}

/** `let reply` without a value. */
function isBareDeclaration(use: SyntaxNode): boolean {
  const parent = use.parent()
  return kindOf(parent) === 'variable_declarator' && isSame(parent?.field('name'), use)
}

function legacyCallIn(
  value: SyntaxNode,
  isLegacyCall: (node: SyntaxNode) => boolean,
): SyntaxNode | undefined {
  let at = value
  while (/^(?:await|await_expression|parenthesized_expression)$/.test(kindOf(at))) {
    const inner = at.children().find(child => child.isNamed())
    if (inner === undefined) break
    at = inner
  }
  return isLegacyCall(at) ? at : undefined
}

const isNothing = (value: SyntaxNode | undefined): boolean =>
  /^(?:None|null|undefined)$/.test(value?.text() ?? '')

const PRINTERS =
  /^(?:print|pprint|pp|c[o]nsole\.(?:log|info|debug|warn|error|dir)|(?:\w+\.)*(?:log|logger|logging|_logger|_log)\.(?:debug|info|warning|warn|error|log|critical|exception))$/

/** Whether a value is only printed or logged: as an argument, or in a text that is one. */
export function isPrinted(node: SyntaxNode): boolean {
  for (let at: SyntaxNode = node; ; ) {
    const parent = at.parent()
    const kind = kindOf(parent)
    if (parent === null) return false
    if (kind === 'arguments' || kind === 'argument_list') {
      const called = parent.parent()?.field('function')?.text() ?? ''
      if (PRINTERS.test(called)) return true
      // What turns a value into text before it is printed.
      if (!/^(?:str|repr|String|JSON\.stringify|pformat|pprint\.pformat)$/.test(called)) return false
      at = parent.parent() ?? parent
      continue
    }
    const isText =
      /^(?:interpolation|template_substitution|string|template_string|parenthesized_expression|concatenated_string)$/.test(
        kind,
      ) ||
      (/^binary_(?:operator|expression)$/.test(kind) && parent.field('operator')?.text() === '+')
    if (!isText) return false
    at = parent
  }
}

/** Whether only the presence of a value is asked for: `if reply:`, `reply is None`. */
export function isTested(node: SyntaxNode): boolean {
  const parent = node.parent()
  switch (kindOf(parent)) {
    case 'if_statement':
    case 'elif_clause':
    case 'while_statement':
      return isSame(parent?.field('condition'), node)
    case 'not_operator':
      return true
    case 'unary_expression':
      return parent?.field('operator')?.text() === '!'
    case 'parenthesized_expression':
      return parent !== null && isTested(parent)
    case 'comparison_operator':
    case 'binary_expression':
      return /^\s*\S+\s*(?:is(?:\s+not)?|[!=]==?)\s*(?:None|null|undefined)\s*$/.test(parent?.text() ?? '')
  }
  return false
}

/** Every place of a file where an attribute of an object is named: `self.reply`. */
export function attributeUses(node: SyntaxNode, { root }: Tree): SyntaxNode[] {
  const text = node.text()
  return nodesOf(root, kindOf(node)).filter(one => one.text() === text && !isSame(one, node))
}

/** Says where a value goes that cannot be followed. */
export function elsewhere(code: 'reply-elsewhere' | 'stream-elsewhere', node: SyntaxNode): CannotRewrite {
  const parent = node.parent()
  const kind = kindOf(parent)
  if (kind === 'return_statement' || kind === 'arrow_function')
    return new CannotRewrite(code, 'it is returned', node)
  if (/^yield/.test(kind)) return new CannotRewrite(code, 'it is yielded', node)
  if (/^(?:arguments|argument_list)$/.test(kind))
    return new CannotRewrite(code, `${shortCode(parent?.parent()?.field('function')?.text() ?? '')}(…)`, node)
  return new CannotRewrite(code, parent ?? node)
}
