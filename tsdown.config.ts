import type { UserConfig } from 'tsdown'
import { ENTRIES } from './entries.ts'

// Loading zod from its many files takes longer than loading all the rest; in here it is the part that is used.
const BUNDLED = ['zod', 'eventsource-parser']

const common: UserConfig = {
  entry: ENTRIES,
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  dts: true,
  deps: { alwaysBundle: BUNDLED, onlyBundle: BUNDLED, neverBundle: [/^node:/] },
  // How long each part of the build takes is no warning.
  inputOptions: { checks: { pluginTimings: false } },
}

const builds: UserConfig[] = [
  // The command, and the thread of `convert` that it starts by the name of its file.
  {
    ...common,
    entry: { ...ENTRIES, bin: 'src/bin.ts', 'convert-worker': 'src/cli/convert/worker.ts' },
    format: 'esm',
    clean: true,
  },
  {
    ...common,
    format: 'cjs',
    clean: false,
    // ky is ESM only: a `require` of it fails before Node 20.19 and in Jest, so the CommonJS build carries it.
    deps: { alwaysBundle: ['ky', ...BUNDLED], onlyBundle: ['ky', ...BUNDLED], neverBundle: [/^node:/] },
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
