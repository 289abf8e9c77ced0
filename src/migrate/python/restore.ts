import type { OwnNote } from '../diagnostic.ts'
import { type Edit, indentAt, lineStart, removal } from '../edits.ts'
import type { ImportContext, RewrittenImports } from '../javascript/imports.ts'
import { isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from '../tree.ts'
import { bindingOf, type ImportStatement, importsOf, isFrom } from './sdk-imports.ts'

/** The module of the file that restores completions on the Python SDK 1.0 and later. */
export const PYTHON_MODULE = 'legacy_completions'
const WRAPPER = 'with_completions'
const SDK = 'anthropic'
const CLIENT = /^(?:Async)?(?:Anthropic|Client)$/
const CLOUD_CLIENT = /^(?:Async)?Anthropic[A-Z]\w*$/
const CONSTANT = /^(?:HUMAN|AI)_PROMPT$/

/** The names that a file needs from the module, and the statements that they are imported next to. */
interface Needed {
  statement: ImportStatement
  /** `HUMAN_PROMPT as HP`, or '' for the module itself. */
  name: string
}

/**
 * Makes a file run on `legacy_completions.py`: wraps the clients that completions are called on, and imports the
 * constants from there. Changes nothing in a file that runs on it already.
 */
export function restoreCompletions(
  tree: Tree,
  { hasLeft, isGiving, isGiven }: ImportContext,
): RewrittenImports {
  const all = importsOf(tree)
  const installs = nodesOf(tree.root, 'call').some(
    node => node.field('function')?.text() === `${PYTHON_MODULE}.install`,
  )
  if (installs) return { edits: [], notes: [] }
  const sdk = all.filter(one =>
    one.module === undefined ? one.names.some(({ imported }) => imported === SDK) : isFrom(one, SDK),
  )
  const members = constantMembers(tree, sdk)
  const clients = hasLeft || isGiving ? clientsOf(tree, sdk) : []
  const ofModule = members.length > 0
  const edits: Edit[] = []
  const needed: Needed[] = []
  for (const { node, statement } of members) {
    const name = node.field('attribute')?.text() ?? ''
    edits.push({ start: node.start, end: node.end, text: `${PYTHON_MODULE}.${name}` })
    needed.push({ statement, name: '' })
  }
  for (const { node, statement } of clients) {
    if (isWrapped(node)) continue
    const wrapper = ofModule ? `${PYTHON_MODULE}.${WRAPPER}` : WRAPPER
    edits.push(
      { start: node.start, end: node.start, text: `${wrapper}(` },
      { start: node.end, end: node.end, text: ')' },
    )
    needed.push({ statement, name: ofModule ? '' : WRAPPER })
  }
  edits.push(...importEdits(tree, all, sdk, needed))
  const [first] = clients.length === 0 && hasLeft && !isGiven ? sdk : []
  const [cloud] = hasLeft ? cloudClients(tree) : []
  const at = cloud?.start ?? first?.statement.start
  const notes: OwnNote[] = at === undefined ? [] : [{ code: 'python-client', at }]
  const [edit] = edits
  if (edit !== undefined)
    notes.push({ code: 'python-file', at: Math.min(...edits.map(({ start }) => start)) })
  return { edits, notes }
}

/** Returns `anthropic.HUMAN_PROMPT` and `Anthropic.HUMAN_PROMPT`, with the statements that import their objects. */
function constantMembers(
  tree: Tree,
  sdk: readonly ImportStatement[],
): { node: SyntaxNode; statement: ImportStatement }[] {
  return nodesOf(tree.root, 'attribute').flatMap(node => {
    if (!CONSTANT.test(node.field('attribute')?.text() ?? '')) return []
    const [root = '', ...rest] = (node.field('object')?.text() ?? '').split('.')
    const statement = bindingOf(node, root, sdk)
    const name = statement?.names.find(({ local }) => local === root)?.imported
    const isSdk =
      name === SDK ? rest.every(one => CLIENT.test(one)) : CLIENT.test(name ?? '') && rest.length === 0
    const parent = node.parent()
    const isTarget = /assignment/.test(kindOf(parent)) && isSame(parent?.field('left'), node)
    return statement !== undefined && isSdk && rest.length < 2 && !isTarget ? [{ node, statement }] : []
  })
}

/** Returns the constructions of clients, with the statements that import their classes. */
function clientsOf(
  tree: Tree,
  sdk: readonly ImportStatement[],
): { node: SyntaxNode; statement: ImportStatement }[] {
  return nodesOf(tree.root, 'call').flatMap(node => {
    const [root = '', member, ...more] = (node.field('function')?.text() ?? '').split('.')
    const statement = more.length === 0 ? bindingOf(node, root, sdk) : undefined
    const name = statement?.names.find(({ local }) => local === root)?.imported
    const isClient =
      name === SDK ? CLIENT.test(member ?? '') : member === undefined && CLIENT.test(name ?? '')
    return statement !== undefined && isClient ? [{ node, statement }] : []
  })
}

/** Returns the constructions of clients that sign requests for a cloud: the file does not support them. */
function cloudClients(tree: Tree): SyntaxNode[] {
  return nodesOf(tree.root, 'call').filter(node =>
    CLOUD_CLIENT.test(
      node
        .field('function')
        ?.text()
        .replace(/^anthropic\./, '') ?? '',
    ),
  )
}

const isWrapper = (node: SyntaxNode | null | undefined): boolean =>
  kindOf(node) === 'call' &&
  [WRAPPER, `${PYTHON_MODULE}.${WRAPPER}`].includes(node?.field('function')?.text() ?? '')

const isWrapped = (client: SyntaxNode): boolean => isWrapper(client.parent()?.parent())

/** Returns the edits that move the constants to the module, and import what the file needs of it. */
function importEdits(
  tree: Tree,
  all: readonly ImportStatement[],
  sdk: readonly ImportStatement[],
  needed: Needed[],
): Edit[] {
  const edits: Edit[] = []
  /** The statements that now import from the module, and no longer from the SDK. */
  const moved: ImportStatement[] = []
  for (const one of sdk) {
    if (one.module === undefined) continue
    const constants = one.names.filter(({ imported }) => CONSTANT.test(imported))
    if (constants.length === one.names.length) {
      edits.push({ start: one.module.start, end: one.module.end, text: PYTHON_MODULE })
      moved.push(one)
    } else if (constants.length > 0) {
      const kept = one.names.filter(name => !constants.includes(name)).map(({ node }) => node)
      edits.push(keepNames(tree, one, kept))
      for (const { node } of constants) needed.push({ statement: one, name: node.text() })
    }
    if (one.names.some(({ imported }) => imported === '*'))
      for (const { name } of constantNames(tree)) needed.push({ statement: one, name })
  }
  const present = new Set(
    all
      .filter(one => isFrom(one, PYTHON_MODULE) && kindOf(one.statement.parent()) === 'module')
      .flatMap(({ names }) => names.map(({ node }) => node.text())),
  )
  const hasModule = all.some(
    ({ module, names, statement }) =>
      module === undefined &&
      kindOf(statement.parent()) === 'module' &&
      names.some(({ imported, local }) => imported === PYTHON_MODULE && local === PYTHON_MODULE),
  )
  const groups = new Map<number, Needed[]>()
  for (const one of needed) {
    if (one.name === '' ? hasModule : present.has(one.name)) continue
    const key = one.statement.statement.parent()?.id() ?? 0
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  for (const [key, group] of groups) {
    const names = [...new Set(group.map(({ name }) => name))].filter(name => name !== '').sort()
    const last = group
      .map(({ statement }) => statement)
      .sort((a, b) => b.statement.start - a.statement.start)[0]
    if (last === undefined) continue
    const home = moved.find(({ statement }) => statement.parent()?.id() === key)
    const end = home?.names.at(-1)?.node.end
    if (home !== undefined && end !== undefined && names.length > 0)
      edits.push({ start: end, end, text: names.map(name => jointOf(tree, home) + name).join('') })
    const lines = [
      ...(group.some(({ name }) => name === '') ? [`import ${PYTHON_MODULE}`] : []),
      ...(end === undefined && names.length > 0 ? [`from ${PYTHON_MODULE} import ${names.join(', ')}`] : []),
    ]
    if (lines.length > 0) edits.push(lineAfter(tree, last.statement, lines))
  }
  return edits
}

/** Returns the constants that a file uses by name after `from anthropic import *`. */
function constantNames({ root }: Tree): { name: string }[] {
  return ['AI_PROMPT', 'HUMAN_PROMPT']
    .filter(name => root.findNames([name], ['identifier']).length > 0)
    .map(name => ({ name }))
}

/** Returns the edit that adds statements after another one, in its block. */
function lineAfter({ source }: Tree, statement: SyntaxNode, lines: readonly string[]): Edit {
  const from = lineStart(source, statement.start)
  const rest = /^[^\n]*/.exec(source.slice(statement.end))?.[0] ?? ''
  const isAlone = source.slice(from, statement.start).trim() === '' && /^\s*(?:#.*)?$/.test(rest)
  const at = isAlone ? statement.end + rest.length : statement.end
  const joint = isAlone ? `\n${indentAt(source, statement.start)}` : '; '
  return { start: at, end: at, text: lines.map(line => joint + line).join('') }
}

/** Returns the edit that reduces the names of a statement to these. */
export function keepNames(tree: Tree, one: ImportStatement, kept: readonly SyntaxNode[]): Edit {
  const { names } = one
  const start = names[0]?.node.start ?? 0
  const end = names.at(-1)?.node.end ?? start
  return { start, end, text: kept.map(node => node.text()).join(jointOf(tree, one)) }
}

/** Returns the text between two names of a statement. */
function jointOf({ source }: Tree, { names }: ImportStatement): string {
  const [start, end] = [names[0]?.node.start ?? 0, names.at(-1)?.node.end ?? 0]
  return /,\s*\n[ \t]*/.exec(source.slice(start, end))?.[0] ?? ', '
}

/** Returns the edit that removes a statement, with its line or with the semicolon that separates it. */
export function removeStatement({ source }: Tree, { start, end }: SyntaxNode): Edit {
  const before = /;[ \t]*$/.exec(source.slice(lineStart(source, start), start))?.[0]
  if (before !== undefined) return { start: start - before.length, end, text: '' }
  const after = /^[ \t]*;[ \t]*(?=[^\s#])/.exec(source.slice(end))?.[0]
  if (after !== undefined) return { start, end: end + after.length, text: '' }
  return removal(source, { start, end })
}

/** Returns the edits that reduce `with_completions(client, proxy)` to `client`. */
export function unwrapEdits({ root }: Tree): Edit[] {
  return nodesOf(root, 'call').flatMap(node => {
    const inner = isWrapper(node)
      ? node
          .field('arguments')
          ?.children()
          .find(child => child.isNamed())
      : undefined
    if (inner === undefined) return []
    return [
      { start: node.start, end: inner.start, text: '' },
      { start: inner.end, end: node.end, text: '' },
    ]
  })
}
