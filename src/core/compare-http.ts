import { APIError } from '../errors.ts'
import { decodeEvents } from '../sse.ts'
import { chooseEndpoint, type Endpoint, type EndpointChoice } from '../translate/index.ts'
import type { Completion, CompletionRequest } from '../wire.ts'
import { CallMeasure, type ComparisonOptions, reportDifference, sampleCall } from './compare.ts'

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

/** Reads a response of the legacy endpoint, streamed or not. @throws APIError for a failed one. */
async function readLegacyResponse(response: Response, onText: () => void): Promise<Completion> {
  if (!response.ok)
    throw APIError.generate(response.status, await json(response), undefined, response.headers)
  const isStream = response.headers.get('content-type')?.includes('event-stream')
  if (!isStream || response.body === null) return json(response)
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
  const reader = response.body.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) decoder.feed(chunk.value)
  if (error !== undefined) throw APIError.generate(undefined, error, undefined, response.headers)
  if (whole === undefined) throw new TypeError('The stream ended without a completion.')
  return whole
}

const json = (response: Response): Promise<Completion> => response.json()
