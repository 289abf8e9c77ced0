/** What is read of a response. */
type ResponseLike = Pick<Response, 'status' | 'statusText' | 'headers'> & {
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null
}

/**
 * A response of the platform made of one of another make: node-fetch, which the old SDK used and many still give as
 * `fetch`, has bodies that are streams of Node.
 */
export function toPlatformResponse(response: ResponseLike): Response {
  if (response instanceof Response) return response
  const { status, statusText, headers, body } = response
  const stream = body === null || 'getReader' in body ? body : toWebStream(body)
  return new Response(stream, { status, statusText, headers: [...headers] })
}

function toWebStream(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value))
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}
