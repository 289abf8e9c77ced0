import { CannotRewrite } from './cannot-rewrite.ts'
import type { Definition } from './definitions.ts'
import type { ImportedDefinition, SyntaxNode } from './tree.ts'

/** The smallest part of a prompt: a text, a marker constant, or a value known only at run time. */
export interface Leaf {
  type: 'text' | 'marker' | 'value'
  /** The text that the part adds to the prompt; empty for a value. */
  text: string
  /** The node of the literal, the constant or the value. */
  node: SyntaxNode
  /** For a text: the source offset of each UTF-16 unit, and of its end. */
  offsets?: readonly number[]
  end?: number
  /** The placeholder around it: `{…}` or `${…}`. */
  holder?: SyntaxNode
}

/** The structure of an expression that builds a prompt. */
export type Model =
  | { type: 'leaf'; node: SyntaxNode; leaf: Leaf }
  | { type: 'literal'; node: SyntaxNode; leaves: readonly Leaf[]; inner: ReadonlyMap<Leaf, Model> }
  | {
      type: 'sum' | 'list'
      node: SyntaxNode
      operands: readonly Model[]
      separators?: readonly (Leaf | undefined)[]
    }
  | { type: 'inner'; node: SyntaxNode; inner: Model }
  | {
      type: 'format'
      node: SyntaxNode
      template: Model
      arguments: readonly SyntaxNode[]
      items: ReadonlyMap<Leaf, SyntaxNode>
    }
  | {
      type: 'variable'
      node: SyntaxNode
      /** The definition, if it is in another file. */
      imported?: ImportedDefinition
      options: readonly { definition: Definition; model: Model; base?: Model }[]
    }
  | {
      type: 'helper'
      node: SyntaxNode
      /** The definition, if it is in another file. */
      imported?: ImportedDefinition
      function: SyntaxNode
      options: readonly { value: SyntaxNode; model: Model }[]
    }
  | { type: 'choice'; node: SyntaxNode; options: readonly Model[] }

const MARKER = /\n\n(?:Human|Assistant):/
/** The largest number of paths through branches that are followed. */
const MOST_PATHS = 32

const MARKED = new WeakMap<Model, boolean>()

/** Returns whether a part of a prompt contains a visible marker. */
export function hasMarker(model: Model): boolean {
  const before = MARKED.get(model)
  if (before !== undefined) return before
  const is = findMarker(model)
  MARKED.set(model, is)
  return is
}

function findMarker(model: Model): boolean {
  switch (model.type) {
    case 'leaf':
      return isMarked(model.leaf)
    case 'literal': {
      const text = model.leaves.map(leaf => (leaf.type === 'value' ? '\u0000' : leaf.text)).join('')
      return (
        /^\n?Human:/.test(text) ||
        MARKER.test(text) ||
        model.leaves.some(isMarked) ||
        [...model.inner.values()].some(hasMarker)
      )
    }
    case 'sum':
    case 'list':
      return model.operands.some(hasMarker)
    case 'inner':
      return hasMarker(model.inner)
    case 'format':
      return true
    case 'variable':
    case 'helper':
      return true
    case 'choice':
      return model.options.some(hasMarker)
  }
}

const isMarked = (leaf: Leaf): boolean =>
  leaf.type === 'marker' || (leaf.type === 'text' && MARKER.test(leaf.text))

/** Returns the parts of a prompt in order, once for each path through its branches. */
export function pathsOf(model: Model): Leaf[][] {
  switch (model.type) {
    case 'leaf':
      return [[model.leaf]]
    case 'literal':
      return product(
        model.leaves.map(leaf => {
          const inner = model.inner.get(leaf)
          return inner === undefined ? [[leaf]] : pathsOf(inner)
        }),
      )
    case 'sum':
    case 'list':
      return product(model.operands.map(pathsOf))
    case 'inner':
      return pathsOf(model.inner)
    case 'format':
      return pathsOf(model.template)
    case 'variable':
      return union(model.options, ({ model: added, base }) =>
        base === undefined ? pathsOf(added) : product([pathsOf(base), pathsOf(added)]),
      )
    case 'helper':
      return union(model.options, option => pathsOf(option.model))
    case 'choice':
      return union(model.options, pathsOf)
  }
}

function union<T>(options: readonly T[], paths: (option: T) => Leaf[][]): Leaf[][] {
  const all: Leaf[][] = []
  for (const option of options) {
    all.push(...paths(option))
    if (all.length > MOST_PATHS) throw new CannotRewrite('prompt-unknown')
  }
  return all
}

function product(lists: readonly Leaf[][][]): Leaf[][] {
  let paths: Leaf[][] = [[]]
  for (const options of lists) {
    const [only] = options
    if (options.length === 1 && only) {
      for (const path of paths) path.push(...only)
      continue
    }
    paths = paths.flatMap(path => options.map(option => [...path, ...option]))
    if (paths.length > MOST_PATHS) throw new CannotRewrite('prompt-unknown')
  }
  return paths
}

/** Returns the variables and functions that hold parts of the prompt. */
export function namedIn(model: Model): Extract<Model, { type: 'variable' | 'helper' }>[] {
  const found = new Set<Extract<Model, { type: 'variable' | 'helper' }>>()
  const look = (one: Model): void => {
    switch (one.type) {
      case 'leaf':
        return
      case 'literal':
        for (const inner of one.inner.values()) look(inner)
        return
      case 'sum':
      case 'list':
        one.operands.forEach(look)
        return
      case 'inner':
        look(one.inner)
        return
      case 'format':
        look(one.template)
        return
      case 'choice':
        one.options.forEach(look)
        return
      default:
        if (found.has(one)) return
        found.add(one)
        for (const option of one.options) {
          look(option.model)
          if ('base' in option && option.base) look(option.base)
        }
    }
  }
  look(model)
  return [...found]
}

/** Returns whether a variable holds only a marker. Such a variable has no text to keep. */
export function isMarkerConstant(model: Model): boolean {
  if (model.type !== 'variable') return false
  const [option, ...others] = model.options
  if (option === undefined || others.length > 0 || option.base) return false
  const { model: value } = option
  const leaves = value.type === 'literal' ? value.leaves : value.type === 'leaf' ? [value.leaf] : []
  const text = leaves.map(leaf => (leaf.type === 'value' ? 'value' : leaf.text)).join('')
  return /^\s*(?:Human|Assistant):\s*$/.test(text)
}
