import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { made } from './build.mjs'
import { installed } from './command.mjs'

export const runtimes = [
  {
    name: 'workerd',
    missing: installed('miniflare') === undefined && 'the registry has no miniflare for this platform',
    lacks: ['./node'],
    async run({ url }) {
      const { Miniflare } = await import('miniflare')
      const folder = join(made, 'worker')
      const files = readdirSync(folder).sort((a, b) => Number(b === 'main.js') - Number(a === 'main.js'))
      const worker = new Miniflare({
        modules: files.map(path => ({
          type: 'ESModule',
          path,
          contents: readFileSync(join(folder, path), 'utf8'),
        })),
        bindings: { SERVER: url },
        compatibilityDate: '2026-04-01',
      })
      try {
        const response = await worker.dispatchFetch('http://worker.test/')
        if (!response.ok) throw new Error(await response.text())
        return await response.json()
      } finally {
        await worker.dispose()
      }
    },
  },
]
