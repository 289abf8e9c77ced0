import { CannotRewrite } from './cannot-rewrite.ts'

/** How a language writes what a request holds. */
export interface Notation {
  /** A text between the quotes of the place. */
  quoted: (text: string, quote: string) => string
  /** A text with values in it. */
  mixed: (parts: readonly Part[], quote: string) => string
  /** A named argument. */
  field: (name: string, value: string) => string
  /** An object of expressions, on one line. */
  record: (fields: Readonly<Record<string, string>>, quote: string) => string
  /** What JSON can say, on one line. */
  literal: (value: unknown, quote: string) => string
}

/** A stretch of a turn: text, or an expression as the program has it. */
export type Part =
  | { type: 'text'; text: string; isMultiline: boolean }
  | { type: 'placeholder'; code: string; isInterpolated: boolean }

/** Characters that cannot be seen, and turn the direction or end the line of the code they stand in. */
const UNSEEN = /(?![\u200d\u{10000}-\u{10ffff}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function escaped(text: string, quote: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replaceAll(quote, `\\${quote}`)
    .replace(UNSEEN, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const quoted = (text: string, quote: string): string => quote + escaped(text, quote) + quote

/** A value as both languages write it, but for what `key` and `word` say. */
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

const hasPlaceholder = (parts: readonly Part[]): boolean => parts.some(({ type }) => type === 'placeholder')

export const JAVASCRIPT: Notation = {
  quoted,
  mixed(parts, quote) {
    const isMultiline = parts.some(part => part.type === 'text' && part.isMultiline)
    if (!hasPlaceholder(parts) && !isMultiline)
      return quoted(parts.map(part => (part.type === 'text' ? part.text : '')).join(''), quote)
    const body = parts.map(part => {
      if (part.type === 'placeholder') return `\${${part.code}}`
      const text = escaped(part.text, '`').replaceAll('${', '\\${')
      return part.isMultiline ? text.replace(/(\\\\)|\\n/g, (both, slash) => (slash ? both : '\n')) : text
    })
    return `\`${body.join('')}\``
  },
  field: (name, value) => `${name}: ${value}`,
  record: fields =>
    `{ ${Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ')} }`,
  literal: literalIn(name => name, String, ' '),
}

/** Of anything else a part may be taken for a format. */
const SIMPLE = /^\w+(?:\.\w+|\([\w., ]*\)|\[[\w"']+\])*$/

/** Before Python 3.12 a value within a text could hold neither its quotes nor a backslash. */
function quoteFor(parts: readonly Part[], wanted: string): string {
  const codes = parts.flatMap(part => (part.type === 'placeholder' ? [part.code] : [])).join('')
  const quote = [wanted, '"', "'"].find(one => !codes.includes(one))
  if (quote === undefined || /[\\\n]/.test(codes)) throw new CannotRewrite('prompt-quotes')
  return quote
}

export const PYTHON_NOTATION: Notation = {
  quoted,
  mixed(parts, wanted) {
    const [only] = parts
    const quote = hasPlaceholder(parts) ? quoteFor(parts, wanted) : wanted
    if (parts.length === 1 && only?.type === 'placeholder' && !only.isInterpolated) return only.code
    const isMultiline = parts.some(part => part.type === 'text' && part.isMultiline)
    const marks = isMultiline ? quote.repeat(3) : quote
    const body = parts.map(part => {
      if (part.type === 'placeholder')
        return part.isInterpolated ? part.code : `{${SIMPLE.test(part.code) ? part.code : `(${part.code})`}}`
      const text = escaped(part.text, quote)
      const open = isMultiline ? text.replace(/(\\\\)|\\n/g, (both, slash) => (slash ? both : '\n')) : text
      return hasPlaceholder(parts) ? open.replaceAll('{', '{{').replaceAll('}', '}}') : open
    })
    return `${hasPlaceholder(parts) ? 'f' : ''}${marks}${body.join('')}${marks}`
  },
  field: (name, value) => `${name}=${value}`,
  record: (fields, quote) =>
    `{${Object.entries(fields)
      .map(([name, value]) => `${quoted(name, quote)}: ${value}`)
      .join(', ')}}`,
  literal: literalIn(quoted, value => (value ? 'True' : 'False'), ''),
}
