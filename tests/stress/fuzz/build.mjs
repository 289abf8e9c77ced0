/** Bundles the targets and the code under test into one file, so that its coverage can be separated. */
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { parsersPlugin } from '../../../parsers.plugin.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))

const bundle = await rolldown({
  input: here('run.ts'),
  platform: 'node',
  external: [/^node:/, 'undici', 'undici/index.js', 'prom-client', 'csv-parse', 'web-tree-sitter', 'yaml'],
  plugins: [parsersPlugin()],
  logLevel: 'silent',
})
await bundle.write({ file: here('../../../.tmp/fuzz/fuzz.mjs'), format: 'esm', codeSplitting: false })
await bundle.close()
