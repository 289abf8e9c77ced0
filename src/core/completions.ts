import { chooseEndpoint, type Endpoint } from '../translate/endpoint.ts'
import type { Completion, CompletionRequest } from '../wire.ts'
import { CallAbort } from './abort.ts'
import { type Backend, readWhole, type UpstreamResponse } from './backend.ts'
import { planCall } from './call-plan.ts'
import { CallMeasure, type Comparison, type Difference, sampleCall } from './compare.ts'
import { CompletionStream } from './completion-stream.ts'
import { legacyResponse, legacyStreamResponse } from './legacy-http.ts'
import {
  type CompareOptions,
  checkCompareOptions,
  checkHeaderParameters,
  checkRequestOptions,
  type RequestOptions,
} from './options.ts'
import { DiagnosticReporter } from './report-diagnostics.ts'
import { type ReportSettings, reportDifference } from './report-difference.ts'

/** A completion request with the parameters of the old SDK: the body, and two parameters that are sent as headers. */
export interface CompletionCreateParamsBase extends CompletionRequest {
  /** Sent as `anthropic-beta`. */
  betas?: string[] | undefined
  /** Sent as `anthropic-workspace-id`. */
  workspace_id?: string | undefined
}

/** A completion request without streaming. */
export interface CompletionCreateParamsNonStreaming extends CompletionCreateParamsBase {
  stream?: false | undefined
}

/** A completion request whose response is streamed. */
export interface CompletionCreateParamsStreaming extends CompletionCreateParamsBase {
  stream: true
}

/** The parameters of `completions.create`. */
export type CompletionCreateParams = CompletionCreateParamsNonStreaming | CompletionCreateParamsStreaming

/** The type names of the old SDK: `Anthropic.Completions.Completion`, … */
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

/** A promise of the result that also gives access to the HTTP response. */
export interface APIPromise<T> extends Promise<T> {
  /** Resolves to the response that the legacy endpoint would have sent, with an unread body. */
  asResponse(): Promise<Response>
  /** Resolves to the result and the same response as `asResponse`. */
  withResponse(): Promise<{ data: T; response: Response; request_id: string | null }>
}

/** The result of a call, and the function that creates the legacy response for it. */
interface Result<T> {
  data: T
  toResponse(): Response
}

/** Used for calls without options, which need no checks. */
const NO_OPTIONS: RequestOptions = {}

/** The `client.completions` resource. */
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
   * @throws BadRequestError, or another class of the old SDK, for a failed call.
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
    // The old SDK accepted `null` as "no options".
    const given = options ?? NO_OPTIONS
    const { compare } = this.#backend.settings
    const kind = compare && sampleCall(compare)
    const endpoint = kind && this.#endpointOf(params, given)
    if (compare !== undefined && kind !== undefined && endpoint !== undefined)
      return toAPIPromise<Completion | CompletionStream>(
        this.#compared(params, { ...given, endpoint }, compare, kind).result,
      )
    return toAPIPromise<Completion | CompletionStream>(
      params?.stream === true ? this.#createStream(params, given) : this.#createWhole(params, given),
    )
  }

  /**
   * Streams a completion. Sends the request at once, without `await`; an error is thrown when the first chunk is read.
   *
   * @example
   * for await (const { completion } of client.completions.stream({ model, prompt, max_tokens_to_sample: 256 })) {
   *   process.stdout.write(completion)
   * }
   */
  stream(params: CompletionCreateParamsBase, options?: RequestOptions): CompletionStream {
    const given = options ?? NO_OPTIONS
    const streamed = { ...params, stream: true }
    const { compare } = this.#backend.settings
    const kind = compare && sampleCall(compare)
    const endpoint = kind && this.#endpointOf(streamed, given)
    if (compare === undefined || kind === undefined || endpoint === undefined)
      return this.#open(streamed, given)
    const measure = new CallMeasure()
    const settled = { ...given, endpoint }
    const stream = this.#open(streamed, settled, measure)
    void this.#differenceFrom(streamed, settled, compare, kind, measure, stream.ended)
    return stream
  }

  #open(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
    measure?: CallMeasure,
  ): CompletionStream {
    const abort = new CallAbort()
    const opening = this.#send(params, options, abort, measure?.onSent)
    return new CompletionStream(abort, opening, this.#backend.asThrown, measure?.onText)
  }

  /**
   * Sends one call to both endpoints and compares the results. A call that is not sampled is only sent to its own
   * endpoint. With `stream: true` the completion is a stream, and the difference resolves when the stream has been
   * read.
   *
   * @throws the error of the call's own endpoint. Its non-enumerable property `difference` is the promise of the
   * difference. An error of the other endpoint is part of the difference.
   * @example
   * const { completion, difference } = await client.completions.compare(params, { sampleRate: 0.01 })
   * difference.then(log)
   */
  compare(params: CompletionCreateParamsNonStreaming, options?: CompareOptions): Promise<Comparison>
  compare(
    params: CompletionCreateParamsStreaming,
    options?: CompareOptions,
  ): Promise<Comparison<CompletionStream>>
  async compare(
    params: CompletionCreateParamsBase,
    { sampleRate = 1, redact, equal, baseline, onDifference, ...options }: CompareOptions = {},
  ): Promise<Comparison<Completion | CompletionStream>> {
    checkCompareOptions({ sampleRate, redact, equal, baseline, onDifference })
    checkRequestOptions(options)
    const kind = sampleCall({ sampleRate, baseline })
    const endpoint = kind && this.#endpointOf(params, options)
    if (kind === undefined || endpoint === undefined) {
      const alone =
        params.stream === true ? this.#createStream(params, options) : this.#createWhole(params, options)
      return { completion: (await alone).data, difference: Promise.resolve(undefined) }
    }
    const settings = { redact, equal, onDifference }
    const { result, difference } = this.#compared(params, { ...options, endpoint }, settings, kind)
    try {
      return { completion: (await result).data, difference }
    } catch (error) {
      if (error instanceof Error) Object.defineProperty(error, 'difference', { value: difference })
      throw error
    }
  }

  /** Sends a call, and the same call to the other endpoint; in a baseline, to the same endpoint. */
  #compared(
    params: CompletionCreateParamsBase,
    options: RequestOptions & { endpoint: Endpoint },
    settings: ReportSettings,
    kind: Difference['kind'],
  ): { result: Promise<Result<Completion | CompletionStream>>; difference: Promise<Difference | undefined> } {
    const measure = new CallMeasure()
    const result: Promise<Result<Completion | CompletionStream>> =
      params.stream === true
        ? this.#createStream(params, options, measure)
        : this.#createWhole(params, options, measure.onSent)
    const whole = result.then(({ data }) => (data instanceof CompletionStream ? data.ended : data))
    return { result, difference: this.#differenceFrom(params, options, settings, kind, measure, whole) }
  }

  /** Sends the second call of a comparison, and compares it with the first. */
  #differenceFrom(
    params: CompletionCreateParamsBase,
    options: RequestOptions & { endpoint: Endpoint },
    settings: ReportSettings,
    kind: Difference['kind'],
    measure: CallMeasure,
    first: Promise<Completion>,
  ): Promise<Difference | undefined> {
    const compare = async (): Promise<Difference | undefined> => {
      const { endpoint } = options
      const other = kind === 'baseline' ? endpoint : endpoint === 'messages' ? 'complete' : 'messages'
      const second = new CallMeasure()
      const shadow = this.#shadow(params, { ...options, endpoint: other }, second)
      const runs = [measure.run(endpoint, first), second.run(other, shadow)] as const
      return reportDifference(kind, runs, settings, String(params.prompt))
    }
    const difference = compare()
    // Only code that awaits the difference gets an error of `redact` or `equal`, and awaiting it is optional.
    difference.catch(() => {})
    return difference
  }

  /** Returns the endpoint of a call; `undefined` if the choice throws, which the call itself reports. */
  #endpointOf(params: CompletionCreateParamsBase, options: RequestOptions): Endpoint | undefined {
    const { betas: _, workspace_id: __, ...legacy } = { ...params }
    try {
      return chooseEndpoint(options.endpoint ?? this.#backend.settings.endpoint, legacy)
    } catch {
      return undefined
    }
  }

  async #shadow(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
    measure: CallMeasure,
  ): Promise<Completion> {
    if (params.stream === true) return this.#open(params, options, measure).finalCompletion()
    return (await this.#createWhole(params, options, measure.onSent)).data
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
    measure?: CallMeasure,
  ): Promise<Result<CompletionStream>> {
    const abort = new CallAbort()
    const upstream = await this.#send(params, options, abort, measure?.onSent)
    const opening = Promise.resolve(upstream)
    const data = new CompletionStream(abort, opening, this.#backend.asThrown, measure?.onText)
    return { data, toResponse: () => legacyStreamResponse(upstream.response, data) }
  }

  /** Plans and sends the call; resolves when the response begins. `onSent` receives the request body. */
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
      const planned = planCall(request, backend.settings, {
        endpoint: options.endpoint && chooseEndpoint(options.endpoint, request),
        apiVersion: backend.versionOf(options),
        headers:
          betas === undefined && workspace_id === undefined
            ? undefined
            : callHeaders({ betas, workspace_id }),
        onDiagnostic: reporter.onResponse,
      })
      const plan = planned instanceof Promise ? await planned : planned
      if (plan.diagnostics.length > 0) reporter.report(plan.diagnostics)
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
    // The caller gets a failure from the response, so the unused promise of the result must not report it again.
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

/** Returns the parameters that are sent as headers. @throws AnthropicError that names the invalid one. */
function callHeaders({
  betas,
  workspace_id,
}: Pick<CompletionCreateParamsBase, 'betas' | 'workspace_id'>): Readonly<Record<string, string>> {
  checkHeaderParameters({ betas, workspace_id })
  return {
    ...(betas !== undefined && { 'anthropic-beta': betas.join(',') }),
    ...(workspace_id !== undefined && { 'anthropic-workspace-id': workspace_id }),
  }
}
