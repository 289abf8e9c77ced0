import { AnthropicError } from './errors.ts'

/** One message of an AWS event stream (`application/vnd.amazon.eventstream`). */
export interface Frame {
  /** Headers with string values by name, such as `:event-type`. Headers of other types are omitted. */
  headers: Readonly<Record<string, string>>
  payload: Uint8Array
  /** The encoded message, including headers and checksums. */
  bytes: Uint8Array
}

/** Splits bytes into frames and verifies both checksums of each frame. */
export interface FrameDecoder {
  /**
   * Adds bytes and returns the frames that are now complete.
   *
   * @throws AnthropicError for a damaged frame.
   */
  push(bytes: Uint8Array): readonly Frame[]
  /**
   * Marks the end of the bytes.
   *
   * @throws AnthropicError if they end inside a frame.
   */
  end(): void
}

/** Length of a frame's prelude in bytes: two lengths and their checksum. */
const PRELUDE = 12
const CHECKSUM = 4
/** Size limits of the AWS SDKs. */
const MOST_HEADER_BYTES = 128 * 1024
const MOST_BYTES = 24 * 1024 * 1024 + MOST_HEADER_BYTES + PRELUDE + CHECKSUM

/**
 * Bytes of a header value by its type: true, false, byte, short, int, long, bytes, string, timestamp, uuid. Bytes and
 * strings have their own length field.
 */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16]
const STRING = 7

const encoder = new TextEncoder()
const utf8 = new TextDecoder()

/** Encodes a frame. Headers are written as strings, in the given order. */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const fields = Object.entries(headers).map(([name, value]): [Uint8Array, Uint8Array] => [
    encoder.encode(name),
    encoder.encode(value),
  ])
  const headerBytes = fields.reduce((sum, [name, value]) => sum + 1 + name.length + 3 + value.length, 0)
  const frame = new Uint8Array(PRELUDE + headerBytes + payload.length + CHECKSUM)
  const view = new DataView(frame.buffer)
  view.setUint32(0, frame.length)
  view.setUint32(4, headerBytes)
  view.setUint32(8, crc32(frame.subarray(0, 8)))
  let at = PRELUDE
  for (const [name, value] of fields) {
    view.setUint8(at, name.length)
    frame.set(name, at + 1)
    at += 1 + name.length
    view.setUint8(at, STRING)
    view.setUint16(at + 1, value.length)
    frame.set(value, at + 3)
    at += 3 + value.length
  }
  frame.set(payload, at)
  view.setUint32(frame.length - CHECKSUM, crc32(frame.subarray(0, frame.length - CHECKSUM)))
  return frame
}

/** Creates a decoder for the body of one response. */
export function decodeFrames(): FrameDecoder {
  let rest = new Uint8Array(0)
  return {
    push(bytes) {
      rest = rest.length === 0 ? new Uint8Array(bytes) : joined(rest, bytes)
      const frames: Frame[] = []
      let at = 0
      while (rest.length - at >= PRELUDE) {
        const length = frameLength(rest.subarray(at, at + PRELUDE))
        if (rest.length - at < length) break
        frames.push(decodeFrame(rest.slice(at, at + length)))
        at += length
      }
      rest = rest.slice(at)
      return frames
    },
    end() {
      if (rest.length > 0) throw new AnthropicError('The event stream ended inside a frame.')
    },
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const damaged = (): AnthropicError =>
  new AnthropicError('The event stream is damaged: a length or a checksum does not match.')

function frameLength(prelude: Uint8Array): number {
  const view = viewOf(prelude)
  const length = view.getUint32(0)
  const headers = view.getUint32(4)
  const isSound =
    crc32(prelude.subarray(0, 8)) === view.getUint32(8) &&
    length <= MOST_BYTES &&
    headers <= MOST_HEADER_BYTES &&
    headers <= length - PRELUDE - CHECKSUM
  if (!isSound) throw damaged()
  return length
}

function decodeFrame(bytes: Uint8Array): Frame {
  const view = viewOf(bytes)
  const end = bytes.length - CHECKSUM
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end)) throw damaged()
  const payloadAt = PRELUDE + view.getUint32(4)
  return {
    headers: decodeHeaders(bytes.subarray(PRELUDE, payloadAt)),
    payload: bytes.subarray(payloadAt, end),
    bytes,
  }
}

function decodeHeaders(bytes: Uint8Array): Record<string, string> {
  const view = viewOf(bytes)
  const headers: [string, string][] = []
  let at = 0
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw damaged()
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const name = utf8.decode(take(view.getUint8(at++)))
    const [type = -1] = take(1)
    if (!(type in VALUE_BYTES)) throw damaged()
    const [high = 0, low = 0] = VALUE_BYTES[type] === undefined ? take(2) : []
    const value = take(VALUE_BYTES[type] ?? high * 256 + low)
    if (type === STRING) headers.push([name, utf8.decode(value)])
  }
  return Object.fromEntries(headers)
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  return all
}

/** The reversed polynomial of CRC-32 (IEEE 802.3), which zlib uses, too. */
const POLYNOMIAL = 0xed_b8_83_20
let table: Uint32Array | undefined

/** Computes a CRC-32. Implemented here because not every runtime has `node:zlib`. */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? POLYNOMIAL ^ (value >>> 1) : value >>> 1
    return value
  })
  let sum = 0xff_ff_ff_ff
  for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8)
  return (sum ^ 0xff_ff_ff_ff) >>> 0
}
