import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** `TEST_DIST=1` runs the same tests against the built package. */
const dist = process.env.TEST_DIST === '1'

const entry = (name: string): string =>
  dist ? here(`./dist/${name}.js`) : here(name === 'index' ? './src/index.ts' : `./src/${name}/index.ts`)

const config: ViteUserConfig = {
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
    testTimeout: 20_000,
    reporters: ['default', here('./tests/closing-line.ts')],
  },
}

export default config
