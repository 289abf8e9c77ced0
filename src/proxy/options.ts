/** Options of both proxy adapters, with their validation. */
import * as z from 'zod/mini'
import { GEOGRAPHIES, type Geography } from '../adapters/bedrock-models.ts'
import type { Fetch } from '../adapters/fetch.ts'
import { isHeaderValue } from '../core/headers.ts'
import {
  type CompletionsOptions,
  completionsFields,
  optionFaults,
  rejectFaults,
  warnOfNearMisses,
} from '../core/options.ts'
import type { ListenOptions } from '../listen.ts'
import { MESSAGES_ADAPTATIONS, type MessagesAdaptation } from '../translate/index.ts'
import { readBedrockUpstream } from './bedrock-upstream.ts'
import { type KeyOptions, readToken, SHORTEST_TOKEN } from './keys.ts'
import type { CallRecord } from './routes.ts'

/** Options of {@link createProxy}. */
export interface ProxyOptions extends CompletionsOptions, KeyOptions {
  /** Base URL of the upstream, without `/v1`. @default 'https://api.anthropic.com' */
  upstream?: string | undefined
  /**
   * Paths that clients may call. An entry that ends in `/*` allows all paths below it. Other paths get status 403.
   *
   * @default with `apiKey`: `/v1/complete`, `/v1/messages`, `/v1/messages/count_tokens`, `/v1/models`, `/v1/models/*` and
   *   `/model/*`; otherwise every path
   * @example ['/v1/complete', '/v1/messages/*']
   */
  allow?: readonly string[] | undefined
  /**
   * Maximum size of a translated request's body in bytes, before and after its content coding is removed. A larger one
   * gets status 413. Forwarded bodies have no limit, because they are streamed, unless they are signed for AWS.
   *
   * @default 2097152 (2 MiB: a prompt of 200,000 tokens, written in JSON escapes)
   */
  maxBodyBytes?: number | undefined
  /**
   * Maximum bytes of a translated response that the proxy holds in memory: of a non-streamed body, of one event, or of
   * the text. Each call has a lower limit as well: 1 MiB, plus the size of its request, plus 128 bytes for each
   * requested token. A larger response ends like one that was cut off, with the cause `too-large`. All calls together
   * may hold three times `maxResponseBytes`, and at least 24 MiB; beyond it, the call that needs more memory ends with
   * status 529 or an `overloaded_error`, and the cause `overloaded`. Forwarded responses have no limit, because they
   * are streamed.
   *
   * @default 8388608 (8 MiB)
   */
  maxResponseBytes?: number | undefined
  /** Maximum silence of the upstream in milliseconds, before and during its response. @default 600000 */
  timeout?: number | undefined
  /**
   * The model for calls of Amazon Bedrock whose ARN does not name one. If the upstream is Bedrock, also the replacement
   * for a retired model.
   *
   * @default calls with such an ARN are rejected; a retired model gets the vendor's recommended replacement
   */
  bedrockModel?: string | undefined
  /**
   * Where Bedrock may process calls to a replaced model, if the upstream is Bedrock: `'us'`, `'us-gov'`, `'eu'`,
   * `'apac'`, `'jp'`, `'au'` or `'global'`.
   *
   * @default the prefix of the called id, then the geography of the upstream's region
   */
  bedrockGeography?: Geography | undefined
  /**
   * What to adapt in calls of `POST …/v1/messages`, by the same policies as in completions. The response header with the
   * diagnostics names every change.
   *
   * - `prefill`: a last message of the assistant, for a model that rejects it;
   * - `retired-model`: the id of a retired model, and what its replacement rejects: prefill, sampling, thinking.
   *
   * These bodies are then read into memory, and have the limit `maxBodyBytes`.
   *
   * @default calls of the Messages API are forwarded unchanged
   */
  adaptMessages?: readonly MessagesAdaptation[] | undefined
  /**
   * AWS region of an upstream on Bedrock.
   *
   * @default the region in the host name of `upstream`; required with `awsCredentials` if it names none
   */
  awsRegion?: string | undefined
  /** Function that sends the requests to the upstream. @default the global `fetch` */
  fetch?: Fetch | undefined
}

/** Options of {@link serveProxy}. */
export interface ServeOptions extends Omit<ProxyOptions, 'fetch'>, ListenOptions {
  /** Maximum number of open requests. Further ones get status 529 with `retry-after: 1`. @default no limit */
  maxConcurrent?: number | undefined
  /** Maximum number of open connections. Further ones are closed. @default 1024 */
  maxConnections?: number | undefined
  /**
   * Maximum bytes in memory for the bodies of all open requests. A request beyond it gets status 529 with `retry-after:
   * 1`.
   *
   * @default 25165824 (24 MiB)
   */
  maxBufferedBytes?: number | undefined
  /** Maximum size of a request's head in bytes. A larger one gets status 431. @default 16384 */
  maxHeaderBytes?: number | undefined
  /**
   * Maximum pause of a client in milliseconds while it sends a request. After it, the client gets status 408.
   *
   * @default 60000
   */
  requestTimeout?: number | undefined
  /**
   * Maximum milliseconds in which a client reads no byte of a waiting response. After it, the client is disconnected.
   *
   * @default 60000
   */
  writeTimeout?: number | undefined
  /** Additional responses of the proxy itself by path, such as metrics. `/healthz` and `/readyz` always exist. */
  routes?: Readonly<Record<string, () => Promise<StaticRoute>>> | undefined
  /** Called with the record of each completed request. The record contains no key and no text. */
  onRequest?: ((record: RequestRecord) => void) | undefined
}

/** The record of one request, for logs and metrics. Contains no key and no text. */
export interface RequestRecord extends CallRecord {
  method: string
  /** The path as the client sent it, without its query. */
  path: string
  /** Status of the response; 0 if none was sent. */
  status: number
  /**
   * How the request ended:
   *
   * - `answered`: the client received the whole response;
   * - `upstream-failed`: the upstream sent no complete response, see `cause`;
   * - `client-gone`: the client disconnected before it had the whole response;
   * - `request-timeout`: the client paused for too long while it sent the request;
   * - `write-timeout`: the client read no byte of the response for too long;
   * - `drained`: the proxy was stopped, and cut the request off after its drain timeout.
   */
  outcome: 'answered' | 'upstream-failed' | 'client-gone' | 'request-timeout' | 'write-timeout' | 'drained'
  /** Milliseconds until the head of the response was sent; `undefined` if none was. */
  firstByte: number | undefined
  /** Milliseconds until the request ended. */
  milliseconds: number
  /** The upstream's `request-id`. */
  requestId: string | undefined
}

/** A response of the proxy itself. */
export interface StaticRoute {
  /** Content type of the response. */
  type: string
  body: string
}

export { DEFAULT_BASE_URL as DEFAULT_UPSTREAM } from '../core/options.ts'
export const DEFAULT_MAX_BODY_BYTES: number = 2 * 1024 * 1024
export const DEFAULT_MAX_RESPONSE_BYTES: number = 8 * 1024 * 1024
export const DEFAULT_TIMEOUT = 600_000

const atLeastOne = z.optional(z.int('must be a whole number').check(z.gte(1, 'must be 1 or more')))
const secret = z
  .string('must be a string')
  .check(
    z.minLength(1, 'must not be empty'),
    z.refine(isHeaderValue, 'must be a text that a header can carry'),
  )
const path = z.string('must be a string').check(z.refine(value => value.startsWith('/'), 'must begin with /'))

const proxyFields = {
  fetch: z.optional(z.custom(value => typeof value === 'function', 'must be a function')),
  upstream: z.optional(z.string('must be a string').check(z.refine(isBase, 'must be an absolute URL'))),
  allow: z.optional(z.array(path, 'must be an array')),
  adaptMessages: z.optional(
    z.array(
      z.enum(MESSAGES_ADAPTATIONS, `must be one of ${MESSAGES_ADAPTATIONS.join(', ')}`),
      'must be an array',
    ),
  ),
  apiKey: z.optional(
    z
      .string('must be a string')
      .check(
        z.minLength(1, 'must not be empty'),
        z.refine(isHeaderValue, 'must be a text that a header can carry'),
      ),
  ),
  awsCredentials: z.optional(
    z.union(
      [
        z.custom<() => unknown>(value => typeof value === 'function'),
        z.looseObject({ accessKeyId: secret, secretAccessKey: secret, sessionToken: z.optional(secret) }),
      ],
      'must be { accessKeyId, secretAccessKey, sessionToken } or a function',
    ),
  ),
  awsRegion: z.optional(
    z.string('must be a string').check(z.regex(/^[a-z]+(?:-[a-z\d]+)+$/, 'must be a region')),
  ),
  tokens: z.optional(
    z.array(
      z
        .string('must be a string')
        .check(
          z.refine(
            entry => readToken(entry, 0).token.length >= SHORTEST_TOKEN,
            'must have at least 16 characters',
          ),
        ),
    ),
  ),
  keyHeader: z.optional(z.enum(['x-api-key', 'authorization'], "must be 'x-api-key' or 'authorization'")),
  maxBodyBytes: atLeastOne,
  maxResponseBytes: atLeastOne,
  timeout: atLeastOne,
  bedrockModel: z.optional(z.string('must be a string').check(z.minLength(1, 'must not be empty'))),
  bedrockGeography: z.optional(z.enum(GEOGRAPHIES, `must be one of ${GEOGRAPHIES.join(', ')}`)),
}

const REMEDIES: Readonly<Record<string, string>> = {
  upstream: 'Pass an address such as https://api.anthropic.com, without /v1.',
  allow: "Pass paths such as '/v1/complete' or '/v1/models/*'.",
  adaptMessages: "Pass ['prefill'], ['retired-model'] or both, or leave it out.",
  apiKey: 'Pass the key as text, or leave it out to forward the clients’ keys.',
  awsCredentials: 'Pass the credentials of AWS, or leave them out. A proxy holds either these or an API key.',
  awsRegion: 'Pass the region of the upstream, for example us-east-1.',
  tokens: 'Pass the secrets that clients present, of 16 characters or more.',
  keyHeader: 'Leave it out.',
  maxBodyBytes: 'Pass a number of bytes, for example 2097152.',
  maxResponseBytes: 'Pass a number of bytes, for example 8388608.',
  timeout: 'Pass a number of milliseconds, for example 600000.',
  bedrockModel: 'Pass a model id of the upstream.',
  bedrockGeography: 'Leave it out for the geography of the region.',
  fetch: 'Pass a function that takes (url, init), or leave it out.',
  maxConcurrent: 'Pass a number of requests, or leave it out for no limit.',
  maxConnections: 'Pass a number of connections, for example 1024.',
  maxBufferedBytes: 'Pass a number of bytes, for example 25165824.',
  maxHeaderBytes: 'Pass a number of bytes, for example 16384.',
  requestTimeout: 'Pass a number of milliseconds, for example 60000.',
  writeTimeout: 'Pass a number of milliseconds, for example 60000.',
}

/**
 * Validates the options of {@link createProxy}.
 *
 * @throws AnthropicError that names each wrong option, the reason and the remedy.
 */
export function checkProxyOptions(options: ProxyOptions): void {
  check(z.looseObject(proxyFields), options)
}

/**
 * Validates the options of {@link serveProxy}.
 *
 * @throws AnthropicError that names each wrong option, the reason and the remedy.
 */
export function checkServeOptions(options: ServeOptions): void {
  const fields = {
    ...proxyFields,
    maxConcurrent: atLeastOne,
    maxConnections: atLeastOne,
    maxBufferedBytes: atLeastOne,
    maxHeaderBytes: atLeastOne,
    requestTimeout: atLeastOne,
    writeTimeout: atLeastOne,
  }
  check(z.looseObject(fields), options)
}

/** Validates options. A held key requires tokens, so that it serves only known clients. */
function check(
  schema: z.ZodMiniObject<Record<string, z.ZodMiniType>, z.core.$loose>,
  options: ProxyOptions,
): void {
  const whole = schema.check(
    z.refine(
      given =>
        !(given.apiKey || given.awsCredentials) || (Array.isArray(given.tokens) && given.tokens.length > 0),
      { message: 'must be given when the proxy holds the key', path: ['tokens'] },
    ),
    z.refine(given => !(given.apiKey && given.awsCredentials), {
      message: 'must not be given together with apiKey',
      path: ['awsCredentials'],
    }),
    z.refine(
      given => !given.awsCredentials || (!given.compare && (given.endpoint ?? 'messages') === 'messages'),
      {
        message:
          'must not be given together with endpoint or compare, because Bedrock has no legacy endpoint',
        path: ['awsCredentials'],
      },
    ),
    z.refine(given => !given.awsCredentials || given.awsRegion !== undefined || namesRegion(given.upstream), {
      message: 'must be given, because upstream does not name a region',
      path: ['awsRegion'],
    }),
  )
  rejectFaults(optionFaults(completionsFields, options), REMEDIES)
  rejectFaults(whole.safeParse(options).error?.issues ?? [], REMEDIES)
  warnOfNearMisses(options, [...Object.keys(completionsFields), ...Object.keys(schema.shape)])
}

function namesRegion(upstream: unknown): boolean {
  return (
    typeof upstream === 'string' && isBase(upstream) && readBedrockUpstream(upstream)?.region !== undefined
  )
}

function isBase(value: string): boolean {
  return /^https?:\/\/[^/?#]+/.test(value) && URL.canParse(value)
}
