import type { Edit } from '../edits.ts'
import type { ImportContext, RewrittenImports } from '../javascript/imports.ts'
import { markerConstant } from '../marker-constants.ts'
import { escapePattern } from '../name-patterns.ts'
import { quoteOf } from '../prompt-source.ts'
import { above, kindOf, nodesOf, type Tree } from '../tree.ts'
import { keepNames, PYTHON_MODULE, removeStatement, restoreCompletions, unwrapEdits } from './restore.ts'
import { importsOf, isUsed } from './sdk-imports.ts'

/**
 * Removes the imports of constants that are no longer used, because SDK 1.x does not export them, and the wrappers of
 * clients on which no completions are called any more.
 */
export function rewritePythonImports(tree: Tree, context: ImportContext): RewrittenImports {
  const { isRewritten, hasLeft, isGiving, needsMessages, before } = context
  if (context.restores) return restoreCompletions(tree, context)
  if (!isRewritten && !needsMessages) return { edits: [], notes: [] }
  const isUnwrapped = !hasLeft && !isGiving && /\bwith_completions\b/.test(tree.source)
  const unwrapped = isUnwrapped ? unwrapEdits(tree) : []
  const texts = hasLeft || !isRewritten ? [] : constantEdits(tree)
  const gone = [...texts, ...unwrapped]
  const edits = importsOf(tree).flatMap((one): Edit[] => {
    const { statement, module, names } = one
    const isOurs = module?.text().endsWith(PYTHON_MODULE) === true
    const isSdk = isOurs || (module !== undefined && /^anthropic\b/.test(module.text()))
    const unused = names.filter(({ imported, local }) => {
      // Which names it brings is not known.
      if (imported === '*') return false
      if (module === undefined) return imported === PYTHON_MODULE && !isUsed(tree, local, gone)
      if (isOurs && imported === 'with_completions') return isUnwrapped && !isUsed(tree, local, gone)
      if (!isRewritten) return false
      if (!isSdk) return isNowUnused(local, before, tree.source)
      return /^(?:HUMAN|AI)_PROMPT$/.test(imported) && !isUsed(tree, local, gone)
    })
    if (unused.length === 0) return []
    if (unused.length === names.length) return [removeStatement(tree, statement)]
    return [
      keepNames(
        tree,
        one,
        names.filter(name => !unused.includes(name)).map(({ node }) => node),
      ),
    ]
  })
  return { edits: [...edits, ...gone], notes: [] }
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

/** Returns whether a name was used in a file, and only its import is left. */
function isNowUnused(name: string, before: string, after: string): boolean {
  const count = (text: string): number =>
    text.match(new RegExp(`(?<!\\w)${escapePattern(name)}(?!\\w)`, 'g'))?.length ?? 0
  return count(after) === 1 && count(before) > 1
}
