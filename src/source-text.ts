/**
 * Characters of text that do not show in an editor, change the direction of the code around them or end its line: controls,
 * format characters and line separators. A line feed is written by the code itself; U+200D joins emoji; and those beyond
 * U+FFFF, which flags are made of, have no escape that JSON, JavaScript and Python share.
 */
const INVISIBLE = /(?!\n|[\u200d\u{10000}-\u{10ffff}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * Escapes the characters of a string literal that a reader of the code would not see.
 *
 * @example
 * escapeInvisible('"a\u200bb"') // '"a\\u200bb"'
 */
export function escapeInvisible(literal: string): string {
  return literal.replace(INVISIBLE, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
