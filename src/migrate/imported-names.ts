import type { LegacyUse } from '../audit/index.ts'
import type { Parsers } from '../audit/languages/parsers.ts'
import { findClientModules, resolvePath } from './client-imports.ts'
import { type IsNamedElsewhere, languageOf, type OpenedFile, type Program } from './program.ts'
import { FUNCTION, ownReferences, scopeOf } from './scope.ts'
import {
  above,
  type ImportedDefinition,
  isSame,
  kindOf,
  nodesOf,
  readTree,
  references,
  type SyntaxNode,
  type Tree,
} from './tree.ts'
import { definitionOf } from './value.ts'

/** What a local name is bound to: a name of another file, or the whole file. */
interface ImportedName {
  file: string
  name: string | undefined
}

/** Access to the other files of a run. */
export interface OtherFiles {
  has: (file: string) => boolean
  /** Returns the tree of a file, as it was before the run. */
  open: (file: string) => Tree | undefined
  /** Returns whether a file may be changed: it has no calls of its own. */
  isEditable: (file: string) => boolean
}

/** Returns a function that finds the definition of an imported name, or of a member of an imported module. */
export function importsIn(
  file: string,
  tree: Tree,
  files: OtherFiles,
): (node: SyntaxNode) => ImportedDefinition | undefined {
  let bindings: ReadonlyMap<string, ImportedName> | undefined
  const definitions = new Map<string, ImportedDefinition | undefined>()
  return node => {
    const object = node.field('object')
    const root = /^(?:attribute|member_expression)$/.test(kindOf(node)) ? object : node
    if (!root || !/identifier/.test(kindOf(root))) return undefined
    bindings ??=
      tree.grammar.language === 'python' ? inPython(file, tree, files) : inJavaScript(file, tree, files)
    const binding = bindings.get(root.text())
    if (binding === undefined || !isImportOnly(root, tree)) return undefined
    const member = (node.field('attribute') ?? node.field('property'))?.text()
    const name = root === node ? binding.name : binding.name === undefined ? member : undefined
    if (name === undefined) return undefined
    const key = `${binding.file}\n${name}`
    if (!definitions.has(key)) definitions.set(key, definitionIn(binding.file, name, files))
    return definitions.get(key)
  }
}

/** Returns whether all that assigns a name is its import. */
function isImportOnly(node: SyntaxNode, tree: Tree): boolean {
  const own = ownReferences(scopeOf(node, tree), node.text(), tree)
  const isAssigned = (one: SyntaxNode): boolean =>
    !isInImport(one) && /assignment|declarator|parameter|for_/.test(kindOf(one.parent())) && !isRead(one)
  return own.some(isInImport) && !own.some(isAssigned)
}

const isRead = (node: SyntaxNode): boolean => {
  const parent = node.parent()
  return (
    !['left', 'name', 'pattern'].some(field => isSame(parent?.field(field), node)) &&
    !/parameter/.test(kindOf(parent))
  )
}

/** Returns whether a node is in an import, or in a declaration whose value is `require(…)`. */
function isInImport(node: SyntaxNode): boolean {
  if (above(node, 'import_statement', 'import_from_statement') !== undefined) return true
  const declarator = above(node, 'variable_declarator')
  return declarator !== undefined && declarator.field('value')?.field('function')?.text() === 'require'
}

function definitionIn(file: string, name: string, files: OtherFiles): ImportedDefinition | undefined {
  const tree = files.open(file)
  if (tree === undefined || tree.isBroken) return undefined
  const isEditable = files.isEditable(file)
  const value = definitionOf(name, tree)
  const owner = value?.parent()
  const target = owner?.field('left') ?? owner?.field('name')
  if (value && target && target.text() === name && isTopLevel(target))
    return { file, tree, name: target, value, isEditable }
  const functions = nodesOf(tree.root, 'function_definition', 'function_declaration').filter(
    one => one.field('name')?.text() === name && isTopLevel(one),
  )
  const [only] = functions
  const named = only?.field('name')
  const isAssigned = references(tree.root, name, tree.grammar).some(
    one => /assignment/.test(kindOf(one.parent())) && isSame(one.parent()?.field('left'), one),
  )
  return only && named && functions.length === 1 && !isAssigned
    ? { file, tree, name: named, value: only, isEditable }
    : undefined
}

const isTopLevel = (node: SyntaxNode): boolean =>
  node.ancestors().every(one => !FUNCTION.test(kindOf(one)) && !/^class_/.test(kindOf(one)))

function inPython(file: string, tree: Tree, { has }: Pick<OtherFiles, 'has'>): Map<string, ImportedName> {
  const found = new Map<string, ImportedName>()
  const resolve = (module: string): string | undefined => {
    const [, dots = '', path = ''] = /^(\.*)(.*)$/.exec(module) ?? []
    const parts = file.split('/').slice(0, -1)
    const tail = path === '' ? [] : path.split('.')
    const bases =
      dots === ''
        ? parts.map((_, index) => parts.slice(0, parts.length - index)).concat([[]])
        : [parts.slice(0, parts.length - dots.length + 1)]
    return bases
      .map(base => [...base, ...tail].join('/'))
      .flatMap(base => [`${base}.py`, base === '' ? '__init__.py' : `${base}/__init__.py`])
      .find(one => one !== file && has(one))
  }
  for (const statement of nodesOf(tree.root, 'import_statement', 'import_from_statement')) {
    const module = statement.field('module_name')
    for (const item of statement.children()) {
      if (!/^(?:dotted_name|aliased_import)$/.test(kindOf(item)) || isSame(item, module)) continue
      const imported = (item.field('name') ?? item).text()
      const alias = item.field('alias')?.text()
      if (module === null) {
        const target = imported.includes('.') && alias === undefined ? undefined : resolve(imported)
        if (target !== undefined) found.set(alias ?? imported, { file: target, name: undefined })
        continue
      }
      const inside = resolve(`${module.text()}${module.text().endsWith('.') ? '' : '.'}${imported}`)
      const target = resolve(module.text())
      if (inside !== undefined) found.set(alias ?? imported, { file: inside, name: undefined })
      else if (target !== undefined) found.set(alias ?? imported, { file: target, name: imported })
    }
  }
  return found
}

function inJavaScript(file: string, tree: Tree, { has }: OtherFiles): Map<string, ImportedName> {
  const found = new Map<string, ImportedName>()
  for (const node of nodesOf(tree.root, 'string')) {
    const path = node.text().slice(1, -1)
    if (!/^\.{1,2}\//.test(path)) continue
    const statement = above(node, 'import_statement')
    const declarator = statement === undefined ? above(node, 'variable_declarator') : undefined
    const call = node.parent()?.parent()
    const isRequire =
      isSame(declarator?.field('value'), call) && call?.field('function')?.text() === 'require'
    if (statement === undefined && !isRequire) continue
    const target = resolvePath(file, path, has)
    if (target === undefined) continue
    for (const specifier of statement === undefined ? [] : nodesOf(statement, 'import_specifier')) {
      const name = specifier.field('name')?.text() ?? ''
      found.set(specifier.field('alias')?.text() ?? name, { file: target, name })
    }
    for (const space of statement === undefined ? [] : nodesOf(statement, 'namespace_import'))
      found.set(space.text().replace(/^\*\s*as\s+/, ''), { file: target, name: undefined })
    const pattern = declarator?.field('name')
    if (kindOf(pattern) === 'identifier' && pattern)
      found.set(pattern.text(), { file: target, name: undefined })
    if (kindOf(pattern) !== 'object_pattern') continue
    for (const part of pattern?.children() ?? []) {
      const [key, value] = [part.field('key')?.text(), part.field('value')?.text()]
      if (kindOf(part) === 'shorthand_property_identifier_pattern')
        found.set(part.text(), { file: target, name: part.text() })
      else if (kindOf(part) === 'pair_pattern' && key && value) found.set(value, { file: target, name: key })
    }
  }
  return found
}

/** Finds the files that a file imports the clients of its calls from. */
export function clientModules(
  one: OpenedFile,
  tree: Tree,
  calls: readonly LegacyUse[],
  isRead: (file: string) => boolean,
): ReturnType<typeof findClientModules> {
  if (languageOf(one) !== 'python') return findClientModules(one.file, tree, calls, isRead)
  return { givers: pythonClientModules(one.file, tree, calls, { has: isRead }), given: new Set() }
}

/** Parses a file, and finds the files that it imports the clients of its calls from. */
export function modulesOfClients(
  one: OpenedFile,
  calls: readonly LegacyUse[],
  isRead: (file: string) => boolean,
  parsers: Parsers,
): readonly string[] {
  const tree = readTree(one.name, one.text, parsers)
  try {
    return tree === undefined ? [] : clientModules(one, tree, calls, isRead).givers
  } finally {
    tree?.delete()
  }
}

/** Finds the files that a Python file imports the clients of its calls from. */
function pythonClientModules(
  file: string,
  tree: Tree,
  calls: readonly LegacyUse[],
  files: Pick<OtherFiles, 'has'>,
): string[] {
  const bindings = calls.length === 0 ? undefined : inPython(file, tree, files)
  if (bindings === undefined || bindings.size === 0) return []
  const found = new Set<string>()
  for (const { call } of calls) {
    const receiver = call?.receiver && tree.source.slice(call.receiver.start, call.receiver.end)
    const client = receiver?.replace(/\.completions$/, '')
    const root = client === undefined ? undefined : /^\w+/.exec(client)?.[0]
    if (client === undefined || root === undefined) continue
    const assigned = nodesOf(tree.root, 'assignment')
      .filter(one => one.field('left')?.text() === client)
      .map(one => /^(?:await\s+)?(\w+)/.exec(one.field('right')?.text() ?? '')?.[1] ?? '')
    for (const name of [root, ...assigned]) {
      const giver = bindings.get(name)?.file
      if (giver !== undefined) found.add(giver)
    }
  }
  return [...found]
}

/** Returns whether a file uses a name that it exports in any other way than to define and to export it. */
function isUsedAtHome({ tree, name }: ImportedDefinition): boolean {
  return references(tree.root, name.text(), tree.grammar).some(
    one =>
      !isSame(one, name) &&
      !/^(?:export_specifier)$/.test(kindOf(one.parent())) &&
      !/^(?:module\.)?exports\b/.test(above(one, 'assignment_expression')?.field('left')?.text() ?? '') &&
      above(one, 'import_statement', 'import_from_statement') === undefined,
  )
}

/**
 * Returns the uses of an imported definition in a file.
 *
 * @returns `undefined` if the definition cannot be changed, because code outside of this file uses it too
 */
export function usesOfImported(
  imported: ImportedDefinition,
  node: SyntaxNode,
  tree: Tree,
  isNamedElsewhere: IsNamedElsewhere,
): readonly SyntaxNode[] | undefined {
  const { file, name, isEditable } = imported
  if (!isEditable || isUsedAtHome(imported) || isNamedElsewhere(name.text(), 'export', file)) return undefined
  const members = nodesOf(tree.root, 'attribute', 'member_expression').filter(
    one => (one.field('attribute') ?? one.field('property'))?.text() === name.text(),
  )
  const local = kindOf(node) === 'identifier' ? node.text() : name.text()
  const uses = [...references(tree.root, local, tree.grammar), ...members]
  return uses.filter(one => !isInImport(one))
}

/** Opens the files that one file imports from. `close` frees their trees. */
export function otherFiles(
  { fileNamed }: Program,
  parsers: Parsers,
  isOutside: (file: string) => boolean,
): OtherFiles & { close: () => void } {
  const trees = new Map<string, Tree | undefined>()
  // The code of a notebook or a component has another name than its file.
  const find = (file: string): OpenedFile | undefined => {
    const one = fileNamed(file)
    return one?.name === file ? one : undefined
  }
  return {
    has: file => find(file) !== undefined,
    open: file => {
      const one = trees.has(file) ? undefined : find(file)
      if (one !== undefined) trees.set(file, readTree(one.name, one.text, parsers))
      return trees.get(file)
    },
    isEditable: file => {
      const one = find(file)
      return one !== undefined && !isOutside(file) && !one.uses.some(({ code }) => code === 'legacy-call')
    },
    close: () => {
      for (const tree of trees.values()) tree?.delete()
    },
  }
}
