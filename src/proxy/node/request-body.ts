import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { BodyBytes, CODINGS, type Coding, type MemoryBudget } from '../limits.ts'
import type { Refusal } from '../refusals.ts'
import type { Exchange } from './exchange.ts'

/**
 * Returns the whole body if it arrived together with the head; `undefined` if it is empty or incomplete. This is faster
 * than listening to the stream.
 */
async function bodyAtHand(incoming: IncomingMessage): Promise<Buffer | undefined> {
  // Node's parser processes all received bytes before the next promise settles.
  await undefined
  const { readableLength } = incoming
  if (readableLength === 0 || readableLength !== Number(incoming.headers['content-length'])) return undefined
  return incoming.read()
}

/** Reads a whole body, or returns why it cannot be read. Keeps no bytes beyond the limits. */
export async function readBody(
  exchange: Exchange,
  codings: readonly Coding[],
  most: number,
  budget: MemoryBudget,
): Promise<Uint8Array | Refusal> {
  const { incoming } = exchange
  const length = incoming.headers['content-length']
  // Reject a body by its declared length before it arrives.
  if (length !== undefined && !exchange.reserve(Number(length), budget)) return 'overloaded'
  const whole =
    (await bodyAtHand(incoming)) ??
    (await readStream(exchange, most, size => length !== undefined || exchange.reserve(size, budget)))
  if (typeof whole === 'string' || codings.length === 0) return whole
  const decoded = await inTurn(() => decode(whole, codings, most))
  // The sender declares only the size of the encoded body.
  return typeof decoded === 'string' || exchange.reserve(decoded.length, budget) ? decoded : 'overloaded'
}

let turn: Promise<unknown> = Promise.resolve()

/** Decodes one body at a time: all of them together could expand beyond the budget, which is known only afterwards. */
function inTurn(decodeNext: () => Promise<Uint8Array | Refusal>): Promise<Uint8Array | Refusal> {
  const decoded = turn.then(decodeNext)
  turn = decoded.then(() => {})
  return decoded
}

function readStream(
  exchange: Exchange,
  most: number,
  fits: (size: number) => boolean,
): Promise<Uint8Array | Refusal> {
  const { incoming } = exchange
  return new Promise((resolve, reject) => {
    const bytes = new BodyBytes(most, fits)
    const stop = (refusal: Refusal): void => {
      incoming.off('data', take).pause()
      resolve(refusal)
    }
    const take = (piece: Buffer): void => {
      const refusal = bytes.add(piece)
      if (refusal !== undefined) stop(refusal)
    }
    exchange.awaitRequest(() => stop('request-timeout'))
    incoming
      .on('data', take)
      .once('end', () => resolve(bytes.whole()))
      .once('error', reject)
  })
}

const decoders: Readonly<Partial<Record<Coding, typeof zlib.gunzip.__promisify__>>> = {
  gzip: promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
  ...zstdDecoder(),
}
/** The content codings that this version of Node can decode. */
export const DECODABLE: readonly Coding[] = CODINGS.filter(coding => decoders[coding] !== undefined)

/**
 * Removes the content codings of a body. The size limit applies to the result, too: a small body may expand a
 * thousandfold.
 */
async function decode(
  body: Uint8Array,
  codings: readonly Coding[],
  most: number,
): Promise<Uint8Array | Refusal> {
  let whole = body
  for (const coding of codings) {
    const decoder = decoders[coding]
    if (decoder === undefined) return 'damaged-coding'
    try {
      whole = await decoder(whole, { maxOutputLength: most })
    } catch (error) {
      return Object(error).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'damaged-coding'
    }
  }
  return whole
}

/** Returns a zstd decoder. Node has one since 22.15. */
function zstdDecoder(): { zstd?: typeof zlib.gunzip.__promisify__ } {
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompress')
  return typeof decompress === 'function' ? { zstd: promisify(decompress as typeof zlib.gunzip) } : {}
}

/** Returns the body of a forwarded request, as a stream if it has not arrived completely. */
export async function bodyToForward(exchange: Exchange): Promise<Buffer | Readable | null> {
  const { incoming } = exchange
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers
  if (coding === undefined && Number(length ?? 0) === 0) return null
  const body = await bodyAtHand(incoming)
  if (body !== undefined) return body
  exchange.awaitRequest(() => {})
  // Use a separate stream: if the upstream request fails, it destroys only this stream, and the client can still read
  // the response.
  return Readable.from(incoming.iterator({ destroyOnReturn: false }), { objectMode: false })
}
