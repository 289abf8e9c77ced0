/**
 * Characters that steer a terminal, end a line or turn the direction of text, and those that nobody sees. What is
 * printed comes from the files of strangers.
 */
export const STEERING: RegExp = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Returns a text with those characters written out: `\n`, `\x1b`, `\u{202e}`. Every report prints names and sources through it. */
export function printable(text: string): string {
  return text.replace(STEERING, character => {
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    return SHORT[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`)
  })
}

/** An excerpt in one line: its tabs are blanks, and a long one is cut. */
export function printableLine(line: string, longest: number): string {
  const text = printable(line.trim().replaceAll('\t', ' '))
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text fit for HTML, in an attribute too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => ENTITIES[char] ?? char)
}

/** What a key is replaced with. */
const BLACKED = '••••'

/** Keys by the shape their makers give them, and whatever is given to a name that says it is secret. */
const SECRETS: readonly RegExp[] = [
  /\b(?:sk|pk|rk)-[\w-]{8,}/g,
  /\b(?:AKIA|ASIA)[A-Z\d]{12,}/g,
  /\b(?:gh[opsu]|glpat|xox[abpr]|hf|npm)[_-]\w[\w-]{15,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?/g,
  /(?<=\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g,
  /(?<=(?:key|token|secret|passw(?:or)?d|credential)\w*["'\]]?\s*(?:[:=]|=>|:=)\s*["'`]?)[^\s"'`,;(){}[\]]{8,}(?=["'`\s,;)}]|$)/gi,
  /\b(?=[\w+/]*\d)(?=[\w+/]*[a-z])[A-Za-z\d+/_]{40,}={0,2}/gi,
]

/** A line of source fit to be shown: keys blacked out. References such as `process.env.KEY` are none. */
export function redact(line: string): string {
  return SECRETS.reduce(
    (text, pattern) => text.replace(pattern, secret => (isReference(secret) ? secret : BLACKED)),
    line,
  )
}

/** Whether a text is no secret: a name of words joined by dots or underscores, a number, or a path. */
function isReference(text: string): boolean {
  if (/^[A-Za-z_$.]+$/.test(text)) return !/^sk-/.test(text) && /[._]|^[a-z]+[A-Z]/.test(text)
  // A number, or a path.
  return (
    /^[\d_.,]+$/.test(text) ||
    /^(?:\.{0,2}|~|[A-Za-z]:)[\\/][\w.\\/ -]*$|^[\w-]+(?:\/[\w.-]+)*\.[a-z]{2,5}$/.test(text)
  )
}
