import { APIUserAbortError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { Call } from './call.ts'
import type { Reply, ReplyReader } from './read.ts'
import { Stream } from './stream.ts'

/** The chunks of one completion, as they come. */
export class CompletionStream extends Stream<Completion> {
  readonly #whole: Promise<Completion>

  /** @internal Streams are made by `client.completions`. */
  constructor(call: Call, opening: Promise<Reply>, asThrown: (error: unknown) => unknown) {
    const outcome = new Outcome(asThrown)
    super(() => iterate(call, opening, outcome), call.controller, asThrown)
    this.#whole = outcome.promise
    // Whoever iterates gets an error from the loop, and whoever wants the completion from its promise.
    opening.catch(() => {})
    this.#whole.catch(() => {})
  }

  /**
   * The whole completion, once the stream has ended: all text, and the last chunk's `stop_reason` and `stop`.
   * Reads the stream itself unless something else does.
   *
   * @throws APIUserAbortError when the reading was ended before the stream was.
   */
  async finalCompletion(): Promise<Completion> {
    if (!this.isConsumed) for await (const _ of this);
    return this.#whole
  }
}

/** What a stream comes to; the first that is said counts. */
class Outcome {
  isKnown = false
  resolve!: (completion: Completion) => void
  reject!: (error: unknown) => void
  readonly promise: Promise<Completion> = new Promise((resolve, reject) => {
    this.resolve = completion => {
      this.isKnown = true
      resolve(completion)
    }
    this.reject = error => reject(this.asThrown(error))
  })
  /** An error as the caller expects it. */
  readonly asThrown: (error: unknown) => unknown

  constructor(asThrown: (error: unknown) => unknown) {
    this.asThrown = asThrown
  }
}

function iterate(call: Call, opening: Promise<Reply>, outcome: Outcome): AsyncIterableIterator<Completion> {
  const chunks = readChunks(call, opening, outcome)
  return {
    next: () => chunks.next(),
    return() {
      // A generator hears of this only where it stands at a chunk: not before its start, not while it waits for a
      // server that is silent. The abort ends its waiting, and the request.
      if (!outcome.isKnown) {
        call.controller.abort()
        call.release()
        outcome.reject(new APIUserAbortError())
      }
      return chunks.return()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* readChunks(
  call: Call,
  opening: Promise<Reply>,
  outcome: Outcome,
): AsyncGenerator<Completion, void, undefined> {
  let reader: ReplyReader | undefined
  try {
    reader = (await opening).open()
    for (let chunks = await reader.read(); chunks.length > 0; chunks = await reader.read()) {
      const whole = reader.whole()
      // Said before the last chunk is handed out: many a loop ends there.
      if (whole !== undefined) outcome.resolve(whole)
      for (const chunk of chunks) yield chunk
    }
  } catch (cause) {
    // As in the old SDK, a stream that its reader aborts just ends.
    if (reader !== undefined && call.controller.signal.aborted) return
    const error = outcome.asThrown(cause)
    outcome.reject(error)
    throw error
  } finally {
    outcome.reject(new APIUserAbortError())
    reader?.close()
    call.release()
    if (!outcome.isKnown) call.controller.abort()
  }
}
