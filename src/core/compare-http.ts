import { APIError, IncompleteReplyError } from '../errors.ts'
import { decodeEvents } from '../sse.ts'
import { chooseEndpoint, type Endpoint, type EndpointChoice } from '../translate/endpoint.ts'
import { wholeText } from '../utf8.ts'
import type { Completion, CompletionRequest } from '../wire.ts'
import { CallMeasure, type ComparisonOptions, sampleCall } from './compare.ts'
import { reportDifference } from './report-difference.ts'

/**
 * Sends a legacy request over HTTP and, if it is sampled, also to the other endpoint. Resolves with the response of its
 * own endpoint and does not wait for the other one.
 */
export async function compareResponses(
  send: (endpoint: Endpoint) => Promise<Response>,
  request: CompletionRequest,
  choice: EndpointChoice,
  settings: ComparisonOptions,
): Promise<Response> {
  const endpoint = chooseEndpoint(choice, request)
  const kind = sampleCall(settings)
  if (kind === undefined) return send(endpoint)
  const other = kind === 'baseline' ? endpoint : endpoint === 'messages' ? 'complete' : 'messages'
  const [first, second] = [new CallMeasure(), new CallMeasure()]
  first.onSent(request)
  second.onSent(request)
  const main = send(endpoint)
  const split = main.then(response => {
    const [observed, passed] = response.body?.tee() ?? [null, null]
    return { observed: new Response(observed, response), passed: new Response(passed, response) }
  })
  const shadow = send(other).then(response => readLegacyResponse(response, second.onText))
  const runs = [
    first.run(
      endpoint,
      split.then(({ observed }) => readLegacyResponse(observed, first.onText)),
    ),
    second.run(other, shadow),
  ] as const
  reportDifference(kind, runs, settings, request.prompt).catch(() => {})
  return (await split).passed
}

/** Maximum bytes of a response that is compared, because its text is held in memory. */
const MOST_COMPARED = 8 * 1024 * 1024

/**
 * Reads a response of the legacy endpoint, streamed or not.
 *
 * @throws APIError for a failed one.
 * @throws IncompleteReplyError for one that is too large to be compared.
 */
async function readLegacyResponse(response: Response, onText: () => void): Promise<Completion> {
  if (!response.ok)
    throw APIError.generate(response.status, await json(response), undefined, response.headers)
  const isStream = response.headers.get('content-type')?.includes('event-stream')
  if (!isStream) return json(response)
  let whole: Completion | undefined
  let error: object | undefined
  const decoder = decodeEvents(({ data }) => {
    if (data === '[DONE]') return
    const event: Completion & { error?: object; exception?: unknown } = JSON.parse(data)
    if (event.error !== undefined) error = event
    if (typeof event.completion !== 'string') return
    if (event.completion !== '') onText()
    // Version 2023-01-01 of the API sends the complete text so far; later versions send only new text.
    const isCumulative = 'exception' in event
    const text = isCumulative ? event.completion : (whole?.completion ?? '') + event.completion
    whole = { ...event, completion: text }
  })
  await readBounded(response, bytes => void decoder.feed(bytes))
  if (error !== undefined) throw APIError.generate(undefined, error, undefined, response.headers)
  if (whole === undefined) throw new TypeError('The stream ended without a completion.')
  return whole
}

async function readBounded({ body }: Response, take: (bytes: Uint8Array) => void): Promise<void> {
  const reader = body?.getReader()
  let size = 0
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    size += chunk.value.length
    if (size > MOST_COMPARED) {
      await reader?.cancel()
      throw IncompleteReplyError.tooLarge()
    }
    take(chunk.value)
  }
}

async function json(response: Response): Promise<Completion> {
  const pieces: Uint8Array[] = []
  await readBounded(response, bytes => pieces.push(bytes))
  return JSON.parse(wholeText(pieces) ?? '')
}
