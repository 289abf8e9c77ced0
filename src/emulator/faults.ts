import type { Faults } from './script.ts'

/** How a body ends: properly, with the connection dead, or never. */
export type Ending = 'end' | 'cut' | 'stall'

/** Applies the byte faults to a body. The generator's return value says how the body ends. */
export function* withFaults(chunks: Iterable<Uint8Array>, faults: Faults): Generator<Uint8Array, Ending> {
  const limited = limit(corrupt(chunks, faults.corruptAt), faults)
  return yield* faults.chunkBytes === undefined ? limited : regroup(limited, faults.chunkBytes)
}

function* corrupt(chunks: Iterable<Uint8Array>, at: number | undefined): Generator<Uint8Array, void> {
  let offset = 0
  for (const chunk of chunks) {
    if (at !== undefined && at >= offset && at < offset + chunk.length) {
      const changed = chunk.slice()
      changed[at - offset] = (chunk[at - offset] ?? 0) ^ 0xff
      yield changed
    } else yield chunk
    offset += chunk.length
  }
}

/** Ends the body at the first of the limits that lies within it. */
function* limit(chunks: Iterable<Uint8Array>, faults: Faults): Generator<Uint8Array, Ending> {
  const limits: { at: number | undefined; ending: Ending }[] = [
    { at: faults.cutAfterBytes, ending: 'cut' },
    { at: faults.endAfterBytes, ending: 'end' },
    { at: faults.stallAfterBytes, ending: 'stall' },
  ]
  let first: { at: number; ending: Ending } = { at: Number.POSITIVE_INFINITY, ending: 'end' }
  for (const { at, ending } of limits) if (at !== undefined && at < first.at) first = { at, ending }

  let sent = 0
  for (const chunk of chunks) {
    const room = first.at - sent
    if (chunk.length > room) {
      if (room > 0) yield chunk.slice(0, room)
      return first.ending
    }
    yield chunk
    sent += chunk.length
  }
  return 'end'
}

function* regroup(chunks: Generator<Uint8Array, Ending>, size: number): Generator<Uint8Array, Ending> {
  if (!(size >= 1)) throw new RangeError(`chunkBytes must be 1 or more, not ${size}`)
  let pending = new Uint8Array(0)
  for (;;) {
    const next = chunks.next()
    if (next.done) {
      if (pending.length > 0) yield pending
      return next.value
    }
    const joined = new Uint8Array(pending.length + next.value.length)
    joined.set(pending)
    joined.set(next.value, pending.length)
    let start = 0
    for (; start + size <= joined.length; start += size) yield joined.slice(start, start + size)
    pending = joined.slice(start)
  }
}
