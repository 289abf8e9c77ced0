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
  return new Response(body, { status, statusText, headers: legacyHeaders })
}

function encodeEvents(stream: AsyncIterable<Completion>): ReadableStream<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done) return controller.close()
      controller.enqueue(encoder.encode(encodeEvent({ event: 'completion', data: JSON.stringify(value) })))
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}
