import type { Span } from '../../diagnostics/index.ts'
import { checkTime } from '../time-limit.ts'

/**
 * The members of a web-tree-sitter tree that the audit uses. Using its own types would make them part of this package's
 * API.
 */
export interface ParsedTree {
  readonly rootNode: ParsedNode
  edit(edit: TreeEdit): void
  delete(): void
}

/** A changed span of a source, for the parser. */
interface TreeEdit {
  startIndex: number
  oldEndIndex: number
  newEndIndex: number
  startPosition: Point
  oldEndPosition: Point
  newEndPosition: Point
}

/** A line and a column, counted from 0. */
interface Point {
  row: number
  column: number
}

/** The members of a web-tree-sitter node that the audit uses. */
export interface ParsedNode {
  readonly id: number
  readonly type: string
  /** The number of the type. A keyword and a named kind with the same name have different numbers. */
  readonly typeId: number
  readonly startIndex: number
  readonly endIndex: number
  readonly isNamed: boolean
  readonly hasError: boolean
  readonly parent: ParsedNode | null
  readonly children: readonly ParsedNode[]
  childForFieldName(name: string): ParsedNode | null
  descendantsOfType(types: string | string[]): ParsedNode[]
}

/**
 * A syntax tree and the source it was parsed from. Its memory is not garbage-collected: the code that parses must
 * delete the tree, and keep spans instead of nodes.
 */
export class SyntaxTree {
  readonly source: string
  readonly #tree: ParsedTree
  readonly #nodes = new Map<number, SyntaxNode>()
  /** The nodes from the root to the node of the last lookup. The next lookup is usually close to it. */
  #path: SyntaxNode[] = []
  readonly #searched: readonly string[]
  /** The named nodes of the kinds in `#searched`, in source order, after the first search for one of them. */
  #indexed: { kind: string; node: ParsedNode }[] | undefined
  /** The results of searches of the whole tree, by the kinds. */
  readonly #found = new Map<string, readonly SyntaxNode[]>()

  readonly #whenDeleted: () => void
  #isDeleted = false

  /**
   * @param searched the kinds that the caller will search the whole tree for. One walk then finds all of them.
   */
  constructor(tree: ParsedTree, source: string, whenDeleted: () => void, searched: readonly string[] = []) {
    this.#tree = tree
    this.#whenDeleted = whenDeleted
    this.#searched = searched
    this.source = source
  }

  root(): SyntaxNode {
    return this.wrap(this.#tree.rootNode, null)
  }

  /** Returns whether the parser skipped a part of the source because of a syntax error. */
  hasSyntaxError(): boolean {
    const { rootNode } = this.#tree
    return rootNode.hasError && (rootNode.type === 'ERROR' || rootNode.descendantsOfType('ERROR').length > 0)
  }

  /** Frees the tree. Its nodes must not be used afterwards. */
  delete(): void {
    if (this.#isDeleted) return
    this.#isDeleted = true
    this.#whenDeleted()
    this.#nodes.clear()
    this.#found.clear()
    this.#indexed = undefined
    this.#path = []
    this.#tree.delete()
  }

  /**
   * Returns the parser's tree with the spans marked that edits change, so that the parser reuses the rest of it. Nodes of
   * this tree must not be used afterwards.
   */
  withEdits(edits: readonly (Span & { text: string })[]): ParsedTree {
    // From the last to the first, so that the offsets of earlier edits stay valid.
    for (const { start, end, text } of [...edits].sort((a, b) => b.start - a.start || b.end - a.end)) {
      const startPosition = pointIn(this.source, start)
      const added = pointIn(text, text.length)
      this.#tree.edit({
        startIndex: start,
        oldEndIndex: end,
        newEndIndex: start + text.length,
        startPosition,
        oldEndPosition: pointIn(this.source, end),
        newEndPosition: {
          row: startPosition.row + added.row,
          column: added.column + (added.row === 0 ? startPosition.column : 0),
        },
      })
    }
    return this.#tree
  }

  /** Returns the named nodes of these kinds in the whole tree, in source order. Searches once for the same kinds. */
  nodesOfKinds(kinds: readonly string[]): readonly SyntaxNode[] {
    const key = kinds.join(' ')
    const known = this.#found.get(key)
    if (known !== undefined) return known
    const isIndexed = kinds.every(kind => this.#searched.includes(kind))
    if (isIndexed) this.#indexed ??= this.#named(this.#searched)
    const named = (isIndexed ? this.#indexed : undefined) ?? this.#named(kinds)
    const found = named.flatMap(({ kind, node }) => (kinds.includes(kind) ? [this.wrap(node)] : []))
    this.#found.set(key, found)
    return found
  }

  /**
   * Returns the named nodes of these kinds. A keyword may have the same name as a kind (`string` in TypeScript). Its
   * nodes are not named, so this drops them.
   */
  #named(kinds: readonly string[]): { kind: string; node: ParsedNode }[] {
    const types = new Map<number, string | undefined>()
    return this.#tree.rootNode.descendantsOfType([...kinds]).flatMap(node => {
      const { typeId } = node
      if (!types.has(typeId)) types.set(typeId, node.isNamed ? node.type : undefined)
      const kind = types.get(typeId)
      return kind === undefined ? [] : [{ kind, node }]
    })
  }

  /** Returns the wrapper of a parser's node, always the same object. Passing a known `parent` saves a search for it. */
  wrap(node: ParsedNode, parent?: SyntaxNode | null): SyntaxNode {
    let wrapped = this.#nodes.get(node.id)
    if (wrapped === undefined) {
      wrapped = new SyntaxNode(node, this)
      this.#nodes.set(node.id, wrapped)
    }
    if (parent !== undefined) wrapped.adopt(parent)
    return wrapped
  }

  /**
   * Returns the nodes from the root down to the smallest one that covers a span, or to `target`. Lookups in source
   * order take linear time in total. The parser has no parent pointers, so it would search for each node from the root.
   */
  pathTo({ start, end }: Span, target?: number): readonly SyntaxNode[] {
    const path = this.#path
    while (path.length > 0) {
      const last = path.at(-1)
      const isAround = last !== undefined && last.start <= start && end <= last.end
      // A child of the target may have the same span as the target.
      const isPast = target !== undefined && last?.start === start && last.end === end
      if (isAround && !isPast) break
      path.pop()
    }
    let at = path.pop() ?? this.root()
    for (;;) {
      path.push(at)
      if (at.id() === target) return path
      const inner = at.childAround(start, end)
      if (inner === undefined) return path
      at = inner
    }
  }
}

function pointIn(text: string, offset: number): Point {
  let row = 0
  let lineStart = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    row++
    lineStart = at + 1
  }
  return { row, column: offset - lineStart }
}

/** A node of a syntax tree. Offsets count UTF-16 units; `end` is exclusive. */
export class SyntaxNode {
  readonly start: number
  readonly end: number
  readonly #node: ParsedNode
  readonly #tree: SyntaxTree
  #kind: string | undefined
  #parent: SyntaxNode | null | undefined
  #children: SyntaxNode[] | undefined

  constructor(node: ParsedNode, tree: SyntaxTree) {
    this.#node = node
    this.#tree = tree
    this.start = node.startIndex
    this.end = node.endIndex
  }

  /** Stores the parent. Without it, the parser would have to search for the parent from the root. */
  adopt(parent: SyntaxNode | null): void {
    this.#parent = parent
  }

  id(): number {
    return this.#node.id
  }

  kind(): string {
    // Each question to the parser crosses into WebAssembly.
    this.#kind ??= this.#node.type
    return this.#kind
  }

  isNamed(): boolean {
    return this.#node.isNamed
  }

  text(): string {
    return this.#tree.source.slice(this.start, this.end)
  }

  range(): { start: { index: number }; end: { index: number } } {
    return { start: { index: this.start }, end: { index: this.end } }
  }

  parent(): SyntaxNode | null {
    if (this.#parent !== undefined) return this.#parent
    const path = this.start < this.end ? this.#tree.pathTo(this, this.id()) : []
    if (path.at(-1) === this) {
      this.#parent = path.at(-2) ?? null
    } else {
      const parent = this.#node.parent
      this.#parent = parent && this.#tree.wrap(parent)
    }
    return this.#parent
  }

  ancestors(): SyntaxNode[] {
    const all: SyntaxNode[] = []
    for (let at = this.parent(); at !== null; at = at.parent()) all.push(at)
    return all
  }

  children(): SyntaxNode[] {
    this.#children ??= this.#node.children.map(child => this.#tree.wrap(child, this))
    return [...this.#children]
  }

  child(index: number): SyntaxNode | null {
    return this.children()[index] ?? null
  }

  /** Returns the first child that covers a span. */
  childAround(start: number, end: number): SyntaxNode | undefined {
    this.#children ??= this.#node.children.map(child => this.#tree.wrap(child, this))
    const children = this.#children
    let [low, high] = [0, children.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((children[middle]?.end ?? 0) <= start) low = middle + 1
      else high = middle
    }
    const child = children[low]
    return child !== undefined && child.start <= start && end <= child.end ? child : undefined
  }

  prev(): SyntaxNode | null {
    const siblings = this.parent()?.children() ?? []
    return siblings[siblings.indexOf(this) - 1] ?? null
  }

  field(name: string): SyntaxNode | null {
    const node = this.#node.childForFieldName(name)
    return node && this.#tree.wrap(node, this)
  }

  /** Returns the named nodes of these kinds within this node, including itself, in source order. */
  findKinds(kinds: readonly string[]): SyntaxNode[] {
    if (this.#parent === null) return [...this.#tree.nodesOfKinds(kinds)]
    return this.#node
      .descendantsOfType([...kinds])
      .flatMap(node => (node.isNamed ? [this.#tree.wrap(node)] : []))
  }

  /** Returns the nodes of these kinds whose text is one of these names, in source order. */
  findNames(names: readonly string[], kinds: readonly string[]): SyntaxNode[] {
    if (names.length === 0) return []
    const words = names.map(name => name.replace(/[^\w]/g, '\\$&')).join('|')
    const pattern = new RegExp(`(?<![\\w$])(?:${words})(?![\\w$])`, 'g')
    const found: SyntaxNode[] = []
    for (const { start, end, path } of this.#hits(pattern)) {
      const node = path.at(-1)
      if (node && node.start === start && node.end === end && kinds.includes(node.kind())) found.push(node)
    }
    return found
  }

  /**
   * Returns the nodes that contain a match of `pattern`, have a kind in `tests`, and pass the test of that kind.
   * Searches the text first, so the cost depends on the number of matches and not on the size of the tree.
   */
  findMatches(pattern: RegExp, tests: ReadonlyMap<string, (text: string) => boolean>): SyntaxNode[] {
    const seen = new Set<number>()
    const found: SyntaxNode[] = []
    for (const { path } of this.#hits(pattern)) {
      for (let index = path.length - 1; index >= 0; index--) {
        const node = path[index]
        if (node === undefined || seen.has(node.id()) || node.start < this.start || node.end > this.end) break
        seen.add(node.id())
        if (node.isNamed() && tests.get(node.kind())?.(node.text())) found.push(node)
      }
    }
    return found.sort((a, b) => a.start - b.start || b.end - a.end)
  }

  *#hits(pattern: RegExp): Generator<Span & { path: readonly SyntaxNode[] }> {
    const { source } = this.#tree
    pattern.lastIndex = this.start
    for (let hit = pattern.exec(source); hit !== null && hit.index < this.end; hit = pattern.exec(source)) {
      checkTime()
      const span = { start: hit.index, end: hit.index + hit[0].length }
      yield { ...span, path: this.#tree.pathTo(span) }
    }
  }
}
