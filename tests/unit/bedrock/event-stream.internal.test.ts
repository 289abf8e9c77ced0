import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { crc32, decodeFrames, encodeFrame, type Frame } from '../../../src/event-stream.ts'
import { root } from '../../docs/markdown.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const CHUNK = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }
const FRAMES = [
  encodeFrame(CHUNK, bytesOf('{"bytes":"e30="}')),
  encodeFrame({}, new Uint8Array(0)),
  encodeFrame(
    { ':exception-type': 'throttlingException', note: 'naïve 日本語 🎉' },
    bytesOf('{"message":"é"}'),
  ),
]

function decodeAll(stream: Uint8Array, size: number): readonly Frame[] {
  const decoder = decodeFrames()
  const frames: Frame[] = []
  for (let at = 0; at < stream.length; at += size)
    frames.push(...decoder.push(stream.subarray(at, at + size)))
  decoder.end()
  return frames
}

describe('event streams', () => {
  test('crc32 gives the checksum of zlib', () => {
    for (const text of ['', 'a', '123456789', 'ä'.repeat(1000)])
      expect(crc32(bytesOf(text))).toBe(zlibCrc32(text))
  })

  test.each([1, 2, 3, 7, 1000])('decodes frames that arrive in pieces of %d bytes', size => {
    const frames = decodeAll(Buffer.concat(FRAMES), size)
    expect(frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
      FRAMES.map(frame => Buffer.from(frame).toString('hex')),
    )
    expect(frames[0]?.headers).toEqual(CHUNK)
    expect(frames[2]?.headers.note).toBe('naïve 日本語 🎉')
    expect(new TextDecoder().decode(frames[2]?.payload)).toBe('{"message":"é"}')
  })

  test('skips headers that are not strings', () => {
    // true, byte, short, int, long, bytes, timestamp and uuid, then a string.
    const fields = [
      [0],
      [2, 1],
      [3, 0, 1],
      [4, 0, 0, 0, 1],
      [5, 0, 0, 0, 0, 0, 0, 0, 1],
      [6, 0, 2, 9, 9],
      [8, 0, 0, 0, 0, 0, 0, 0, 1],
      [9, ...Array(16).fill(7)],
      [7, 0, 1, 120],
    ].map(value => [1, 97, ...value])
    const headers = Uint8Array.from(fields.flat())
    const frame = Buffer.alloc(16 + headers.length)
    frame.writeUInt32BE(frame.length, 0)
    frame.writeUInt32BE(headers.length, 4)
    frame.writeUInt32BE(zlibCrc32(frame.subarray(0, 8)), 8)
    frame.set(headers, 12)
    frame.writeUInt32BE(zlibCrc32(frame.subarray(0, frame.length - 4)), frame.length - 4)
    expect(decodeAll(frame, 1000).map(({ headers }) => headers)).toEqual([{ a: 'x' }])
  })

  test('rejects every frame with a changed byte', () => {
    const [frame = new Uint8Array(0)] = FRAMES
    for (const at of frame.keys()) {
      const changed = frame.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x10
      expect(() => decodeAll(changed, 1000), `byte ${at}`).toThrow('event stream')
    }
  })

  test('rejects a stream that ends inside a frame', () => {
    const [frame = new Uint8Array(0)] = FRAMES
    for (let length = 1; length < frame.length; length++)
      expect(() => decodeAll(frame.subarray(0, length), 1000)).toThrow('ended inside a frame')
  })

  test('rejects a length beyond the limit of the AWS SDKs before it arrives', () => {
    const prelude = Buffer.alloc(12)
    prelude.writeUInt32BE(30 * 1024 * 1024, 0)
    prelude.writeUInt32BE(zlibCrc32(prelude.subarray(0, 8)), 8)
    expect(() => decodeFrames().push(prelude)).toThrow('damaged')
  })
})

const RECORDED = resolve(root, '../shared/corpus/wire/bedrock/eventstream-binary')

describe.skipIf(!existsSync(RECORDED))('recorded event streams', () => {
  const files = existsSync(RECORDED) ? readdirSync(RECORDED).filter(file => file.endsWith('.bin')) : []
  test.each(files)('%s is encoded byte for byte', file => {
    const stream = readFileSync(join(RECORDED, file))
    for (const size of [1, 7, 1000, stream.length]) {
      const frames = decodeAll(stream, size)
      expect(frames.length).toBeGreaterThan(1)
      const encoded = frames.map(({ headers, payload }) => encodeFrame(headers, payload))
      expect(Buffer.concat(encoded).equals(stream)).toBe(true)
    }
  })
})
