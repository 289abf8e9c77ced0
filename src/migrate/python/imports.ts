import { spanOf } from '../../audit/languages/grammar.ts'
import { type Edit, removal } from '../edits.ts'
import type { ImportContext, RewrittenImports } from '../javascript/imports.ts'
import { above, kindOf, nodesOf, references, type Tree } from '../tree.ts'

/** The constants that nothing uses any more are no longer imported: the SDK 1.x does not have them. */
export function rewritePythonImports(tree: Tree, { isRewritten }: ImportContext): RewrittenImports {
  if (!isRewritten) return { edits: [], notes: [] }
  const edits = nodesOf(tree.root, 'import_from_statement').flatMap((statement): Edit[] => {
    if (!/^from\s+anthropic\b/.test(statement.text())) return []
    const module = statement.field('module_name')
    const names = statement
      .children()
      .filter(node => /^(?:dotted_name|aliased_import)$/.test(kindOf(node)) && node.id() !== module?.id())
    const unused = names.filter(node => {
      const imported = (node.field('name') ?? node).text()
      const local = node.field('alias')?.text() ?? imported
      return /^(?:HUMAN|AI)_PROMPT$/.test(imported) && !isUsed(tree, local)
    })
    if (unused.length === 0) return []
    const kept = names.filter(node => !unused.includes(node))
    if (kept.length === 0) return [removal(tree.source, spanOf(statement))]
    const first = spanOf(names[0] ?? statement).start
    const last = spanOf(names.at(-1) ?? statement).end
    const joint = /,\s*\n[ \t]*/.exec(tree.source.slice(first, last))?.[0] ?? ', '
    return [{ start: first, end: last, text: kept.map(node => node.text()).join(joint) }]
  })
  return { edits, notes: [] }
}

function isUsed({ root, grammar }: Tree, local: string): boolean {
  return references(root, local, grammar).some(node => above(node, 'import_from_statement') === undefined)
}
