import { isOurs, isTheirs, modulesOf } from './javascript/modules.ts'
import { isSame, kindOf, nodesOf, references, type SyntaxNode, type Tree } from './tree.ts'

const NAME = /^(?:HUMAN_PROMPT|AI_PROMPT)$/

/** The constants of the SDK that hold the markers of a prompt. */
export type MarkerConstant = 'HUMAN_PROMPT' | 'AI_PROMPT'

/**
 * The imports of the marker constants in a file: their local names, and the modules and classes that have them as
 * members.
 */
interface Imported {
  names: ReadonlyMap<string, MarkerConstant>
  /** Names that the program assigns itself, so that they are not the constants of the SDK. */
  own: ReadonlySet<string>
  spaces: ReadonlySet<string>
  /** Whether the program assigns a member with the name of a constant. */
  hasOwnMembers: boolean
}

const IMPORTED = new WeakMap<SyntaxNode, Imported>()

/** Returns which constant of the SDK an expression is; `undefined` for any other expression. */
export function markerConstant(node: SyntaxNode, tree: Tree): MarkerConstant | undefined {
  const kind = kindOf(node)
  if (kind === 'identifier' || kind === 'shorthand_property_identifier') {
    const { names, own } = importedIn(tree)
    const name = node.text()
    return own.has(name) ? undefined : names.get(name)
  }
  if (kind !== 'attribute' && kind !== 'member_expression') return undefined
  const property = (node.field('attribute') ?? node.field('property'))?.text() ?? ''
  if (!NAME.test(property)) return undefined
  const { spaces, hasOwnMembers } = importedIn(tree)
  const root = /^[\w$]+/.exec(node.text())?.[0] ?? ''
  const isTheir =
    tree.grammar.language === 'python'
      ? spaces.has(root) || (!hasOwnMembers && /anthropic|client|claude|^self$|^cls$|^c$/i.test(root))
      : spaces.has(root)
  return isTheir ? (property as MarkerConstant) : undefined
}

function importedIn(tree: Tree): Imported {
  const known = IMPORTED.get(tree.root)
  if (known !== undefined) return known
  const found = tree.grammar.language === 'python' ? inPython(tree) : inJavaScript(tree)
  IMPORTED.set(tree.root, found)
  return found
}

/** The modules that export the constants: the SDK, and the `legacy_completions` file that replaces it. */
const PYTHON_MODULE = /^(?:anthropic(?:\.|$)|(?:[\w.]*\.)?legacy_completions$)/

function inPython({ root }: Tree): Imported {
  const names = new Map<string, MarkerConstant>()
  const spaces = new Set<string>()
  for (const statement of nodesOf(root, 'import_statement', 'import_from_statement')) {
    const module = statement.field('module_name')
    if (module !== null && !PYTHON_MODULE.test(module.text())) continue
    for (const item of statement.children()) {
      if (!/^(?:dotted_name|aliased_import|wildcard_import)$/.test(kindOf(item)) || isSame(item, module))
        continue
      const imported = (item.field('name') ?? item).text()
      const local = item.field('alias')?.text() ?? imported
      if (module === null) {
        if (PYTHON_MODULE.test(imported)) spaces.add(local)
      } else if (imported === '*')
        for (const name of ['HUMAN_PROMPT', 'AI_PROMPT'] as const) names.set(name, name)
      else if (imported === 'HUMAN_PROMPT' || imported === 'AI_PROMPT') names.set(local, imported)
      else spaces.add(local)
    }
  }
  const own = new Set<string>()
  let hasOwnMembers = false
  for (const assignment of nodesOf(root, 'assignment')) {
    const left = assignment.field('left')
    if (kindOf(left) === 'identifier' && left) own.add(left.text())
    else if (kindOf(left) === 'attribute' && NAME.test(left?.field('attribute')?.text() ?? ''))
      hasOwnMembers = true
  }
  return { names, own, spaces, hasOwnMembers }
}

function inJavaScript(tree: Tree): Imported {
  const names = new Map<string, MarkerConstant>()
  const spaces = new Set<string>()
  const own = new Set<string>()
  for (const use of modulesOf(tree)) {
    if (!isTheirs(use) && !isOurs(use)) continue
    for (const { imported, local } of use.bindings) {
      if (imported !== 'HUMAN_PROMPT' && imported !== 'AI_PROMPT') {
        spaces.add(local)
        continue
      }
      names.set(local, imported)
      const isOwn = references(tree.root, local, tree.grammar).some(
        node => kindOf(node.parent()) === 'variable_declarator' && isSame(node.parent()?.field('name'), node),
      )
      if (isOwn) own.add(local)
    }
  }
  return { names, own, spaces, hasOwnMembers: false }
}
