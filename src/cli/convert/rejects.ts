import { isUtf8 } from 'node:buffer'
import type { Reject } from './block.ts'

/** A line of the file of rejects: which line it was, why, what to do, and the line itself, in Base64 where it is no text. */
export function rejectLine(line: number, { refusal: { reason, fix }, bytes }: Reject): string {
  const copy = bytes && (isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') })
  return `${JSON.stringify({ line, reason, fix, ...copy })}\n`
}
