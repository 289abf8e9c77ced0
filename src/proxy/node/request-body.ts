import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { Coding } from '../limits.ts'
import type { Refusal } from '../refusals.ts'
import type { Exchange } from './exchange.ts'

/** Bytes of request bodies that the proxy may hold at once, whichever clients they are from. */
export class BodyBudget {
  #left: number

  constructor(most: number) {
    this.#left = most
  }

  /** Whether `bytes` more fit; if so, they are taken until the exchange has ended. */
  take(bytes: number, exchange: Exchange): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    void exchange.closed.then(() => {
      this.#left += bytes
    })
    return true
  }
}

/**
 * The whole body, if it came along with the head; `undefined` if it is still to come, or empty. Listening to a stream takes
 * longer.
 */
async function bodyAtHand(incoming: IncomingMessage): Promise<Buffer | undefined> {
  // The parser goes on to the end of what has come before any promise is settled.
  await undefined
  const { readableLength } = incoming
  if (readableLength === 0 || readableLength !== Number(incoming.headers['content-length'])) return undefined
  return incoming.read()
}

/** Reads a whole body, or returns why it cannot be read. Nothing beyond the limits is kept. */
export async function readBody(
  exchange: Exchange,
  codings: readonly Coding[],
  most: number,
  budget: BodyBudget,
): Promise<Buffer | Refusal> {
  const { incoming } = exchange
  const length = incoming.headers['content-length']
  // A body that says its length is refused before it comes.
  if (length !== undefined && !budget.take(Number(length), exchange)) return 'overloaded'
  const whole =
    (await bodyAtHand(incoming)) ??
    (await readStream(exchange, most, size => length !== undefined || budget.take(size, exchange)))
  return typeof whole === 'string' || codings.length === 0 ? whole : decode(whole, codings, most)
}

function readStream(
  exchange: Exchange,
  most: number,
  fits: (size: number) => boolean,
): Promise<Buffer | Refusal> {
  const { incoming } = exchange
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const stop = (refusal: Refusal): void => {
      incoming.off('data', take).pause()
      resolve(refusal)
    }
    const take = (piece: Buffer): void => {
      size += piece.length
      pieces.push(piece)
      if (size > most) stop('too-large')
      else if (!fits(piece.length)) stop('overloaded')
    }
    exchange.awaitRequest(() => stop('request-timeout'))
    incoming
      .on('data', take)
      .once('end', () => resolve(Buffer.concat(pieces)))
      .once('error', reject)
  })
}

const decoders = {
  gzip: promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
}

/** Removes the content codings of a body, within the same limit: a small body may become a thousand times as large. */
async function decode(body: Buffer, codings: readonly Coding[], most: number): Promise<Buffer | Refusal> {
  let whole = body
  for (const coding of codings) {
    const decoder = coding === 'zstd' ? zstdDecoder() : decoders[coding]
    if (decoder === undefined) return 'bad-coding'
    try {
      whole = await decoder(whole, { maxOutputLength: most })
    } catch (error) {
      return Object(error).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'damaged-coding'
    }
  }
  return whole
}

/** Node has zstd from 22.15 on. */
function zstdDecoder(): typeof decoders.gzip | undefined {
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompress')
  return typeof decompress === 'function' ? promisify(decompress as typeof zlib.gunzip) : undefined
}

/** The body of a request that is forwarded: as it comes. */
export async function bodyToForward(exchange: Exchange): Promise<Buffer | Readable | null> {
  const { incoming } = exchange
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers
  if (coding === undefined && Number(length ?? 0) === 0) return null
  const body = await bodyAtHand(incoming)
  if (body !== undefined) return body
  exchange.awaitRequest(() => {})
  // A stream of its own, whose failure leaves the client its connection to read the response.
  return Readable.from(incoming.iterator({ destroyOnReturn: false }), { objectMode: false })
}
