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
