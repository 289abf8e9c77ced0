import type { CompletionRequest } from '../wire.ts'

/** The Messages API, or the legacy endpoint `/v1/complete` of a server that still has it. */
export type Endpoint = 'messages' | 'complete'

/** The endpoint of all calls, or a function that chooses one for each call. */
export type EndpointChoice = Endpoint | ((request: CompletionRequest) => Endpoint)

/**
 * Returns the endpoint of a call.
 *
 * @throws whatever the function in `choice` throws, and TypeError for a value that is not an endpoint.
 * @example
 * chooseEndpoint(rollout(0.1), request) // 'messages' for a tenth of the keys
 */
export function chooseEndpoint(choice: EndpointChoice, request: CompletionRequest): Endpoint {
  const endpoint = typeof choice === 'function' ? choice(request) : choice
  if (endpoint === 'messages' || endpoint === 'complete') return endpoint
  throw new TypeError(`endpoint must be 'messages' or 'complete', or a function that returns one of them.`)
}

/** Returns the caller's user if there is one, so that a person stays on one endpoint; otherwise the prompt. */
const userOrPrompt = ({ metadata, prompt }: CompletionRequest): string => metadata?.user_id ?? prompt

/**
 * Returns an endpoint choice that sends a share of the calls to the Messages API and the others to the legacy endpoint.
 * The same key always gets the same endpoint, in every process. A larger fraction moves more keys and moves none back.
 *
 * @param fraction From 0 (no calls) to 1 (all calls).
 * @param key Returns the key of a request. By default `metadata.user_id`, or the prompt without one: all calls with the
 * same fixed prompt and no `user_id` get the same endpoint. Pass a key for a batch job, such as the id of the record.
 * @throws TypeError for a fraction that is not a number from 0 to 1.
 * @example
 * new Anthropic({ endpoint: rollout(0.1) })
 */
export function rollout(
  fraction: number,
  key: (request: CompletionRequest) => string = userOrPrompt,
): (request: CompletionRequest) => Endpoint {
  // The type is checked, because a string would pass the comparison, and "" would count as 0.
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1))
    throw new TypeError('rollout: the fraction must be a number from 0 (no calls) to 1 (all calls).')
  return request => (shareOf(String(key(request))) < fraction ? 'messages' : 'complete')
}

/** Hashes a text to a number from 0 up to 1: FNV-1a, with a final mix that spreads similar texts. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
