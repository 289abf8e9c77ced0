import type { KnipConfig } from 'knip'
import { ENTRIES } from './entries.ts'

/** An export that nothing imports is removed, unless an entry point offers it. */
const config: KnipConfig = {
  entry: [
    ...Object.values(ENTRIES),
    'tests/**/*.test.ts',
    'tests/**/vitest.config.ts',
    'tests/**/*.mjs',
    'tests/stress/fuzz/*.ts',
    'docs/playground/playground.ts',
  ],
  project: ['src/**/*.ts'],
  include: ['files', 'exports', 'types', 'duplicates'],
  ignoreExportsUsedInFile: { interface: true, type: true },
}

export default config
