/** The routes that the proxy translates: how their clients write a request, and read its response. */

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

/** What is known of a call, for a log and for metrics. It holds no key and no text. */
export interface CallRecord {
  /** Where the request went; `none` for a response of the proxy itself. */
  endpoint: 'messages' | 'complete' | 'passed-on' | 'none'
  /** Name of the token that the client presented; `undefined` when the proxy holds no key. */
  client: string | undefined
  /** Whether the client asked for a stream. */
  isStreamed: boolean
  /** Codes of the diagnostics of the call. */
  diagnostics: readonly DiagnosticCode[]
  /** Why the upstream failed; `undefined` when it did not. */
  cause: FailureCause | undefined
}

/** The record of a call that has gone nowhere so far. */
export function newRecord(client?: string): CallRecord {
  return { endpoint: 'none', client, isStreamed: false, diagnostics: [], cause: undefined }
}

/** A path whose requests are translated. Bytes are for formats that are not text. */
export interface Route {
  /** Returns how a call to this path is written; `undefined` for a path of another route. */
  match(method: string, path: string, headers: HeaderRecord): CallFormat | undefined
}

/** How the client of one call writes its request and reads its response. */
export interface CallFormat {
  /** Returns the path below the upstream's base URL, given the endpoint that serves the call. */
  upstreamPath(endpoint: '/v1/messages' | '/v1/complete'): string
  /** The `anthropic-version` for the Messages API, where the client named one that it has. */
  readonly apiVersion: string | undefined
  /** Whether the upstream may have this endpoint itself, and then gets the request unchanged. */
  readonly canForward: boolean
  /** Whether the upstream's errors are in another form than the client's. @default false */
  readonly rewritesErrors?: boolean
  /** Whether a header of the request is not for the upstream. @default none is dropped */
  isDropped?(name: string): boolean
  /** Returns the response to a body that is not translated; `undefined` for every other body. */
  decide?(body: object): ProxyResponse | undefined
  /** Returns the settings of this call. @default those of the proxy */
  settings?(settings: CompletionsSettings): CompletionsSettings
  /** Returns the legacy request in a parsed body. */
  readRequest(body: object): CompletionRequest
  /** Writes a failure, or the refusal of a request. */
  failure(status: number, body: ErrorBody, headers?: Readonly<Record<string, string>>): ProxyResponse
  /** Writes a whole completion as JSON. */
  whole(completion: Completion): string
  /** The content type of a stream. */
  readonly streamType: string
  writer(): StreamWriter
}

/** Writes one completion as a stream; each piece is written whole. */
export interface StreamWriter {
  chunk(chunk: Completion): string | Uint8Array
  /**
   * Shows that the upstream is still at work; empty where the client could misread it. `opening` is a chunk without text,
   * for a stream that has to begin before its text does.
   */
  ping(opening: Completion | undefined): string | Uint8Array
  /** Follows the last chunk. */
  end(): string | Uint8Array
  /** Reports a failure within the stream; `undefined` where the client would not see it: the connection is cut. */
  failure(body: ErrorBody): string | Uint8Array | undefined
}

export const legacyRoute: Route = {
  match(method, path, headers) {
    if (method !== 'POST' || !LEGACY_PATH.test(path)) return undefined
    const version = firstValue(headers['anthropic-version']) ?? null
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
      writer: () => legacyStreamWriter(dialect),
    }
  },
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

export function firstValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
