import type { DiagnosticCode } from '../diagnostics/index.ts'
import type { MigrateCode } from './codes.ts'

/** A remark before its line is known. */
export type Note = OwnNote | RequestNote

export interface OwnNote {
  code: MigrateCode
  /** The offset that it is about. */
  at: number
  /** The expression that is in the way, or a few words about it. */
  detail?: string
  /** The offset of that expression. */
  cause?: number
}

/** What the translation says of a request. */
export interface RequestNote {
  code: DiagnosticCode
  at: number
  message: string
}

/** What was noticed at a place of a file. */
export interface MigrateRemark {
  file: string
  /** From 1, in the file as it was. */
  line: number
  code: MigrateCode | DiagnosticCode
  /** `left`: nothing was done there, and somebody has to. `changed`: it was done, and this is to be known. */
  kind: 'left' | 'changed'
  message: string
}
