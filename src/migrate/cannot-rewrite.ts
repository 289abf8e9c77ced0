import type { MigrateCode } from './codes.ts'
import type { SyntaxNode } from './tree.ts'

/** A call cannot be rewritten with its meaning kept. Says why, and which expression is in the way. */
export class CannotRewrite extends Error {
  readonly code: MigrateCode
  /** The expression that is in the way, or a few words about it. */
  readonly detail: string | undefined
  /** The offset of that expression. */
  readonly at: number | undefined

  /**
   * @param cause the expression that is in the way, or a few words about it
   * @param place the expression that the words are about
   */
  constructor(code: MigrateCode, cause?: SyntaxNode | string, place?: SyntaxNode) {
    super(code)
    this.code = code
    this.detail = typeof cause === 'string' ? cause : cause && shortCode(cause.text())
    this.at = (typeof cause === 'string' ? place : cause)?.start
  }
}

/** An expression on one line, cut where it is long. */
export function shortCode(code: string): string {
  const line = code.replace(/\s+/g, ' ')
  return line.length > 48 ? `${line.slice(0, 47)}…` : line
}
