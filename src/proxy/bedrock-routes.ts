/** The proxy's Amazon Bedrock routes: `InvokeModel` with legacy bodies, for clients in any language. */

import {
  BedrockError,
  bedrockErrorOf,
  bedrockErrorResponse,
  chunkFrame,
  exceptionFrame,
  isLegacyInvocation,
  isOpaque,
  legacyBody,
  METRICS,
  parseInvokePath,
  readLegacyBody,
  rejectionOf,
} from '../adapters/bedrock-invocation.ts'
import {
  type BedrockModelChoice,
  type BedrockTarget,
  bedrockTarget,
  firstPartyModel,
} from '../adapters/bedrock-models.ts'
import { extrasOf } from '../adapters/bedrock-response.ts'
import { currentDay } from '../core/call-plan.ts'
import type { CompletionsSettings } from '../core/options.ts'
import { AnthropicError, APIError } from '../errors.ts'
import type { Completion, ErrorBody } from '../wire.ts'
import {
  type BedrockExtras,
  type BedrockUpstream,
  bedrockError,
  frameDecoder,
  invocationOf,
} from './bedrock-upstream.ts'
import {
  type CallFormat,
  firstValue,
  type HeaderRecord,
  type ProxyResponse,
  type Route,
  type StreamWriter,
} from './routes.ts'

/** Identity of a client in an AWS signature (SigV4). Only AWS can verify the signature. */
export interface AwsSignature {
  /** Access key id and session token, in this order. Either may be a token of the proxy. */
  presented: readonly string[]
  region: string | undefined
}

/** Reads the AWS signature of a request; `undefined` for a request with another kind of authorization. */
export function readSignature(headers: HeaderRecord): AwsSignature | undefined {
  const authorization = firstValue(headers.authorization) ?? ''
  if (!authorization.startsWith('AWS4-')) return undefined
  const [, keyId = '', region] = /Credential=([^/,\s]+)\/\d+\/([^/]+)\//.exec(authorization) ?? []
  const sessionToken = firstValue(headers['x-amz-security-token'])
  return { presented: [keyId, ...(sessionToken === undefined ? [] : [sessionToken])], region }
}

/** Settings of {@link bedrockRoute}. */
export interface BedrockRouteSettings extends BedrockModelChoice {
  /**
   * Whether the proxy holds a key or AWS credentials. Without them, calls that are signed for AWS are rejected, because
   * the upstream cannot use the signature.
   */
  holdsKey: boolean
  /** The upstream, if it is on Bedrock. Otherwise it is Anthropic's API. */
  upstream: BedrockUpstream | undefined
}

const NOT_OURS =
  'The proxy translates Text Completions for Claude only. It cannot forward other Bedrock calls, because their signature names the proxy as the host. Send this call to Bedrock directly, with a client of its own, or start the proxy with AWS credentials: serve --aws-credentials.'
const NO_OPERATION =
  'The proxy translates Text Completions for Claude only, and its upstream is a Messages API, which has no other Bedrock calls. Send this call to Bedrock directly, or start the proxy with AWS credentials: serve --aws-credentials.'
const MALFORMED = 'Malformed input request, please reformat your input and try again.'
const NO_KEY =
  'The proxy holds no key, and its upstream has no use for a signature of AWS. Start it with serve --hold-key or serve --aws-credentials, or send an API key as a bearer token.'
const GUARDRAIL =
  'The proxy has no guardrails: its upstream is the Messages API, so it rejects the call instead of answering without them. Start the proxy with serve --aws-credentials, use the AWS SDK for JavaScript with legacy-completions/bedrock, or remove the guardrail.'
const NO_MODEL =
  'The ARN does not name its model. The operator of the proxy can name one: serve --bedrock-model.'

const BAD_TOKEN: ErrorBody = {
  type: 'error',
  error: {
    type: 'authentication_error',
    message:
      'The proxy or its upstream does not accept these credentials. Where the proxy holds a key, use one of its tokens as the access key id or as the bearer token.',
  },
}

/** Headers of a signature and of an SDK, which describe the request to the proxy. */
const OF_SIGNATURE = /^(?:x-amz-|amz-sdk-)/
/** Headers of AWS, which are meaningless to another upstream. */
const OF_AWS = /^(?:x-amz-|amz-sdk-|x-amzn-)/
const GUARDRAIL_HEADER = 'x-amzn-bedrock-guardrailidentifier'

/** Whether a header belongs to the client's signature, which the proxy replaces. */
export const isOfSignature = (name: string): boolean => OF_SIGNATURE.test(name)

/** Path of an operation on a model: `invoke`, `converse`, `count-tokens`. */
const MODEL_PATH = /^\/model\/./

/**
 * Creates the route for `/model/{id}/invoke` and `/model/{id}/invoke-with-response-stream`. Rejects other operations on
 * models if the upstream does not have them.
 */
export function bedrockRoute(options: BedrockRouteSettings): Route {
  const { upstream, holdsKey } = options
  const hasInvoke = upstream?.kind === 'invoke'
  return {
    match(method, path, headers) {
      if (method !== 'POST' || !MODEL_PATH.test(path)) return undefined
      const signature = readSignature(headers)
      // The upstream has the operation, and accepts the credentials of the request.
      const canForward = hasInvoke && (holdsKey || signature === undefined)
      const invocation = parseInvokePath(path)
      const notOurs = signature === undefined ? NO_OPERATION : NOT_OURS
      if (invocation === undefined) return canForward ? undefined : rejecting(notOurs)
      const { modelId, isStreamed } = invocation
      const started = performance.now()
      /** Fields of Bedrock itself in the body of the request. */
      let given: object = {}
      /** Fields that Bedrock added to the response. */
      const extras: BedrockExtras = {}
      let target: BedrockTarget | undefined
      const format: CallFormat = {
        ...FORMAT,
        isDropped: hasInvoke ? isOfSignature : FORMAT.isDropped,
        decide(body, bytes) {
          if (body === undefined && canForward && !namesLegacyField(bytes)) return 'forward'
          if (body === undefined || (Array.isArray(body) && !canForward))
            return refusalOf('ValidationException', MALFORMED)
          if (!isLegacyInvocation(modelId, body))
            return canForward ? 'forward' : refusalOf('ValidationException', notOurs)
          if (signature !== undefined && !holdsKey) return refusalOf('AccessDeniedException', NO_KEY)
          if (!hasInvoke && (headers[GUARDRAIL_HEADER] !== undefined || GUARDRAIL_FIELD in body))
            return refusalOf('ValidationException', GUARDRAIL)
          return undefined
        },
        settings(settings: CompletionsSettings): CompletionsSettings {
          const { models, today = currentDay() } = settings.translation
          const region = upstream?.region ?? signature?.region
          target = upstream
            ? bedrockTarget(modelId, region, options, { models, today })
            : firstPartyTarget(modelId, options, models)
          if (target === undefined) throw new BedrockError('ValidationException', NO_MODEL)
          return {
            ...settings,
            endpoint: 'messages',
            translation: { ...settings.translation, models: target.models },
          }
        },
        readRequest(body) {
          const legacy = readLegacyBody({ ...body }, target?.model ?? modelId, isStreamed)
          given = legacy.extras
          return legacy.request
        },
        headers: (completion, sent) =>
          completion === undefined ? STREAM_HEADERS : countHeaders(completion, started, sent),
        whole: completion => legacyBody(completion, { ...addedTo(completion), ...withoutMetrics(extras) }),
        writer: () => frameWriter(started, extras),
      }
      if (!hasInvoke) return format
      return {
        ...format,
        translate(plan) {
          const { model }: { model?: unknown } = plan.body
          const isReplaced = model !== target?.model || isOpaque(modelId)
          return invocationOf(plan, isReplaced ? String(model) : modelId, given)
        },
        decoder: (plan, type, bounds) => frameDecoder(plan, type, bounds, extras),
        upstreamError: bedrockError,
      }
    },
  }
}

function firstPartyTarget(
  modelId: string,
  { model }: BedrockModelChoice,
  models: BedrockTarget['models'],
): BedrockTarget | undefined {
  const named = firstPartyModel(modelId) ?? model
  return named === undefined ? undefined : { model: named, models }
}

/** Returns whether bytes that were not parsed contain the field that only Text Completions have. */
const namesLegacyField = (bytes: Uint8Array): boolean =>
  new TextDecoder().decode(bytes).includes('"max_tokens_to_sample"')

const GUARDRAIL_FIELD = 'amazon-bedrock-guardrailConfig'
const STREAM_HEADERS = { 'x-amzn-bedrock-content-type': 'application/json' }

/** Parts of the format that are the same for every call. */
const FORMAT = {
  upstreamPath: (): string => '/v1/messages',
  apiVersion: undefined,
  canForward: false,
  rewritesErrors: true,
  keepsUsage: true,
  isDropped: (name: string): boolean => OF_AWS.test(name),
  failure(status: number, body: ErrorBody, headers?: Readonly<Record<string, string>>): ProxyResponse {
    const error =
      status === 400 ? rejectionOf(body) : bedrockErrorOf(status, status === 401 ? BAD_TOKEN : body)
    const response = bedrockErrorResponse(error)
    const id = headers?.['request-id']
    return {
      status: error.status,
      headers: { ...headers, ...(id !== undefined && { [REQUEST_ID]: id }), ...response.headers },
      body: response.body,
    }
  },
  streamType: 'application/vnd.amazon.eventstream',
} satisfies Partial<CallFormat>

const REQUEST_ID = 'x-amzn-requestid'

/** Creates the format of an operation that the proxy rejects. */
function rejecting(message: string): CallFormat {
  return {
    ...FORMAT,
    decide: () => refusalOf('ValidationException', message),
    readRequest: () => {
      throw new BedrockError('ValidationException', message)
    },
    whole: completion => legacyBody(completion),
    writer: () => frameWriter(performance.now(), {}),
  }
}

/** Writes a completion as the frames of Bedrock. The last one has the token counts. */
function frameWriter(started: number, extras: BedrockExtras): StreamWriter {
  let firstByte: number | undefined
  return {
    chunk(chunk) {
      const now = performance.now()
      firstByte ??= now
      if (chunk.stop_reason === null) return chunkFrame(chunk)
      const latencies = {
        invocationLatency: Math.round(now - started),
        firstByteLatency: Math.round(firstByte - started),
      }
      return chunkFrame(chunk, extras, latencies)
    },
    // The AWS SDKs for Go and Java report unknown events, so no ping is sent.
    ping: () => '',
    end: () => '',
    failure: (body, cause) =>
      exceptionFrame(
        cause === 'error-event'
          ? new APIError(undefined, body, undefined, undefined)
          : new AnthropicError(body.error.message),
      ),
  }
}

/** Headers of Bedrock for each token count of the Messages API. */
const COUNTS = {
  'x-amzn-bedrock-input-token-count': 'input_tokens',
  'x-amzn-bedrock-output-token-count': 'output_tokens',
  'x-amzn-bedrock-cache-read-input-token-count': 'cache_read_input_tokens',
  'x-amzn-bedrock-cache-write-input-token-count': 'cache_creation_input_tokens',
}

/** Returns Bedrock's headers of a whole response, except those that the upstream has sent. */
function countHeaders(
  { _message }: Completion,
  started: number,
  sent: HeaderRecord,
): Readonly<Record<string, string>> {
  const usage: object = Object(_message?.usage)
  const headers: Record<string, string> = {
    [REQUEST_ID]: firstValue(sent['request-id']) ?? crypto.randomUUID(),
    'x-amzn-bedrock-invocation-latency': `${Math.round(performance.now() - started)}`,
  }
  for (const [name, field] of Object.entries(COUNTS)) {
    const count: unknown = Reflect.get(usage, field)
    if (typeof count === 'number') headers[name] = `${count}`
  }
  return Object.fromEntries(Object.entries(headers).filter(([name]) => sent[name] === undefined))
}

const addedTo = ({ _message }: Completion): BedrockExtras => extrasOf(Object(_message))

/** Returns the fields for a whole body, which has no metrics: its headers contain them. */
function withoutMetrics({ [METRICS]: _, ...rest }: BedrockExtras): BedrockExtras {
  return rest
}

const refusalOf = (code: BedrockError['code'], message: string): ProxyResponse =>
  bedrockRejection(new BedrockError(code, message))

/** Returns the response to a legacy body that cannot be translated. */
export function bedrockRejection(error: BedrockError): ProxyResponse {
  return { status: error.status, ...bedrockErrorResponse(error) }
}
