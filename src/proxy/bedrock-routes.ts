/** The proxy's Amazon Bedrock routes: `InvokeModel` with legacy bodies, for clients in any language. */
import {
  BedrockError,
  bedrockErrorOf,
  bedrockErrorResponse,
  chunkFrame,
  exceptionFrame,
  isLegacyInvocation,
  legacyBody,
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
import type { CompletionsSettings } from '../core/options.ts'
import { APIError } from '../errors.ts'
import type { ErrorBody } from '../wire.ts'
import { type CallFormat, firstValue, type HeaderRecord, type ProxyResponse, type Route } from './routes.ts'

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
   * Whether the proxy holds the key. Without one, calls that are signed for AWS are rejected, because the upstream
   * cannot use the signature.
   */
  holdsKey: boolean
  /** Whether the upstream is Bedrock, with Bedrock's model ids. Otherwise it is Anthropic's API. */
  isBedrock: boolean
  /** AWS region of an upstream on Bedrock. */
  region: string | undefined
}

/** Returns whether the URL of an upstream is Bedrock's Messages endpoint, and its region. */
export function readBedrockUpstream(upstream: string): { isBedrock: boolean; region: string | undefined } {
  const { hostname, pathname } = new URL(upstream)
  const [, region] = /^bedrock-(?:runtime|mantle)(?:-fips)?\.([a-z\d-]+)\./.exec(hostname) ?? []
  return { isBedrock: region !== undefined || /\/anthropic\/?$/.test(pathname), region }
}

const NOT_OURS =
  'The proxy translates Text Completions for Claude only. It cannot forward other Bedrock calls, because their signature names the proxy as the host. Send this call to Bedrock directly, with a client of its own.'
const NO_KEY =
  'The proxy holds no key, and its upstream has no use for a signature of AWS. Start it with serve --hold-key, or send an API key as a bearer token.'
const GUARDRAIL =
  'The proxy has no guardrails: its upstream is the Messages API, so it rejects the call instead of answering without them. Use the AWS SDK for JavaScript with legacy-completions/bedrock, or remove the guardrail.'
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

/** AWS headers, which are meaningless to another upstream. */
const OF_AWS = /^(?:x-amz-|amz-sdk-|x-amzn-)/
const GUARDRAIL_HEADER = 'x-amzn-bedrock-guardrailidentifier'

/** Creates the route for `/model/{id}/invoke` and `/model/{id}/invoke-with-response-stream`. */
export function bedrockRoute(options: BedrockRouteSettings): Route {
  return {
    match(method, path, headers) {
      const invocation = parseInvokePath(path)
      if (method !== 'POST' || invocation === undefined) return undefined
      const { modelId, isStreamed } = invocation
      const signature = readSignature(headers)
      let target: BedrockTarget | undefined
      return {
        ...FORMAT,
        decide(body) {
          if (!isLegacyInvocation(modelId, body)) return refusalOf('ValidationException', NOT_OURS)
          if (signature !== undefined && !options.holdsKey) return refusalOf('AccessDeniedException', NO_KEY)
          if (headers[GUARDRAIL_HEADER] !== undefined || 'amazon-bedrock-guardrailConfig' in body)
            return refusalOf('ValidationException', GUARDRAIL)
          return undefined
        },
        settings(settings: CompletionsSettings): CompletionsSettings {
          const { models } = settings.translation
          const region = options.region ?? signature?.region
          target = options.isBedrock
            ? bedrockTarget(modelId, region, options, models)
            : firstPartyTarget(modelId, options, models)
          if (target === undefined) throw new BedrockError('ValidationException', NO_MODEL)
          return { ...settings, translation: { ...settings.translation, models: target.models } }
        },
        readRequest: body => readLegacyBody({ ...body }, target?.model ?? modelId, isStreamed).request,
      } satisfies CallFormat
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

/** Parts of the format that are the same for every call. */
const FORMAT: Omit<CallFormat, 'readRequest'> = {
  upstreamPath: () => '/v1/messages',
  apiVersion: undefined,
  canForward: false,
  rewritesErrors: true,
  isDropped: name => OF_AWS.test(name),
  failure(status, body, headers) {
    const error =
      status === 400 ? rejectionOf(body) : bedrockErrorOf(status, status === 401 ? BAD_TOKEN : body)
    const response = bedrockErrorResponse(error)
    return { status: error.status, headers: { ...headers, ...response.headers }, body: response.body }
  },
  whole: completion => legacyBody(completion),
  streamType: 'application/vnd.amazon.eventstream',
  writer: () => ({
    chunk: chunk => chunkFrame(chunk),
    // The AWS SDKs for Go and Java report unknown events, so no ping is sent.
    ping: () => '',
    end: () => '',
    failure: body => exceptionFrame(new APIError(undefined, body, undefined, undefined)),
  }),
}

const refusalOf = (code: BedrockError['code'], message: string): ProxyResponse =>
  bedrockRejection(new BedrockError(code, message))

/** Returns the response to a legacy body that cannot be translated. */
export function bedrockRejection(error: BedrockError): ProxyResponse {
  return { status: error.status, ...bedrockErrorResponse(error) }
}
