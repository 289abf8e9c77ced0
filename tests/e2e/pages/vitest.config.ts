import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs against the pages as they are built, in a browser as people have it. */
const config: ViteUserConfig = {
  root: here('.'),
  test: {
    include: ['*.test.ts'],
    testTimeout: 30_000,
    reporters: ['default', here('../../support/closing-line.ts')],
  },
}

export default config
