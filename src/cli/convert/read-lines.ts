import { readSync } from 'node:fs'

/**
 * Longest accepted line, in bytes. It exceeds the longest context of current models, a million tokens, so a longer line
 * cannot be a prompt.
 */
export const LONGEST_LINE: number = 8 * 1024 * 1024

/** Whole lines, and whether a line after them was skipped because it is longer than {@link LONGEST_LINE}. */
export interface Lines {
  bytes: Buffer
  isLastTooLong: boolean
}

const LINE_BREAK = 10
const NONE: Lines = { bytes: Buffer.alloc(0), isLastTooLong: false }

/**
 * Returns a function that reads the lines that begin within a part of a file. Each line belongs to exactly one part,
 * whatever the part boundaries are, so several threads can read parts in any order.
 */
export function partReader(fd: number, partBytes: number): (part: number) => Lines {
  const usual = partBytes + partBytes / 8
  let buffer = Buffer.allocUnsafe(usual)
  return part => {
    const from = part * partBytes
    // Read one byte before the part, which shows whether a line begins exactly at its start.
    const origin = Math.max(0, from - 1)
    const end = from + partBytes - origin
    let wanted = usual
    let filled = 0
    let isAtEnd = false
    const fill = (): void => {
      const count = readSync(fd, buffer, filled, wanted - filled, origin + filled)
      filled += count
      isAtEnd = count === 0
    }
    while (filled < wanted && !isAtEnd) fill()

    const first = from === 0 ? markLength(buffer.subarray(0, filled)) : breakAfter(buffer, 0, filled)
    if (first === undefined || first >= end) return NONE
    // The last line begins before the end of the part and may end after it.
    for (let looked = end - 1; ; looked = filled) {
      if (looked >= filled) fill()
      const last = breakAfter(buffer, looked, filled)
      if (last !== undefined) return { bytes: buffer.subarray(first, last), isLastTooLong: false }
      if (isAtEnd) return { bytes: buffer.subarray(first, filled), isLastTooLong: false }
      if (filled > end + LONGEST_LINE) {
        const begin = buffer.lastIndexOf(LINE_BREAK, end - 1) + 1
        return { bytes: buffer.subarray(first, Math.max(first, begin)), isLastTooLong: true }
      }
      if (filled < wanted) continue
      wanted *= 2
      if (wanted > buffer.length) buffer = Buffer.concat([buffer], wanted)
    }
  }
}

/** Returns the length of a UTF-8 byte order mark, which is not part of the first line. */
function markLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

/** Returns the offset after the first line break at or after `from`; `undefined` at the last line. */
function breakAfter(buffer: Buffer, from: number, filled: number): number | undefined {
  const at = from < filled ? buffer.subarray(0, filled).indexOf(LINE_BREAK, from) : -1
  return at === -1 ? undefined : at + 1
}

/** Yields the lines of a stream as they arrive. */
export async function* streamedLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  /** Bytes of the current line, which has not ended yet. */
  let begun: Uint8Array[] = []
  let size = 0
  let isSkipping = false
  for await (const chunk of withoutMark(stream)) {
    const first = chunk.indexOf(LINE_BREAK)
    const last = chunk.lastIndexOf(LINE_BREAK)
    const start = isSkipping ? first + 1 : 0
    if (isSkipping && first === -1) continue
    isSkipping = false
    if (last >= start) {
      yield { bytes: Buffer.concat([...begun, chunk.subarray(start, last + 1)]), isLastTooLong: false }
      begun = []
      size = 0
    }
    const rest = chunk.subarray(Math.max(start, last + 1))
    begun.push(rest)
    size += rest.length
    if (size <= LONGEST_LINE) continue
    yield { ...NONE, isLastTooLong: true }
    begun = []
    size = 0
    isSkipping = true
  }
  if (size > 0) yield { bytes: Buffer.concat(begun), isLastTooLong: false }
}

async function* withoutMark(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  /** First bytes of the stream, which may arrive one by one. */
  let head: Uint8Array | undefined = new Uint8Array()
  for await (const chunk of stream) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 3) continue
    yield head.subarray(markLength(head))
    head = undefined
  }
  if (head !== undefined) yield head
}
