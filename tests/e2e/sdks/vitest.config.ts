import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'
import { aliases } from '../../../vitest.config.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs against the built package, with the published SDKs that are installed in this folder. */
const config: ViteUserConfig = {
  root: here('.'),
  resolve: { alias: aliases(true) },
  test: {
    include: ['*.test.ts'],
    // They would take each other's time, which some cases measure.
    fileParallelism: false,
    testTimeout: 20_000,
    // Every client runs every case, and waits as long as its version waits before it tries again.
    hookTimeout: 600_000,
    // A profile of the machine's user is nothing that a case may find.
    env: { ANTHROPIC_CONFIG_DIR: join(tmpdir(), 'legacy-completions-no-profile') },
    // Old SDKs print what they cannot read; it is expected of them, and is not to be read here.
    silent: 'passed-only',
    reporters: ['default', here('../../support/closing-line.ts')],
  },
}

export default config
