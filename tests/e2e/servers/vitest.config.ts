import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'
import { aliases } from '../../../vitest.config.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs the cases against the servers themselves, and the adapters from the built package. */
const config: ViteUserConfig = {
  root: here('.'),
  resolve: {
    alias: [
      ...aliases(true),
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
    reporters: ['default', here('../../support/closing-line.ts')],
  },
}

export default config
