/** Escapes a text that becomes a part of a regular expression. */
export const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Whether code contains a name as a whole word. */
export const hasName = (code: string, name: string): boolean =>
  new RegExp(`(?<![\\w$])${escapePattern(name)}(?![\\w$])`).test(code)

/** Whether code contains a name that is not the property of another one. */
export const hasFreeName = (code: string, name: string): boolean =>
  new RegExp(`(?<![\\w$.])${escapePattern(name)}(?![\\w$])`).test(code)

/** Whether a file exports a name apart from its definition: `export { name }`, `module.exports = { name }`. */
export function isInExportList(source: string, name: string): boolean {
  const word = escapePattern(name)
  return new RegExp(`\\bexport\\s*\\{[^}]*\\b${word}\\b|\\bmodule\\.exports\\b[^\\n]*\\b${word}\\b`).test(
    source,
  )
}
