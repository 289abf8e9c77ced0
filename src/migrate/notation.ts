import { escapeInvisible } from '../source-text.ts'

/** The syntax of one language for the parts of a request. */
export interface Notation {
  /** Writes a quoted text. */
  quoted: (text: string, quote: string) => string
  /** Writes a named argument. */
  field: (name: string, value: string) => string
  /** Writes an object of expressions, on one line. */
  record: (fields: Readonly<Record<string, string>>, quote: string) => string
  /** Writes a JSON value, on one line. */
  literal: (value: unknown, quote: string) => string
  /** Derives the name of a variable from another: `promptSystem` or `prompt_system` from `prompt`. */
  name: (variable: string, what: string) => string
  /** Writes a text that has a variable in the middle. */
  around: (head: string, variable: string, tail: string, quote: string) => string
}

function escaped(text: string, quote: string): string {
  const literal = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replaceAll(quote, `\\${quote}`)
  return escapeInvisible(literal)
}

const quoted = (text: string, quote: string): string => quote + escaped(text, quote) + quote

/** Writes a JSON value in the notation that both languages share; `key` and `word` handle the differences. */
function literalIn(
  key: (name: string, quote: string) => string,
  word: (value: boolean) => string,
  pad: string,
) {
  return function literal(value: unknown, quote: string): string {
    if (typeof value === 'string') return quoted(value, quote)
    if (typeof value === 'boolean') return word(value)
    if (Array.isArray(value)) return `[${value.map(item => literal(item, quote)).join(', ')}]`
    if (typeof value !== 'object' || value === null) return String(value)
    const fields = Object.entries(value).map(
      ([name, field]) => `${key(name, quote)}: ${literal(field, quote)}`,
    )
    return `{${pad}${fields.join(', ')}${pad}}`
  }
}

export const JAVASCRIPT: Notation = {
  quoted,
  field: (name, value) => (name === value ? name : `${name}: ${value}`),
  record: fields =>
    `{ ${Object.entries(fields)
      .map(([name, value]) => (name === value ? name : `${name}: ${value}`))
      .join(', ')} }`,
  literal: literalIn(name => name, String, ' '),
  name: (variable, what) => `${variable}${what[0]?.toUpperCase()}${what.slice(1)}`,
  around: (head, variable, tail) => {
    const text = (part: string): string => escaped(part, '`').replaceAll('${', '\\${')
    return `\`${text(head)}\${${variable}}${text(tail)}\``
  },
}

export const PYTHON_NOTATION: Notation = {
  quoted,
  field: (name, value) => `${name}=${value}`,
  record: (fields, quote) =>
    `{${Object.entries(fields)
      .map(([name, value]) => `${quoted(name, quote)}: ${value}`)
      .join(', ')}}`,
  literal: literalIn(quoted, value => (value ? 'True' : 'False'), ''),
  name: (variable, what) =>
    /^[A-Z\d_]+$/.test(variable) ? `${variable}_${what.toUpperCase()}` : `${variable}_${what}`,
  around: (head, variable, tail, quote) => {
    const text = (part: string): string => escaped(part, quote).replaceAll('{', '{{').replaceAll('}', '}}')
    return `f${quote}${text(head)}{${variable}}${text(tail)}${quote}`
  },
}
