import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** `--mode dist` runs the same tests against the built package. */
export default ({ mode }: { mode: string }): ViteUserConfig => {
  const isDist = mode === 'dist'
  const entry = (name: string): string =>
    isDist ? here(`./dist/${name}.js`) : here(name === 'index' ? './src/index.ts' : `./src/${name}/index.ts`)

  return {
    resolve: {
      alias: [
        { find: /^legacy-completions$/, replacement: entry('index') },
        ...['transcript', 'translate', 'emulator'].map(room => ({
          find: new RegExp(`^legacy-completions/${room}$`),
          replacement: entry(room),
        })),
      ],
    },
    test: {
      include: ['tests/**/*.test.ts'],
      // The conformance run needs the published SDKs, and has a configuration of its own.
      // What is not exported cannot be tested in the built package.
      exclude: ['tests/conformance/**', ...(isDist ? ['tests/**/*.internal.test.ts'] : [])],
      testTimeout: 20_000,
      reporters: ['default', here('./tests/closing-line.ts')],
    },
  }
}
