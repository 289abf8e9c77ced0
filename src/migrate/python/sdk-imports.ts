import { functionAround } from '../scope.ts'
import { above, isSame, kindOf, nodesOf, references, type SyntaxNode, type Tree } from '../tree.ts'

/** A name of an import statement: `imported as local`. */
export interface ImportedName {
  node: SyntaxNode
  imported: string
  local: string
}

/** A statement that imports a module, or names of it. */
export interface ImportStatement {
  statement: SyntaxNode
  /** The name of the module in `from module import …`; `undefined` for `import …`. */
  module: SyntaxNode | undefined
  names: readonly ImportedName[]
}

/** Returns the import statements of a file, without those that only type checkers read. */
export function importsOf({ root }: Tree): ImportStatement[] {
  return nodesOf(root, 'import_statement', 'import_from_statement').flatMap(statement => {
    const condition = above(statement, 'if_statement')?.field('condition')?.text() ?? ''
    if (/\bTYPE_CHECKING\b/.test(condition)) return []
    const module = statement.field('module_name') ?? undefined
    const names = statement
      .children()
      .filter(
        node =>
          /^(?:dotted_name|aliased_import|wildcard_import)$/.test(kindOf(node)) && !isSame(node, module),
      )
      .map(node => {
        const imported = (node.field('name') ?? node).text()
        return { node, imported, local: node.field('alias')?.text() ?? imported }
      })
    return [{ statement, module, names }]
  })
}

/** Returns whether a statement is `from module import …` of exactly this module. */
export const isFrom = ({ module }: ImportStatement, name: string): boolean => module?.text() === name

/** Returns the statement that binds a name where a node uses it: in its innermost function, or in the module. */
export function bindingOf(
  node: SyntaxNode,
  local: string,
  statements: readonly ImportStatement[],
): ImportStatement | undefined {
  const binding = statements.filter(({ names }) => names.some(one => one.local === local))
  for (let around = functionAround(node); around !== undefined; around = functionAround(around)) {
    const found = binding.find(({ statement }) => isSame(functionAround(statement), around))
    if (found !== undefined) return found
  }
  return binding.find(({ statement }) => functionAround(statement) === undefined)
}

/** Returns whether code outside of imports still uses a name. Code within `gone` does not count. */
export function isUsed(
  { root, grammar }: Tree,
  local: string,
  gone: readonly { start: number; end: number }[],
): boolean {
  return references(root, local, grammar).some(
    node =>
      above(node, 'import_statement', 'import_from_statement') === undefined &&
      !gone.some(({ start, end }) => start <= node.start && node.end <= end),
  )
}
