/**
 * Finds the uses of the old interface in source files.
 *
 * @module
 */
export { type AuditOptions, findLegacyUses, findUsesIn } from './audit.ts'
export { AuditError } from './audit-error.ts'
export { toHtml } from './html.ts'
// What an audit comes to, and its forms.
export { applyIgnores, type Ignored } from './ignores.ts'
export type {
  Argument,
  HolePiece,
  LegacyCall,
  LegacyUse,
  Piece,
  Place,
  PlacedRemark,
  PromptText,
  TextPiece,
} from './legacy-use.ts'
export { toMarkdown } from './markdown.ts'
export { isReadable, type Source } from './read-source.ts'
export { type AuditRemarkCode, REMARKS, type Remark } from './remark.ts'
export {
  type AuditReport,
  type Baseline,
  baselineOf,
  type Problem,
  type ReportedUse,
  toJson,
  withFingerprints,
} from './report.ts'
export { RULES, type Rule, type RuleCode, type UseKind } from './rules.ts'
export { type SarifLog, toSarif } from './sarif.ts'
export { toTable } from './table.ts'
