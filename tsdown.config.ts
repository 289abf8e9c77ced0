import { fileURLToPath } from 'node:url'
import type { UserConfig } from 'tsdown'
import { ENTRIES } from './entries.ts'
import { parsersPlugin } from './parsers.plugin.mjs'

// Loading zod from its many files takes longer than loading all the rest; in here it is the part that is used.
const BUNDLED = ['zod', 'eventsource-parser', 'web-tree-sitter']

/** The modules of Node, two of them by their old names, which web-tree-sitter imports when it runs in Node. */
const NEVER_BUNDLED = [/^node:/, 'module', 'fs/promises']

const PARSERS = fileURLToPath(new URL('dist/parsers', import.meta.url))

const common: UserConfig = {
  entry: ENTRIES,
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  dts: true,
  deps: { alwaysBundle: BUNDLED, onlyBundle: BUNDLED, neverBundle: NEVER_BUNDLED },
  // Each parser of the audit becomes one file dist/parsers/NAME.cjs, which both formats load when they need it.
  plugins: [parsersPlugin({ folder: PARSERS, format: 'esm' })],
  // The time of each build step is no warning; nor is an `eval` in web-tree-sitter that no parser here reaches.
  inputOptions: { checks: { pluginTimings: false, eval: false } },
}

const builds: UserConfig[] = [
  // The command, and the thread of `convert` that it starts by the name of its file.
  {
    ...common,
    entry: { ...ENTRIES, bin: 'src/bin.ts', 'convert-worker': 'src/cli/convert/convert-worker.ts' },
    format: 'esm',
    clean: true,
  },
  {
    ...common,
    format: 'cjs',
    clean: false,
    plugins: [parsersPlugin({ folder: PARSERS, format: 'cjs' })],
    // ky is ESM only: a `require` of it fails before Node 20.19 and in Jest, so the CommonJS build carries it.
    deps: { alwaysBundle: ['ky', ...BUNDLED], onlyBundle: ['ky', ...BUNDLED], neverBundle: NEVER_BUNDLED },
    // `require('legacy-completions')` is the class itself, with the named exports as its properties, as the old
    // SDK's was; `__esModule` and `default` serve those who compile `import` to `require`.
    outputOptions: {
      exports: 'named',
      footer: chunk =>
        chunk.isEntry && chunk.name === 'index'
          ? 'module.exports = Object.defineProperty(Object.assign(exports.default, exports), "__esModule", { value: true });'
          : '',
    },
  },
]

export default builds
