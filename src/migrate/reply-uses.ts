import { CannotRewrite } from './cannot-rewrite.ts'
import { usesReached } from './reaching.ts'
import { isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from './tree.ts'

/** The uses of a response, and the other calls whose responses may reach the same uses. */
export interface ReplyUses {
  uses: readonly SyntaxNode[]
  shared: readonly number[]
}

/** An expression that reads the text of a response. */
export interface TextRead {
  /** The span of `reply.completion`. */
  start: number
  end: number
  /** The end of `reply`. */
  objectEnd: number
  /** The quotes that can be used within the expression. */
  quote: string
  /** Whether the object may be absent: `reply?.completion`. */
  isOptional: boolean
  /** Whether the rewritten code adds back the space that a completion began with. */
  isSpaced: boolean
  /** Whether the object is in parentheses. A function call can reuse them. */
  isParenthesized?: boolean
  /** Code to insert after the object and before the code that reads its text. */
  closing?: string
}

/**
 * Returns the uses of a variable that may read the response of a call. A use reads the last assignment before it on
 * each path.
 *
 * @throws CannotRewrite if a use may also read another value.
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
    // The code does not show when a use in another function runs.
    if (!isComplete && others.length > 0) throw new CannotRewrite('reply-elsewhere', use)
    uses.push(use)
  }
  return { uses, shared: [...shared] }
}

/** Returns whether a declaration has no value: `let reply`. */
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

/** Returns whether a value is only printed or logged: as an argument, or within a text that is one. */
export function isPrinted(node: SyntaxNode): boolean {
  for (let at: SyntaxNode = node; ; ) {
    const parent = at.parent()
    const kind = kindOf(parent)
    if (parent === null) return false
    if (kind === 'arguments' || kind === 'argument_list') {
      const called = parent.parent()?.field('function')?.text() ?? ''
      if (PRINTERS.test(called)) return true
      // These functions convert a value to text before it is printed.
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

/** Returns whether code only tests for presence: `if reply:`, `reply is None`. */
export function isTested(node: SyntaxNode): boolean {
  const parent = node.parent()
  switch (kindOf(parent)) {
    case 'if_statement':
    case 'elif_clause':
    case 'while_statement':
      return isSame(parent?.field('condition'), node)
    case 'not_operator':
      return true
    case 'conditional_expression':
      return isSame(parent?.children().filter(child => child.isNamed())[1], node)
    case 'ternary_expression':
      return isSame(parent?.field('condition'), node)
    case 'boolean_operator':
      return isSame(parent?.field('left'), node) && parent?.field('operator')?.text() === 'and'
    case 'unary_expression':
      return parent?.field('operator')?.text() === '!'
    case 'parenthesized_expression':
      return parent !== null && isTested(parent)
    case 'comparison_operator':
    case 'binary_expression':
      if (parent?.field('operator')?.text() === '&&') return isSame(parent.field('left'), node)
      return /^\s*\S+\s*(?:is(?:\s+not)?|[!=]==?)\s*(?:None|null|undefined)\s*$/.test(parent?.text() ?? '')
  }
  return false
}

/** Returns every mention of an attribute of an object in a file: `self.reply`. */
export function attributeUses(node: SyntaxNode, { root }: Tree): SyntaxNode[] {
  const text = node.text()
  return nodesOf(root, kindOf(node)).filter(one => one.text() === text && !isSame(one, node))
}

/** Returns the error for a value that is passed to code that cannot be followed, with the name of that code. */
export function elsewhere(code: 'reply-elsewhere' | 'stream-elsewhere', node: SyntaxNode): CannotRewrite {
  const parent = node.parent()
  const isArgument = /^(?:arguments|argument_list)$/.test(kindOf(parent))
  return new CannotRewrite(code, (isArgument ? parent?.parent() : parent) ?? node)
}
