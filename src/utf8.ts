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

const STREAM = { stream: true }
const NONE = new Uint8Array(0)

export function readText(): TextReader {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  /** The beginning of a character whose rest has not come. */
  let begun = NONE
  const reader = {
    isDamaged: false,
    take(bytes: Uint8Array): string {
      if (reader.isDamaged) return ''
      let text: string
      try {
        text = decoder.decode(bytes, STREAM)
      } catch {
        reader.isDamaged = true
        return textBeforeDamage(joined(begun, bytes))
      }
      begun = (bytes.at(-1) ?? 0x80) < 0x80 ? NONE : beginningAtEnd(joined(begun, bytes))
      return text
    },
    end() {
      reader.isDamaged ||= begun.length > 0
    },
  }
  return reader
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

/** The bytes at the end that begin a character and do not end it. */
function beginningAtEnd(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] ?? 0
    // 10xxxxxx goes on; 110xxxxx, 1110xxxx and 11110xxx begin a character of two, three and four bytes.
    if (byte < 0x80) return NONE
    if (byte >= 0xc0) {
      const whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length < whole ? bytes.slice(-length) : NONE
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
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), STREAM)
      good = middle
    } catch {
      bad = middle
    }
  }
  return text
}
