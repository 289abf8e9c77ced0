import { spanOf } from '../../audit/languages/grammar.ts'
import { type Edit, removal } from '../edits.ts'
import type { ImportContext, RewrittenImports } from '../javascript/imports.ts'
import { markerConstant } from '../marker-constants.ts'
import { quoteOf } from '../prompt-source.ts'
import { above, kindOf, nodesOf, references, type Tree } from '../tree.ts'

/** Removes the imports of constants that are no longer used: SDK 1.x does not export them. */
export function rewritePythonImports(
  tree: Tree,
  { isRewritten, hasLeft, before }: ImportContext,
): RewrittenImports {
  if (!isRewritten) return { edits: [], notes: [] }
  const texts = hasLeft ? [] : constantEdits(tree)
  const edits = nodesOf(tree.root, 'import_from_statement').flatMap((statement): Edit[] => {
    if (statement.field('module_name') === null) return []
    const isSdk = /^from\s+anthropic\b/.test(statement.text())
    const module = statement.field('module_name')
    const names = statement
      .children()
      .filter(node => /^(?:dotted_name|aliased_import)$/.test(kindOf(node)) && node.id() !== module?.id())
    const unused = names.filter(node => {
      const imported = (node.field('name') ?? node).text()
      const local = node.field('alias')?.text() ?? imported
      if (!isSdk) return isNowUnused(local, before, tree.source)
      return /^(?:HUMAN|AI)_PROMPT$/.test(imported) && !isUsed(tree, local, texts)
    })
    if (unused.length === 0) return []
    const kept = names.filter(node => !unused.includes(node))
    if (kept.length === 0) return [removal(tree.source, spanOf(statement))]
    const first = spanOf(names[0] ?? statement).start
    const last = spanOf(names.at(-1) ?? statement).end
    const joint = /,\s*\n[ \t]*/.exec(tree.source.slice(first, last))?.[0] ?? ', '
    return [{ start: first, end: last, text: kept.map(node => node.text()).join(joint) }]
  })
  return { edits: [...edits, ...texts], notes: [] }
}

/** Replaces the remaining constants with their text: an SDK without completions does not export them. */
function constantEdits(tree: Tree): Edit[] {
  const quote = quoteOf(tree)
  const merged = new Set<number>()
  const edits = nodesOf(tree.root, 'identifier', 'attribute').flatMap((node): Edit[] => {
    const isPart = kindOf(node.parent()) === 'attribute' && node.parent()?.field('attribute') === node
    if (isPart || above(node, 'import_from_statement') !== undefined) return []
    const marker = markerConstant(node, tree)
    if (marker === undefined) return []
    const inText = above(node, 'interpolation') !== undefined
    const own = inText ? (quote === '"' ? "'" : '"') : quote
    const text = `${own}\\n\\n${marker === 'HUMAN_PROMPT' ? 'Human' : 'Assistant'}:${own}`
    // Before Python 3.12, an interpolation could not contain a backslash, so the text is merged into the f-string
    // around it.
    const holder = inText ? above(node, 'interpolation') : undefined
    if (holder?.text().replace(/[{}\s]/g, '') === node.text()) {
      merged.add(holder.start)
      return [{ start: holder.start, end: holder.end, text: text.slice(1, -1) }]
    }
    return inText ? [] : [{ start: node.start, end: node.end, text }]
  })
  return [...edits, ...prefixEdits(merged, tree)]
}

/** Returns the edits that remove the prefix of f-strings of which all placeholders, by their offsets, are merged. */
function prefixEdits(merged: ReadonlySet<number>, { root }: Tree): Edit[] {
  if (merged.size === 0) return []
  return nodesOf(root, 'string').flatMap((node): Edit[] => {
    const [opening, ...rest] = node.children()
    const placeholders = rest.filter(child => kindOf(child) === 'interpolation')
    const isPlain = placeholders.length > 0 && placeholders.every(({ start }) => merged.has(start))
    if (!opening || !isPlain || /\{\{|\}\}/.test(node.text())) return []
    return [{ start: opening.start, end: opening.end, text: opening.text().replace(/f/i, '') }]
  })
}

/** Returns whether code still uses a name after the edits. */
function isUsed({ root, grammar }: Tree, local: string, edits: readonly Edit[]): boolean {
  return references(root, local, grammar).some(
    node =>
      above(node, 'import_from_statement') === undefined &&
      !edits.some(({ start, end }) => start <= node.start && node.end <= end),
  )
}

/** Returns whether a name was used in a file, and only its import is left. */
function isNowUnused(name: string, before: string, after: string): boolean {
  const count = (text: string): number => text.match(new RegExp(`(?<!\\w)${name}(?!\\w)`, 'g'))?.length ?? 0
  return count(after) === 1 && count(before) > 1
}
