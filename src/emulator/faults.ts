import type { Faults } from './script.ts'

/** How a body ends: completely, with a broken connection, or never. */
export type Ending = 'end' | 'cut' | 'stall'

/** Applies the byte faults to a body. The return value of the generator is the body's ending. */
function* withFaults(chunks: Iterable<Uint8Array>, faults: Faults): Generator<Uint8Array, Ending> {
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

/** Truncates the body at the lowest limit in it. */
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
    const bytesLeft = first.at - sent
    if (chunk.length > bytesLeft) {
      if (bytesLeft > 0) yield chunk.slice(0, bytesLeft)
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

/**
 * Creates a response body that is generated while it is read, one chunk ahead of the reader.
 *
 * Calls `onAbandoned` once if the client cancels the body or aborts `signal` before the end.
 */
export function responseBody(
  chunks: Iterable<Uint8Array>,
  faults: Faults,
  signal: AbortSignal | undefined,
  onAbandoned: () => void,
): ReadableStream<Uint8Array> {
  const source = withFaults(chunks, faults)
  const left = new AbortController()
  let ended = false
  // Generating one chunk ahead closes the body together with its last chunk. A client that cancels after reading
  // everything then does not count as disconnected early.
  let ahead: IteratorResult<Uint8Array, Ending> | undefined

  const finish = (): void => {
    ended = true
    signal?.removeEventListener('abort', onAbort)
  }
  const leave = (): void => {
    if (ended) return
    finish()
    left.abort()
    source.return('end')
    onAbandoned()
  }
  let fail = (_reason: unknown): void => {}
  function onAbort(): void {
    leave()
    fail(signal?.reason)
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = reason => controller.error(reason)
        signal?.addEventListener('abort', onAbort, { once: true })
      },
      async pull(controller) {
        if (faults.delayMs !== undefined) await pause(faults.delayMs, left.signal)
        if (ended) return
        const step = ahead ?? source.next()
        if (!step.done) {
          controller.enqueue(step.value)
          ahead = source.next()
        }
        const ending = step.done ? step.value : ahead?.done ? ahead.value : undefined
        if (ending === 'end') {
          finish()
          controller.close()
        } else if (step.done && ending === 'cut') {
          finish()
          // The same error as fetch reports for a connection that breaks inside a body.
          controller.error(
            new TypeError('terminated', { cause: new Error('the emulator cut the connection') }),
          )
        } else if (step.done && ending === 'stall') await pause(Number.POSITIVE_INFINITY, left.signal)
      },
      cancel: leave,
    },
    // Disable the queue, so that each chunk is generated only when the reader requests it.
    { highWaterMark: 0 },
  )
}

/** Waits until the time has passed or the signal aborts. Never rejects, and always clears its timer. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    // An endless wait needs no timer: only the signal can end it.
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
