import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

import { ENTRIES } from './entries.ts'
import { parsersPlugin } from './parsers.plugin.mjs'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What the package's names stand for: its sources, or what is built of them. */
export function aliases(isDist: boolean): { find: RegExp; replacement: string }[] {
  const entry = (name: string): string => here(isDist ? `./dist/${name}.js` : `./${ENTRIES[name]}`)
  return [
    { find: /^legacy-completions$/, replacement: entry('index') },
    ...Object.keys(ENTRIES).map(name => ({
      find: new RegExp(`^legacy-completions/${name}$`),
      replacement: entry(name),
    })),
  ]
}

/** `--mode dist` runs the same tests against the built package. */
export default ({ mode }: { mode: string }): ViteUserConfig => {
  const isDist = mode === 'dist'
  return {
    resolve: { alias: aliases(isDist) },
    plugins: [parsersPlugin()],
    test: {
      include: ['tests/**/*.test.ts'],
      // What needs the published SDKs, or a browser, has a configuration of its own.
      // What is not exported cannot be tested in the built package.
      exclude: [
        '**/node_modules/**',
        // What suites make for themselves, copies of the sources among it.
        '**/.tmp/**',
        'tests/e2e/sdks/**',
        'tests/e2e/pages/**',
        ...(isDist ? ['tests/**/*.internal.test.ts'] : []),
      ],
      // Clients print their warnings; tests that look at them replace the console.
      onConsoleLog: line => !line.startsWith('legacy-completions: '),
      testTimeout: 20_000,
      // Left to itself, it runs one file after the other on a machine of two cores.
      maxWorkers: '100%',
      reporters: ['default', here('./tests/support/closing-line.ts')],
    },
  }
}
