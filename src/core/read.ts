import { AnthropicError, APIError, APIUserAbortError, UnreadableReplyError } from '../errors.ts'
import { decodeEvents, type ServerSentEvent } from '../sse.ts'
import type { Completion } from '../wire.ts'
import type { Call } from './abort.ts'
import { bodyText, openBody } from './body.ts'
import type { ReplyGrammar } from './response-decoder.ts'

/** An answer that has begun. */
export interface Reply {
  /** Its status and headers; what reads its body is `open`. */
  response: Response
  /** Begins to read it. */
  open(): ReplyReader
}

/** An answer as HTTP brings it, and what it takes to read it. */
export interface HTTPAnswer {
  response: Response
  /** Whether a stream was asked for; where the content type says otherwise, that counts. */
  isStreamed: boolean
  grammar: ReplyGrammar
  /** Ends the reading when it aborts. */
  signal: AbortSignal | undefined
}

/** Reads an answer as it comes. */
export interface ReplyReader {
  /**
   * The next chunks: all that have come, at least one; none when the completion has ended.
   *
   * @throws the error that ended the answer, after every chunk that came before it has been handed out.
   */
  read(): Promise<readonly Completion[]>
  /** The whole completion, once it has ended. */
  whole(): Completion | undefined
  /** Hears of each ping that comes while chunks are waited for. */
  onPing?: () => void
  /** Gives the connection back when the answer has been read, and cuts it off otherwise. */
  close(): void
}

export function httpReply(answer: HTTPAnswer): Reply {
  const { response, isStreamed } = answer
  return {
    response,
    open() {
      const type = response.headers.get('content-type') ?? ''
      const isEventStream = type.includes('text/event-stream') || (isStreamed && !type.includes('json'))
      return isEventStream ? readEvents(answer) : readWhole(answer)
    },
  }
}

/** Reads an answer whole, in the time given. */
export async function readToEnd(reply: Reply, call: Call, timeout: number): Promise<Completion> {
  let reader: ReplyReader | undefined
  try {
    const opened = reply.open()
    reader = opened
    // Of a client that has read it already.
    const atHand = opened.whole()
    if (atHand !== undefined) return atHand
    const readAll = async (): Promise<void> => {
      while ((await opened.read()).length > 0);
    }
    await call.within(timeout, readAll, opened.close)
    const whole = opened.whole()
    if (whole === undefined) throw new APIUserAbortError()
    return whole
  } catch (error) {
    throw call.end ?? error
  } finally {
    reader?.close()
    call.release()
  }
}

function readEvents({ response, grammar, signal }: HTTPAnswer): ReplyReader {
  if (response.body === null) throw new AnthropicError('Attempted to iterate over a response with no body')
  const body = openBody(response.body, signal)
  const fold = grammar.events()
  const events: ServerSentEvent[] = []
  const decoder = decodeEvents(event => events.push(event))
  /** What went wrong behind chunks that had to be handed out first. */
  let fault: { error: unknown } | undefined
  /** What is wrong with the bytes behind the events that could be read. */
  let damage: Error | undefined

  const faultOf = (error: unknown): { error: unknown } => ({
    error:
      error instanceof APIError
        ? ofAnswer(error, response.headers, error.partialText ?? fold.abandon())
        : error,
  })

  const takeEvents = (): Completion[] => {
    const chunks: Completion[] = []
    try {
      for (const serverSent of events.splice(0)) {
        if (serverSent.event === 'ping') reader.onPing?.()
        for (const chunk of fold.push(serverSent)) chunks.push(chunk)
      }
    } catch (error) {
      fault = faultOf(error)
    }
    return chunks
  }

  const reader: ReplyReader = {
    async read() {
      for (;;) {
        // Once the end is said, nothing behind it counts, faults included.
        if (fold.isDone()) return []
        if (fault !== undefined) throw fault.error
        let bytes: Uint8Array | undefined
        try {
          bytes = await body.read()
        } catch (cause) {
          fold.end(cause)
        }
        if (bytes === undefined) fold.end()
        else damage = decoder.feed(bytes)
        const chunks = takeEvents()
        if (damage !== undefined) fault ??= faultOf(damage)
        if (chunks.length > 0) return chunks
      }
    },
    whole: () => (fold.isDone() ? fold.end() : undefined),
    close() {
      // A server that has said the end says nothing more.
      if (fold.isEndSaid()) body.letGo()
      else body.cancel()
    },
  }
  return reader
}

/** An `error` event belongs to the answer it came in, headers and request id included. */
function ofAnswer(error: APIError, headers: Headers, partialText: string): APIError {
  const whole =
    error.constructor === APIError ? new APIError(error.status, error.error, undefined, headers) : error
  whole.partialText = partialText
  return whole
}

function readWhole({ response, grammar, signal }: HTTPAnswer): ReplyReader {
  const body = response.body === null ? undefined : openBody(response.body, signal)
  let completion: Completion | undefined
  return {
    async read() {
      if (completion !== undefined) return []
      const answer = parseObject(await bodyText(body))
      // Some gateways answer 200 and put the failure in the body.
      if ('error' in answer && answer.error)
        throw new APIError(undefined, answer, undefined, response.headers)
      completion = grammar.whole(answer)
      return [completion]
    },
    whole: () => completion,
    close: () => body?.cancel(),
  }
}

function parseObject(text: string): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    // The parser's own error quotes the text, which may be anybody's.
    throw new UnreadableReplyError({
      message: `The reply, of ${text.length} characters, is not JSON. Is baseURL a server that speaks this API?`,
    })
  }
}
