import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'
import { aliases } from '../../../vitest.config.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs the cases at length, against the built package and the SDK that is installed in this folder. */
const config: ViteUserConfig = {
  root: here('.'),
  resolve: { alias: aliases(true) },
  test: {
    include: ['at-length.ts'],
    reporters: [here('./report.ts')],
  },
}

export default config
