/**
 * Finds the uses of the legacy interface in source files.
 *
 * @module
 */
export {
  Audit,
  type AuditedFile,
  type AuditOptions,
  type AuditResult,
  findLegacyUses,
  findUsesIn,
  type PartialAudit,
} from './audit.ts'
export type { ShimPart } from './detect/shim.ts'
export { type Unread, unreadKind } from './languages/languages.ts'
export { AuditError } from './languages/parsers.ts'
export type {
  Argument,
  LegacyCall,
  LegacyUse,
  LocatedLintMessage,
  Location,
  Placeholder,
  PromptText,
  Segment,
  TextSegment,
} from './legacy-use.ts'
export { toHtml } from './report/html.ts'
export { toMarkdown, toSummary } from './report/markdown.ts'
export { printable } from './report/quote.ts'
// The report of an audit and its formats.
export {
  type AuditReport,
  applyIgnores,
  type Baseline,
  baselineOf,
  type CallCounts,
  type CallPlan,
  type CallState,
  countCalls,
  type Ignored,
  type Problem,
  type ReportedUse,
  toJson,
  withFingerprints,
} from './report/report.ts'
export { type SarifLog, toSarif } from './report/sarif.ts'
export { type TablePainter, toTable } from './report/table.ts'
export {
  LINT_MESSAGES,
  type LintCode,
  type LintMessage,
  RULES,
  type Rule,
  type RuleCode,
  type UseKind,
} from './rules.ts'
export { isReadable, type Source } from './source.ts'
