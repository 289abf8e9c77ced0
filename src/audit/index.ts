/**
 * Finds the uses of the old interface in source files.
 *
 * @module
 */
export { type AuditOptions, findLegacyUses } from './audit.ts'
export { AuditError } from './audit-error.ts'
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
export type { Source } from './read-source.ts'
export { type AuditRemarkCode, REMARKS, type Remark } from './remark.ts'
export { RULES, type Rule, type RuleCode, type UseKind } from './rules.ts'
