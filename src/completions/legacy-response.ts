import { encodeEvent } from '../sse.ts'
import type { Completion } from '../wire.ts'

/** Headers that tell of the bytes the server sent, which are not the bytes handed out here. */
const BODY_HEADERS = ['content-encoding', 'content-length', 'transfer-encoding']

/** A completion, or a stream of its chunks, as an answer of the legacy endpoint, under the headers of the real one. */
export function legacyResponse(
  { status, statusText, headers }: Response,
  completion: Completion | AsyncIterable<Completion>,
): Response {
  const isStream = Symbol.asyncIterator in completion
  const legacyHeaders = new Headers(headers)
  for (const name of BODY_HEADERS) legacyHeaders.delete(name)
  legacyHeaders.set('content-type', isStream ? 'text/event-stream; charset=utf-8' : 'application/json')
  const body = isStream ? encodeEvents(completion) : JSON.stringify(completion)
  // An answer of status 204 can have no body, and so could not say what is wrong with it.
  return new Response(body, { status: status === 204 ? 200 : status, statusText, headers: legacyHeaders })
}

function encodeEvents(stream: AsyncIterable<Completion>): ReadableStream<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done) return controller.close()
      controller.enqueue(encoder.encode(encodeEvent({ event: 'completion', data: toLine(value) })))
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}

/** JSON without the characters that Python's `splitlines`, and so some old clients, end a line at. */
function toLine(value: Completion): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
