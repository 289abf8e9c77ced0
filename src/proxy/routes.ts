/** The routes that the proxy translates: how their clients write requests and read responses. */

import type { CallPlan } from '../core/call-plan.ts'
import type { FailureCause } from '../core/failure.ts'
import {
  dialectOf,
  LEGACY_PATH,
  type LegacyDialect,
  legacyJson,
  legacyWriter,
  messagesVersion,
} from '../core/legacy-http.ts'
import type { CompletionsSettings } from '../core/options.ts'
import type { DecoderBounds, ResponseDecoder } from '../core/response-decoder.ts'
import { APIError } from '../errors.ts'
import type { DiagnosticCode } from '../translate/index.ts'
import type { Completion, CompletionRequest, ErrorBody } from '../wire.ts'

/** Headers by lower-case name. */
export type HeaderRecord = Readonly<Record<string, string | string[] | undefined>>

/** A response of the proxy itself. */
export interface ProxyResponse {
  status: number
  headers: Readonly<Record<string, string | string[]>>
  body: string
}

/** Facts about a call for logs and metrics. Contains no key and no text. */
export interface CallRecord {
  /** Where the request was sent; `none` for a response of the proxy itself. */
  endpoint: 'messages' | 'complete' | 'passed-on' | 'none'
  /** Name of the client's token; `undefined` if the proxy holds no key. */
  client: string | undefined
  /** Whether the client requested a stream. */
  isStreamed: boolean
  /** Codes of the call's diagnostics. */
  diagnostics: readonly DiagnosticCode[]
  /** Why the upstream failed; `undefined` if it did not. */
  cause: FailureCause | undefined
}

/** Creates the record of a call that has not been sent anywhere. */
export function newRecord(client?: string): CallRecord {
  return { endpoint: 'none', client, isStreamed: false, diagnostics: [], cause: undefined }
}

/** A route whose requests are translated. Writers may return bytes, for formats that are not text. */
export interface Route {
  /** Returns the format of calls to this path; `undefined` if the path belongs to another route. */
  match(method: string, path: string, headers: HeaderRecord): CallFormat | undefined
}

/** Returns the format of the first route that matches a request; `undefined` if none does. */
export function formatOf(
  method: string,
  path: string,
  headers: HeaderRecord,
  routes: readonly Route[],
): CallFormat | undefined {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  for (const route of routes) {
    const format = route.match(method, plain, headers)
    if (format !== undefined) return format
  }
  return undefined
}

/** A translated request in the form that the upstream expects. */
export interface TranslatedRequest {
  /** Path below the upstream's base URL. */
  path: string
  headers: Readonly<Record<string, string>>
  body: object
}

/** How the client of a call writes its request and reads its response, and how the upstream does. */
export interface CallFormat {
  /** Returns the path below the upstream's base URL for the endpoint that serves the call. */
  upstreamPath(endpoint: '/v1/messages' | '/v1/complete'): string
  /** The `anthropic-version` for the Messages API, if the client sent one that this API supports. */
  readonly apiVersion: string | undefined
  /** Whether the upstream may support the legacy endpoint itself. If it does, the request is forwarded unchanged. */
  readonly canForward: boolean
  /** Whether the client expects errors in another format than the upstream's. @default false */
  readonly rewritesErrors?: boolean
  /** Returns whether a request header must not be sent upstream. @default no header is dropped */
  isDropped?(name: string): boolean
  /**
   * Returns the response to a body that is rejected, or `forward` for one to send unchanged. `body` is `undefined` if
   * the bytes are not JSON, or too much of it.
   *
   * @default the body is translated
   */
  decide?(body: object | undefined, bytes: Uint8Array): ProxyResponse | 'forward' | undefined
  /** Returns the settings for this call. @default the settings of the proxy */
  settings?(settings: CompletionsSettings): CompletionsSettings
  /** Returns the legacy request in a parsed body. */
  readRequest(body: object): CompletionRequest
  /** Whether completions keep the token counts in `_message`. @default false */
  readonly keepsUsage?: boolean
  /** Returns the request for an upstream with another interface. @default the Messages request of the plan */
  translate?(plan: CallPlan): TranslatedRequest
  /** Wraps the decoder of a response with another framing. @default server-sent events or JSON */
  decoder?(plan: CallPlan, contentType: string, bounds: DecoderBounds): ResponseDecoder | undefined
  /** Returns additional headers of a response. `completion` is `undefined` for a stream. @default none */
  headers?(completion: Completion | undefined, upstream: HeaderRecord): Readonly<Record<string, string>>
  /** Converts an error response of an upstream with another error format. @default the Messages API's format */
  upstreamError?(status: number, headers: HeaderRecord, body: string): ProxyResponse
  /** Creates the response for a failure or a rejected request. */
  failure(status: number, body: ErrorBody, headers?: Readonly<Record<string, string>>): ProxyResponse
  /** Serializes a whole completion as JSON. */
  whole(completion: Completion): string
  /** Content type of a stream. */
  readonly streamType: string
  /** Whether each event of a stream repeats all text so far. @default false */
  readonly repeatsText?: boolean
  writer(): StreamWriter
}

/** A request whose route is known. */
export interface RoutedRequest {
  method: string
  path: string
  /** Query, which begins with `?`; empty without one. */
  query: string
  /** Headers that the client sent. */
  given: HeaderRecord
  /** Format of a call that may be translated. */
  format: CallFormat | undefined
}

/** A request whose head was admitted. */
export interface OpenCall extends RoutedRequest {
  /** Headers for the upstream. */
  headers: Record<string, string>
  record: CallRecord
  /** Signs a request for AWS. */
  sign: ((request: UpstreamRequest) => Promise<void>) | undefined
}

/** A request for the upstream. */
export interface UpstreamRequest {
  method: string
  /** Path below the upstream's base URL, with its query. */
  target: string
  headers: Record<string, string>
  /** Body to send; `undefined` to stream the client's body unchanged. */
  body: string | Uint8Array | undefined
}

/** Writes a completion as a stream. Each returned value contains whole events. */
export interface StreamWriter {
  chunk(chunk: Completion): string | Uint8Array
  /**
   * Returns a ping, which shows that the upstream is still working; empty if the client could misread it. `opening` is
   * a chunk without text, for a stream format that must begin before the first text.
   */
  ping(opening: Completion | undefined): string | Uint8Array
  /** Returns the end of the stream, after the last chunk. */
  end(): string | Uint8Array
  /**
   * Returns the event that reports a failure within the stream; `undefined` if the format has none: the connection is
   * then cut.
   */
  failure(body: ErrorBody, cause: FailureCause): string | Uint8Array | undefined
}

/** The format of the latest legacy call. Most calls have the same path and version, and therefore the same format. */
let latest: { path: string; version: string | null; format: CallFormat } | undefined

/** The route of `POST …/v1/complete`. */
export const legacyRoute: Route = {
  match(method, path, headers) {
    if (method !== 'POST' || !LEGACY_PATH.test(path)) return undefined
    const version = firstValue(headers['anthropic-version']) ?? null
    if (latest?.path !== path || latest.version !== version)
      latest = { path, version, format: legacyFormat(path, version) }
    return latest.format
  },
}

function legacyFormat(path: string, version: string | null): CallFormat {
  const dialect = dialectOf(version)
  return {
    upstreamPath: endpoint => path.replace(LEGACY_PATH, endpoint),
    apiVersion: messagesVersion(version),
    canForward: true,
    readRequest: body => body as CompletionRequest,
    failure: (status, body, headers) => ({
      status,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
    whole: completion => legacyJson(completion, dialect),
    streamType: 'text/event-stream; charset=utf-8',
    repeatsText: dialect === '2023-01-01',
    writer: () => legacyStreamWriter(dialect),
  }
}

function legacyStreamWriter(dialect: LegacyDialect): StreamWriter {
  const writer = legacyWriter(dialect)
  return {
    chunk: writer.chunk,
    ping: writer.ping,
    end: () => writer.end,
    failure: body => writer.error(new APIError(undefined, body, undefined, undefined)),
  }
}

/** Returns the value of a header, the first one if it has several; `undefined` if it is absent. */
export function firstValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
