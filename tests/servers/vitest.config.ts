import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs the cases against the servers themselves, and the doors from the built package. */
const config: ViteUserConfig = {
  root: here('.'),
  resolve: {
    alias: [
      { find: /^legacy-completions$/, replacement: here('../../dist/index.js') },
      { find: /^legacy-completions\/(\w+)$/, replacement: here('../../dist/$1.js') },
      // Wherever it is asked for, it is the one of this folder.
      {
        find: /^@anthropic-ai\/sdk$/,
        replacement: here('node_modules/@anthropic-ai/sdk/index.mjs'),
      },
    ],
  },
  test: {
    include: process.env.CAPTURE ? ['capture.ts'] : ['live.ts', 'portkey.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', here('../closing-line.ts')],
  },
}

export default config
