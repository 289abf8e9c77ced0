import { translateRequest } from '../translate/index.ts'
import type { Completion, CompletionRequest } from '../wire.ts'
import { type Answer, type APIPromise, toAPIPromise } from './api-promise.ts'
import { Call } from './call.ts'
import { CompletionStream } from './completion-stream.ts'
import { requestHeaders } from './headers.ts'
import { legacyResponse } from './legacy-response.ts'
import {
  type ClientSettings,
  checkHeaderParameters,
  checkRequestOptions,
  type RequestOptions,
} from './options.ts'
import { type Reply, readToEnd } from './read.ts'
import { post } from './transport.ts'

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

/** `client.completions` */
export class Completions {
  readonly #settings: ClientSettings

  /** @internal A client makes its own. */
  constructor(settings: ClientSettings) {
    this.#settings = settings
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
    const given = options ?? {}
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
    const call = new Call()
    return new CompletionStream(call, this.#send({ ...params, stream: true }, options ?? {}, call))
  }

  async #createWhole(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
  ): Promise<Answer<Completion>> {
    const call = new Call()
    const reply = await this.#send(params, options, call)
    const { response } = reply
    const data = await readToEnd(reply, call, options.timeout ?? this.#settings.timeout)
    const requestId = response.headers.get('request-id')
    Object.defineProperty(data, '_request_id', { value: requestId, enumerable: false })
    return { data, response, toResponse: () => legacyResponse(response, data) }
  }

  async #createStream(
    params: CompletionCreateParamsBase,
    options: RequestOptions,
  ): Promise<Answer<CompletionStream>> {
    const call = new Call()
    const reply = await this.#send(params, options, call)
    const data = new CompletionStream(call, Promise.resolve(reply))
    return { data, response: reply.response, toResponse: () => legacyResponse(reply.response, data) }
  }

  /** Sends the translated request; resolves when the answer begins. */
  async #send(params: CompletionCreateParamsBase, options: RequestOptions, call: Call): Promise<Reply> {
    const settings = this.#settings
    const { baseURL, style, models, onDiagnostic = () => {} } = settings
    try {
      checkRequestOptions(options)
      call.follow(options.signal)
      const { betas, workspace_id, ...legacy } = { ...params }
      checkHeaderParameters({ betas, workspace_id })
      const { request, headers, diagnostics, plan } = translateRequest(legacy, { style, models })
      for (const diagnostic of diagnostics) onDiagnostic(diagnostic)
      const response = await post({
        url: `${baseURL.replace(/\/+$/, '')}/v1/messages`,
        headers: requestHeaders(
          settings,
          { ...headers, 'anthropic-beta': betas?.join(','), 'anthropic-workspace-id': workspace_id },
          options.headers,
        ),
        body: JSON.stringify(request),
        timeout: options.timeout ?? settings.timeout,
        maxRetries: options.maxRetries ?? settings.maxRetries,
        signal: call.controller.signal,
        fetch: settings.fetch,
      })
      const { signal } = call.controller
      return { response, isStreamed: request.stream === true, plan, signal, onDiagnostic }
    } catch (error) {
      call.release()
      throw error
    }
  }
}
