import { type Ending, withFaults } from './faults.ts'
import { pause } from './pause.ts'
import type { Faults } from './script.ts'

/**
 * A response body that is made as it is read: nothing is generated ahead of the reader but one chunk, and
 * nothing after the reader has left.
 *
 * `onAbandoned` is called once if the client goes away (cancels the body, or aborts `signal`) before the end.
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
  // One step ahead, so that the body closes with its last chunk: a client that cancels after having read
  // everything has not gone away early.
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
          // What fetch reports for a connection that dies within a body.
          controller.error(
            new TypeError('terminated', { cause: new Error('the emulator cut the connection') }),
          )
        } else if (step.done && ending === 'stall') await pause(Number.POSITIVE_INFINITY, left.signal)
      },
      cancel: leave,
    },
    // No queue: a chunk is made when the reader asks for it.
    { highWaterMark: 0 },
  )
}
