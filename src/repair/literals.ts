import type { Span } from '../diagnostics/diagnostic.ts'
import { hasError, parsePrompt } from '../transcript/parse.ts'
import { type Repair, replace } from './edits.ts'

/** Source code or JSON of a string, passed in place of the string itself. */
export interface Literal {
  /** Names the literal in a message. */
  kind: string
  advice: string
  /** The changes that decode it, in order of their offsets; absent if only the program that contains it can. */
  decoding?: readonly Repair[]
}

const OPENS_LITERAL = /^([fFrRbBuU]{0,2})("""|'''|```[\w-]*\r?\n|["'`“‘«])/
const OPENS_RECORD = /^[[{(]\s*[fFrRbBuU]{0,2}["'`]/
const OPENS_PROMPT = /^\s*Human:/
const CLOSES_PROMPT = /\n\nAssistant:\s*$/

const CLOSING_BRACKETS: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')' }
const CLOSING_QUOTES: Readonly<Record<string, string>> = { '“': '”', '‘': '’', '«': '»' }
/** Quotes of programming languages, between which backslashes are escapes. */
const QUOTES_OF_CODE = /^["'`]{1,3}$/

const TEMPLATE: Literal = {
  kind: 'the source of a template or an f-string',
  advice: 'Pass the string that the program makes of it, with its values filled in.',
}
const STRING: Literal = {
  kind: 'the source of a string, with its quotes',
  advice: 'Pass the string itself: remove the quotes and undo the escapes, as JSON.parse does.',
}
const CODE: Literal = {
  kind: 'source code around a string, or a record that contains one',
  advice: 'Pass the string itself, as the program evaluates it.',
}

/**
 * Finds a literal that is the whole text, or source code around one. If the old server accepted the text, quotes count
 * only directly before the first marker and directly after the last one; elsewhere they may belong to the text.
 */
export function findLiteral(source: string): Literal | undefined {
  const text = source.trim()
  if (OPENS_RECORD.test(text) && text.endsWith(CLOSING_BRACKETS[text[0] ?? ''] ?? '')) {
    return hasError(parsePrompt(source)) ? recordOf(text) : codeAround(source)
  }
  const [opening, prefix = '', quote = ''] = OPENS_LITERAL.exec(text) ?? []
  const closing = quote.startsWith('```') ? '```' : (CLOSING_QUOTES[quote] ?? quote)
  if (opening === undefined || text.length < opening.length + closing.length || !text.endsWith(closing))
    return codeAround(source)
  const inside = text.slice(opening.length, text.length - closing.length)
  if (inside.replace(/\\[\s\S]/g, '').includes(closing)) return codeAround(source)
  const isPrompt = OPENS_PROMPT.test(inside) && CLOSES_PROMPT.test(inside)
  if (!isPrompt && !(QUOTES_OF_CODE.test(quote) && hasError(parsePrompt(source)))) return undefined
  if (/f/i.test(prefix) || (quote === '`' && inside.includes('${'))) return TEMPLATE
  const start = source.indexOf(opening) + opening.length
  const end = start + inside.length
  const escapes = decodeEscapes(inside, start, prefix, quote)
  if (escapes === undefined) return STRING
  const decoding: Repair[] = [
    replace('repaired-quotes', 0, start),
    ...escapes,
    replace('repaired-quotes', end, source.length),
  ]
  return { ...STRING, decoding }
}

function recordOf(text: string): Literal {
  return text.startsWith('{')
    ? {
        kind: 'a record, such as a JSON object',
        advice: 'Pass the value of its prompt field, decoded.',
      }
    : {
        kind: 'a list, such as a JSON array',
        advice: 'Pass each of its items, decoded, as a prompt.',
      }
}

const NEWLINES_BEFORE_LABEL = /(?:\\[nr]|\s){0,8}$/
const LONGEST_OPENING = 40
const LAST_LABEL = 'Assistant:'
/** What precedes a string in source code and in records: an assignment, a call, a field, or nothing. */
const OPENS_CODE = /(?:^|[=:([{,+])\s{0,4}[fFrRbBuU]{0,2}(["'`]{1,3})$/
/** What follows a closing quote in source code and in records. */
const CLOSES_CODE = /^["'`]{1,3}["'`\s)\]};,]{0,16}$/

/**
 * Recognizes an assignment, a call or a record by a quote directly before the first marker and the same quote directly
 * after the last one. If the old server accepted the text, the quote has to open a string of source code.
 */
function codeAround(source: string): Literal | undefined {
  const label = source.indexOf('Human:')
  const last = source.lastIndexOf(LAST_LABEL)
  if (label === -1 || last < label) return undefined
  const behind = source.slice(last + LAST_LABEL.length)
  if (!CLOSES_CODE.test(behind)) return undefined
  const opening = source.slice(Math.max(0, label - LONGEST_OPENING), label).replace(NEWLINES_BEFORE_LABEL, '')
  const [, quote] = OPENS_CODE.exec(opening) ?? []
  const isCode = quote === undefined ? opening.endsWith(behind[0] ?? '') : behind.startsWith(quote)
  return isCode && (quote !== undefined || hasError(parsePrompt(source))) ? CODE : undefined
}

/** The escapes on which JSON, JavaScript and Python agree, and those that only one of them has. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '"': '"',
  "'": "'",
  '`': '`',
  '\\': '\\',
  '/': '/',
  $: '$',
  '\n': '',
}
const ESCAPE = /\\(?:u([\dA-Fa-f]{4})|x([\dA-Fa-f]{2})|u\{([\dA-Fa-f]{1,6})\}|([\s\S]|$))/g
const LAST_CODE_POINT = 0x10ffff
const LAST_ASCII = 0x7f

/**
 * Returns a change for each escape of a literal. `undefined` if an escape has another meaning in another language, or
 * if the text is no literal of any: one between single quotes has no line ends.
 */
function decodeEscapes(inside: string, offset: number, prefix: string, quote: string): Repair[] | undefined {
  if (!inside.includes('\\') || /r/i.test(prefix)) return []
  if (!QUOTES_OF_CODE.test(quote) || (/^["']$/.test(quote) && inside.includes('\n'))) return undefined
  const isBytes = /b/i.test(prefix)
  const escapes: Repair[] = []
  for (const match of inside.matchAll(ESCAPE)) {
    const [sequence, unit, byte, point, letter] = match
    const replacement = letter === undefined ? characterOf(unit ?? byte ?? point ?? '') : ESCAPES[letter]
    // In a bytes literal of Python, `\u` is no escape, and a character may be several bytes.
    const isLost =
      isBytes && letter === undefined && (byte === undefined || Number.parseInt(byte, 16) > LAST_ASCII)
    if (replacement === undefined || isLost) return undefined
    const start = offset + match.index
    escapes.push(replace('repaired-literal', start, start + sequence.length, replacement))
  }
  return escapes
}

function characterOf(hexadecimal: string): string | undefined {
  const code = Number.parseInt(hexadecimal, 16)
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : undefined
}

/**
 * Expresses the changes to a decoded literal as changes to its source. A change that covers an escape replaces it.
 *
 * @param locate - Maps a span of the decoded text to the source, as `locateInSource(decoding)` does.
 */
export function composeRepairs(
  decoding: readonly Repair[],
  repairs: readonly Repair[],
  locate: (span: Span) => Span,
): Repair[] {
  const located = repairs.map(repair => ({ ...repair, span: locate(repair.span) }))
  let index = 0
  const kept = decoding.filter(({ span }) => {
    while ((located[index]?.span.end ?? Number.POSITIVE_INFINITY) <= span.start) index++
    return (located[index]?.span.start ?? Number.POSITIVE_INFINITY) >= span.end
  })
  // An insertion comes before the escape at the same offset.
  return [...kept, ...located].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
}
