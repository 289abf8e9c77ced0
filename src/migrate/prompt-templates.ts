import { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { markerConstant } from './marker-constants.ts'
import { hasMarker, type Leaf, type Model } from './prompt-parts.ts'
import { kindOf, type SyntaxNode, type Tree } from './tree.ts'

/** Reads `T % q`, `T % (a, b)` and `T % {"a": a}`. */
export function percentOf(
  node: SyntaxNode,
  left: SyntaxNode,
  right: SyntaxNode,
  tree: Tree,
  below: (node: SyntaxNode) => Model,
): Model | undefined {
  const isTuple = kindOf(right) === 'tuple'
  const isNamed = kindOf(right) === 'dictionary'
  const values = isTuple || isNamed ? right.children().filter(child => child.isNamed()) : [right]
  return formatOf(
    node,
    below(left),
    values,
    tree,
    /%(?:\((\w+)\))?[-+ #0]*\d*(?:\.\d+)?([sdrfi%])/g,
    match => {
      if (match[2] === '%') return 'text'
      return match[1] ?? 'next'
    },
  )
}

/** Returns whether a value of a template seems to be a marker. */
export const isMarkerValue = (value: SyntaxNode): boolean => /_PROMPT\b/.test(value.text())

/**
 * Reads a template and its values. The template has to be a literal, or a name that stands for one.
 *
 * @param pick classifies a match in the template's text: `text`, `next` for the next value, or the name of a value
 */
export function formatOf(
  node: SyntaxNode,
  template: Model,
  values: readonly SyntaxNode[],
  tree: Tree,
  pattern: RegExp,
  pick: (match: RegExpExecArray) => string,
): Model | undefined {
  if (!hasMarker(template) && !values.some(isMarkerValue)) return undefined
  const literal = literalBehind(template)
  if (literal === undefined) return undefined
  const items = new Map<Leaf, SyntaxNode>()
  const keyOf = (value: SyntaxNode): string =>
    (value.field('key') ?? value.field('name'))?.text().replace(/['"]/g, '') ?? ''
  let next = 0
  const leaves = literal.leaves.flatMap((leaf): Leaf[] => {
    if (leaf.type !== 'text') return [leaf]
    const found: Leaf[] = []
    let at = 0
    for (const match of leaf.text.matchAll(pattern)) {
      const what = pick(match as RegExpExecArray)
      if (what === 'text') continue
      const index = /^\d+$/.test(what) ? Number(what) : next
      const value =
        what === 'next' || /^\d+$/.test(what) ? values[index] : values.find(one => keyOf(one) === what)
      if (what === 'next') next++
      if (value === undefined) throw new CannotRewrite('prompt-format', node)
      found.push(part(leaf, at, match.index))
      const held = value.field('value') ?? value
      const marker = markerConstant(held, tree)
      const slot: Leaf = {
        ...part(leaf, match.index, match.index + match[0].length),
        type: marker === undefined ? 'value' : 'marker',
        text: marker === 'HUMAN_PROMPT' ? HUMAN_PROMPT : marker === 'AI_PROMPT' ? AI_PROMPT : '',
        node: held,
      }
      items.set(slot, value)
      found.push(slot)
      at = match.index + match[0].length
    }
    found.push(part(leaf, at, leaf.text.length))
    return found.filter(one => one.type !== 'text' || one.text !== '')
  })
  const model: Model = { ...literal, leaves }
  return { type: 'format', node, template: replaceLiteral(template, model), arguments: values, items }
}

/** Returns a part of a text, with the same offsets. */
function part(leaf: Leaf, from: number, to: number): Leaf {
  const { offsets = [], end = leaf.node.end } = leaf
  return {
    ...leaf,
    text: leaf.text.slice(from, to),
    offsets: offsets.slice(from, to),
    end: offsets[to] ?? end,
  }
}

function literalBehind(model: Model): Extract<Model, { type: 'literal' }> | undefined {
  if (model.type === 'literal') return model
  if (model.type === 'inner') return literalBehind(model.inner)
  const [only] = model.type === 'variable' ? model.options : []
  return model.type === 'variable' && model.options.length === 1 && only && !only.base
    ? literalBehind(only.model)
    : undefined
}

function replaceLiteral(model: Model, literal: Model): Model {
  if (model.type === 'inner') return { ...model, inner: replaceLiteral(model.inner, literal) }
  if (model.type === 'variable')
    return {
      ...model,
      options: model.options.map(one => ({ ...one, model: replaceLiteral(one.model, literal) })),
    }
  return literal
}
