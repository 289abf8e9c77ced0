import { chooseEndpoint, type Endpoint } from '../translate/index.ts'
import type { Completion, CompletionRequest } from '../wire.ts'
import { Call } from './abort.ts'
import { type Answer, type APIPromise, toAPIPromise } from './api-promise.ts'
import { type Outgoing, prepare } from './call-plan.ts'
import { type CompareOptions, type Comparison, differenceOf, type Run } from './compare.ts'
import { CompletionStream } from './completion-stream.ts'
import { legacyAnswer, legacyStream } from './legacy-http.ts'
import {
  checkCompareOptions,
  checkHeaderParameters,
  checkRequestOptions,
  type DoorSettings,
  type RequestOptions,
} from './options.ts'
import { type Reply, readToEnd } from './read.ts'
import { CallSites, callSite, type Entry } from './report-diagnostics.ts'

/** A completion request as the old SDK took it: the body, and two parameters that travel as headers. */
export interface CompletionCreateParamsBase extends CompletionRequest {
  /** Sent as `anthropic-beta`. */
  betas?: string[] | undefined
  /** Sent as `anthropic-workspace-id`. */
  workspace_id?: string | undefined
}

export interface CompletionCreateParamsNonStreaming extends CompletionCreateParamsBase {
  stream?: false | undefined
}

export interface CompletionCreateParamsStreaming extends CompletionCreateParamsBase {
  stream: true
}

export type CompletionCreateParams = CompletionCreateParamsNonStreaming | CompletionCreateParamsStreaming

/** The old SDK's names for types: `Anthropic.Completions.Completion`, … */
export declare namespace Completions {
  // Re-exported, not aliased: once bundled, an alias of the same name would refer to itself.
  export type {
    Completion,
    CompletionCreateParams,
    CompletionCreateParamsBase,
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
  }
}

/** The way to the endpoints: what differs between a client of ours and one of the official SDK. */
export interface Door {
  /** Read anew at each call. */
  readonly settings: DoorSettings
  /** Milliseconds that a whole reply may take. */
  timeoutOf(options: RequestOptions): number
  /** The `anthropic-version` that the caller named for this call, if any. */
  versionOf(options: RequestOptions): string | undefined
  /** An error of ours as the caller of this door expects it; any other as it is. */
  readonly asThrown: (error: unknown) => unknown
  /** Sends a call to its endpoint; resolves when the answer begins. */
  send(outgoing: Outgoing, headers: CallHeaders, options: RequestOptions, call: Call): Promise<Reply>
}

/** The headers that belong to one call. */
export type CallHeaders = Readonly<Record<string, string>>

/** Most calls have none of either, and nothing to check. */
const NO_OPTIONS: RequestOptions = {}
const NO_HEADERS: CallHeaders = {}

/** `client.completions` */
export class Completions {
  readonly #door: Door
  readonly #sites = new CallSites()

  /** @internal A client makes its own. */
  constructor(door: Door) {
    this.#door = door
  }

  /**
   * Creates a completion; with `stream: true`, a stream of its chunks.
   *
   * @throws BadRequestError and the other classes of the old SDK; see each.
   * @example
   * const { completion } = await client.completions.create({
   *   model: 'claude-opus-4-8',
   *   max_tokens_to_sample: 256,
   *   prompt: `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}`,
   * })
   */
  create(params: CompletionCreateParamsNonStreaming, options?: RequestOptions): APIPromise<Completion>
  create(params: CompletionCreateParamsStreaming, options?: RequestOptions): APIPromise<CompletionStream>
  create(
    params: CompletionCreateParamsBase,
    options?: RequestOptions,
  ): APIPromise<Completion | CompletionStream>
  create(
    params: CompletionCreateParamsBase,
    options?: RequestOptions,
  ): APIPromise<Completion | CompletionStream> {
    // The old SDK took null for no options.
    const given = options ?? NO_OPTIONS
    return toAPIPromise<Completion | CompletionStream>(
      params?.stream === true
        ? this.#createStream(params, given)
        : this.#createWhole(params, given, this.create),
    )
  }

  /**
   * Streams a completion. The request starts at once, and no `await` is needed; an error surfaces at the first
   * chunk.
   *
   * @example
   * for await (const { completion } of client.completions.stream({ model, prompt, max_tokens_to_sample: 256 })) {
   *   process.stdout.write(completion)
   * }
   */
  stream(params: CompletionCreateParamsBase, options?: RequestOptions): CompletionStream {
    const call = new Call()
    const entry = this.stream
    const opening = this.#send({ ...params, stream: true }, options ?? NO_OPTIONS, call, entry)
    return new CompletionStream(call, opening, this.#door.asThrown)
  }

  /**
   * Makes one call on both endpoints, or on the one it goes to anyway where it is not sampled, and tells in what the
   * answers differ. Whole replies only.
   *
   * @throws the error of the endpoint that the call goes to anyway; that of the other one is in the difference.
   * @example
   * const { completion, difference } = await client.completions.compare(params, { sampleRate: 0.01 })
   * difference.then(log)
   */
  async compare(
    params: CompletionCreateParamsNonStreaming,
    { sampleRate = 1, redact, ...options }: CompareOptions = {},
  ): Promise<Comparison> {
    checkCompareOptions({ sampleRate, redact })
    checkRequestOptions(options)
    const { betas: _, workspace_id: __, ...legacy } = { ...params }
    const endpoint = chooseEndpoint(options.endpoint ?? this.#door.settings.endpoint, legacy)
    const other = endpoint === 'messages' ? 'complete' : 'messages'
    const first = this.#run(params, options, endpoint)
    const second = Math.random() < sampleRate ? this.#run(params, options, other) : undefined
    const run = await first
    if ('error' in run.outcome) throw run.outcome.error
    const difference = Promise.resolve(second?.then(shadow => differenceOf([run, shadow], redact)))
    // Whoever looks at it gets what the caller's own `redact` threw; nobody has to look.
    difference.catch(() => {})
    return { completion: run.outcome.completion, difference }
  }

  /** One call on one endpoint, and how it went. */
  async #run(
    params: CompletionCreateParamsNonStreaming,
    options: RequestOptions,
    endpoint: Endpoint,
  ): Promise<Run> {
    const start = performance.now()
    let body: object | undefined
    const since = (): number => performance.now() - start
    try {
      const given = { ...options, endpoint }
      const { data } = await this.#createWhole(params, given, this.compare, sent => {
        body = sent
      })
      return { endpoint, body, outcome: { completion: data }, milliseconds: since() }
    } catch (error) {
      return { endpoint, body, outcome: { error }, milliseconds: since() }
    }
  }

  async #createWhole(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
    entry: Entry,
    onSent?: (body: object) => void,
  ): Promise<Answer<Completion>> {
    const call = new Call()
    const reply = await this.#send(params, options, call, entry, onSent)
    const { response } = reply
    const data = await readToEnd(reply, call, this.#door.timeoutOf(options)).catch((error: unknown) => {
      throw this.#door.asThrown(error)
    })
    const requestId = response.headers.get('request-id')
    Object.defineProperty(data, '_request_id', { value: requestId, enumerable: false })
    return { data, response, toResponse: () => legacyAnswer(response, data) }
  }

  async #createStream(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
  ): Promise<Answer<CompletionStream>> {
    const call = new Call()
    const reply = await this.#send(params, options, call, this.create)
    const data = new CompletionStream(call, Promise.resolve(reply), this.#door.asThrown)
    return { data, response: reply.response, toResponse: () => legacyStream(reply.response, data) }
  }

  /**
   * Sends the request to its endpoint; resolves when the answer begins. `entry` is what the caller called, and `onSent`
   * hears what is sent.
   */
  async #send(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
    call: Call,
    entry: Entry,
    onSent?: (body: object) => void,
  ): Promise<Reply> {
    const door = this.#door
    const { endpoint: usual, translation, onDiagnostic = () => {} } = door.settings
    try {
      if (options !== NO_OPTIONS) checkRequestOptions(options)
      call.follow(options.signal)
      const { betas, workspace_id, ...legacy } = { ...params }
      const headers = callHeaders({ betas, workspace_id })
      const endpoint = chooseEndpoint(options.endpoint ?? usual, legacy)
      const apiVersion = door.versionOf(options)
      const told = apiVersion === undefined ? translation : { ...translation, apiVersion }
      const outgoing = prepare(legacy, endpoint, told, onDiagnostic)
      this.#sites.report(outgoing.diagnostics, door.settings, () => callSite(entry))
      onSent?.(outgoing.body)
      return await door.send(outgoing, headers, options, call)
    } catch (error) {
      call.release()
      throw door.asThrown(error)
    }
  }
}

/** The parameters that travel as headers. @throws AnthropicError that names the one at fault. */
function callHeaders({
  betas,
  workspace_id,
}: Pick<CompletionCreateParamsBase, 'betas' | 'workspace_id'>): CallHeaders {
  if (betas === undefined && workspace_id === undefined) return NO_HEADERS
  checkHeaderParameters({ betas, workspace_id })
  return {
    ...(betas !== undefined && { 'anthropic-beta': betas.join(',') }),
    ...(workspace_id !== undefined && { 'anthropic-workspace-id': workspace_id }),
  }
}
