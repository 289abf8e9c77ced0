import type { Edit } from './edits.ts'
import type { Tree } from './tree.ts'

/**
 * Largest number of trees that are kept: enough for the calls of most programs. A tree takes about half a megabyte, and 40
 * of them in each thread of an audit took 80 MB more and no less time.
 */
const MOST_TREES = 8

/** Keeps the trees of files whose calls are rewritten until their imports are rewritten, so that these parse less. */
export class KeptTrees {
  readonly #trees = new Map<string, Tree>()

  /** Takes a tree over, and keeps the tree of its source after edits. */
  keep(name: string, tree: Tree, source: string, edits: readonly Edit[]): void {
    this.#remove(name)
    if (this.#trees.size < MOST_TREES) this.#trees.set(name, tree.edited(source, edits))
    else tree.delete()
  }

  /** Hands over the tree of a file; `undefined` if it was not kept, or is that of another source. */
  take(name: string, source: string): Tree | undefined {
    const tree = this.#trees.get(name)
    if (tree?.source !== source) return undefined
    this.#trees.delete(name)
    return tree
  }

  /** Frees the trees that are left. */
  clear(): void {
    for (const name of [...this.#trees.keys()]) this.#remove(name)
  }

  #remove(name: string): void {
    this.#trees.get(name)?.delete()
    this.#trees.delete(name)
  }
}
