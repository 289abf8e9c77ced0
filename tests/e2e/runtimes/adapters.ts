import { Anthropic, type Completion, type CompletionCreateParamsNonStreaming } from 'legacy-completions'
import { completionsFetch } from 'legacy-completions/fetch'
import { createProxy } from 'legacy-completions/proxy'
import { type CompletionsOptions, type MessagesClient, withCompletions } from 'legacy-completions/sdk'
import { Client, type SamplingParameters } from 'legacy-completions/v0'
import { answerOf, type Case, completionOf, shapes } from '../../contract/contract-cases.ts'
import { join, type Road, readLegacyEvents, roads } from '../../unit/client/outcomes.ts'
import { KEY, type Speaking, speeches } from '../../unit/client/speeches.ts'
import type { Reach } from './transports.ts'

type Call = CompletionCreateParamsNonStreaming

/** A way in, and the roads that lead from there to an answer. */
export interface Adapter extends Speaking {
  name: string
  /** Where the server itself has to be reached by HTTP. */
  needsHTTP: boolean
  roads: Readonly<Record<string, (reach: Reach, call: Call) => Promise<object>>>
  /** What a case comes to, given the answer for what cannot be known before. */
  expected(given: Case, answer: object): object
}

/** The client of the official SDK. */
export type Official = new (options: object) => MessagesClient

/** The entry of the package that only a runtime with `node:http` can load. */
export type NodeEntry = Pick<typeof import('legacy-completions/node'), 'serveProxy'>

export function adapters(Official: Official, node: NodeEntry | undefined): readonly Adapter[] {
  return [
    ...Object.values(speeches).map(({ options, ...speaking }) =>
      completionsAdapter(`the client, ${speaking.speech}`, speaking, reach => connect(reach, { ...options })),
    ),
    ...([speeches.messages, speeches.complete] as const).map(({ options, ...speaking }) =>
      completionsAdapter(`the official SDK, ${speaking.speech}`, speaking, reach =>
        connectOfficial(Official, reach, options),
      ),
    ),
    ...[...endpoints, ...(node ? [served(node)] : [])].map(endpoint =>
      endpointAdapter(endpoint, speeches.messages),
    ),
    firstGenerationAdapter(speeches.messages),
  ]
}

/** A client of this package. */
export function connect(
  { baseURL, fetch }: Reach,
  options: ConstructorParameters<typeof Anthropic>[0] = {},
): Anthropic {
  return new Anthropic({ apiKey: KEY, authToken: null, baseURL, fetch, ...options })
}

function connectOfficial(
  Official: Official,
  { baseURL, fetch }: Reach,
  { endpoint }: CompletionsOptions,
): Pick<Anthropic, 'completions'> {
  const way = { apiKey: KEY, authToken: null, baseURL, ...(fetch && { fetch }) }
  return withCompletions(new Official({ ...way, dangerouslyAllowBrowser: true }), { endpoint })
}

function completionsAdapter(
  name: string,
  speaking: Speaking,
  open: (reach: Reach) => Pick<Anthropic, 'completions'>,
): Adapter {
  const from =
    (road: Road) =>
    (reach: Reach, call: Call): Promise<Completion> =>
      road(open(reach), call, { headers: reach.headers })
  return {
    name,
    needsHTTP: false,
    ...speaking,
    roads: Object.fromEntries(Object.entries(roads).map(([title, road]) => [title, from(road)])),
    expected: (given, answer) => completionOf(given, speaking, idOf(answer, 'id', speaking)),
  }
}

/** What takes a request to the legacy endpoint, as a `fetch` does. */
interface Endpoint {
  name: string
  /** Where the server itself has to be reached by HTTP. */
  needsHTTP?: boolean
  /** Sends a request to the path that it is given, and hands the answer to `read`. */
  ask<T>(reach: Reach, path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T>
}

const endpoints: readonly Endpoint[] = [
  {
    name: 'completionsFetch()',
    ask: async (reach, path, init, read) =>
      read(await completionsFetch(reach)(`${reach.baseURL}${path}`, init)),
  },
  {
    name: 'completionsFetch(), given a Request',
    ask: async (reach, path, init, read) =>
      read(await completionsFetch(reach)(new Request(`${reach.baseURL}${path}`, init))),
  },
  {
    name: 'createProxy()',
    ask: async ({ baseURL, fetch }, path, init, read) =>
      read(await createProxy({ upstream: baseURL, fetch })(new Request(`http://proxy.test${path}`, init))),
  },
]

/** The proxy as a server, where there is `node:http`. */
function served({ serveProxy }: NodeEntry): Endpoint {
  return {
    name: 'serveProxy()',
    needsHTTP: true,
    async ask({ baseURL }, path, init, read) {
      const proxy = await serveProxy({ upstream: baseURL })
      try {
        return await read(await fetch(`${proxy.url}${path}`, init))
      } finally {
        await proxy.close()
      }
    },
  }
}

function endpointAdapter(
  { name, needsHTTP = false, ask }: Endpoint,
  { options: _, ...speaking }: (typeof speeches)['messages'],
): Adapter {
  const post = <T>(reach: Reach, call: object, read: (response: Response) => Promise<T>): Promise<T> =>
    ask(
      reach,
      '/v1/complete',
      {
        method: 'POST',
        headers: {
          ...reach.headers,
          'content-type': 'application/json',
          'anthropic-version': '2023-06-01',
          'x-api-key': KEY,
        },
        body: JSON.stringify(call),
      },
      read,
    )
  return {
    name,
    needsHTTP,
    ...speaking,
    roads: {
      'a whole answer': (reach, call) => post(reach, call, response => response.json()),
      'a stream': (reach, call) =>
        post(reach, { ...call, stream: true }, async response => join(await readLegacyEvents(response))),
    },
    expected: (given, answer) => completionOf(given, speaking, idOf(answer, 'id', speaking)),
  }
}

/** The client of the first generation, and what its completions had. */
function firstGenerationAdapter({ options: _, ...speaking }: (typeof speeches)['messages']): Adapter {
  // Of the fields, the cases have these; stops had to be said then.
  const inFull = ({
    model,
    prompt,
    max_tokens_to_sample,
    stop_sequences = [],
  }: Call): SamplingParameters => ({
    model,
    prompt,
    max_tokens_to_sample,
    stop_sequences,
  })
  const open = ({ baseURL, fetch = globalThis.fetch, headers: own }: Reach): Client =>
    new Client(KEY, {
      apiUrl: baseURL,
      fetch: (input, init) => fetch(input, { ...init, headers: { ...own, ...Object(init?.headers) } }),
    })
  return {
    name: 'the first client',
    needsHTTP: false,
    ...speaking,
    roads: {
      'complete()': (reach, call) => open(reach).complete(inFull(call)),
      'completeStream()': (reach, call) => open(reach).completeStream(inFull(call)),
    },
    expected: (given, answer) => ({
      ...answerOf(given, 'messages'),
      model: given.begun === undefined ? speaking.params.model : speaking.prefilled.answersAs,
      truncated: false,
      exception: null,
      log_id: idOf(answer, 'log_id', speaking),
    }),
  }
}

/** The id that an answer has, where it is one. */
function idOf(answer: object, field: string, { speech }: Speaking): string {
  const id = String(Reflect.get(answer, field))
  if (shapes[speech].id.test(id)) return id
  throw new TypeError(`${id} is no id of ${speech}`)
}
