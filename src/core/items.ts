import { AnthropicError, APIError } from '../errors.ts'
import { decodeEvents, type ServerSentEvent } from '../sse.ts'
import { parseFailure } from '../translate/index.ts'

/** The data of the named events of an answer, as the official SDK hands them out. */
export async function* readNamedEvents<Item>(
  { body, headers }: Response,
  controller: AbortController,
): AsyncGenerator<Item, void, undefined> {
  if (body === null) throw new AnthropicError('Attempted to iterate over a response with no body')
  const events: ServerSentEvent[] = []
  const decoder = decodeEvents(event => events.push(event))
  for await (const bytes of piecesOf(body, controller)) {
    const damage = decoder.feed(bytes)
    for (const { event, data } of events.splice(0)) {
      if (event === 'error') throw new APIError(undefined, parseFailure(data), undefined, headers)
      if (event !== undefined && event !== 'ping') yield JSON.parse(data)
    }
    if (damage !== undefined) throw damage
  }
}

/** The values of newline-delimited JSON. */
export async function* readLines<Item>(
  stream: ReadableStream<Uint8Array>,
  controller: AbortController,
): AsyncGenerator<Item, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of piecesOf(stream, controller)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line)
  }
  rest += decoder.decode()
  if (rest !== '') yield JSON.parse(rest)
}

/** The bytes as they come. As in the old SDK, an abort just ends them; leaving early aborts what they belong to. */
async function* piecesOf(
  stream: ReadableStream<Uint8Array>,
  controller: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader()
  let isOver = false
  const cancel = (): void => void reader.cancel().catch(() => {})
  controller.signal.addEventListener('abort', cancel, { once: true })
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
    isOver = true
  } catch (error) {
    isOver = true
    if (!controller.signal.aborted) throw error
  } finally {
    controller.signal.removeEventListener('abort', cancel)
    if (!isOver) {
      cancel()
      controller.abort()
    }
  }
}
