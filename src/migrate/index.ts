/** Rewrites sources from the old interface: imports to this package, then calls to the Messages API. */

export type { MigrateDiagnostic } from './diagnostic.ts'
export { migrateSources } from './migrate.ts'
export type { MigratedCall, MigratedFile, Migration } from './migration.ts'
export { isOpened } from './program.ts'
export { type MigrateRuleName, RULES_OF_MIGRATE } from './rules.ts'
