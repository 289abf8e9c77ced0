import type { Member } from './members.ts'

/** A replacement for members that this package does not have. */
export interface Remedy {
  /** The members, as `group: name`. */
  members: RegExp
  instead: string
}

/** The first match applies. */
export const REMEDIES: readonly Remedy[] = [
  {
    members: /^client: (?:messages|beta|models|files|organization|skills|userProfiles)$/,
    instead: 'Use the official SDK, and wrap its client in `withCompletions` of `legacy-completions/sdk`.',
  },
  {
    members:
      /^(?:class|module): (?:Beta|Files|Messages|ModelInfosPage|Models|Organization|Skills|UserProfiles|PagePromise|BaseAnthropic|RetryableError)$/,
    instead: 'Not related to completions. Import it from the official SDK.',
  },
  {
    members:
      /^(?:module: (?:BetaFallbackState|betaRefusalFallbackMiddleware)|(?:client|ClientOptions|RequestOptions): (?:middleware|openTelemetry|webhookKey|fallbackState))$/,
    instead: 'Use a client of the official SDK with `withCompletions`, or pass your own `fetch`.',
  },
  {
    members: /^(?:client|ClientOptions): (?:config|credentials|profile)$/,
    instead: 'Pass `apiKey` or `authToken`, or use a client of the official SDK with `withCompletions`.',
  },
  {
    members: /^(?:module|class): (?:toFile|fileFromPath)$|^paths: uploads$/,
    instead: 'Completions have no files. Import it from the official SDK.',
  },
  {
    members: /^module: APIPromise$/,
    instead:
      'Available as a type: `import type { APIPromise }`. Check `instanceof Promise` instead of the class.',
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
    instead: 'Import the types from the root, or use `Anthropic.Completions`.',
  },
  {
    members: /^paths: (?:api-promise|core\/api-promise)$/,
    instead: 'Import the type from the root: `import type { APIPromise } from …`.',
  },
  {
    members: /^paths: shims\//,
    instead: 'Remove it. The package uses the platform’s `fetch`, or the `fetch` option.',
  },
  {
    members: /^paths: /,
    instead: 'Import from the root, or from the official SDK.',
  },
  {
    members: /: httpAgent$/,
    instead: 'Pass a `fetch` that uses the agent, or `fetchOptions: { dispatcher }`.',
  },
  {
    members:
      /^client: (?:delete|get|getAPIList|patch|post|put|request|requestAPIList|buildRequest|buildURL|fetchWithTimeout|calculateNonstreamingTimeout)$/,
    instead: 'Send other requests with `fetch`, or with a client of the official SDK.',
  },
  {
    members: /^client, for subclasses: (?:defaultHeaders|defaultQuery)$/,
    instead: 'Pass the option of that name. The package does not call overridden methods.',
  },
  {
    members:
      /^client, for subclasses: (?:apiKeyAuth|apiKeyHeader|authHeaders|authTokenBearer|bearerAuth|getUserAgent|prepareOptions|prepareRequest|validateHeaders|backendMiddleware|parseHeaders)$/,
    instead:
      'Pass `defaultHeaders`, or a `fetch` that changes the request. The package does not call overridden methods.',
  },
  {
    members: /^client, for subclasses: /,
    instead: 'No replacement. The package does not call overridden methods.',
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
      'The SDK set it internally. Pass `stream` and the parameters in the body, and `baseURL` to the client.',
  },
  {
    members: /^Stream: rawEvents$/,
    instead: 'Call `asResponse()` and read its body.',
  },
]

/** What to do where a member is lacking; `undefined` where it is there. */
export function insteadOf({ group, name, ours }: Member): Remedy | undefined {
  if (ours === 'yes' || ours === '/v0') return undefined
  return REMEDIES.find(({ members }) => members.test(`${group}: ${name}`))
}
