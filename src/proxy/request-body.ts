/** Reads request bodies of the fetch handler. */
import { signalOf } from '../core/abort.ts'
import { requestAlreadyRead } from '../core/body.ts'
import type { UnreadCall } from './core.ts'
import { BodyBytes, CODINGS, type Coding } from './limits.ts'
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
  const bytes = new BodyBytes(most)
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    if (bytes.add(piece.value) === undefined) continue
    await reader?.cancel()
    return undefined
  }
  return bytes.whole()
}
