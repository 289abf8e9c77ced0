/**
 * Control characters, line ends, characters that change the direction of text, and invisible characters. Reports quote
 * files of unknown origin, which could use them to control the reader's terminal.
 */
export const STEERING: RegExp = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Returns a text with those characters written as escapes: `\n`, `\x1b`, `\u{202e}`. Every report prints names and
 * sources through it.
 */
export function printable(text: string): string {
  return text.replace(STEERING, character => {
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    return SHORT[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`)
  })
}

/** Returns an excerpt as one line: tabs become blanks, and a line longer than `longest` is cut. */
export function printableLine(line: string, longest: number): string {
  const text = printable(line.trim().replaceAll('\t', ' '))
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

const CELL_LINE = /^\s*("(?:[^"\\]|\\.)*"),?\s*$/

/** Returns an excerpt as code: a line of a notebook is a text in JSON, with quotes and escapes around the code. */
export function excerptOf({ file, excerpt }: { file: string; excerpt: string }): string {
  const quoted = /\.ipynb$/i.test(file) ? CELL_LINE.exec(excerpt)?.[1] : undefined
  if (quoted === undefined) return excerpt
  try {
    const code: unknown = JSON.parse(quoted)
    return typeof code === 'string' ? code : excerpt
  } catch {
    return excerpt
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes a text for HTML, including attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => ENTITIES[char] ?? char)
}

/** Replaces a secret. */
const BLACKED = '••••'

/** Matches API keys by the formats of their vendors, and any value assigned to a name that means a secret. */
const SECRETS: readonly RegExp[] = [
  /\b(?:sk|pk|rk)-[\w-]{8,}/g,
  /\b(?:AKIA|ASIA)[A-Z\d]{12,}/g,
  /\b(?:gh[opsu]|glpat|xox[abpr]|hf|npm)[_-]\w[\w-]{15,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?/g,
  /(?<=\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g,
  /(?<=(?:key|token|secret|passw(?:or)?d|credential)\w*["'\]]?\s*(?:[:=]|=>|:=)\s*["'`]?)[^\s"'`,;(){}[\]]{8,}(?=["'`\s,;)}]|$)/gi,
  /\b(?=[\w+/]*\d)(?=[\w+/]*[a-z])[A-Za-z\d+/_]{40,}={0,2}/gi,
]

/** Returns a line of source with its secrets redacted. References such as `process.env.KEY` are not secrets. */
export function redact(line: string): string {
  return SECRETS.reduce(
    (text, pattern) => text.replace(pattern, secret => (isReference(secret) ? secret : BLACKED)),
    line,
  )
}

/** Returns whether a value is no secret: a name of words joined by dots or underscores, a number, or a path. */
function isReference(text: string): boolean {
  if (/^[A-Za-z_$.]+$/.test(text)) return !/^sk-/.test(text) && /[._]|^[a-z]+[A-Z]/.test(text)
  // A number, or a path.
  return (
    /^[\d_.,]+$/.test(text) ||
    /^(?:\.{0,2}|~|[A-Za-z]:)[\\/][\w.\\/ -]*$|^[\w-]+(?:\/[\w.-]+)*\.[a-z]{2,5}$/.test(text)
  )
}
