import type { CompletionRequest } from '../wire.ts'

/** The Messages API, or the legacy endpoint `/v1/complete` where there still is one. */
export type Endpoint = 'messages' | 'complete'

/** Where calls go: one endpoint for all, or a choice for each. */
export type EndpointChoice = Endpoint | ((request: CompletionRequest) => Endpoint)

export function chooseEndpoint(choice: EndpointChoice, request: CompletionRequest): Endpoint {
  const endpoint = typeof choice === 'function' ? choice(request) : choice
  if (endpoint === 'messages' || endpoint === 'complete') return endpoint
  throw new TypeError(`endpoint must be 'messages' or 'complete', or a function that returns one of them.`)
}

/** The caller's user where one is named, so that a person stays on one side; otherwise the conversation. */
const userOrPrompt = ({ metadata, prompt }: CompletionRequest): string => metadata?.user_id ?? prompt

/**
 * Moves a share of the calls to the Messages API and leaves the rest on the legacy endpoint. The same key always goes
 * the same way, in every process, and a larger fraction moves more keys without moving any back.
 *
 * @param fraction From 0 (none) to 1 (all).
 * @param key What is kept together. By default `metadata.user_id`, or the prompt without one: a fixed prompt without a
 *   `user_id` always goes the same way, with all of its calls. Pass a key for a batch job, such as the id of the record.
 * @throws TypeError for a fraction that is none.
 * @example
 * new Anthropic({ endpoint: rollout(0.1) })
 */
export function rollout(
  fraction: number,
  key: (request: CompletionRequest) => string = userOrPrompt,
): (request: CompletionRequest) => Endpoint {
  // A text would do as well as a number where it is compared, and "" for 0.
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1))
    throw new TypeError('rollout: the fraction must be a number from 0 (no calls) to 1 (all calls).')
  return request => (shareOf(String(key(request))) < fraction ? 'messages' : 'complete')
}

/** A number from 0 up to 1 that a text always gets: FNV-1a, and the mixing that spreads near texts apart. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
