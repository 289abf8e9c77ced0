import { UnreadableReplyError } from './errors.ts'

/**
 * Reads UTF-8 that comes in any pieces, and notices where it is none: a damaged byte in the frame of an event would
 * make the event another, and its text be missing without a sign.
 */
export interface TextReader {
  /** The text of these bytes, up to the first that is damaged; behind that, nothing. */
  take(bytes: Uint8Array): string
  /** Says that no more will come: half a character at the end is damage, too. */
  end(): void
  readonly isDamaged: boolean
}

const NONE = new Uint8Array(0)

/**
 * One for all: what a piece ends in the middle of waits for the rest, so that nothing is left in the decoder. With
 * `stream: true` Node 20 decodes by another way, which takes 2.5 times as long, and as much again to be made.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function readText(): TextReader {
  /** The beginning of a character whose rest has not come. */
  let begun = NONE
  let isFirst = true
  const reader = {
    isDamaged: false,
    take(piece: Uint8Array): string {
      if (reader.isDamaged) return ''
      const bytes = begun.length === 0 ? piece : joined(begun, piece)
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

/** All of a text that has come as a whole; nothing where it is damaged. */
export function wholeText(bytes: Uint8Array): string | undefined {
  try {
    return withoutMark(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

/** The error that damage is told by. */
export function damaged(): UnreadableReplyError {
  return new UnreadableReplyError({
    message:
      'The reply has bytes that are not UTF-8: something between the server and here has damaged it. Try the call again.',
  })
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** The bytes at the end that begin a character and do not end it: a copy, for memory may be used again. */
function beginningAtEnd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] ?? 0
    // 10xxxxxx goes on; 110xxxxx, 1110xxxx and 11110xxx begin a character of two, three and four bytes.
    if (byte < 0x80) return NONE
    if (byte >= 0xc0) {
      const whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length < whole ? new Uint8Array(bytes.subarray(-length)) : NONE
    }
  }
  return NONE
}

/** The longest beginning that is UTF-8. If one is not, no longer one is, so that it can be found by halving. */
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
