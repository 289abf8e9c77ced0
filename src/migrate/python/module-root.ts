import type { Source } from '../../audit/index.ts'

/** Finds the directory that a Python program imports its own modules from. */
export interface ModuleRoots {
  /** Returns the directory for a file: '' or a path without a slash at its end. */
  rootOf: (file: string) => string
}

const IMPORTS = /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w.]+))/gm

/**
 * Returns a function that finds the root of the modules of a file. The imports of the program show it: those of the file
 * that lead to other files, then those of other files that lead to this one. Otherwise it is the directory above the
 * outermost package, or the directory of a script.
 */
export function moduleRoots(sources: readonly Source[]): ModuleRoots {
  const files = new Set(sources.flatMap(({ file }) => (file.endsWith('.py') ? [file] : [])))
  const has = (base: string, module: string): boolean => {
    const path = join(base, module.replaceAll('.', '/'))
    return files.has(`${path}.py`) || files.has(join(path, '__init__.py'))
  }
  const importers = new Map<string, string[]>()
  let isIndexed = false
  /** Returns the files that import a module whose last name is this one, with the name of the module. */
  const importersOf = (name: string): { file: string; module: string }[] => {
    if (!isIndexed) {
      for (const { file, text } of sources)
        if (file.endsWith('.py'))
          for (const module of modulesIn(text)) {
            const last = module.slice(module.lastIndexOf('.') + 1)
            importers.set(last, [...(importers.get(last) ?? []), `${file}\n${module}`])
          }
      isIndexed = true
    }
    return (importers.get(name) ?? []).map(one => {
      const [file = '', module = ''] = one.split('\n')
      return { file, module }
    })
  }
  const byName = new Map(sources.map(one => [one.file, one]))
  return {
    rootOf: file => {
      const folders = foldersAbove(file)
      const [own = ''] = folders
      if (!file.endsWith('.py')) return own
      const text = byName.get(file)?.text ?? ''
      const modules = modulesIn(text)
      const root = folders.find(base =>
        modules.some(module => has(base, module) && !leadsTo(base, module, file)),
      )
      if (root !== undefined) return root
      const path = file.replace(/(?:\/__init__)?\.py$/, '')
      for (const { file: other, module } of importersOf(path.slice(path.lastIndexOf('/') + 1))) {
        const tail = module.replaceAll('.', '/')
        const base =
          path === tail ? '' : path.endsWith(`/${tail}`) ? path.slice(0, -tail.length - 1) : undefined
        if (base !== undefined && foldersAbove(other).includes(base)) return base
      }
      const isScript = /^if\s+__name__\s*==/m.test(text) && !/^[ \t]*from[ \t]+\./m.test(text)
      return isScript ? own : (folders.find(folder => !files.has(join(folder, '__init__.py'))) ?? own)
    },
  }
}

const modulesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(IMPORTS)].map(([, from, module]) => from ?? module ?? ''))].filter(
    module => !module.startsWith('.') && module !== 'legacy_completions',
  )

const leadsTo = (base: string, module: string, file: string): boolean =>
  file === `${join(base, module.replaceAll('.', '/'))}.py`

/** Returns the directories of a file, from its own up to that of the run, which is ''. */
function foldersAbove(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/')).concat('')
}

/** Returns the path of a name in a directory. */
export const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)
