import type { MigrateCode } from './codes.ts'
import type { SyntaxNode } from './tree.ts'

/**
 * Thrown when a call cannot be rewritten without a change of meaning. Has the reason, and the expression that prevents
 * it.
 */
export class CannotRewrite extends Error {
  readonly code: MigrateCode
  /** The code of the expression that prevents the rewrite, or a short description. */
  readonly detail: string | undefined
  /** The offset of that expression. */
  readonly at: number | undefined

  /**
   * @param cause the expression that prevents the rewrite, or a short description
   * @param place the expression that the description is about
   */
  constructor(code: MigrateCode, cause?: SyntaxNode | string, place?: SyntaxNode) {
    super(code)
    this.code = code
    this.detail = typeof cause === 'string' ? cause : cause && shortCode(cause.text())
    this.at = (typeof cause === 'string' ? place : cause)?.start
  }
}

/** Returns an expression on one line, cut if it is long. */
export function shortCode(code: string): string {
  const line = code.replace(/\s+/g, ' ')
  return line.length > 48 ? `${line.slice(0, 47)}…` : line
}
