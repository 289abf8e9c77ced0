/** Limits on what one request body may cost: its nesting, the number of its values, its content codings. */

/** A legacy request has two levels: its fields, and `metadata` or `stop_sequences`. */
const MOST_LEVELS = 32
/** Each value of a parsed body takes a multiple of its bytes in memory. */
const MOST_VALUES = 10_000

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Returns what is wrong with the size of a JSON text before anything parses it: `JSON.parse` of four megabytes of `[[],`
 * takes 300 MB. Whether the text is JSON is not checked here.
 */
export function excessOf(json: Uint8Array): string | undefined {
  let level = 0
  let values = 0
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        for (at++; at < json.length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++level > MOST_LEVELS) return `The request body is nested more than ${MOST_LEVELS} levels deep.`
        values++
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        level--
        break
      case COMMA:
        values++
        break
    }
    if (values > MOST_VALUES) return `The request body has more than ${MOST_VALUES} values.`
  }
  return undefined
}

/** A content coding of HTTP that can be decoded. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

const CODINGS: Readonly<Record<string, Coding | 'none'>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
  identity: 'none',
  '': 'none',
}
/** One coding is usual. Each further one multiplies how much a small body may become. */
const MOST_CODINGS = 2

/**
 * Reads a `content-encoding` header: the codings in the order in which they are to be removed; `undefined` when one is
 * unknown.
 */
export function readCodings(contentEncoding: string | undefined): readonly Coding[] | undefined {
  if (contentEncoding === undefined) return NO_CODINGS
  const codings: Coding[] = []
  for (const name of contentEncoding.toLowerCase().split(',')) {
    const coding = Object.hasOwn(CODINGS, name.trim()) ? CODINGS[name.trim()] : undefined
    if (coding === undefined) return undefined
    if (coding !== 'none') codings.unshift(coding)
  }
  return codings.length > MOST_CODINGS ? undefined : codings
}

const NO_CODINGS: readonly Coding[] = []
