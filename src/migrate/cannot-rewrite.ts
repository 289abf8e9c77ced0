import type { MigrateCode } from './codes.ts'

/** A call cannot be rewritten with its meaning kept: why, for the person who will. */
export class CannotRewrite extends Error {
  readonly code: MigrateCode
  readonly detail: string | undefined

  constructor(code: MigrateCode, detail?: string) {
    super(code)
    this.code = code
    this.detail = detail
  }
}
