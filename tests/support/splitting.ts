/** Bytes in pieces of one size; in one piece without it. No bytes make no pieces. */
export function split(bytes: Uint8Array, size: number = bytes.length): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

/** Bytes in pieces that each end with an event, as most servers write them. */
export function splitAtEvents(bytes: Uint8Array): Uint8Array[] {
  const events = new TextDecoder().decode(bytes).split(/(?<=\r?\n\r?\n)/)
  return events.map(event => new TextEncoder().encode(event))
}

/** A body that comes in these pieces, each for itself. */
export function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream({
    pull(controller) {
      const piece = pieces[next++]
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
  })
}
