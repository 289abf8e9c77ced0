/**
 * What programs of the old SDK import and call: as much of it as the cases touch. It claims nothing about a client;
 * whether a client keeps to it is what is tested.
 */

/** The module, as `import * as` gives it. */
export interface SecondModule {
  [name: string]: unknown
  default: SecondClass
  HUMAN_PROMPT: string
  AI_PROMPT: string
}

/** `Anthropic` of the second generation, 0.5 to 0.137, with its statics. */
export interface SecondClass {
  [name: string]: unknown
  new (options?: ClientOptions): SecondClient
  HUMAN_PROMPT: string
  AI_PROMPT: string
}

export interface ClientOptions {
  [name: string]: unknown
  fetch?: FetchLike | undefined
}

export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

export interface SecondClient {
  [name: string]: unknown
  completions: SecondCompletions
  /** From 0.40 on. */
  withOptions?(options: ClientOptions): SecondClient
}

export interface SecondCompletions {
  create(params: Params & { stream: true }, options?: CallOptions): CallPromise<CompletionStream>
  create(params: Params, options?: CallOptions): CallPromise<Completion>
}

export type Params = Readonly<Record<string, unknown>>

export interface CallOptions {
  [name: string]: unknown
  signal?: AbortSignal | undefined
}

/** From 0.6 on with the two methods. */
export interface CallPromise<T> extends Promise<T> {
  asResponse?(): Promise<Response>
  withResponse?(): Promise<{ data: T; response: Response; request_id?: string | null }>
}

export interface Completion {
  [field: string]: unknown
  completion: string
}

export interface CompletionStream extends AsyncIterable<Completion> {
  controller: AbortController
  /** From 0.6.7 on. */
  tee?(): [AsyncIterable<Completion>, AsyncIterable<Completion>]
  toReadableStream?(): ReadableStream<Uint8Array>
}

/** The module of the first generation, 0.2 to 0.4. */
export interface FirstModule {
  [name: string]: unknown
  Client: new (apiKey: string, options?: { apiUrl?: string }) => FirstClient
  HUMAN_PROMPT: string
  AI_PROMPT: string
}

export interface FirstClient {
  complete(params: Params, options?: { signal?: AbortSignal }): Promise<Completion>
  completeStream(
    params: Params,
    options: {
      onOpen?: (response: Response) => void
      onUpdate?: (completion: Completion) => void
      signal?: AbortSignal
    },
  ): Promise<Completion>
}
