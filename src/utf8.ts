import { UnreadableReplyError } from './errors.ts'

/**
 * Decodes UTF-8 that arrives in chunks of any size and reports invalid bytes. Replacing them silently could turn an
 * event into a different one or lose text unnoticed.
 */
export interface TextReader {
  /** Returns the text of these bytes up to the first invalid byte, and an empty text from then on. */
  take(bytes: Uint8Array): string
  /** Marks the end of the input. An incomplete character there counts as invalid. */
  end(): void
  readonly isDamaged: boolean
}

const NONE = new Uint8Array(0)

/**
 * Shared by all texts: the bytes of a character split between chunks are kept outside the decoder. In Node 20 `stream:
 * true` makes decoding take 2.5 times as long, and creating the decoder as well.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Creates a reader for one text. */
export function readText(): TextReader {
  /** The first bytes of a character whose other bytes have not arrived. */
  let begun = NONE
  let isFirst = true
  const reader = {
    isDamaged: false,
    take(piece: Uint8Array): string {
      if (reader.isDamaged) return ''
      const bytes = begun.length === 0 ? piece : concatBytes([begun, piece])
      begun = beginningAtEnd(bytes)
      let text: string
      try {
        text = decoder.decode(begun.length === 0 ? bytes : bytes.subarray(0, -begun.length))
      } catch {
        reader.isDamaged = true
        text = textBeforeDamage(bytes)
      }
      if (!isFirst || text === '') return text
      isFirst = false
      return withoutMark(text)
    },
    end() {
      reader.isDamaged ||= begun.length > 0
    },
  }
  return reader
}

const BYTE_ORDER_MARK = '\ufeff'

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

/** Decodes a complete text from one chunk or many; returns `undefined` if it is not UTF-8. */
export function wholeText(given: Uint8Array | readonly Uint8Array[]): string | undefined {
  const pieces = given instanceof Uint8Array ? [given] : given
  const [first = NONE] = pieces
  try {
    return withoutMark(decoder.decode(pieces.length > 1 ? concatBytes(pieces) : first))
  } catch {
    return undefined
  }
}

/** Creates the error for bytes that are not UTF-8. */
export function damaged(): UnreadableReplyError {
  return new UnreadableReplyError({
    message:
      'The reply has bytes that are not UTF-8: something between the server and here has damaged it. Try the call again.',
  })
}

/**
 * Returns a copy of the bytes at the end that begin a character without completing it. The caller may reuse the memory.
 */
function beginningAtEnd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] ?? 0
    // 10xxxxxx is a continuation byte; 110xxxxx, 1110xxxx and 11110xxx begin a character of two, three and four bytes.
    if (byte < 0x80) return NONE
    if (byte >= 0xc0) {
      const whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length < whole ? new Uint8Array(bytes.subarray(-length)) : NONE
    }
  }
  return NONE
}

/**
 * Returns the longest valid prefix. Bisection finds it, because every prefix longer than an invalid one is invalid,
 * too.
 */
function textBeforeDamage(bytes: Uint8Array): string {
  let good = 0
  let bad = bytes.length
  let text = ''
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const beginning = bytes.subarray(0, middle)
    try {
      text = decoder.decode(beginning.subarray(0, middle - beginningAtEnd(beginning).length))
      good = middle
    } catch {
      bad = middle
    }
  }
  return text
}

/** Joins the pieces of a body. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
