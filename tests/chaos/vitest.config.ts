import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs the cases at length, against the built package and the SDK that is installed in this folder. */
const config: ViteUserConfig = {
  root: here('.'),
  resolve: {
    alias: [
      { find: /^legacy-completions$/, replacement: here('../../dist/index.js') },
      { find: /^legacy-completions\/(\w+)$/, replacement: here('../../dist/$1.js') },
    ],
  },
  test: {
    include: ['at-length.ts'],
    reporters: [here('./report.ts')],
  },
}

export default config
