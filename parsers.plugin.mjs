/**
 * Puts the parsers of the audit (WebAssembly) into JavaScript modules, as base64 of their gzip, so that they load in
 * every runtime, in both module formats and in pages, without a file system; and files of Python as their text. For
 * rolldown, tsdown and Vite.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const { resolve } = createRequire(import.meta.url)
const PREFIX = '\0parsers/'
const pack = path => gzipSync(readFileSync(path), { level: 9 }).toString('base64')

/**
 * Returns the plugin. With `folder`, each binary becomes one file `NAME.cjs` there, which ES modules and CommonJS
 * modules next to that folder share; without, a module of the bundle. `format: 'cjs'` takes the runtime of the
 * parsers as CommonJS too: as an ES module it needs `import.meta`.
 */
export function parsersPlugin({ folder, format } = {}) {
  const paths = new Map()
  return {
    name: 'parsers',
    enforce: 'pre',
    resolveId(id) {
      if (id === 'web-tree-sitter' && format === 'cjs') return resolve(id)
      if (!id.endsWith('.wasm')) return null
      const path = resolve(id)
      if (folder === undefined) {
        // Without the path: Vitest would leave what is in node_modules to Node, which cannot load it.
        const module = `${PREFIX}${basename(path, '.wasm')}.js`
        paths.set(module, path)
        return module
      }
      const name = `${basename(path, '.wasm')}.cjs`
      paths.set(name, path)
      return { id: `./${basename(folder)}/${name}`, external: true }
    },
    load(id) {
      if (id.endsWith('.py'))
        return { code: `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`, moduleType: 'js' }
      const path = paths.get(id)
      return path === undefined ? null : `export default '${pack(path)}'`
    },
    writeBundle() {
      if (folder === undefined) return
      mkdirSync(folder, { recursive: true })
      for (const [name, path] of paths)
        writeFileSync(join(folder, name), `module.exports = '${pack(path)}'\n`)
    },
  }
}
