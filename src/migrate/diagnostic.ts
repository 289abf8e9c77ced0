import type { DiagnosticCode } from '../diagnostics/index.ts'
import type { MigrateCode } from './codes.ts'

/** A diagnostic whose offset has not been converted to a line yet. */
export type Note = OwnNote | RequestNote

/** A diagnostic of the migration itself. */
export interface OwnNote {
  code: MigrateCode
  /** The offset of the code that the note is about. */
  at: number
  /** The code of the expression that is the cause, or a short description. */
  detail?: string
  /** The offset of the cause. */
  cause?: number
}

/** A diagnostic of the translation for a rewritten request. */
export interface RequestNote {
  code: DiagnosticCode
  at: number
  message: string
}

/** A diagnostic of the migration, at its location. */
export interface MigrateDiagnostic {
  file: string
  /** The line in the original file, counted from 1. */
  line: number
  code: MigrateCode | DiagnosticCode
  /**
   * - `left`: nothing was changed; a person has to rewrite it.
   * - `changed`: it was rewritten; a person should review the effect.
   */
  kind: 'left' | 'changed'
  message: string
}
