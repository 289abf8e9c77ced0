/** Reads request bodies of the fetch handler. */
import { signalOf } from '../core/abort.ts'
import { requestAlreadyRead } from '../core/body.ts'
import type { UnreadCall } from './core.ts'
import { CODINGS, type Coding } from './limits.ts'
import type { Refused } from './refusals.ts'

/** Reads and decodes the body of a call. */
export async function readBody(call: UnreadCall, request: Request): Promise<Uint8Array | Refused> {
  const { codings, maxBodyBytes, refuse } = call
  let body: ReadableStream<Uint8Array> | null = request.body
  for (const coding of codings) body = body?.pipeThrough(decoderOf(coding)) ?? null
  try {
    return (await readWhole(body, maxBodyBytes)) ?? refuse('too-large')
  } catch (error) {
    signalOf(request)?.throwIfAborted()
    if (codings.length > 0) return refuse('damaged-coding')
    throw error
  }
}

/** Returns the content codings that this platform can decode: gzip and deflate, and others where it is recent. */
export function decodable(): readonly Coding[] {
  return CODINGS.filter(coding => {
    try {
      return Boolean(decoderOf(coding))
    } catch {
      return false
    }
  })
}

/** @throws TypeError for a coding that the platform does not support. */
function decoderOf(coding: Coding): ReadableWritablePair<Uint8Array, Uint8Array> {
  return Reflect.construct(DecompressionStream, [coding === 'br' ? 'brotli' : coding])
}

/**
 * Reads a whole body. Returns `undefined` if it exceeds the limit; the rest is then not read.
 *
 * @throws TypeError for a body that something else reads or has read.
 */
async function readWhole(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Uint8Array | undefined> {
  if (body?.locked) throw requestAlreadyRead()
  const reader = body?.getReader()
  // One array instead of a list: a client may send each byte as a chunk, and a list would take 500 times its bytes.
  let whole = new Uint8Array(0)
  let size = 0
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    const before = size
    size += piece.value.length
    if (size > most) {
      await reader?.cancel()
      return undefined
    }
    if (size > whole.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(size, 2 * before)))
      larger.set(whole.subarray(0, before))
      whole = larger
    }
    whole.set(piece.value, before)
  }
  return whole.subarray(0, size)
}
