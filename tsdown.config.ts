import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'rolldown'
import { esmExternalRequirePlugin } from 'rolldown/plugins'
import type { UserConfig } from 'tsdown'
import { ENTRIES } from './entries.ts'
import { parsersPlugin } from './parsers.plugin.mjs'

// Loading zod from its many files takes longer than loading all the rest; in here it is the part that is used.
const BUNDLED = ['zod', 'eventsource-parser', 'web-tree-sitter']

// Only the command needs them: as dependencies, every program with one changed import would install them.
const COMMAND = ['csv-parse', 'diff', 'ignore', 'prom-client', 'tdigest', 'bintrees', 'yaml']

/** The modules of Node, two of them by their old names, which web-tree-sitter imports when it runs in Node. */
const NEVER_BUNDLED: (string | RegExp)[] = [/^node:/, 'module', 'fs/promises']

/** The libraries of the command are CommonJS and name Node's modules in the old way, for which ES modules have no `require`. */
const builtins = esmExternalRequirePlugin({
  external: builtinModules.filter(name => !NEVER_BUNDLED.includes(name)),
})

/** prom-client asks OpenTelemetry for exemplars, which `serve` does not have. */
const withoutTelemetry: Plugin = {
  name: 'without-telemetry',
  resolveId: id => (id === '@opentelemetry/api' ? '\0without-telemetry' : null),
  load: id => (id === '\0without-telemetry' ? 'export {}' : null),
}

/** Readers of a stack trace see names and lines; the sources themselves are not repeated in the package. */
const withoutSources: Plugin = {
  name: 'without-sources',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'asset' && file.fileName.endsWith('.map')) {
        const map = JSON.parse(String(file.source))
        delete map.sourcesContent
        file.source = JSON.stringify(map)
      }
    }
  },
}

/** Names shared chunks so that none takes the name of an entry: several modules are called `index`. */
const chunkNames: Extract<UserConfig['outputOptions'], (...args: never[]) => unknown> = options => ({
  ...options,
  chunkFileNames(chunk) {
    const given = options.chunkFileNames
    const name = typeof given === 'function' ? given(chunk) : (given ?? '[name].js')
    return /^index(?:\.d)?$/.test(chunk.name) ? name.replace('[name]', 'shared-[name]') : name
  },
})

const PARSERS = fileURLToPath(new URL('dist/parsers', import.meta.url))

const common: UserConfig = {
  entry: ENTRIES,
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  // Stable names, so that a stack trace can be read.
  hash: false,
  dts: true,
  deps: { alwaysBundle: BUNDLED, onlyBundle: BUNDLED, neverBundle: NEVER_BUNDLED },
  // Each parser of the audit becomes one file dist/parsers/NAME.cjs, which both formats load when they need it.
  plugins: [parsersPlugin({ folder: PARSERS, format: 'esm' }), builtins, withoutTelemetry, withoutSources],
  // No warnings: the time of each build step, an `eval` in web-tree-sitter that no parser here reaches, and that
  // declarations have no source map.
  inputOptions: {
    checks: { pluginTimings: false, eval: false, sourcemapBroken: false },
    resolve: { mainFields: ['module', 'main'] },
  },
}

const builds: UserConfig[] = [
  // The command, and the threads of `audit` and `convert` that it starts by the names of their files.
  {
    ...common,
    entry: {
      ...ENTRIES,
      bin: 'src/bin.ts',
      'audit-worker': 'src/cli/audit-worker.ts',
      'convert-worker': 'src/cli/convert/convert-worker.ts',
    },
    deps: {
      alwaysBundle: [...BUNDLED, ...COMMAND],
      onlyBundle: [...BUNDLED, ...COMMAND],
      neverBundle: NEVER_BUNDLED,
    },
    format: 'esm',
    clean: true,
    outputOptions: chunkNames,
  },
  {
    ...common,
    format: 'cjs',
    clean: false,
    plugins: [parsersPlugin({ folder: PARSERS, format: 'cjs' }), withoutSources],
    // ky is ESM only: a `require` of it fails before Node 20.19 and in Jest, so the CommonJS build carries it.
    deps: { alwaysBundle: ['ky', ...BUNDLED], onlyBundle: ['ky', ...BUNDLED], neverBundle: NEVER_BUNDLED },
    // `require('legacy-completions')` is the class itself, with the named exports as its properties, as the old
    // SDK's was; `__esModule` and `default` serve those who compile `import` to `require`.
    outputOptions: (options, format, context) => ({
      ...(chunkNames(options, format, context) ?? options),
      exports: 'named',
      footer: chunk =>
        chunk.isEntry && chunk.name === 'index'
          ? 'module.exports = Object.defineProperty(Object.assign(exports.default, exports), "__esModule", { value: true });'
          : '',
    }),
  },
]

export default builds
