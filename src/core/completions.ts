import { chooseEndpoint, type Endpoint } from '../translate/index.ts'
import type { Completion, CompletionRequest } from '../wire.ts'
import { CallAbort } from './abort.ts'
import { type Backend, readWhole, type UpstreamResponse } from './backend.ts'
import { planCall } from './call-plan.ts'
import { type CompareOptions, type Comparison, differenceOf, type Run } from './compare.ts'
import { CompletionStream } from './completion-stream.ts'
import { legacyResponse, legacyStreamResponse } from './legacy-http.ts'
import {
  checkCompareOptions,
  checkHeaderParameters,
  checkRequestOptions,
  type RequestOptions,
} from './options.ts'
import { DiagnosticReporter } from './report-diagnostics.ts'

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

/** A promise of a result, which also gives the HTTP response. */
export interface APIPromise<T> extends Promise<T> {
  /** Resolves to the response as the legacy endpoint would have sent it, its body not yet read. */
  asResponse(): Promise<Response>
  /** Resolves to the result, and to the same response as `asResponse`. */
  withResponse(): Promise<{ data: T; response: Response; request_id: string | null }>
}

/** The headers that belong to one call. */
type CallHeaders = Readonly<Record<string, string>>

/** The result of a call, and what makes the response of the legacy endpoint that holds it. */
interface Result<T> {
  data: T
  toResponse(): Response
}

/** Most calls have neither, and nothing to check. */
const NO_OPTIONS: RequestOptions = {}
const NO_HEADERS: CallHeaders = {}

/** `client.completions` */
export class Completions {
  readonly #backend: Backend
  readonly #reporter: DiagnosticReporter

  /** @internal Created by its client. */
  constructor(backend: Backend) {
    this.#backend = backend
    this.#reporter = new DiagnosticReporter(backend.settings)
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
      params?.stream === true ? this.#createStream(params, given) : this.#createWhole(params, given),
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
    const abort = new CallAbort()
    const opening = this.#send({ ...params, stream: true }, options ?? NO_OPTIONS, abort)
    return new CompletionStream(abort, opening, this.#backend.asThrown)
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
    const endpoint = chooseEndpoint(options.endpoint ?? this.#backend.settings.endpoint, legacy)
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
      const { data } = await this.#createWhole(params, given, sent => {
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
    onSent?: (body: object) => void,
  ): Promise<Result<Completion>> {
    const backend = this.#backend
    const abort = new CallAbort()
    const upstream = await this.#send(params, options, abort, onSent)
    const { response } = upstream
    try {
      const data = await readWhole(upstream, abort, backend.timeoutOf(options))
      const value = response.headers.get('request-id')
      Object.defineProperty(data, '_request_id', { value, enumerable: false })
      return { data, toResponse: () => legacyResponse(response, data) }
    } catch (error) {
      throw backend.asThrown(error)
    }
  }

  async #createStream(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
  ): Promise<Result<CompletionStream>> {
    const abort = new CallAbort()
    const upstream = await this.#send(params, options, abort)
    const data = new CompletionStream(abort, Promise.resolve(upstream), this.#backend.asThrown)
    return { data, toResponse: () => legacyStreamResponse(upstream.response, data) }
  }

  /** Plans the call and sends it; resolves when the response begins. `onSent` receives the body that is sent. */
  async #send(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
    abort: CallAbort,
    onSent?: (body: object) => void,
  ): Promise<UpstreamResponse> {
    const backend = this.#backend
    const reporter = this.#reporter
    try {
      if (options !== NO_OPTIONS) checkRequestOptions(options)
      if (options.signal) abort.follow(options.signal)
      const { betas, workspace_id, ...request } = { ...params }
      const plan = planCall(request, backend.settings, {
        endpoint: options.endpoint && chooseEndpoint(options.endpoint, request),
        apiVersion: backend.versionOf(options),
        headers: callHeaders({ betas, workspace_id }),
        onDiagnostic: reporter.onResponse,
      })
      reporter.report(plan.diagnostics)
      onSent?.(plan.body)
      return await backend.send(plan, options, abort)
    } catch (error) {
      abort.release()
      throw backend.asThrown(error)
    }
  }
}

function toAPIPromise<T>(result: Promise<Result<T>>): APIPromise<T> {
  let response: Promise<Response> | undefined
  const data = result.then(({ data }) => data)
  const respond = (): Promise<Response> => {
    // The caller gets a failure from the response; the unused promise of the result must not report it again.
    data.catch(() => {})
    response ??= result.then(({ toResponse }) => toResponse())
    return response
  }
  return Object.assign(data, {
    asResponse: respond,
    async withResponse() {
      const response = await respond()
      return { data: await data, response, request_id: response.headers.get('request-id') }
    },
  })
}

/** Returns the parameters that travel as headers. @throws AnthropicError that names the one at fault. */
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
