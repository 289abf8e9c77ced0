import { type Definition, definitionAt, isBlock, statementOf } from './definitions.ts'
import { functionAround, ownReferences, scopeOf } from './scope.ts'
import { isSame, kindOf, type SyntaxNode, type Tree } from './tree.ts'

/** The definitions that may give a variable its value at one use (reaching definitions). */
export interface Reaching {
  definitions: readonly Definition[]
  /** Whether these are all possible values. */
  isComplete: boolean
}

const NOTHING: Reaching = { definitions: [], isComplete: false }

/** The definitions of one variable, and the function that contains all of them. */
interface Known {
  all: readonly Definition[]
  home: SyntaxNode | undefined
  isOneFunction: boolean
}

const KNOWN = new WeakMap<readonly SyntaxNode[], Known>()

function definitionsOf(names: readonly SyntaxNode[]): Known {
  const before = KNOWN.get(names)
  if (before !== undefined) return before
  const all = names.flatMap(node => {
    const definition = definitionAt(node)
    return definition === undefined ? [] : [definition]
  })
  const homes = new Set(all.map(one => functionAround(one.node)))
  const known: Known = { all, home: [...homes][0], isOneFunction: homes.size === 1 }
  KNOWN.set(names, known)
  return known
}

/** Returns the definitions that may give a variable its value at a use. */
export function reaching(use: SyntaxNode, tree: Tree): Reaching {
  const scope = scopeOf(use, tree)
  const { all, home, isOneFunction } = definitionsOf(ownReferences(scope, use.text(), tree))
  const [only] = all
  if (only === undefined) return NOTHING
  // The code does not show when an inner function runs, so it does not show which value of an outer variable it reads.
  if (!isOneFunction || home !== functionAround(use)) {
    const isOne = all.length === 1 && only.kind === 'value'
    return { definitions: all, isComplete: isOne }
  }
  return new Walk(all).before(use, home)
}

const USES = new WeakMap<readonly SyntaxNode[], Map<SyntaxNode, { use: SyntaxNode; reached: Reaching }[]>>()

/**
 * Returns the uses that a definition may reach, each with all definitions that may reach it. Computes them for all
 * definitions of the variable at once.
 */
export function usesReached(name: SyntaxNode, tree: Tree): readonly { use: SyntaxNode; reached: Reaching }[] {
  const references = ownReferences(scopeOf(name, tree), name.text(), tree)
  let byDefinition = USES.get(references)
  if (byDefinition === undefined) {
    byDefinition = new Map()
    for (const use of references) {
      const definition = definitionAt(use)
      if (definition !== undefined && definition.kind !== 'added') continue
      const reached = reaching(use, tree)
      for (const { node } of reached.definitions) {
        const uses = byDefinition.get(node) ?? []
        byDefinition.set(node, uses)
        uses.push({ use, reached })
      }
    }
    USES.set(references, byDefinition)
  }
  return byDefinition.get(name) ?? []
}

interface Flow {
  definitions: Definition[]
  /** Whether control may pass without an assignment. */
  passes: boolean
  /** Whether control leaves the function here. */
  ends?: boolean
}

/** Follows control flow backwards through the statements of one function. */
class Walk {
  readonly #all: readonly Definition[]

  constructor(all: readonly Definition[]) {
    this.#all = all
  }

  before(use: SyntaxNode, home: SyntaxNode | undefined): Reaching {
    const found = new Set<Definition>()
    const add = (flow: Flow): boolean => {
      for (const definition of flow.definitions) found.add(definition)
      return !flow.passes
    }
    let at = statementOf(use)
    for (;;) {
      const parent: SyntaxNode | null = at.parent()
      if (parent === null) break
      if (isBlock(parent)) {
        for (const sibling of this.#before(at, parent)) if (add(this.#out(sibling))) return done(found, true)
      }
      const kind = kindOf(parent)
      if (isLoop(kind)) {
        // The value at the end of one iteration is the value at the start of the next.
        const body = parent.field('body')
        if (body) add(this.#out(body))
        const target = this.#at(parent.field('left'))
        if (target !== undefined) {
          found.add(target)
          if (isSame(at, body)) return done(found, true)
        }
      } else if (kind === 'try_statement' && !isSame(at, parent.field('body')))
        add({ definitions: this.#within(parent.field('body')), passes: true })
      if (
        parent === home ||
        /_definition$|_declaration$|^(?:arrow_function|function_expression|method_definition)$/.test(kind)
      ) {
        if (parent === home) {
          const parameter = this.#all.find(one => one.kind === 'unknown' && isParameterOf(one.node, parent))
          if (parameter !== undefined) found.add(parameter)
          return done(found, parameter !== undefined)
        }
      }
      at = parent
    }
    return done(found, false)
  }

  /** Yields the statements of a block before a given one that assign the variable, the nearest first. */
  *#before(statement: SyntaxNode, block: SyntaxNode): Generator<SyntaxNode> {
    let limit = statement.start
    for (;;) {
      const last = this.#all[this.#countBefore(limit) - 1]
      if (last === undefined || last.node.start < block.start) return
      const sibling = block.childAround(last.node.start, last.node.end)
      if (sibling === undefined) return
      yield sibling
      limit = sibling.start
    }
  }

  /** Returns the number of definitions that begin before an offset. */
  #countBefore(offset: number): number {
    let [low, high] = [0, this.#all.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#all[middle]?.node.start ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #at(node: SyntaxNode | null): Definition | undefined {
    return this.#all.find(one => node !== null && isWithin(one.node, node))
  }

  #within(node: SyntaxNode | null): Definition[] {
    return node === null ? [] : this.#all.slice(this.#countBefore(node.start), this.#countBefore(node.end))
  }

  /** Returns the values that the variable may have after a statement, as far as the statement assigns them. */
  #out(node: SyntaxNode): Flow {
    const own = this.#within(node)
    const kind = kindOf(node)
    const ends = /^(?:return_statement|raise_statement|throw_statement)$/.test(kind)
    if (own.length === 0 && !CONTROL.test(kind)) return { definitions: [], passes: true, ends }
    switch (kind) {
      case 'if_statement':
        return union(this.#branches(node))
      case 'block':
      case 'statement_block':
      case 'else_clause':
      case 'finally_clause':
      case 'with_statement':
      case 'switch_case':
      case 'switch_default':
        return this.#sequence(node)
      case 'elif_clause':
      case 'except_clause':
      case 'catch_clause': {
        const body = node.field('consequence') ?? node.field('body') ?? node.children().at(-1)
        return body ? this.#out(body) : { definitions: own, passes: true }
      }
      case 'try_statement':
        return this.#attempt(node)
      case 'for_statement':
      case 'for_in_statement':
      case 'while_statement':
      case 'do_statement':
      case 'switch_statement':
      case 'match_statement':
        return { definitions: own, passes: kind !== 'do_statement' }
      case 'function_definition':
      case 'function_declaration':
      case 'class_definition':
      case 'class_declaration':
      case 'decorated_definition':
        return { definitions: own.filter(one => isSame(one.node.parent(), node)), passes: true }
      default: {
        const isPlain = own.some(one => isDirect(one, node))
        return { definitions: own, passes: !isPlain, ends }
      }
    }
  }

  #sequence(node: SyntaxNode): Flow {
    const definitions: Definition[] = []
    const statements = node
      .children()
      .filter(one => one.isNamed())
      .reverse()
    const isEnding = statements.some(one => this.#out(one).ends === true)
    for (const statement of statements) {
      const flow = this.#out(statement)
      definitions.push(...flow.definitions)
      if (!flow.passes) return { definitions, passes: false, ends: isEnding }
    }
    return { definitions, passes: true, ends: isEnding }
  }

  #branches(node: SyntaxNode): Flow[] {
    const isElse = (one: SyntaxNode): boolean => /^(?:elif_clause|else_clause)$/.test(kindOf(one))
    const body = node.field('consequence')
    const others = node.children().filter(isElse)
    const flows = [...(body ? [body] : []), ...others].map(one => this.#out(one))
    const hasElse = others.some(one => kindOf(one) === 'else_clause')
    return hasElse ? flows : [...flows, { definitions: [], passes: true }]
  }

  #attempt(node: SyntaxNode): Flow {
    const body = node.field('body')
    const inside = this.#within(body)
    const done = body ? this.#out(body) : { definitions: [], passes: true }
    const isHandler = (one: SyntaxNode): boolean =>
      /^(?:except_clause|catch_clause|except_group_clause)$/.test(kindOf(one))
    const handlers = node
      .children()
      .filter(isHandler)
      .map((one): Flow => {
        const flow = this.#out(one)
        if (flow.ends) return flow
        return flow.passes ? { definitions: [...flow.definitions, ...inside], passes: true } : flow
      })
    const after = node.children().filter(one => /^(?:else_clause|finally_clause)$/.test(kindOf(one)))
    let flow = union([done, ...handlers])
    for (const clause of after) {
      const next = this.#out(clause)
      flow = next.passes
        ? { ...flow, definitions: [...flow.definitions, ...next.definitions] }
        : { ...next, ends: flow.ends === true }
    }
    return flow
  }
}

const CONTROL =
  /^(?:if_statement|block|statement_block|else_clause|elif_clause|try_statement|with_statement)$/

/** Combines the flows of alternative branches. Branches that leave the function do not count. */
function union(flows: readonly Flow[]): Flow {
  const going = flows.filter(flow => flow.ends !== true)
  return {
    definitions: going.flatMap(flow => flow.definitions),
    passes: going.some(flow => flow.passes),
    ends: going.length === 0,
  }
}

const done = (found: ReadonlySet<Definition>, isComplete: boolean): Reaching => ({
  definitions: [...found],
  isComplete,
})

const isLoop = (kind: string): boolean =>
  /^(?:for_statement|for_in_statement|while_statement|do_statement)$/.test(kind)

const isWithin = (inner: SyntaxNode, outer: SyntaxNode): boolean =>
  outer.start <= inner.start && inner.end <= outer.end

/** Returns whether a statement always assigns the value, and not only under a condition. */
function isDirect({ node }: Definition, statement: SyntaxNode): boolean {
  for (let at = node.parent(); at !== null && at !== statement; at = at.parent())
    if (
      /conditional|ternary|boolean_operator|binary_expression|lambda|arrow_function|comprehension/.test(
        kindOf(at),
      )
    )
      return false
  return true
}

function isParameterOf(node: SyntaxNode, home: SyntaxNode): boolean {
  const list = home.field('parameters') ?? home.field('parameter')
  return list !== null && isWithin(node, list)
}
