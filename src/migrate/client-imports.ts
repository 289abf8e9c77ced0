import type { LegacyUse } from '../audit/index.ts'
import { hasFreeName } from './name-patterns.ts'
import { nodesOf, type Tree } from './tree.ts'

const ENDINGS = [
  '',
  '.ts',
  '.tsx',
  '.js',
  '.mjs',
  '.cjs',
  '.mts',
  '.cts',
  '.jsx',
  '/index.ts',
  '/index.js',
  '/index.mjs',
]

/** Finds the files that a file imports its clients from. */
export function findClientModules(
  file: string,
  tree: Tree,
  calls: readonly LegacyUse[],
  exists: (file: string) => boolean,
): { givers: string[]; given: Set<string> } {
  const roots = new Set(
    calls.flatMap(({ call }) => {
      const receiver = call?.receiver && tree.source.slice(call.receiver.start, call.receiver.end)
      const root = receiver === undefined ? undefined : /^[\w$]+/.exec(receiver)?.[0]
      return root === undefined ? [] : [root]
    }),
  )
  const givers: string[] = []
  const given = new Set<string>()
  for (const node of nodesOf(tree.root, 'string')) {
    const path = node.text().slice(1, -1)
    const statement = node
      .ancestors()
      .find(one => /^(?:import_statement|lexical_declaration|variable_declaration)$/.test(String(one.kind())))
    if (!/^\.{1,2}\//.test(path) || statement === undefined) continue
    const names = [...roots].filter(root => hasFreeName(statement.text(), root))
    const giver = names.length > 0 ? resolvePath(file, path, exists) : undefined
    if (giver === undefined) continue
    givers.push(giver)
    for (const name of names) given.add(name)
  }
  return { givers, given }
}

/** Returns the file that a relative import path resolves to, if it is one of the files of this run. */
export function resolvePath(
  from: string,
  path: string,
  exists: (file: string) => boolean,
): string | undefined {
  const parts = from.split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
      else parts.push(part)
    } else if (part !== '.') parts.push(part)
  }
  const base = parts.join('/')
  // TypeScript imports a module by the name of its compiled file (`./a.js` for `a.ts`).
  const bases = [base, base.replace(/\.([cm]?)js$/, '.$1ts')]
  return bases.flatMap(one => ENDINGS.map(ending => one + ending)).find(exists)
}
