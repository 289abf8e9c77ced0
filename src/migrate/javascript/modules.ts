import { spanOf } from '../../audit/languages/grammar.ts'
import type { Span } from '../../diagnostics/index.ts'
import type { SyntaxNode } from '../tree.ts'
import { above, kindOf, nodesOf, type Tree } from '../tree.ts'

/** A name that a file imports from a module. */
export interface Binding {
  /** `default`, `*` for the namespace, or the name of the export. */
  imported: string
  local: string
  isType: boolean
}

/** A mention of one of the modules in a file. */
export interface ModuleUse {
  module: string
  /** The span of the module's name, without quotes. */
  span: Span
  /** `other` is any other form, such as a re-export. */
  form: 'import' | 'require' | 'other'
  /** The whole statement. */
  statement: SyntaxNode
  bindings: readonly Binding[]
}

/** The official SDK and its packages for clouds, but not the SDK for agents, which has no such clients. */
const THEIRS = /^@anthropic-ai\/(?:sdk|(?!claude-)[a-z\d-]+-sdk)(?:\/.*)?$/
const OURS = /^legacy-completions(?:\/(?:sdk|v0|f[e]tch))?$/

/** Returns whether a module belongs to the official SDK or its cloud clients. */
export const isTheirs = ({ module }: ModuleUse): boolean => THEIRS.test(module)
/** Returns whether a module belongs to this package. */
export const isOurs = ({ module }: ModuleUse): boolean => OURS.test(module)

/** Returns every mention of the official SDK, its cloud clients, or this package. */
export function modulesOf({ root }: Tree): ModuleUse[] {
  return nodesOf(root, 'string').flatMap((node): ModuleUse[] => {
    const module = node.text().slice(1, -1)
    if (!THEIRS.test(module) && !OURS.test(module)) return []
    const { start, end } = spanOf(node)
    const use = useOf(node)
    return use === undefined ? [] : [{ module, span: { start: start + 1, end: end - 1 }, ...use }]
  })
}

function useOf(node: SyntaxNode): Pick<ModuleUse, 'form' | 'statement' | 'bindings'> | undefined {
  const parent = node.parent()
  if (parent === null) return undefined
  switch (kindOf(parent)) {
    case 'import_statement':
      return { form: 'import', statement: parent, bindings: importBindings(parent) }
    case 'export_statement':
      return { form: 'other', statement: parent, bindings: [] }
    case 'import_require_clause': {
      const local = parent.child(0)?.text() ?? ''
      const statement = parent.parent() ?? parent
      return { form: 'other', statement, bindings: [{ imported: '*', local, isType: false }] }
    }
    case 'arguments':
      return callUse(parent.parent())
    default:
      return undefined
  }
}

function importBindings(statement: SyntaxNode): Binding[] {
  const clause = statement.children().find(child => kindOf(child) === 'import_clause')
  const isTypes = /^import\s+type\b(?!\s*(?:,|from\b))/.test(statement.text())
  return (clause?.children() ?? []).flatMap((part): Binding[] => {
    if (kindOf(part) === 'identifier') return [{ imported: 'default', local: part.text(), isType: isTypes }]
    if (kindOf(part) === 'namespace_import')
      return [{ imported: '*', local: part.text().replace(/^\*\s*as\s+/, ''), isType: isTypes }]
    if (kindOf(part) !== 'named_imports') return []
    return nodesOf(part, 'import_specifier').map(specifier => {
      const [, type, imported = '', local = imported] =
        /^(type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?$/.exec(specifier.text()) ?? []
      return { imported, local, isType: isTypes || type !== undefined }
    })
  })
}

/** Returns the statement and the names that the result of `require(…)` or `import(…)` is assigned to. */
function callUse(call: SyntaxNode | null): Pick<ModuleUse, 'form' | 'statement' | 'bindings'> | undefined {
  const called = call?.field('function')?.text()
  if (!call || (called !== 'require' && called !== 'import')) return undefined
  let value = call
  let member: string | undefined
  for (let up = call.parent(); up !== null; up = up.parent()) {
    if (kindOf(up) === 'member_expression' && member === undefined) member = up.field('property')?.text()
    else if (kindOf(up) !== 'await_expression' && kindOf(up) !== 'parenthesized_expression') break
    value = up
  }
  const declarator = value.parent()
  const statement = declarator?.parent()
  if (!declarator || !statement || kindOf(declarator) !== 'variable_declarator') {
    const around = above(call, 'lexical_declaration', 'variable_declaration', 'expression_statement') ?? call
    return { form: 'other', statement: around, bindings: [] }
  }
  const isAlone = nodesOf(statement, 'variable_declarator').length === 1
  const isPlain = called === 'require' && isAlone && member === undefined
  return {
    form: isPlain ? 'require' : 'other',
    statement,
    bindings: declaredNames(declarator.field('name'), member),
  }
}

function declaredNames(name: SyntaxNode | null, member: string | undefined): Binding[] {
  if (kindOf(name) === 'identifier')
    return [{ imported: member ?? '*', local: name?.text() ?? '', isType: false }]
  if (kindOf(name) !== 'object_pattern' || (member === undefined) === false) return []
  return (name?.children() ?? []).flatMap((part): Binding[] => {
    const kind = kindOf(part)
    if (kind === 'shorthand_property_identifier_pattern')
      return [{ imported: part.text(), local: part.text(), isType: false }]
    const [imported, local] = [part.field('key')?.text(), part.field('value')?.text()]
    return kind === 'pair_pattern' && imported && local ? [{ imported, local, isType: false }] : []
  })
}

/** Returns the mocks of the official SDK in a test: `vi.mock('@anthropic-ai/sdk')`. */
export function mocksOf({ root }: Tree): SyntaxNode[] {
  return nodesOf(root, 'string').filter(node => {
    const called =
      kindOf(node.parent()) === 'arguments' ? node.parent()?.parent()?.field('function')?.text() : ''
    return THEIRS.test(node.text().slice(1, -1)) && /^(?:jest|vi|mock|td|proxyquire)\b/.test(called ?? '')
  })
}
