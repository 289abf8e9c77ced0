import type { Source } from '../source.ts'

const IMPORTS_SHIM =
  /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]legacy-completions(?:\/[\w-]+)?['"]|^[ \t]*(?:import|from)\s+\.*(?:[\w.]*\.)?legacy_completions\b/m
const IMPORTS_SDK =
  /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]@anthropic-ai\/[\w-]+['"]|^[ \t]*(?:import|from)\s+anthropic(?:_bedrock)?\b/m
/** Functions of this package that put a client of the SDK on the shim. */
const WRAPS_SDK = /\b(?:withCompletions|completionsFetch|legacyCompletionsMiddleware|with_completions)\b/
const RELATIVE_IMPORTS =
  /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]|^[ \t]*from\s+(\.*[\w.]+)\s+import\b/gm
const ENDINGS = [
  '',
  '.ts',
  '.tsx',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.py',
  '/index.ts',
  '/index.js',
  '/__init__.py',
]

/** The files of `ShimFiles` as plain data. */
export interface ShimPart {
  own: string[]
  direct: string[]
  imports: [file: string, imported: string[]][]
}

/** Finds the files whose clients run on this package, directly or through an import of such a file. */
export class ShimFiles {
  readonly #own = new Set<string>()
  readonly #direct = new Set<string>()
  readonly #imports = new Map<string, string[]>()

  add({ file, text: original }: Source): void {
    const text = original.replace(/^\ufeff/, '')
    const isSdk = IMPORTS_SDK.test(text)
    if (IMPORTS_SHIM.test(text) && (!isSdk || WRAPS_SDK.test(text))) this.#own.add(file)
    else if (isSdk) this.#direct.add(file)
    else this.#imports.set(file, importsOf(file, text))
  }

  part(): ShimPart {
    return { own: [...this.#own], direct: [...this.#direct], imports: [...this.#imports] }
  }

  merge({ own, direct, imports }: ShimPart): void {
    for (const file of own) this.#own.add(file)
    for (const file of direct) this.#direct.add(file)
    for (const [file, imported] of imports) this.#imports.set(file, imported)
  }

  isOnShim(file: string): boolean {
    if (this.#own.has(file)) return true
    if (this.#direct.has(file)) return false
    const imported = this.#imports.get(file) ?? []
    return imported.some(path => this.#own.has(path)) && !imported.some(path => this.#direct.has(path))
  }
}

function importsOf(file: string, text: string): string[] {
  const folder = file.split('/').slice(0, -1)
  return [...text.matchAll(RELATIVE_IMPORTS)].flatMap(([, path, module]) => {
    if (path !== undefined) return named(resolvePath(folder, path.replace(/\.[cm]?jsx?$/, '')))
    const dots = /^\.*/.exec(module ?? '')?.[0].length ?? 0
    const below = (module ?? '').slice(dots).split('.').join('/')
    const base = dots > 0 ? folder.slice(0, folder.length - dots + 1) : folder
    return [...named([...base, below].join('/')), ...(dots === 0 ? named(below) : [])]
  })
}

const named = (path: string): string[] => ENDINGS.map(ending => path + ending)

function resolvePath(folder: readonly string[], path: string): string {
  const parts = [...folder]
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
