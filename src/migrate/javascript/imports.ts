import { spanOf } from '../../audit/languages/grammar.ts'
import type { Note } from '../diagnostic.ts'
import { type Edit, indentAt, removal } from '../edits.ts'
import { escapePattern } from '../name-patterns.ts'
import type { SyntaxNode } from '../tree.ts'
import { above, kindOf, nodesOf, references, type Tree } from '../tree.ts'
import { type ClientsIn, clientsIn, usesMore } from './clients.ts'
import { type Binding, isOurs, isTheirs, type ModuleUse, modulesOf } from './modules.ts'
import {
  CONSTANTS,
  type ImportedName,
  isClassName,
  isFirstGenerationName,
  isLegacyName,
  isSharedName,
  LEGACY_TYPES,
  nameList,
} from './names.ts'

/** Facts from other files and from the manifest, which decide where the imports of a file come from. */
export interface ImportContext {
  /** Whether the file constructs clients of the first generation. */
  isFirstGeneration: boolean
  /** Whether another file calls completions on a client that this file constructs. */
  isGiving: boolean
  /** Whether another file calls messages on a client that this file constructs. */
  needsMessages: boolean
  /** The text of the file before the calls were rewritten. */
  before: string
  /** Whether calls of the file were rewritten. Imports that they no longer need are then removed. */
  isRewritten: boolean
  /** Whether a call of the file was left. */
  hasLeft: boolean
  /** Whether `withCompletions` accepts the version of the SDK that the manifest allows. */
  canBeWrapped: boolean
  /** Whether completions of this Python file are restored with `legacy_completions.py`. */
  restores: boolean
  /** Whether the clients of the calls come from another file. */
  isGiven: boolean
}

export interface RewrittenImports {
  edits: Edit[]
  notes: Note[]
}

const NOTHING: RewrittenImports = { edits: [], notes: [] }
const LIBRARY = 'legacy-completions'
const SDK_ENTRY = 'legacy-completions/sdk'
const FETCH_ENTRY = 'legacy-completions/fetch'
const FIRST_GENERATION = 'legacy-completions/v0'
const THEIR_SDK = '@anthropic-ai/sdk'

/** Rewrites the imports of a file to fit its use of the imported names. */
export function rewriteImports(tree: Tree, context: ImportContext): RewrittenImports {
  const modules = modulesOf(tree)
  const theirs = modules.filter(isTheirs)
  if (modules.length === 0) return NOTHING
  if (context.isFirstGeneration) return rewriteFirstGeneration(theirs)
  const clients = clientsIn(tree, modules)
  const members = legacyMembers(tree, modules)
  const isCalling = clients.members.has('completions') || context.isGiving
  const legacy = theirs.flatMap(({ bindings }) => bindings).filter(({ imported }) => isLegacyName(imported))
  const exported = theirs.filter(isExported)
  const isLegacy = isCalling || legacy.length > 0 || members.length > 0 || exported.length > 0
  const isMixed = modules.some(isOurs) && (usesMore(clients) || context.isRewritten || context.needsMessages)
  if (!isLegacy && !isMixed) return NOTHING
  if (canSwap(modules, clients, isCalling, tree) && !context.isRewritten && !context.needsMessages)
    return { edits: theirs.map(({ span }) => ({ ...span, text: LIBRARY })), notes: notesOnOptions(clients) }
  if (!context.canBeWrapped) return withFetch(tree, modules, clients, isCalling)
  return separate(tree, modules, clients, members, isCalling, context)
}

/** Returns whether a statement is a re-export from the SDK, such as `export { HUMAN_PROMPT } from`. */
const isExported = ({ form, statement }: ModuleUse): boolean =>
  form === 'other' &&
  kindOf(statement) === 'export_statement' &&
  /\b(?:HUMAN|AI)_PROMPT\b/.test(statement.text())

function rewriteFirstGeneration(theirs: readonly ModuleUse[]): RewrittenImports {
  const isWhole = theirs.every(
    ({ bindings, module }) =>
      module === THEIR_SDK &&
      bindings.every(({ imported }) => isFirstGenerationName(imported) || imported === '*'),
  )
  if (isWhole) return { edits: theirs.map(({ span }) => ({ ...span, text: FIRST_GENERATION })), notes: [] }
  const [first] = theirs
  return { edits: [], notes: first ? [{ code: 'two-generations', at: first.span.start }] : [] }
}

/** Returns whether `legacy-completions` exports everything that a file imports from the SDK. */
function canSwap(modules: readonly ModuleUse[], clients: ClientsIn, isCalling: boolean, tree: Tree): boolean {
  const uses = modules.filter(({ module }) => module !== SDK_ENTRY)
  const bindings = uses.flatMap(use => use.bindings)
  // A namespace import of a deeper module of the SDK may have members that this package does not export.
  const isDeepSpace = uses.some(
    use =>
      ![THEIR_SDK, LIBRARY].includes(use.module) && use.bindings.some(({ imported }) => imported === '*'),
  )
  const isShared = ({ imported, local }: Binding): boolean =>
    imported === '*' ? spaceMembers(tree, local).every(isSharedName) : isSharedName(imported)
  const hasCloud = modules.some(({ module }) => /^@anthropic-ai\/[a-z\d-]+-sdk/.test(module))
  const hasSdkEntry = modules.some(({ module }) => module === SDK_ENTRY)
  const isOwn =
    clients.constructions.length > 0 ||
    (!isCalling && bindings.every(({ imported }) => isLegacyName(imported)))
  return (
    isOwn &&
    !isDeepSpace &&
    !hasCloud &&
    !hasSdkEntry &&
    !clients.escapes &&
    !usesMore(clients) &&
    bindings.every(isShared)
  )
}

/** Returns the members that are read on a namespace import: `NS.Anthropic`, `NS.HUMAN_PROMPT`. */
function spaceMembers({ root, grammar }: Tree, local: string): string[] {
  return references(root, local, grammar).flatMap(node => {
    const parent = node.parent()
    const isObject = kindOf(parent) === 'member_expression' || kindOf(parent) === 'nested_type_identifier'
    return isObject ? [parent?.field('property')?.text() ?? parent?.text().split('.')[1] ?? ''] : []
  })
}

/** Returns the constants and types that are read on the class: `Anthropic.HUMAN_PROMPT`, `Anthropic.Completion`. */
function legacyMembers(
  { root }: Tree,
  modules: readonly ModuleUse[],
): { node: SyntaxNode; name: string; isType: boolean }[] {
  const spaces = new Set(
    modules.flatMap(({ bindings }) =>
      bindings.filter(({ imported }) => isClassName(imported)).map(({ local }) => local),
    ),
  )
  return nodesOf(root, 'member_expression', 'nested_type_identifier').flatMap(node => {
    const [space = '', name = '', more] = node.text().split('.')
    if (!spaces.has(space) || more !== undefined) return []
    const isType = kindOf(node) === 'nested_type_identifier'
    return (isType ? LEGACY_TYPES : CONSTANTS).test(name) ? [{ node, name, isType }] : []
  })
}

/** Reports each use of `httpAgent`: clients of this package reject it, and only the user can choose its replacement. */
function notesOnOptions({ constructions }: ClientsIn): Note[] {
  return constructions
    .filter(node => /\bhttpAgent\b/.test(node.field('arguments')?.text() ?? ''))
    .map(node => ({ code: 'http-agent', at: spanOf(node).start }))
}

/**
 * Passes `completionsFetch` to the clients of an SDK below 0.20, which still has the completions, the constants and the
 * types.
 */
function withFetch(
  tree: Tree,
  modules: readonly ModuleUse[],
  clients: ClientsIn,
  isCalling: boolean,
): RewrittenImports {
  if (!isCalling || /completionsFetch/.test(tree.source)) return NOTHING
  const edits: Edit[] = []
  for (const construction of clients.constructions) {
    const list = construction.field('arguments')
    const [options, ...more] = list?.children().filter(child => child.isNamed()) ?? []
    const isPlain =
      options === undefined || (kindOf(options) === 'object' && !/\bfetch\b/.test(options.text()))
    if (!list || !isPlain || more.length > 0)
      return { edits: [], notes: [{ code: 'import-form', at: construction.start }] }
    const last = options
      ?.children()
      .filter(child => child.isNamed())
      .at(-1)
    if (options === undefined || last === undefined)
      edits.push({ start: list.start, end: list.end, text: '({ fetch: completionsFetch() })' })
    else edits.push({ start: last.end, end: last.end, text: ', fetch: completionsFetch()' })
  }
  const statements = modules
    .filter(({ form }) => form !== 'other')
    .map(use => ({ use, isLegacy: false, names: use.bindings }))
  if (edits.length === 0 || statements.length === 0) return NOTHING
  const added = [{ imported: 'completionsFetch', local: 'completionsFetch', isType: false }]
  return { edits: [...edits, ...place(tree, statements, added, FETCH_ENTRY)], notes: [] }
}

/**
 * Splits the imports: the class comes from the SDK, legacy names come from this package. Wraps the clients that need
 * it.
 */
function separate(
  tree: Tree,
  modules: readonly ModuleUse[],
  clients: ClientsIn,
  members: ReturnType<typeof legacyMembers>,
  isCalling: boolean,
  { isRewritten }: ImportContext,
): RewrittenImports {
  const edits: Edit[] = []
  const notes: Note[] = []
  const wrappers = nodesOf(tree.root, 'call_expression').filter(
    node => node.field('function')?.text() === 'withCompletions',
  )
  // The code that a client is passed to may call completions, so the client keeps its wrapper.
  const isWrapping = isCalling || (clients.escapes && wrappers.length > 0)
  const added: ImportedName[] = []
  const isNeeded = ({ imported, local }: Binding): boolean => {
    if (/^[wW]ithCompletions$/.test(imported)) return isWrapping
    return !isRewritten || isUsed(tree, local)
  }

  for (const node of isWrapping ? clients.constructions : []) {
    if (isWrapped(node)) continue
    const { start, end } = spanOf(node)
    edits.push({ start, end: start, text: 'withCompletions(' }, { start: end, end, text: ')' })
    added.push({ imported: 'withCompletions', local: 'withCompletions', isType: false })
  }
  for (const { name, type } of isWrapping ? clients.annotations : []) {
    if (!callsCompletions(tree, name)) continue
    edits.push({ ...spanOf(type), text: `WithCompletions<${type.text()}>` })
    added.push({ imported: 'WithCompletions', local: 'WithCompletions', isType: true })
  }
  if (!isWrapping) {
    for (const node of wrappers) edits.push(...unwrap(node))
    for (const node of nodesOf(tree.root, 'generic_type')) {
      const inner = /^WithCompletions<([\s\S]*)>$/.exec(node.text())?.[1]
      if (inner !== undefined) edits.push({ ...spanOf(node), text: inner })
    }
  }
  for (const { node, name, isType } of members) {
    edits.push({ ...spanOf(node), text: name })
    added.push({ imported: name, local: name, isType })
  }

  const entry = isWrapping || modules.some(({ module }) => module === SDK_ENTRY) ? SDK_ENTRY : LIBRARY
  const statements: Statement[] = []
  for (const use of modules) {
    const legacy = use.bindings.filter(({ imported }) => isLegacyName(imported))
    const kept = use.bindings.filter(({ imported }) => !isLegacyName(imported))
    const needed = legacy.filter(isNeeded)
    if (use.form === 'other') {
      if (isTheirs(use) && (legacy.length > 0 || isExported(use)))
        notes.push({ code: 'import-form', at: use.span.start })
    } else if (kept.length > 0) {
      if (use.module === LIBRARY) edits.push({ ...use.span, text: THEIR_SDK })
      edits.push(...withNames(use, kept))
      added.push(...needed)
      statements.push({ use, isLegacy: false, names: kept })
    } else if (needed.length > 0) statements.push({ use, isLegacy: true, names: needed })
    else if (legacy.length > 0) edits.push(removal(tree.source, spanOf(use.statement)))
  }
  if (added.length > 0 && statements.length === 0) {
    const [first] = modules
    return { edits: [], notes: first ? [{ code: 'import-form', at: first.span.start }] : [] }
  }
  return { edits: [...edits, ...place(tree, statements, added, entry)], notes }
}

/** An import statement that stays, and the names that it will import. */
interface Statement {
  use: ModuleUse
  isLegacy: boolean
  names: readonly Binding[]
}

/**
 * Adds the names that come from this package: to a statement that imports only legacy names, or in a new statement
 * after the last one.
 */
function place(
  tree: Tree,
  statements: readonly Statement[],
  added: readonly ImportedName[],
  entry: string,
): Edit[] {
  const legacy = statements.filter(({ isLegacy }) => isLegacy)
  // An `import type` statement cannot import values.
  const home = legacy.find(({ use }) => !isOfTypes(use) || added.every(({ isType }) => isType))
  const edits: Edit[] = legacy.flatMap(one => [
    ...(one.use.module === entry ? [] : [{ ...one.use.span, text: entry }]),
    ...withNames(one.use, one === home ? [...one.names, ...added] : one.names),
  ])
  const last = statements.at(-1)?.use
  if (home !== undefined || added.length === 0 || last === undefined) return edits
  const isRequire = last.form === 'require'
  const quote = tree.source[last.span.start - 1] ?? "'"
  const semicolon = last.statement.text().endsWith(';') ? ';' : ''
  const list = nameList(added, '{ }', isRequire)
  const from = isRequire
    ? `const ${list} = require(${quote}${entry}${quote})`
    : `import ${list} from ${quote}${entry}${quote}`
  const { start, end } = spanOf(last.statement)
  return [...edits, { start: end, end, text: `\n${indentAt(tree.source, start)}${from}${semicolon}` }]
}

/** Returns the edits that make a statement import exactly these names. */
function withNames(use: ModuleUse, names: readonly ImportedName[]): Edit[] {
  const isRequire = use.form === 'require'
  const list = nodesOf(use.statement, isRequire ? 'object_pattern' : 'named_imports')[0]
  if (list === undefined) return []
  const isListed = ({ imported }: ImportedName): boolean => isRequire || !/^(?:default|\*)$/.test(imported)
  const wanted = names.filter(isListed)
  const present = use.bindings.filter(isListed)
  const isAsItWas =
    wanted.length === present.length && wanted.every(({ local }) => present.some(one => one.local === local))
  if (isAsItWas) return []
  const { start, end } = spanOf(list)
  const plain = isOfTypes(use) ? wanted.map(name => ({ ...name, isType: false })) : wanted
  if (wanted.length > 0) return [{ start, end, text: nameList(plain, list.text(), isRequire) }]
  // Removes the comma too: `import Anthropic, {} from` would work, but it looks like a mistake.
  const before = list.prev()
  return [{ start: kindOf(before) === ',' && before ? spanOf(before).start : start, end, text: '' }]
}

const isOfTypes = ({ statement }: ModuleUse): boolean => /^import\s+type\b/.test(statement.text())

function isUsed({ root, grammar }: Tree, local: string): boolean {
  return references(root, local, grammar).some(
    node =>
      above(node, 'import_statement') === undefined &&
      kindOf(node) !== 'shorthand_property_identifier_pattern',
  )
}

function isWrapped(construction: SyntaxNode): boolean {
  return construction.parent()?.parent()?.field('function')?.text() === 'withCompletions'
}

function callsCompletions({ source }: Tree, name: string): boolean {
  return new RegExp(`(?<![\\w$])${escapePattern(name)}[!?]?\\.completions\\b`).test(source)
}

/** Returns the edits that reduce `withCompletions(client, options)` to `client`. */
function unwrap(call: SyntaxNode): Edit[] {
  const [inner] =
    call
      .field('arguments')
      ?.children()
      .filter(child => child.isNamed()) ?? []
  if (inner === undefined) return []
  const [whole, kept] = [spanOf(call), spanOf(inner)]
  return [
    { start: whole.start, end: kept.start, text: '' },
    { start: kept.end, end: whole.end, text: '' },
  ]
}
