/**
 * Emulates Amazon Bedrock: `POST /model/{id}/invoke` and `/invoke-with-response-stream` with Messages bodies. Sources
 * of the messages: public issues from 2023 to 2026, AWS's documentation, and botocore 1.44.8 for names and status.
 */
import { encodeFrame } from '../event-stream.ts'
import { notImplemented, Problem } from './errors.ts'
import { object } from './fields.ts'
import type { Call } from './generate.ts'
import { readMessagesCall } from './messages.ts'
import { findModel } from './models.ts'

/** A path of Bedrock's runtime. */
export interface BedrockPath {
  modelId: string
  /** The operation: `invoke`, `converse`, `count-tokens`. */
  operation: string
  isStreamed: boolean
}

/** Parses a request path; `undefined` if it is not an operation of Bedrock. */
export function readBedrockPath(path: string): BedrockPath | undefined {
  const [, encoded, operation] = /^\/model\/(.+)\/([a-z-]+)$/.exec(path) ?? []
  if (encoded === undefined || operation === undefined) return undefined
  try {
    return { modelId: decodeURIComponent(encoded), operation, isStreamed: operation.endsWith('stream') }
  } catch {
    return undefined
  }
}

/** Legacy models on Bedrock, all of which are retired. */
const ENDED = /^anthropic\.claude-(?:instant-v1|v1|v2)(?::\d+)?(?::\d+k)?$/
/** Models that require an inference profile: all up to 4.6. */
const NEEDS_PROFILE = /^claude-(?:(?:opus|sonnet|haiku)-4-[0-6]|3)\b/
/** Ids up to 4.6 that end in a version number. */
const VERSIONED: Readonly<Record<string, string>> = {
  'claude-opus-4-6': '-v1',
  'claude-opus-4-5-20251101': '-v1:0',
  'claude-sonnet-4-5-20250929': '-v1:0',
  'claude-haiku-4-5-20251001': '-v1:0',
}
const GEOGRAPHIES = ['us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'global']

const texts = {
  endOfLife:
    'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
  invalidId: 'The provided model identifier is invalid.',
  noToken: 'Missing Authentication Token',
  badKey: 'Authentication failed: Please make sure your API Key is valid.',
  malformed: 'Malformed input request, please reformat your input and try again.',
  profileOnly: (id: string): string =>
    `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
  messagesOnly: (id: string): string =>
    `"${id}" is not supported on this API. Please use the Messages API instead.`,
  keys: (faults: readonly string[]): string =>
    `Malformed input request: ${faults.join('')}, please reformat your input and try again.`,
}

const invalid = (message: string): Problem => new Problem('invalid_request_error', message)

/** Returns the first-party id behind an id of Bedrock. Throws a Problem unless a region with all models has it. */
export function findBedrockModel(modelId: string): string {
  const name =
    /^arn:[^:]*:bedrock:[^/]*:(?:foundation-model|inference-profile)\/(.+)$/.exec(modelId)?.[1] ?? modelId
  const [, geography, base = ''] = /^(?:([a-z-]+)\.)?(anthropic\..+)$/.exec(name) ?? []
  if (ENDED.test(base)) throw new Problem('not_found_error', texts.endOfLife)
  const model = findModel(base.replace(/^anthropic\./, '').replace(/-v\d+(?::\d+)?$/, ''))
  const isSpelled = model !== undefined && base === `anthropic.${model.id}${VERSIONED[model.id] ?? ''}`
  if (!isSpelled || (geography !== undefined && !GEOGRAPHIES.includes(geography)))
    throw invalid(texts.invalidId)
  if (geography === undefined && NEEDS_PROFILE.test(model.id)) throw invalid(texts.profileOnly(name))
  return model.id
}

const GUARDRAIL = 'x-amzn-bedrock-guardrailidentifier'

/** Validates an invocation. The emulator accepts any signature, and any API key unless keys are listed. */
export function readBedrockCall(
  { modelId, operation, isStreamed }: BedrockPath,
  body: unknown,
  headers: Headers,
  apiKeys: readonly string[] | undefined,
): Call {
  const authorization = headers.get('authorization') ?? ''
  const [, key] = /^Bearer\s+(\S+)/i.exec(authorization) ?? []
  if (key === undefined && !authorization.startsWith('AWS4-HMAC-SHA256'))
    throw new Problem('permission_error', texts.noToken)
  if (key !== undefined && (apiKeys ? !apiKeys.includes(key) : key.startsWith('invalid')))
    throw new Problem('permission_error', texts.badKey)
  const model = findBedrockModel(modelId)
  if (!operation.startsWith('invoke'))
    throw notImplemented(`the operation ${operation}`, 'of the operations on models it has InvokeModel')
  if (headers.has(GUARDRAIL)) throw notImplemented('guardrails', 'it does not filter text')
  if (!object.is(body)) throw invalid(texts.malformed)
  if ('prompt' in body && !('messages' in body)) throw invalid(texts.messagesOnly(model))
  const faults = ['model', 'stream']
    .filter(name => name in body)
    .map(name => `#: extraneous key [${name}] is not permitted`)
  if (!('anthropic_version' in body)) faults.unshift('#: required key [anthropic_version] not found')
  if (faults.length > 0) throw invalid(texts.keys(faults))
  const fields = Object.entries(body).filter(
    ([name]) =>
      name !== 'anthropic_version' && name !== 'anthropic_beta' && !name.startsWith('amazon-bedrock-'),
  )
  return readMessagesCall({ ...Object.fromEntries(fields), model, stream: isStreamed }, '2023-06-01')
}

/** A response before it is converted to Bedrock's format. */
interface Response {
  status: number
  headers: Record<string, string>
  chunks: Iterable<string | Uint8Array>
}

const NAMES: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

const EXCEPTIONS: Readonly<Record<string, string>> = {
  rate_limit_error: 'throttlingException',
  overloaded_error: 'throttlingException',
  invalid_request_error: 'validationException',
  api_error: 'internalServerException',
}

/** Converts a response of the Messages endpoint to Bedrock's format. */
export function toBedrock<T extends Response>(response: T, isStreamed: boolean, id: string): T {
  const { status, headers, chunks } = response
  const own = { ...headers, 'x-amzn-requestid': id }
  if (status >= 400) {
    const { error }: { error?: unknown } = Object(JSON.parse(textOf(chunks)))
    const { message }: { message?: unknown } = Object(error)
    const known = status === 529 ? 503 : status
    const name = NAMES[known] ?? (status < 500 ? 'ValidationException' : 'InternalServerException')
    return {
      ...response,
      status: known,
      headers: { ...own, 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
      chunks: [JSON.stringify({ message })],
    }
  }
  if (!isStreamed) {
    const text = textOf(chunks)
    return { ...response, headers: { ...own, ...countHeaders(text) }, chunks: [text] }
  }
  if (!headers['content-type']?.startsWith('text/event-stream')) return { ...response, headers: own }
  return {
    ...response,
    headers: {
      ...own,
      'content-type': 'application/vnd.amazon.eventstream',
      'x-amzn-bedrock-content-type': 'application/json',
    },
    chunks: framesOf(chunks),
  }
}

const textOf = (chunks: Iterable<string | Uint8Array>): string =>
  [...chunks].map(chunk => (typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk))).join('')

function countHeaders(text: string): Record<string, string> {
  const { input, output } = usageIn(text)
  return input === undefined
    ? {}
    : {
        'x-amzn-bedrock-input-token-count': String(input),
        'x-amzn-bedrock-output-token-count': String(output),
      }
}

function usageIn(json: string): { input?: unknown; output?: unknown } {
  try {
    const { usage }: { usage?: unknown } = Object(JSON.parse(json))
    const { input_tokens, output_tokens }: { input_tokens?: unknown; output_tokens?: unknown } = Object(usage)
    return { input: input_tokens, output: output_tokens }
  } catch {
    return {}
  }
}

/** Encodes events as frames. Bedrock sends no pings, and its last event contains the token counts. */
function* framesOf(chunks: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  let usage: { input?: unknown; output?: unknown } = {}
  for (const chunk of chunks) {
    const data = typeof chunk === 'string' ? /^data: (.*)$/m.exec(chunk)?.[1] : undefined
    // Send a scripted body of bytes unchanged.
    if (data === undefined) {
      yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk
      continue
    }
    const event: Record<string, unknown> = Object(JSON.parse(data))
    if (event.type === 'ping') continue
    if (event.type === 'error') {
      const { type, message }: { type?: unknown; message?: unknown } = Object(event.error)
      const exception = EXCEPTIONS[String(type)] ?? 'modelStreamErrorException'
      yield encodeFrame(
        { ':exception-type': exception, ':content-type': 'application/json', ':message-type': 'exception' },
        encoder.encode(JSON.stringify({ message })),
      )
      continue
    }
    if (event.type === 'message_delta') usage = usageIn(data)
    if (event.type === 'message_stop')
      event['amazon-bedrock-invocationMetrics'] = {
        inputTokenCount: usage.input,
        outputTokenCount: usage.output,
      }
    yield chunkFrame(JSON.stringify(event))
  }
}

function chunkFrame(json: string): Uint8Array {
  const bytes = btoa(String.fromCharCode(...new TextEncoder().encode(json)))
  return encodeFrame(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    new TextEncoder().encode(JSON.stringify({ bytes, p: 'abcdefghijklmnop' })),
  )
}
