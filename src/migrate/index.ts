/** Rewrites sources from the old interface: imports to this package, then calls to the Messages API. */
export { type MigratedFile, type MigrateOptions, type Migration, migrateSources } from './migrate.ts'
export type { MigrateRemark } from './remark.ts'
export { type MigrateRuleName, RULES_OF_MIGRATE } from './rules.ts'
