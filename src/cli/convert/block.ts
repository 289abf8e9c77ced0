import { isAscii, isUtf8 } from 'node:buffer'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type DiagnosticCode, REPOSITORY_URL } from '../../diagnostics/diagnostic.ts'
import { type LineConverter, type Outcome, Refusal } from './line.ts'
import { type Lines, LONGEST_LINE } from './read-lines.ts'

/** A line that could not be converted. */
export interface Reject {
  /** Line number within the block, from 0. */
  line: number
  refusal: Refusal
  /** Bytes of the line; absent if the line is too long to be copied. */
  bytes?: Buffer
}

/** Results of converting one block of lines. */
export interface ConvertedBlock {
  /** Converted lines, each with its line break. Valid until the next block is converted, which reuses the memory. */
  bytes: Uint8Array
  rejects: readonly Reject[]
  lines: number
  converted: number
  blank: number
  respelled: number
  codes: ReadonlyMap<DiagnosticCode, number>
  /** Bytes read from the input, before conversion. */
  read: number
}

type Encoding = 'latin1' | 'utf8'

const LINE_BREAK = 10
/** Maximum bytes of UTF-8 for one UTF-16 unit. */
const BYTES_PER_UNIT = 3
/**
 * Length in bytes above which memory is freed after each line. Otherwise such a line would take more memory than the
 * rest of the program.
 */
const LONG_LINE = 1024 * 1024

/**
 * Returns a function that converts one block of lines at a time and reuses its output memory. It counts lines from
 * `firstLine`, or from 0 within the block if `firstLine` is omitted.
 */
export function blockConverter(
  converter: LineConverter,
): (lines: Lines, firstLine?: number) => ConvertedBlock {
  let out: Buffer = Buffer.alloc(0)
  return ({ bytes: block, isLastTooLong }, firstLine = 0) => {
    let filled = 0
    let [lines, converted, blank, respelled] = [0, 0, 0, 0]
    const rejects: Reject[] = []
    const codes = new Map<DiagnosticCode, number>()

    const put = (text: string, encoding: Encoding): void => {
      const most = filled + mostBytes(text, encoding) + 1
      if (most > out.length) out = grown(out, filled, Math.max(most, block.length + block.length / 4))
      filled += out.write(text, filled, encoding)
      out[filled++] = LINE_BREAK
    }

    const take = (bytes: Buffer): void => {
      const { outcome, encoding } = convertLine(bytes, firstLine + lines, converter)
      if (outcome === undefined) {
        blank++
      } else if (outcome instanceof Refusal) {
        // Copy the line, because the next block reuses this memory.
        const copy = outcome === TOO_LONG ? undefined : Buffer.from(bytes)
        rejects.push({ line: lines, refusal: outcome, ...(copy && { bytes: copy }) })
      } else {
        put(outcome.text, outcome.isCut ? encoding : 'utf8')
        converted++
        if (outcome.isRespelled) respelled++
        for (const { code } of outcome.diagnostics) codes.set(code, (codes.get(code) ?? 0) + 1)
      }
    }

    for (let start = 0; start < block.length; lines++) {
      const found = block.indexOf(LINE_BREAK, start)
      const end = found === -1 ? block.length : found
      take(block.subarray(start, end))
      if (end - start > LONG_LINE) collectGarbage()
      start = end + 1
    }
    if (isLastTooLong) rejects.push({ line: lines++, refusal: TOO_LONG })
    return {
      bytes: out.subarray(0, filled),
      rejects,
      lines,
      converted,
      blank,
      respelled,
      codes,
      read: block.length,
    }
  }
}

interface ConvertedLine {
  /** Absent for a blank line. */
  outcome?: Outcome
  encoding: Encoding
}

const TOO_LONG = new Refusal(
  `It is longer than ${LONGEST_LINE} bytes, and is not copied here.`,
  'Look whether line breaks are missing in the file.',
)
const NOT_UTF8 = new Refusal('It is not UTF-8.', 'Write the file in UTF-8.')

/** Returns the refusal of a line that an unexpected error stopped. Names only its kind: a message may quote the line. */
const failedLine = (error: unknown): Refusal =>
  new Refusal(
    `An unexpected error stopped its conversion: ${error instanceof Error ? error.name : typeof error}.`,
    `Report it with the line: ${REPOSITORY_URL}/issues.`,
  )

function convertLine(bytes: Buffer, number: number, converter: LineConverter): ConvertedLine {
  try {
    return convertBytes(bytes, number, converter)
  } catch (error) {
    return { outcome: failedLine(error), encoding: 'latin1' }
  }
}

function convertBytes(
  bytes: Buffer,
  number: number,
  { line, bytes: takeBytes }: LineConverter,
): ConvertedLine {
  if (bytes.length > LONGEST_LINE) return { outcome: TOO_LONG, encoding: 'latin1' }
  // ASCII needs no decoding: each byte is one character.
  if (isAscii(bytes)) {
    const text = bytes.toString('latin1')
    return text.trim() === '' ? { encoding: 'latin1' } : { outcome: line(text, number), encoding: 'latin1' }
  }
  if (!isUtf8(bytes)) return { outcome: NOT_UTF8, encoding: 'utf8' }
  const outcome = takeBytes?.(bytes.toString('latin1'))
  if (outcome !== undefined) return { outcome, encoding: 'latin1' }
  return { outcome: line(bytes.toString('utf8'), number), encoding: 'utf8' }
}

function mostBytes(text: string, encoding: Encoding): number {
  if (encoding === 'latin1') return text.length
  return text.length > LONG_LINE ? Buffer.byteLength(text) : text.length * BYTES_PER_UNIT
}

function grown(buffer: Buffer, filled: number, size: number): Buffer {
  const larger = Buffer.allocUnsafe(size)
  buffer.copy(larger, 0, 0, filled)
  return larger
}

/**
 * Returns the line of the rejects file: the line number, the reason, the remedy, the diagnostics and the line itself.
 */
export function rejectLine(line: number, { refusal: { reason, fix, noticed }, bytes }: Reject): string {
  const copy = bytes && (isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') })
  return `${JSON.stringify({ line, reason, fix, ...(noticed.length > 0 && { diagnostics: noticed }), ...copy })}\n`
}

let collect: unknown

/**
 * Runs garbage collection after a long line, before the next one allocates as much. Otherwise V8 keeps twice the memory.
 * With it, 300 MB in lines of 8 MB take 185 MB of memory instead of 280, but 25 % more time.
 */
function collectGarbage(): void {
  if (collect === undefined) {
    // The flag exposes `gc` only in contexts that are created after it is set.
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc')
  }
  if (typeof collect === 'function') collect()
}
