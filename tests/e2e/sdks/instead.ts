import type { Member } from './members.ts'

/** What to do about members that this package lacks. */
export interface Remedy {
  /** The members, as `group: name`. */
  members: RegExp
  instead: string
}

/** The first that fits counts. */
export const REMEDIES: readonly Remedy[] = [
  {
    members: /^client: (?:messages|beta|models|files|organization|skills|userProfiles)$/,
    instead:
      'Keep the official SDK for it, and give that client its completions back with `withCompletions` of `legacy-completions/sdk`.',
  },
  {
    members:
      /^(?:class|module): (?:Beta|Files|Messages|ModelInfosPage|Models|Organization|Skills|UserProfiles|PagePromise|BaseAnthropic|RetryableError)$/,
    instead: 'It has nothing to do with completions: import it from the official SDK.',
  },
  {
    members:
      /^(?:module: (?:BetaFallbackState|betaRefusalFallbackMiddleware)|(?:client|ClientOptions|RequestOptions): (?:middleware|openTelemetry|webhookKey|fallbackState))$/,
    instead: 'Use it on a client of the official SDK, through `withCompletions`; or wrap `fetch`.',
  },
  {
    members: /^(?:client|ClientOptions): (?:config|credentials|profile)$/,
    instead: 'Pass `apiKey` or `authToken`; or use a client of the official SDK, through `withCompletions`.',
  },
  {
    members: /^(?:module|class): (?:toFile|fileFromPath)$|^paths: uploads$/,
    instead: 'A completion takes no files: import it from the official SDK.',
  },
  {
    members: /^module: APIPromise$/,
    instead:
      'As a type: `import type { APIPromise }`. It is no class: ask `instanceof Promise`, or for `withResponse`.',
  },
  {
    members: /^paths: (?:error|core\/error)$/,
    instead: 'Import the error classes from the root: `import { APIError } from …`.',
  },
  {
    members: /^paths: (?:streaming|core\/streaming)$/,
    instead: 'Import it from the root: `import { Stream } from …`.',
  },
  {
    members: /^paths: resources\/completions$/,
    instead: 'The types are at the root, and in `Anthropic.Completions`.',
  },
  {
    members: /^paths: (?:api-promise|core\/api-promise)$/,
    instead: 'The type is at the root: `import type { APIPromise } from …`.',
  },
  {
    members: /^paths: shims\//,
    instead: 'Leave it out: the `fetch` of the platform is used, or the one you pass.',
  },
  {
    members: /^paths: /,
    instead: 'Import from the root what is there, and anything else from the official SDK.',
  },
  {
    members: /: httpAgent$/,
    instead: 'Pass a `fetch` that goes through the agent, or `fetchOptions: { dispatcher }`.',
  },
  {
    members:
      /^client: (?:delete|get|getAPIList|patch|post|put|request|requestAPIList|buildRequest|buildURL|fetchWithTimeout|calculateNonstreamingTimeout)$/,
    instead: 'There is one kind of request. Call any other with `fetch`, or on a client of the official SDK.',
  },
  {
    members: /^client, for subclasses: (?:defaultHeaders|defaultQuery)$/,
    instead: 'Pass the option of that name: a method that a subclass overrides is not called.',
  },
  {
    members:
      /^client, for subclasses: (?:apiKeyAuth|apiKeyHeader|authHeaders|authTokenBearer|bearerAuth|getUserAgent|prepareOptions|prepareRequest|validateHeaders|backendMiddleware|parseHeaders)$/,
    instead: 'Pass `defaultHeaders`, or a `fetch` that changes the request: such a method is not called.',
  },
  {
    members: /^client, for subclasses: /,
    instead: 'Nothing takes its place: such a method is not called.',
  },
  {
    members: /^(?:stream|Completion): response(?:Headers)?$/,
    instead: '`const { data, response } = await client.completions.create(…).withResponse()`.',
  },
  {
    members: /^error: workspaceID$/,
    instead: "`error.headers?.get('anthropic-workspace-id')`.",
  },
  {
    members: /^types of Anthropic: AnthropicBeta$|^types of Anthropic: Model$/,
    instead: '`string`.',
  },
  {
    members: /^types of Anthropic: Error(?:Object|Response)$/,
    instead: '`import type { ErrorBody } from …`.',
  },
  {
    members: /^RequestOptions: (?:body|method|path|stream|defaultBaseURL)$/,
    instead:
      'It is what the SDK itself filled in. A body has `stream` and the parameters; a client has `baseURL`.',
  },
  {
    members: /^Stream: rawEvents$/,
    instead: '`asResponse()`, and read its body.',
  },
]

/** What to do where a member is lacking; `undefined` where it is there. */
export function insteadOf({ group, name, ours }: Member): Remedy | undefined {
  if (ours === 'yes' || ours === '/v0') return undefined
  return REMEDIES.find(({ members }) => members.test(`${group}: ${name}`))
}
